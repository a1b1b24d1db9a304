//! A contract's value with the names that its ABI gives: for people as text, for programs as JSON.

use std::fmt;

use argosy_primitives::{Address, Hash32, Hrp};
use serde_json::{Map, Value};

use crate::literal::write_fixed;

/// A value of a contract.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs)] // The variants are the types of the ABI's grammar.
pub enum AbiValue {
    Bool(bool),
    Unsigned {
        value: u128,
        bits: u32,
    },
    Signed {
        value: i128,
        bits: u32,
    },
    /// Units of the last of so many digits behind the point.
    Fixed {
        units: u128,
        decimals: u8,
    },
    String(String),
    /// `Bytes`, `Vec<u8>` and `[u8; N]`.
    Bytes(Vec<u8>),
    Address(AddressValue),
    Hash(Hash32),
    /// `Vec<T>` and `[T; N]`.
    List(Vec<AbiValue>),
    Tuple(Vec<AbiValue>),
    Option(Option<Box<AbiValue>>),
    Result(Result<Box<AbiValue>, Box<AbiValue>>),
    Struct {
        name: String,
        fields: Vec<FieldValue>,
    },
    Enum {
        variant: String,
        fields: Vec<FieldValue>,
    },
}

/// An address, and the network in whose text it is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AddressValue {
    /// The network.
    pub hrp: Hrp,
    /// Whom it names.
    pub address: Address,
}

/// A field of a struct or variant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldValue {
    /// Its name; digits if the fields are numbered.
    pub name: String,
    /// What it holds.
    pub value: AbiValue,
}

impl AbiValue {
    /// The value in JSON, as the table at the head of [the crate](crate) has it.
    pub fn to_json(&self) -> Value {
        match self {
            AbiValue::Bool(it) => Value::Bool(*it),
            // 32 bits fit a JSON number everywhere.
            AbiValue::Unsigned { value, bits } => match u32::try_from(*value) {
                Ok(small) if *bits <= 32 => Value::from(small),
                _ => Value::String(value.to_string()),
            },
            AbiValue::Signed { value, bits } => match i32::try_from(*value) {
                Ok(small) if *bits <= 32 => Value::from(small),
                _ => Value::String(value.to_string()),
            },
            AbiValue::Fixed { units, decimals } => Value::String(write_fixed(*units, *decimals)),
            AbiValue::String(it) => Value::String(it.clone()),
            AbiValue::Bytes(it) => Value::String(const_hex::encode_prefixed(it)),
            AbiValue::Address(it) => Value::String(it.address.to_text(it.hrp)),
            AbiValue::Hash(it) => Value::String(it.to_string()),
            AbiValue::List(items) | AbiValue::Tuple(items) => {
                items.iter().map(AbiValue::to_json).collect()
            }
            AbiValue::Option(None) => Value::Null,
            AbiValue::Option(Some(it)) => match &**it {
                AbiValue::Option(_) => single("some", it.to_json()),
                _ => it.to_json(),
            },
            AbiValue::Result(Ok(it)) => single("ok", it.to_json()),
            AbiValue::Result(Err(it)) => single("err", it.to_json()),
            AbiValue::Struct { fields, .. } if are_numbered(fields) => {
                fields.iter().map(|it| it.value.to_json()).collect()
            }
            AbiValue::Struct { fields, .. } => {
                let fields = fields.iter();
                Value::Object(
                    fields
                        .map(|it| (it.name.clone(), it.value.to_json()))
                        .collect(),
                )
            }
            AbiValue::Enum { variant, fields } => {
                let mut object = Map::new();
                object.insert(TAG.to_owned(), Value::String(variant.clone()));
                let fields = fields.iter();
                object.extend(fields.map(|it| (key_in_enum(&it.name), it.value.to_json())));
                Value::Object(object)
            }
        }
    }
}

/// As Rust would print it: `InsufficientBalance { have: 5, need: 10 }`.
impl fmt::Display for AbiValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            AbiValue::Bool(it) => it.fmt(f),
            AbiValue::Unsigned { value, .. } => value.fmt(f),
            AbiValue::Signed { value, .. } => value.fmt(f),
            AbiValue::Fixed { units, decimals } => f.write_str(&write_fixed(*units, *decimals)),
            AbiValue::String(it) => write!(f, "{it:?}"),
            AbiValue::Bytes(it) => f.write_str(&const_hex::encode_prefixed(it)),
            AbiValue::Address(it) => f.write_str(&it.address.to_text(it.hrp)),
            AbiValue::Hash(it) => it.fmt(f),
            AbiValue::List(items) => write_all(f, "[", items.iter().map(|it| (None, it)), "]"),
            AbiValue::Tuple(items) => write_all(f, "(", items.iter().map(|it| (None, it)), ")"),
            AbiValue::Option(None) => f.write_str("None"),
            AbiValue::Option(Some(it)) => write!(f, "Some({it})"),
            AbiValue::Result(Ok(it)) => write!(f, "Ok({it})"),
            AbiValue::Result(Err(it)) => write!(f, "Err({it})"),
            AbiValue::Struct { name, fields }
            | AbiValue::Enum {
                variant: name,
                fields,
            } => {
                f.write_str(name)?;
                match fields.as_slice() {
                    [] => Ok(()),
                    _ if are_numbered(fields) => {
                        write_all(f, "(", fields.iter().map(|it| (None, &it.value)), ")")
                    }
                    _ => {
                        let named = fields.iter().map(|it| (Some(it.name.as_str()), &it.value));
                        write_all(f, " { ", named, " }")
                    }
                }
            }
        }
    }
}

fn write_all<'a>(
    f: &mut fmt::Formatter<'_>,
    open: &str,
    items: impl Iterator<Item = (Option<&'a str>, &'a AbiValue)>,
    close: &str,
) -> fmt::Result {
    f.write_str(open)?;
    for (index, (name, value)) in items.enumerate() {
        f.write_str(if index == 0 { "" } else { ", " })?;
        if let Some(name) = name {
            write!(f, "{name}: ")?;
        }
        write!(f, "{value}")?;
    }
    f.write_str(close)
}

/// The key that names the variant of an enum.
pub(crate) const TAG: &str = "type";

/// How a field of a variant is called in JSON: never [`TAG`], and no two alike.
pub(crate) fn key_in_enum(name: &str) -> String {
    let escaped = name
        .strip_prefix(TAG)
        .is_some_and(|rest| rest.bytes().all(|it| it == b'_'));
    if escaped {
        return format!("{name}_");
    }
    name.to_owned()
}

fn are_numbered(fields: &[FieldValue]) -> bool {
    crate::kind::are_numbered(fields.iter().map(|it| it.name.as_str()))
}

fn single(key: &str, value: Value) -> Value {
    Value::Object(Map::from_iter([(key.to_owned(), value)]))
}
