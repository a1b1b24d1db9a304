//! Schema files of CosmWasm contracts, as `cosmwasm-schema` writes them: what their messages may be.
//!
//! ```text
//! {"contract_name": …, "instantiate": schema, "execute": schema, "query": schema, "migrate": schema or null,
//!  "responses": {method of a query: schema, …} or null, …}
//! ```
//!
//! Always: nothing but the file is read, wherever its schemas point.
//! Not here: whether the contract takes a message that its schema allows.

use std::error::Error;
use std::path::Path;

use argosy_sdk::MessageKind;
use boon::{Compiler, Draft, Schemas, UrlLoader, ValidationError};
use serde_json::Value;

use crate::failure::Failure;
use crate::output::{Report, in_line, printable};

/// Larger than any schema file.
const FILE_BYTES_MAX: u64 = 8 << 20;
/// What the schema calls itself; nothing is read from there.
const PLACE: &str = "http://argosy.invalid/schema.json";
/// Reasons that are told.
const REASONS_MAX: usize = 8;

/// A schema file.
pub(super) struct SchemaFile(Value);

/// A schema that points to another document.
#[derive(Debug, thiserror::Error)]
#[error("the schema points outside of its file")]
struct Outside;

struct NoLoader;

impl UrlLoader for NoLoader {
    fn load(&self, _: &str) -> Result<Value, Box<dyn Error>> {
        Err(Box::new(Outside))
    }
}

impl SchemaFile {
    /// Reads a file.
    pub(super) fn read(path: &Path) -> Result<SchemaFile, Failure> {
        let failed = |error: &dyn ToString| {
            Failure::failed(format!("{}: {}", path.display(), error.to_string()))
        };
        let facts = std::fs::metadata(path).map_err(|error| failed(&error))?;
        if !facts.is_file() || facts.len() > FILE_BYTES_MAX {
            return Err(failed(&"no schema file"));
        }
        let bytes = std::fs::read(path).map_err(|error| failed(&error))?;
        let document = serde_json::from_slice(&bytes).map_err(|error| failed(&error))?;
        Ok(SchemaFile(document))
    }

    /// Refuses a message that its schema does not allow.
    pub(super) fn check(&self, kind: MessageKind, message: &Value) -> Result<(), Failure> {
        let schema = self.schema(kind)?;
        let part = match (method_of(message), variants(schema)) {
            (Some(method), Some(variants)) => {
                let found = variants.iter().position(|it| names(it).contains(&method));
                let Some(index) = found else {
                    let failure = Failure::usage(format!("the schema has no {method}"));
                    return Err(failure.hint(format!("there are: {}", all_names(variants))));
                };
                format!("#/oneOf/{index}")
            }
            _ => "#".to_owned(),
        };
        let wrong = wrong_with(schema, &part, message).map_err(Failure::failed)?;
        wrong.map_or(Ok(()), |reasons| {
            Err(Failure::usage(format!(
                "the message is not what the schema allows: {reasons}"
            )))
        })
    }

    /// What is wrong with an answer to a method, if the file says what it answers. It is an answer all the same.
    pub(super) fn doubt(&self, method: &str, answer: &[u8]) -> Option<String> {
        let schema = self.0.get("responses")?.get(method)?;
        let method = printable(method);
        let Ok(answer) = serde_json::from_slice(answer) else {
            return Some(format!(
                "the answer to {method} is no JSON, and the schema file says that it is"
            ));
        };
        match wrong_with(schema, "#", &answer) {
            Ok(None) => None,
            Ok(Some(reasons)) => Some(format!(
                "the answer to {method} is not what the schema says: {reasons}"
            )),
            Err(reason) => Some(format!("the answer to {method} is not checked: {reason}")),
        }
    }

    /// The methods of a kind, with their authors' words.
    pub(super) fn help(&self, kind: MessageKind) -> Result<Report, Failure> {
        let schema = self.schema(kind)?;
        let mut report = Report::new(schema.clone()).heading(entry(kind));
        let Some(variants) = variants(schema) else {
            return Ok(report.line("  one JSON document, without methods"));
        };
        for variant in variants {
            for name in names(variant) {
                report = report.line(format!("  {}", printable(name)));
            }
            if let Some(words) = variant["description"].as_str() {
                report = report.line(format!("      {}", in_line(words)));
            }
        }
        Ok(report)
    }

    fn schema(&self, kind: MessageKind) -> Result<&Value, Failure> {
        let entry = entry(kind);
        let schema = self.0.get(entry).filter(|it| it.is_object());
        schema.ok_or_else(|| {
            Failure::usage(format!("the schema file says nothing of `{entry}`"))
                .hint("name the file of the whole contract, which `cosmwasm-schema` calls as the contract")
        })
    }
}

/// Why a part of a schema does not allow a value; or why the schema cannot be read.
fn wrong_with(schema: &Value, part: &str, value: &Value) -> Result<Option<String>, String> {
    let unread = |error: &dyn ToString| format!("the schema cannot be read: {}", error.to_string());
    let mut compiler = Compiler::new();
    compiler.set_default_draft(Draft::V7);
    compiler.use_loader(Box::new(NoLoader));
    let added = compiler.add_resource(PLACE, schema.clone());
    added.map_err(|error| unread(&error))?;
    let mut schemas = Schemas::new();
    let compiled = compiler.compile(&format!("{PLACE}{part}"), &mut schemas);
    let compiled = compiled.map_err(|error| unread(&error))?;
    let Err(error) = schemas.validate(value, compiled) else {
        return Ok(None);
    };
    let mut reasons = Vec::new();
    tell(&error, &mut reasons);
    Ok(Some(reasons.join("; ")))
}

