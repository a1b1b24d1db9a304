//! The OpenRPC document: current, complete, and true of itself.

use std::collections::BTreeSet;

use argosy_rpc_api::{ERRORS, METHODS, openrpc};
use jsonrpsee::types::ErrorObjectOwned;
use serde_json::{Value, json};

use crate::checker::Checker;
use crate::{check_golden, errors, golden, notices};

/// Answers that read nothing of the chain.
const NOT_OF_A_BLOCK: &[&str] = &[
    "system_version",
    "system_limits",
    "tx_submit",
    "tx_decode",
    "chain_subscribeHeads",
    "chain_unsubscribeHeads",
    "tx_watch",
    "tx_unwatch",
    "events_subscribe",
    "events_unsubscribe",
    "rpc.discover",
    "rpc_methods",
];

pub(crate) fn document() -> Value {
    serde_json::from_str(openrpc().text()).unwrap()
}

fn method_index(name: &str) -> usize {
    let found = METHODS.iter().position(|it| it.name == name);
    found.unwrap_or_else(|| panic!("no method {name}"))
}

#[test]
fn the_document_is_current() {
    let mut page = serde_json::to_string_pretty(&document()).unwrap();
    page.push('\n');
    check_golden("tests/golden/openrpc.json", &page);
}

#[test]
fn every_answer_fits_its_schema() {
    let mut checker = Checker::new(&document());
    for (name, answer) in golden::all_answers() {
        let method = name.split(' ').next().unwrap();
        let schema = format!("/methods/{}/result/schema", method_index(method));
        assert_eq!(checker.problem(&schema, &answer), None, "{name}");
    }
}

#[test]
fn every_notice_fits_its_schema() {
    let document = document();
    let mut checker = Checker::new(&document);
    let kinds = ["events", "heads", "tx"];
    let all = document["x-subscriptions"].as_array().unwrap();
    assert_eq!(all.len(), kinds.len());
    for (name, notice) in notices::all_notices() {
        let kind = name.split(' ').next().unwrap();
        let row = kinds.iter().position(|it| *it == kind).unwrap();
        let schema = format!("/x-subscriptions/{row}/params/1/schema");
        assert_eq!(checker.problem(&schema, &notice), None, "{name}");
    }
    for subscription in all {
        for word in ["begins", "ends"] {
            method_index(subscription[word].as_str().unwrap());
        }
    }
}

#[test]
fn every_method_has_examples_that_fit_its_schemas() {
    let document = document();
    let mut checker = Checker::new(&document);
    for (row, method) in document["methods"].as_array().unwrap().iter().enumerate() {
        let name = method["name"].as_str().unwrap();
        let examples = method["examples"].as_array().unwrap();
        assert!(!examples.is_empty(), "{name} has no example");
        let params = method["params"].as_array().unwrap();
        for example in examples {
            let given = example["params"].as_array().unwrap();
            let names: BTreeSet<_> = given
                .iter()
                .map(|it| &it["name"])
                .map(Value::as_str)
                .collect();
            assert_eq!(names.len(), given.len(), "{name}");
            for (index, param) in params.iter().enumerate() {
                let value = given.iter().find(|it| it["name"] == param["name"]);
                match value {
                    None => assert_eq!(param["required"], false, "{name} {param}"),
                    Some(value) => {
                        let schema = format!("/methods/{row}/params/{index}/schema");
                        let problem = checker.problem(&schema, &value["value"]);
                        assert_eq!(problem, None, "{name} {}", param["name"]);
                    }
                }
            }
        }
    }
}

#[test]
fn what_does_not_fit_is_found() {
    let mut checker = Checker::new(&document());
    let schema = |name: &str| format!("/components/schemas/{name}");
    for (name, good, bad) in [
        ("U64", json!("18446744073709551615"), json!(5)),
        ("Bytes", json!("0x"), json!("0x0")),
        ("Height", json!(7), json!(9_007_199_254_740_992_u64)),
        ("BlockSelector", json!("latest"), json!("newest")),
        ("Status", json!("reverted"), json!("fine")),
        (
            "StateKeyView",
            json!({"type": "account"}),
            json!({"type": "account", "key": "0x"}),
        ),
        (
            "EventFilter",
            json!({"topics": [null]}),
            json!({"topic": []}),
        ),
    ] {
        assert_eq!(checker.problem(&schema(name), &good), None, "{name}");
        assert!(
            checker.problem(&schema(name), &bad).is_some(),
            "{name} took {bad}"
        );
    }
}

