//! What people type and read.

use std::fmt;

use argosy_primitives::Hrp;
use argosy_vm_abi::TypeExpr;
use argosy_vm_abi::schema::{Abi, TypeDef};
use serde_json::Value;

use super::ValueError;
use super::shape::{self, Fields};

/// Newtypes of newtypes end somewhere.
const NEWTYPES_MAX: usize = 16;

/// Reads what was typed for a `ty`: plain for simple types, JSON for the others.
pub(super) fn read(
    abi: &Abi,
    hrp: Hrp,
    ty: &TypeExpr,
    typed: &str,
    name: &str,
) -> Result<Value, ValueError> {
    let inner = unwrap_newtypes(abi, ty)?;
    let plain = || Ok(Value::String(typed.to_owned()));
    let is_json = typed.trim_start().starts_with(['{', '[', '"']);
    match &inner {
        TypeExpr::String => plain(),
        TypeExpr::Bool => match typed {
            "true" => Ok(Value::Bool(true)),
            "false" => Ok(Value::Bool(false)),
            _ => plain(), // Becomes an error with an example.
        },
        TypeExpr::Option(item) => match (typed, item.as_ref()) {
            ("null", it) if *it != TypeExpr::String => Ok(Value::Null),
            _ if shape::may_be_null(abi, item) => json(abi, hrp, ty, typed, name),
            _ => read(abi, hrp, item, typed, name),
        },
        TypeExpr::Vec(item) | TypeExpr::Array(item, _) if **item == TypeExpr::U8 && !is_json => {
            plain()
        }
        TypeExpr::Vec(_) | TypeExpr::Array(..) | TypeExpr::Tuple(_) | TypeExpr::Result(..) => {
            json(abi, hrp, ty, typed, name)
        }
        // The name of a variant without fields may stand alone.
        TypeExpr::Named(_) if is_json || typed == "null" => json(abi, hrp, ty, typed, name),
        _ => plain(),
    }
}

fn json(abi: &Abi, hrp: Hrp, ty: &TypeExpr, typed: &str, name: &str) -> Result<Value, ValueError> {
    serde_json::from_str(typed).map_err(|error| ValueError::Mismatch {
        place: name.to_owned(),
        expected: format!("{ty} as JSON"),
        example: shape::example(abi, ty, hrp),
        got: format!("{typed:?} ({error})"),
    })
}

fn unwrap_newtypes(abi: &Abi, ty: &TypeExpr) -> Result<TypeExpr, ValueError> {
    let mut ty = ty.clone();
    for _ in 0..NEWTYPES_MAX {
        let TypeExpr::Named(name) = &ty else { break };
        let TypeDef::Struct(fields) = shape::resolve(abi, name)? else {
            break;
        };
        let Fields::Newtype(field) = Fields::of(fields) else {
            break;
        };
        ty = shape::parse(&field.ty)?;
    }
    Ok(ty)
}

/// A JSON value as people read it: `InsufficientBalance { have: 5, need: 7 }`.
#[derive(Debug, Clone, Copy)]
pub struct Human<'a>(pub &'a Value);

impl fmt::Display for Human<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Value::Null => f.write_str("none"),
            Value::Bool(value) => value.fmt(f),
            Value::Number(number) => number.fmt(f),
            // Words stand alone; anything that could be mistaken is quoted.
            Value::String(text) if is_word(text) => f.write_str(text),
            Value::String(text) => write!(f, "{text:?}"),
            Value::Array(items) => {
                let items: Vec<_> = items.iter().map(|it| Human(it).to_string()).collect();
                write!(f, "[{}]", items.join(", "))
            }
            Value::Object(fields) => {
                let tag = fields.get("type").and_then(Value::as_str);
                let rest: Vec<_> = (fields.iter())
                    .filter(|(name, _)| tag.is_none() || *name != "type")
                    .map(|(name, value)| format!("{name}: {}", Human(value)))
                    .collect();
                match (tag, rest.is_empty()) {
                    (Some(tag), true) => f.write_str(tag),
                    (Some(tag), false) => write!(f, "{tag} {{ {} }}", rest.join(", ")),
                    (None, _) => write!(f, "{{ {} }}", rest.join(", ")),
                }
            }
        }
    }
}

fn is_word(text: &str) -> bool {
    let plain = |it: char| it.is_alphanumeric() || it == '-' || it == '_' || it == '.';
    !text.is_empty() && text.chars().all(plain)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[track_caller]
    fn check(value: Value, expected: &str) {
        assert_eq!(Human(&value).to_string(), expected);
    }

    #[test]
    fn values_read_well() {
        check(json!(null), "none");
        check(json!("5"), "5");
        check(json!(""), "\"\"");
        check(json!("two words"), "\"two words\"");
        check(json!("\u{1b}[2J"), "\"\\u{1b}[2J\"");
        check(json!([1, true, "0x00"]), "[1, true, 0x00]");
        check(json!({"type": "Paused"}), "Paused");
        check(
            json!({"type": "InsufficientBalance", "have": "5", "need": "7"}),
            "InsufficientBalance { have: 5, need: 7 }",
        );
        check(json!({"a": {"b": null}}), "{ a: { b: none } }");
    }
}