/// What the entry is called there.
const fn entry(kind: MessageKind) -> &'static str {
    match kind {
        MessageKind::Init => "instantiate",
        MessageKind::Call => "execute",
        MessageKind::Query => "query",
        MessageKind::Upgrade => "migrate",
    }
}

/// The word by which a message chooses.
pub(super) fn method_of(message: &Value) -> Option<&str> {
    match message {
        Value::String(word) => Some(word),
        Value::Object(fields) if fields.len() == 1 => fields.keys().next().map(String::as_str),
        _ => None,
    }
}

/// What a message may be, if it chooses among methods.
fn variants(schema: &Value) -> Option<&Vec<Value>> {
    schema.get("oneOf").and_then(Value::as_array)
}

/// The words of a variant: the key of an object, or texts.
fn names(variant: &Value) -> Vec<&str> {
    let texts = |key: &str| variant.get(key).and_then(Value::as_array);
    let list = texts("required").or_else(|| texts("enum"));
    list.into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect()
}

fn all_names(variants: &[Value]) -> String {
    let words: Vec<_> = variants.iter().flat_map(names).map(printable).collect();
    words.join(", ")
}

/// The innermost reasons, each with its place in the message.
fn tell(error: &ValidationError<'_, '_>, reasons: &mut Vec<String>) {
    for cause in &error.causes {
        tell(cause, reasons);
    }
    if error.causes.is_empty() && reasons.len() < REASONS_MAX {
        let place = error.instance_location.to_string();
        let reason = format!("at {place:?}: {}", error.kind);
        reasons.push(printable(&reason));
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn file() -> SchemaFile {
        let transfer = json!({
            "description": "Moves tokens", "type": "object", "required": ["transfer"],
            "properties": {"transfer": {
                "type": "object", "required": ["amount", "recipient"],
                "properties": {
                    "amount": {"$ref": "#/definitions/Uint128"}, "recipient": {"type": "string"},
                },
                "additionalProperties": false,
            }},
            "additionalProperties": false,
        });
        let execute = json!({
            "$schema": "http://json-schema.org/draft-07/schema#",
            "title": "ExecuteMsg",
            "oneOf": [transfer, {"type": "string", "enum": ["claim", "stop"]}],
            "definitions": {"Uint128": {"type": "string"}},
        });
        let instantiate = json!({
            "$schema": "http://json-schema.org/draft-07/schema#",
            "type": "object", "required": ["name"], "properties": {"name": {"type": "string"}},
        });
        let query = json!({"oneOf": [{"$ref": "file:///etc/hostname"}]});
        SchemaFile(json!({
            "contract_name": "token", "instantiate": instantiate, "execute": execute, "query": query,
            "migrate": null,
            "responses": {
                "balance": {
                    "$schema": "http://json-schema.org/draft-07/schema#",
                    "type": "object", "required": ["balance"],
                    "properties": {"balance": {"$ref": "#/definitions/Uint128"}},
                    "definitions": {"Uint128": {"type": "string"}},
                },
                "elsewhere": {"$ref": "file:///etc/hostname"},
            },
        }))
    }

    #[track_caller]
    fn check(kind: MessageKind, message: Value, says: Option<&str>) {
        let checked = file().check(kind, &message);
        let said = checked.as_ref().err().map(Failure::message);
        match says {
            None => assert_eq!(said, None, "{message}"),
            Some(says) => assert!(
                said.is_some_and(|it| it.contains(says)),
                "{message}: {said:?}"
            ),
        }
    }

    #[test]
    fn messages_are_what_the_schema_allows() {
        let good = json!({"transfer": {"amount": "5", "recipient": "bob"}});
        check(MessageKind::Call, good, None);
        check(MessageKind::Call, json!("claim"), None);
        check(MessageKind::Init, json!({"name": "T"}), None);
    }

    #[test]
    fn what_is_wrong_is_said_with_its_place() {
        let number = json!({"transfer": {"amount": 5, "recipient": "bob"}});
        check(MessageKind::Call, number, Some("/transfer/amount"));
        check(
            MessageKind::Call,
            json!({"transfer": {"amount": "5"}}),
            Some("recipient"),
        );
        check(MessageKind::Call, json!({"burn": {}}), Some("has no burn"));
        check(
            MessageKind::Call,
            json!([]),
            Some("not what the schema allows"),
        );
        check(MessageKind::Init, json!({}), Some("name"));
        check(
            MessageKind::Upgrade,
            json!({}),
            Some("says nothing of `migrate`"),
        );
    }

    #[test]
    fn answers_are_doubted_with_the_place_of_what_is_wrong() {
        let doubt = |method: &str, answer: &str| file().doubt(method, answer.as_bytes());
        assert_eq!(doubt("balance", r#"{"balance":"5"}"#), None);
        assert_eq!(doubt("unknown", "5"), None, "the file does not say");
        for (method, answer, says) in [
            ("balance", r#"{"balance":5}"#, "/balance"),
            ("balance", "{}", "balance"),
            ("balance", "\u{0}", "no JSON"),
            ("elsewhere", "{}", "cannot be read"),
        ] {
            let said = doubt(method, answer).unwrap();
            assert!(said.contains(says), "{said}");
        }
        for none in [json!({}), json!({"responses": null})] {
            assert_eq!(SchemaFile(none).doubt("balance", b"5"), None);
        }
    }

    #[test]
    fn nothing_but_the_file_is_read() {
        check(MessageKind::Query, json!([]), Some("cannot be read"));
    }

    #[test]
    fn help_lists_the_methods() {
        let report = file().help(MessageKind::Call).expect("a report");
        let text = report.text(crate::output::Paint::none());
        for word in ["execute", "transfer", "Moves tokens", "claim", "stop"] {
            assert!(text.contains(word), "{text}");
        }
        assert!(file().help(MessageKind::Upgrade).is_err());
    }
}