#[test]
fn every_error_fits_the_schema_of_errors() {
    let mut checker = Checker::new(&document());
    for error in errors::one_of_each() {
        let object = ErrorObjectOwned::from(error);
        let data: Value = serde_json::from_str(object.data().unwrap().get()).unwrap();
        let problem = checker.problem("/components/schemas/RpcError", &data);
        assert_eq!(problem, None, "{data}");
    }
}

#[test]
fn the_errors_of_methods_are_those_of_the_table() {
    let document = document();
    let mut used = BTreeSet::new();
    for method in document["methods"].as_array().unwrap() {
        for error in method["errors"].as_array().unwrap() {
            let kind = error["$ref"].as_str().unwrap().rsplit('/').next().unwrap();
            let entry = ERRORS.iter().find(|it| it.kind == kind);
            let entry = entry.unwrap_or_else(|| panic!("{} names {kind}", method["name"]));
            assert_eq!(document["components"]["errors"][kind]["code"], entry.code);
            used.insert(kind.to_owned());
        }
    }
    // Of no method, or of none that is there yet.
    let elsewhere = ["METHOD_NOT_FOUND", "UNAUTHORIZED"].map(str::to_owned);
    let all: BTreeSet<_> = ERRORS.iter().map(|it| it.kind.to_owned()).collect();
    assert_eq!(
        all.difference(&used).cloned().collect::<BTreeSet<_>>(),
        elsewhere.into()
    );
}

#[test]
fn every_read_says_which_block_it_is_of() {
    let document = document();
    for method in document["methods"].as_array().unwrap() {
        let name = method["name"].as_str().unwrap();
        let answer = method["result"]["schema"]["$ref"].as_str();
        let answer = answer.map(|it| document.pointer(&it[1..]).unwrap());
        let says = answer
            .and_then(|it| it["required"].as_array())
            .is_some_and(|it| it.contains(&json!("at")));
        assert_eq!(says, !NOT_OF_A_BLOCK.contains(&name), "{name}");
    }
}

/// Where a schema allows numbers that JavaScript would round, or fractions.
fn wide_numbers(value: &Value, place: &str, found: &mut Vec<String>) {
    let narrow = ["uint8", "uint16", "uint32", "int8", "int16", "int32"];
    let named = ["Height", "TimestampMs", "DurationMs", "Index"];
    match value {
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                wide_numbers(item, &format!("{place}/{index}"), found);
            }
        }
        Value::Object(fields) => {
            let is = |name: &str| match &fields.get("type") {
                Some(Value::String(it)) => it == name,
                Some(Value::Array(all)) => all.iter().any(|it| it == name),
                _ => false,
            };
            let is_narrow = fields
                .get("format")
                .is_some_and(|it| narrow.iter().any(|name| it == name));
            let is_named = named
                .iter()
                .any(|it| place == format!("/components/schemas/{it}"))
                && fields.get("maximum") == Some(&json!(9_007_199_254_740_991_u64));
            if is("number") || is("integer") && !is_narrow && !is_named {
                found.push(place.to_owned());
            }
            for (name, field) in fields.iter().filter(|it| it.0 != "examples") {
                wide_numbers(field, &format!("{place}/{name}"), found);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

#[test]
fn no_number_needs_more_than_53_bits_but_heights_times_and_indexes() {
    let mut document = document();
    let mut found = Vec::new();
    wide_numbers(&document, "", &mut found);
    assert_eq!(found, Vec::<String>::new());
    // One that is planted is found.
    let at = "/components/schemas/AccountAnswer/properties";
    document.pointer_mut(at).unwrap()["slots"] = json!({"type": "integer", "format": "uint64"});
    document.pointer_mut(at).unwrap()["rate"] = json!({"type": ["number", "null"]});
    wide_numbers(&document, "", &mut found);
    found.sort();
    assert_eq!(found, [format!("{at}/rate"), format!("{at}/slots")]);
}
