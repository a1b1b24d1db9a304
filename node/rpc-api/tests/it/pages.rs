//! The reference pages in `docs/reference`, written from the OpenRPC document and the table of errors.

use std::fmt::Write;

use argosy_rpc_api::{ADMIN_METHODS, ERRORS, ErrorEntry};
use serde_json::{Map, Value};

use crate::check_golden;
use crate::openrpc::document;

/// Kinds that any call may end with; the page names them once.
const OF_ANY_CALL: usize = 6;

/// A type as readers see it, with links to the types of this page.
fn type_of(schema: &Value) -> String {
    if let Some(name) = schema["$ref"].as_str().and_then(|it| it.rsplit('/').next()) {
        return format!("[{name}](#{})", name.to_ascii_lowercase());
    }
    if let Some(parts) = schema["allOf"].as_array() {
        return parts.iter().map(type_of).collect::<Vec<_>>().join(" and ");
    }
    if let Some(parts) = schema["anyOf"].as_array() {
        return parts.iter().map(type_of).collect::<Vec<_>>().join(" or ");
    }
    if schema["type"] == "array" {
        return format!("array of {}", type_of(&schema["items"]));
    }
    if let Some(words) = schema["enum"].as_array() {
        return words
            .iter()
            .map(|it| format!("`{it}`"))
            .collect::<Vec<_>>()
            .join(", ");
    }
    if let Some(word) = schema["const"].as_str() {
        return format!("`\"{word}\"`");
    }
    let plain = match &schema["type"] {
        Value::String(it) => it.clone(),
        Value::Array(all) => {
            let all = all.iter().filter_map(Value::as_str);
            all.collect::<Vec<_>>().join(" or ")
        }
        _ => "any".to_owned(),
    };
    match schema["format"].as_str() {
        Some(format) => format!("{plain} ({format})"),
        None => plain,
    }
}

