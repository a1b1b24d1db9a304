//! The way in: methods, results, reverts and events of one contract.

use std::collections::BTreeMap;
use std::fmt;

use argosy_primitives::{Event, Hrp};
use argosy_vm_abi::schema::{Abi, EventItem, Field, MessageItem, MessageKind};
use argosy_vm_abi::{RevertData, SdkError, TypeExpr, event_topic};
use serde_json::{Map, Value};

use super::decode::Decoder;
use super::encode::Encoder;
use super::place::Place;
use super::text::{self, Human};
use super::{ValueError, shape};

/// The values of one contract, for people of one network.
#[derive(Debug, Clone, Copy)]
pub struct Codec<'a> {
    abi: &'a Abi,
    hrp: Hrp,
}

/// An argument as it was given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Argument {
    /// As JSON.
    Json(Value),
    /// As typed by a person: plain for simple types, JSON for the others.
    Text(String),
}

/// Why a contract reverted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Revert {
    /// With the method's own error.
    Error(Value),
    /// With a text.
    Message(String),
    /// The contract's SDK refused.
    Sdk(SdkError),
    /// With bytes that mean nothing to its ABI.
    Unknown(Vec<u8>),
}

/// An event of a contract, read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DecodedEvent {
    /// Its name.
    pub name: String,
    /// Its fields by name.
    pub fields: Map<String, Value>,
}

impl<'a> Codec<'a> {
    /// Reads and writes values by `abi`, addresses for network `hrp`.
    pub fn new(abi: &'a Abi, hrp: Hrp) -> Codec<'a> {
        Codec { abi, hrp }
    }

    /// The method of this name, or an error that lists what there is.
    pub fn method(&self, kind: MessageKind, name: &str) -> Result<&'a MessageItem, ValueError> {
        let found = self.abi.message(kind, name);
        found.ok_or_else(|| {
            let methods = self.abi.messages.iter().filter(|it| it.kind == kind);
            ValueError::UnknownMethod {
                kind: kind.entry().export_name(),
                name: name.to_owned(),
                known: listed(methods.map(|it| it.name.as_str())),
            }
        })
    }

    /// The message that calls `method`: its selector and its arguments. Optional arguments may be
    /// left out.
    pub fn encode_args(
        &self,
        method: &MessageItem,
        arguments: &BTreeMap<String, Argument>,
    ) -> Result<Vec<u8>, ValueError> {
        let is_known = |name: &String| method.args.iter().any(|it| it.name == *name);
        if let Some(name) = arguments.keys().find(|it| !is_known(it)) {
            return Err(ValueError::UnknownArgument {
                method: method.name.clone(),
                name: name.clone(),
                known: listed(method.args.iter().map(|it| it.name.as_str())),
            });
        }
        let mut encoder = self.encoder(method.selector.to_vec());
        for argument in &method.args {
            let ty = shape::parse(&argument.ty)?;
            let value = match arguments.get(&argument.name) {
                Some(Argument::Json(value)) => value.clone(),
                Some(Argument::Text(typed)) => {
                    text::read(self.abi, self.hrp, &ty, typed, &argument.name)?
                }
                None if matches!(ty, TypeExpr::Option(_)) => Value::Null,
                None => return Err(self.missing(method, argument, &ty)),
            };
            encoder.value(&ty, &value, &Place::start(&argument.name))?;
        }
        Ok(encoder.out)
    }

    /// A value of the type named `ty`, as SCALE bytes.
    pub fn encode_value(&self, ty: &str, value: &Value) -> Result<Vec<u8>, ValueError> {
        let mut encoder = self.encoder(Vec::new());
        encoder.value(&shape::parse(ty)?, value, &Place::start("value"))?;
        Ok(encoder.out)
    }

    /// SCALE bytes of the type named `ty`, as JSON.
    pub fn decode_value(&self, ty: &str, bytes: &[u8]) -> Result<Value, ValueError> {
        let mut decoder = Decoder::new(self.abi, self.hrp, bytes);
        let value = decoder.value(&shape::parse(ty)?, &Place::start("value"))?;
        decoder.finish(ty)?;
        Ok(value)
    }

