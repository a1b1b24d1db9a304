//! Messages of contracts that speak JSON, those of Cosmos chains, as far as they explain themselves.
//!
//! ```text
//! {"transfer": {"amount": "5"}}     method transfer, arguments {"amount": "5"}
//! "claim"                           method claim
//! ```
//!
//! Always: a message is shown as the contract reads it, or not at all; the depth of what is read is
//! bounded; a method is a short name of plain letters, since it stands in the middle of sentences.
//! Not here: what an answer may hold (`explain`), and whether a code speaks JSON (`explain`).

use argosy_chain::FrameEntry;
use serde_json::{Map, Value};

/// A method's name, in bytes.
const METHOD_BYTES_MAX: usize = 64;

/// A message that was read.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Spoken {
    /// What was asked for: the message's own word, or the entry where messages have none.
    pub(crate) method: String,
    pub(crate) args: Value,
}

impl Spoken {
    /// `transfer({"amount":"5"})`
    pub(crate) fn text(&self) -> String {
        match &self.args {
            Value::Object(args) if args.is_empty() => format!("{}()", self.method),
            args => format!("{}({args})", self.method),
        }
    }
}

/// Reads a message; `None` if it is no such document.
pub(crate) fn read(entry: FrameEntry, message: &[u8]) -> Option<Spoken> {
    let document: Value = serde_json::from_slice(message).ok()?;
    if !is_exact(&document) {
        return None;
    }
    let (method, args) = match (entry, document) {
        (FrameEntry::Init, document) => ("instantiate".to_owned(), document),
        (FrameEntry::Upgrade, document) => ("migrate".to_owned(), document),
        (FrameEntry::Reply, document) => ("reply".to_owned(), document),
        (FrameEntry::Call | FrameEntry::Query, Value::String(method)) => {
            (method, Value::Object(Map::new()))
        }
        (FrameEntry::Call | FrameEntry::Query, Value::Object(message)) => {
            let mut words = message.into_iter();
            match (words.next(), words.next()) {
                (Some(word), None) => word,
                _ => return None,
            }
        }
        _ => return None,
    };
    is_name(&method).then_some(Spoken { method, args })
}

fn is_name(method: &str) -> bool {
    let is_plain = |it: u8| it.is_ascii_alphanumeric() || it == b'_';
    (1..=METHOD_BYTES_MAX).contains(&method.len()) && method.bytes().all(is_plain)
}

/// Whether every number is shown as it was written. Larger ones become other numbers when they are read,
/// and contracts write those as texts.
fn is_exact(document: &Value) -> bool {
    match document {
        Value::Number(number) => number.is_u64() || number.is_i64(),
        Value::Array(values) => values.iter().all(is_exact),
        Value::Object(values) => values.values().all(is_exact),
        Value::Null | Value::Bool(_) | Value::String(_) => true,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[track_caller]
    fn check(entry: FrameEntry, message: &str, expected: Option<(&str, Value)>) {
        let expected = expected.map(|(method, args)| (method.to_owned(), args));
        let found = read(entry, message.as_bytes()).map(|it| (it.method, it.args));
        assert_eq!(found, expected, "{message}");
    }

    #[test]
    fn the_only_key_is_the_method() {
        let transfer = r#"{"transfer": {"amount": "5"}}"#;
        let args = json!({"amount": "5"});
        check(FrameEntry::Call, transfer, Some(("transfer", args.clone())));
        check(FrameEntry::Query, transfer, Some(("transfer", args)));
        check(FrameEntry::Call, r#""claim""#, Some(("claim", json!({}))));
        check(FrameEntry::Call, r#"{"a": 1, "b": 2}"#, None);
        check(FrameEntry::Call, "{}", None);
        check(FrameEntry::Call, "[1]", None);
        check(FrameEntry::Call, "{", None);
    }

    #[test]
    fn what_is_no_name_is_no_method() {
        let long = "a".repeat(METHOD_BYTES_MAX);
        let named = |name: &str| format!(r#"{{"{name}": {{}}}}"#);
        check(
            FrameEntry::Call,
            &named(&long),
            Some((long.as_str(), json!({}))),
        );
        for name in [&*format!("{long}a"), "", "a b", r"a\u001b", "naïve"] {
            check(FrameEntry::Call, &named(name), None);
        }
    }

    #[test]
    fn entries_without_methods_name_themselves() {
        let document = json!({"name": "T", "symbol": "TOK"});
        let text = document.to_string();
        for (entry, method) in [
            (FrameEntry::Init, "instantiate"),
            (FrameEntry::Upgrade, "migrate"),
            (FrameEntry::Reply, "reply"),
        ] {
            check(entry, &text, Some((method, document.clone())));
        }
    }

    #[test]
    fn numbers_that_would_change_are_not_shown() {
        check(
            FrameEntry::Call,
            r#"{"a": 18446744073709551615}"#,
            Some(("a", json!(u64::MAX))),
        );
        check(FrameEntry::Call, r#"{"a": 18446744073709551616}"#, None);
        check(FrameEntry::Call, r#"{"a": [{"b": 0.5}]}"#, None);
    }

    #[test]
    fn depth_is_bounded() {
        let deep = format!(r#"{{"a":{}{}}}"#, "[".repeat(10_000), "]".repeat(10_000));
        check(FrameEntry::Call, &deep, None);
    }

    #[test]
    fn words_for_people() {
        let spoken = |args| Spoken {
            method: "mint".into(),
            args,
        };
        assert_eq!(spoken(json!({})).text(), "mint()");
        assert_eq!(spoken(json!({"to": "x"})).text(), r#"mint({"to":"x"})"#);
    }
}