/// Its documentation in one line of a table.
fn text_of(schema: &Value) -> String {
    let text = schema["description"].as_str().unwrap_or_default();
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn fields(page: &mut String, schema: &Value) {
    let none = Map::new();
    let properties = schema["properties"].as_object().unwrap_or(&none);
    if properties.is_empty() {
        return;
    }
    writeln!(page, "| Field | Type | |\n|---|---|---|").unwrap();
    for (name, field) in properties {
        let is_needed =
            (schema["required"].as_array()).is_some_and(|it| it.iter().any(|it| it == name));
        let optional = if is_needed { "" } else { " (may be absent)" };
        let (type_name, text) = (type_of(field), text_of(field));
        writeln!(page, "| `{name}` | {type_name}{optional} | {text} |").unwrap();
    }
    writeln!(page).unwrap();
}

fn type_section(page: &mut String, name: &str, schema: &Value) {
    let anchor = name.to_ascii_lowercase();
    writeln!(page, "### <a id=\"{anchor}\"></a>{name}\n").unwrap();
    let text = text_of(schema);
    if !text.is_empty() {
        writeln!(page, "{text}\n").unwrap();
    }
    if let Some(pattern) = schema["pattern"].as_str() {
        writeln!(
            page,
            "Text like `{}`, by the pattern `{pattern}`.\n",
            schema["examples"][0]
        )
        .unwrap();
        return;
    }
    if let Some(variants) = schema["oneOf"].as_array() {
        for variant in variants {
            let tag = ["type", "kind"].map(|it| &variant["properties"][it]["const"]);
            let word = tag
                .into_iter()
                .chain([&variant["const"]])
                .find_map(Value::as_str);
            let (word, text) = (word.unwrap_or("?"), text_of(variant));
            writeln!(page, "- `\"{word}\"`: {text}").unwrap();
            let none = Map::new();
            let properties = variant["properties"].as_object().unwrap_or(&none);
            for (name, field) in properties.iter().filter(|it| it.1.get("const").is_none()) {
                writeln!(page, "  - `{name}`, {}: {}", type_of(field), text_of(field)).unwrap();
            }
        }
        writeln!(page).unwrap();
        return;
    }
    match schema.get("properties") {
        Some(_) => fields(page, schema),
        None => writeln!(page, "{}.\n", type_of(schema)).unwrap(),
    }
}

fn method_section(page: &mut String, method: &Value) {
    let name = method["name"].as_str().unwrap();
    let summary = method["summary"].as_str().unwrap();
    writeln!(page, "### <a id=\"{name}\"></a>{name}\n\n{summary}\n").unwrap();
    let params = method["params"].as_array().unwrap();
    if !params.is_empty() {
        writeln!(page, "| Parameter | Type |\n|---|---|").unwrap();
        for param in params {
            let optional = if param["required"] == true {
                ""
            } else {
                " (may be left out)"
            };
            let (name, type_name) = (param["name"].as_str().unwrap(), type_of(&param["schema"]));
            writeln!(page, "| `{name}` | {type_name}{optional} |").unwrap();
        }
        writeln!(page).unwrap();
    }
    let errors = method["errors"]
        .as_array()
        .unwrap()
        .iter()
        .skip(OF_ANY_CALL);
    let kinds = errors.filter_map(|it| it["$ref"].as_str()?.rsplit('/').next());
    let links = kinds.map(|it| format!("[{it}](errors.md#{})", it.to_ascii_lowercase()));
    let links: Vec<_> = links.collect();
    let answer = type_of(&method["result"]["schema"]);
    let (class, weight) = (method["x-class"].as_str().unwrap(), &method["x-weight"]);
    writeln!(page, "Answers {answer}. Class {class}, weight {weight}.\n").unwrap();
    if !links.is_empty() {
        writeln!(page, "Errors: {}.\n", links.join(", ")).unwrap();
    }
    let example = &method["examples"][0];
    let given = example["params"].as_array().unwrap().iter();
    let given: Map<String, Value> = given
        .map(|it| (it["name"].as_str().unwrap().to_owned(), it["value"].clone()))
        .collect();
    let request = serde_json::json!({"jsonrpc": "2.0", "id": 1, "method": name, "params": given});
    let answer = serde_json::to_string_pretty(&example["result"]["value"]).unwrap();
    writeln!(page, "```json\n{request}\n```\n\n```json\n{answer}\n```\n").unwrap();
}

fn subscriptions_section(page: &mut String, document: &Value) {
    writeln!(
        page,
        "## Subscriptions\n\n\
         Over WebSockets only; see [What comes, as it comes](../subscriptions.md). The answer is the number of the \
         subscription; what it tells follows as notifications, with that number in `subscription` and a notice in \
         `result`.\n\n\
         | Begins | Ends | Notification | Notice |\n|---|---|---|---|"
    )
    .unwrap();
    for subscription in document["x-subscriptions"].as_array().unwrap() {
        let [begins, ends, notification] =
            ["begins", "ends", "notification"].map(|it| subscription[it].as_str().unwrap());
        let notice = type_of(&subscription["params"][1]["schema"]);
        writeln!(
            page,
            "| [{begins}](#{begins}) | [{ends}](#{ends}) | `{notification}` | {notice} |"
        )
        .unwrap();
    }
    writeln!(page).unwrap();
}

fn admin_section(page: &mut String) {
    writeln!(
        page,
        "## On the operator's own port\n\n\
         With a token; see [The operator's own port](../operations/admin.md).\n\n\
         | Method | Parameters | |\n|---|---|---|"
    )
    .unwrap();
    for method in ADMIN_METHODS {
        let params = method.params.iter().map(|it| match it.optional {
            true => format!("`{}` (may be left out)", it.name),
            false => format!("`{}`", it.name),
        });
        let params: Vec<_> = params.collect();
        let (name, summary) = (method.name, method.summary);
        writeln!(page, "| `{name}` | {} | {summary} |", params.join(", ")).unwrap();
    }
    writeln!(page).unwrap();
}

#[test]
fn the_method_page_is_current() {
    let document = document();
    let mut page = String::from(
        "# Methods of the RPC interface\n\n\
         Generated by the tests of `argosy-rpc-api` from the code; do not edit. The same for machines: \
         `rpc.discover`, or `GET /openrpc.json`.\n\n\
         Parameters go by name, as in the examples, or by position. Each call has a weight, which counts \
         against the caller's share where the operator has set one. Any call may end with\n",
    );
    let methods = document["methods"].as_array().unwrap();
    let any = methods[0]["errors"]
        .as_array()
        .unwrap()
        .iter()
        .take(OF_ANY_CALL);
    let any = any.filter_map(|it| it["$ref"].as_str()?.rsplit('/').next());
    let any = any.map(|it| format!("[{it}](errors.md#{})", it.to_ascii_lowercase()));
    let any: Vec<_> = any.collect();
    writeln!(page, "{}.\n", any.join(", ")).unwrap();
    let rules = "Names promise: answers may gain fields, and methods optional parameters, and nothing else \
        changes. What must change comes under a new name that ends with `_v2`. What begins with `unstable_` \
        promises nothing.";
    writeln!(page, "{rules}\n").unwrap();
    writeln!(page, "| Method | |\n|---|---|").unwrap();
    for method in methods {
        let (name, summary) = (
            method["name"].as_str().unwrap(),
            method["summary"].as_str().unwrap(),
        );
        writeln!(page, "| [{name}](#{name}) | {summary} |").unwrap();
    }
    writeln!(page, "\n## Methods\n").unwrap();
    for method in methods {
        method_section(&mut page, method);
    }
    subscriptions_section(&mut page, &document);
    admin_section(&mut page);
    writeln!(page, "## Types\n").unwrap();
    let types = document["components"]["schemas"].as_object().unwrap();
    // Errors have a page of their own.
    for (name, schema) in types.iter().filter(|it| it.0 != "RpcError") {
        type_section(&mut page, name, schema);
    }
    writeln!(
        page,
        "### <a id=\"rpcerror\"></a>RpcError\n\nWhy a call failed: `kind` and the facts of one of the [errors](errors.md)."
    )
    .unwrap();
    check_golden("../../docs/reference/methods.md", &page);
}

#[test]
fn the_error_page_is_current() {
    let document = document();
    let mut page = String::from(
        "# Errors of the RPC interface\n\n\
         Generated by the tests of `argosy-rpc-api` from `src/error.rs`; do not edit.\n\n\
         An error's `data` holds `kind` (stable), the facts named here, `docs`, and `requestId`, by which \
         the operator finds the call in the log: what the client called the request in the header \
         `x-request-id`, or else the id of its trace.\n\
         Codes from -32768 to -32000 that are not listed are the transport's own: -32700 no JSON, \
         -32600 no request, -32005 batches over WebSocket, -32007 request too large, -32008 response \
         too large, -32010 and -32011 batch too large.\n\n",
    );
    let variants = document["components"]["schemas"]["RpcError"]["oneOf"]
        .as_array()
        .unwrap();
    for entry in ERRORS {
        let variant = variants
            .iter()
            .find(|it| it["properties"]["kind"]["const"] == entry.kind);
        error_section(&mut page, entry, variant.unwrap());
    }
    check_golden("../../docs/reference/errors.md", &page);
}

/// For clients that are not in Rust: names instead of numbers.
#[test]
fn the_constants_of_errors_are_current() {
    let mut script = String::from(
        "// Errors of the Argosy RPC interface: a name and a code for each. Generated by the tests of argosy-rpc-api from\n\
         // src/error.rs; do not edit. What each one tells besides is in errors.md.\n\n\
         /** The codes by kind, which an error's `data.kind` names. Kinds are never taken away, codes never changed. */\n\
         export const ERROR_CODES = {\n",
    );
    let mut module = String::from(
        "\"\"\"Errors of the Argosy RPC interface: a name and a code for each.\n\n\
         Generated by the tests of argosy-rpc-api from src/error.rs; do not edit. What each one tells besides is in \
         errors.md.\n\"\"\"\n\nfrom enum import IntEnum\n\n\nclass ErrorCode(IntEnum):\n\
         \u{20}   \"\"\"The codes by kind, which an error's `data[\"kind\"]` names. Kinds are never taken away, codes never \
         changed.\"\"\"\n",
    );
    for entry in ERRORS {
        let (kind, code, summary) = (entry.kind, entry.code, entry.summary.trim());
        assert!(!summary.contains("*/") && !summary.contains('\n'), "{kind}");
        writeln!(script, "  /** {summary} */\n  {kind}: {code},").unwrap();
        writeln!(module, "\n    # {summary}\n    {kind} = {code}").unwrap();
    }
    script.push_str(
        "} as const;\n\n/** What `data.kind` of an error may be. */\nexport type ErrorKind = keyof typeof ERROR_CODES;\n",
    );
    check_golden("../../docs/reference/errors.ts", &script);
    check_golden("../../docs/reference/errors.py", &module);
}

fn error_section(page: &mut String, entry: &ErrorEntry, variant: &Value) {
    let anchor = entry.kind.to_ascii_lowercase();
    let (kind, code, summary) = (entry.kind, entry.code, entry.summary.trim());
    writeln!(
        page,
        "## <a id=\"{anchor}\"></a>{code} {kind}\n\n{summary}\n"
    )
    .unwrap();
    let facts = variant["properties"].as_object().unwrap().iter();
    let mut has_facts = false;
    for (name, fact) in facts.filter(|it| it.0 != "kind") {
        let needed = variant["required"].as_array().unwrap();
        let optional = if needed.iter().any(|it| it == name) {
            ""
        } else {
            ", may be absent"
        };
        // Types are on the other page.
        let type_name = type_of(fact).replace("](#", "](methods.md#");
        let text = text_of(fact);
        writeln!(page, "- `{name}`, {type_name}{optional}: {text}").unwrap();
        has_facts = true;
    }
    if has_facts {
        writeln!(page).unwrap();
    }
}