    /// What `method` returned.
    pub fn decode_return(&self, method: &MessageItem, data: &[u8]) -> Result<Value, ValueError> {
        self.decode_value(&method.returns, data)
    }

    /// The arguments in a message to `method`, its selector included.
    pub fn decode_args(
        &self,
        method: &MessageItem,
        message: &[u8],
    ) -> Result<Map<String, Value>, ValueError> {
        let arguments = message.strip_prefix(&method.selector).unwrap_or(&[]);
        let mut decoder = Decoder::new(self.abi, self.hrp, arguments);
        let values = decoder.named(&method.args, &Place::start(&method.name))?;
        decoder.finish(&method.name)?;
        Ok(values)
    }

    /// Why a call of `method` reverted. Without a method, or if its own error type does not fit,
    /// the error types of all methods are tried; what fits none stays bytes.
    pub fn decode_error(&self, method: Option<&MessageItem>, data: &[u8]) -> Revert {
        let bytes = match RevertData::parse(data) {
            Ok(RevertData::Message(message)) => return Revert::Message(message),
            Ok(RevertData::Sdk(error)) => return Revert::Sdk(error),
            Ok(RevertData::Error(bytes)) => bytes,
            Err(_) => return Revert::Unknown(data.to_vec()),
        };
        let own = method.and_then(|it| it.error.as_deref());
        let others = self
            .abi
            .messages
            .iter()
            .filter_map(|it| it.error.as_deref());
        let mut candidates = own.into_iter().chain(others);
        let value = candidates.find_map(|ty| self.decode_value(ty, &bytes).ok());
        value.map_or_else(|| Revert::Unknown(data.to_vec()), Revert::Error)
    }

    /// An event of this contract; `None` if its ABI knows no event of that name and shape.
    pub fn decode_event(&self, event: &Event) -> Option<DecodedEvent> {
        let name = event.topics.first()?;
        let item = self
            .abi
            .events
            .iter()
            .find(|it| event_topic(&it.name) == *name)?;
        let fields: Vec<Field> = event_fields(item);
        let mut decoder = Decoder::new(self.abi, self.hrp, &event.data);
        let values = decoder.named(&fields, &Place::start(&item.name)).ok()?;
        decoder.finish(&item.name).ok()?;
        Some(DecodedEvent {
            name: item.name.clone(),
            fields: values,
        })
    }

    /// A value of the type named `ty`, for people.
    pub fn example(&self, ty: &str) -> String {
        shape::parse(ty).map_or_else(
            |_| "?".to_owned(),
            |it| shape::example(self.abi, &it, self.hrp),
        )
    }

    fn encoder(&self, out: Vec<u8>) -> Encoder<'a> {
        Encoder {
            abi: self.abi,
            hrp: self.hrp,
            out,
        }
    }

    fn missing(&self, method: &MessageItem, argument: &Field, ty: &TypeExpr) -> ValueError {
        ValueError::MissingArgument {
            method: method.name.clone(),
            name: argument.name.clone(),
            expected: ty.to_string(),
            example: shape::example(self.abi, ty, self.hrp),
        }
    }
}

fn event_fields(item: &EventItem) -> Vec<Field> {
    let field = |name: &String, ty: &String| Field {
        name: name.clone(),
        ty: ty.clone(),
    };
    item.fields
        .iter()
        .map(|it| field(&it.name, &it.ty))
        .collect()
}

fn listed<'n>(names: impl Iterator<Item = &'n str>) -> String {
    let names: Vec<_> = names.collect();
    match names.is_empty() {
        true => "nothing".to_owned(),
        false => names.join(", "),
    }
}

impl fmt::Display for Revert {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Revert::Error(value) => Human(value).fmt(f),
            Revert::Message(message) => write!(f, "{message:?}"),
            Revert::Sdk(error) => f.write_str(error.as_str()),
            Revert::Unknown(bytes) => f.write_str(&const_hex::encode_prefixed(bytes)),
        }
    }
}

impl fmt::Display for DecodedEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let fields = Value::Object(self.fields.clone());
        write!(f, "{} {}", self.name, Human(&fields))
    }
}
