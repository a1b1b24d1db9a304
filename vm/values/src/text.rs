//! What people type on a command line, to JSON.
//!
//! Plain words stand for themselves; what has parts is JSON, except for lists of words, `a,b,c`.

use argosy_vm_abi::TypeExpr;
use argosy_vm_abi::schema::TypeDef;
use serde_json::{Map, Value};

use crate::kind::is_byte_string;
use crate::{Codec, CodecError};

/// The JSON that `text` stands for, or what is wrong with it.
pub(crate) fn to_json(
    codec: &Codec<'_>,
    ty: &TypeExpr,
    text: &str,
) -> Result<Result<Value, String>, CodecError> {
    let word = || Value::String(text.to_owned());
    let json = || serde_json::from_str(text).map_err(|error| format!("it is no JSON: {error}"));
    let is_json = text.starts_with(['[', '{', '"']);
    Ok(match ty {
        TypeExpr::Bool => match text {
            "true" => Ok(Value::Bool(true)),
            "false" => Ok(Value::Bool(false)),
            _ => Ok(word()),
        },
        TypeExpr::String => Ok(word()),
        _ if is_byte_string(ty) && !is_json => Ok(word()),
        TypeExpr::Option(_) if matches!(text, "none" | "null") => Ok(Value::Null),
        TypeExpr::Option(inner) if matches!(**inner, TypeExpr::Option(_)) => {
            match to_json(codec, inner, text)? {
                Ok(value) => Ok(Value::Object(Map::from_iter([("some".to_owned(), value)]))),
                refused => refused,
            }
        }
        TypeExpr::Option(inner) => return to_json(codec, inner, text),
        TypeExpr::Vec(item) | TypeExpr::Array(item, _)
            if !is_json && is_word(codec, item)? && **item != TypeExpr::String =>
        {
            let words = text
                .split(',')
                .map(str::trim)
                .filter(|_| !text.trim().is_empty());
            let mut values = Vec::new();
            for word in words {
                match to_json(codec, item, word)? {
                    Ok(value) => values.push(value),
                    refused => return Ok(refused),
                }
            }
            Ok(Value::Array(values))
        }
        _ if is_word(codec, ty)? && !is_json => Ok(word()),
        _ => json(),
    })
}

/// Whether a value of this type is written as one word without blanks or commas.
fn is_word(codec: &Codec<'_>, ty: &TypeExpr) -> Result<bool, CodecError> {
    Ok(match ty {
        TypeExpr::Vec(_)
        | TypeExpr::Array(..)
        | TypeExpr::Tuple(_)
        | TypeExpr::Option(_)
        | TypeExpr::Result(..) => is_byte_string(ty),
        TypeExpr::Named(name) => matches!(codec.definition(name)?.def, TypeDef::Enum(_)),
        _ => true,
    })
}
