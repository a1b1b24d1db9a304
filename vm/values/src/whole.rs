//! Whole messages, answers and events: what users of the codec call.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};

use argosy_primitives::{Address, Event, Hash32, Hrp};
use argosy_vm_abi::schema::{EventItem, MessageItem, MessageKind, TypeItem};
use argosy_vm_abi::{Abi, TypeExpr, event_topic, split_message};
use serde_json::Value;

use crate::decode::Decoder;
use crate::encode::{Encoder, bad_value};
use crate::limits::VALUES_MAX;
use crate::suggest::nearest;
use crate::value::{AbiValue, FieldValue};
use crate::{CodecError, example, text};

/// Values of one contract on one network.
#[derive(Debug, Clone, Copy)]
pub struct Codec<'a> {
    abi: &'a Abi,
    hrp: Hrp,
    names: Option<&'a BTreeMap<String, Address>>,
    values_max: usize,
    allowance: Option<&'a Allowance>,
}

/// Values that may still be decoded, by all who share it and also where nothing comes of it. A value
/// costs time before it is known to be none: its type is read, and bytes may fit many types halfway.
#[derive(Debug)]
pub struct Allowance(AtomicUsize);

impl Allowance {
    /// So many values.
    pub fn new(values: usize) -> Allowance {
        Allowance(AtomicUsize::new(values))
    }

    /// Takes one; `false`: none was left.
    fn take(&self) -> bool {
        let less = |left: usize| left.checked_sub(1);
        let taken = (self.0).fetch_update(Ordering::Relaxed, Ordering::Relaxed, less);
        taken.is_ok()
    }
}

/// Arguments of a method.
#[derive(Debug, Clone, Copy, Default)]
pub enum Args<'a> {
    /// There are none.
    #[default]
    None,
    /// A JSON object by name, or an array by position.
    Json(&'a Value),
    /// Texts by name, as on a command line; `initial-supply` is read as `initial_supply`.
    Texts(&'a [(String, String)]),
}

/// A message to a contract, read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DecodedCall {
    /// The method.
    pub method: String,
    /// Its arguments in order.
    pub args: Vec<FieldValue>,
}

/// An event of a contract, read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DecodedEvent {
    /// Its name.
    pub name: String,
    /// Its fields in order.
    pub fields: Vec<FieldValue>,
}

impl<'a> Codec<'a> {
    /// The codec of a contract for people of network `hrp`.
    pub fn new(abi: &'a Abi, hrp: Hrp) -> Codec<'a> {
        Codec {
            abi,
            hrp,
            names: None,
            values_max: VALUES_MAX,
            allowance: None,
        }
    }

    /// Decodes no value of more parts than this: for who decodes on behalf of strangers.
    #[must_use]
    pub fn with_values_max(self, values_max: usize) -> Codec<'a> {
        Codec {
            values_max: values_max.min(VALUES_MAX),
            ..self
        }
    }

    /// Decodes no more than that allows, over all that share it: for who decodes much for one answer.
    #[must_use]
    pub fn with_allowance(self, allowance: &'a Allowance) -> Codec<'a> {
        Codec {
            allowance: Some(allowance),
            ..self
        }
    }

    /// Also takes these names for addresses.
    #[must_use]
    pub fn with_names(self, names: &'a BTreeMap<String, Address>) -> Codec<'a> {
        Codec {
            names: Some(names),
            ..self
        }
    }

    /// The ABI it speaks.
    pub fn abi(&self) -> &'a Abi {
        self.abi
    }

    /// The network whose addresses it takes and writes.
    pub fn hrp(&self) -> Hrp {
        self.hrp
    }

    /// The method of this name, or an error with the name that may have been meant.
    pub fn method(&self, kind: MessageKind, name: &str) -> Result<&'a MessageItem, CodecError> {
        self.abi.message(kind, name).ok_or_else(|| {
            let of_kind = self.abi.messages.iter().filter(|it| it.kind == kind);
            let known: Vec<String> = of_kind.map(|it| it.name.clone()).collect();
            CodecError::UnknownMethod {
                kind,
                method: name.to_owned(),
                nearest: nearest(name, known.iter().map(String::as_str)),
                known,
            }
        })
    }

    /// The bytes of a message: selector and arguments.
    pub fn encode_call(
        &self,
        kind: MessageKind,
        method: &str,
        args: Args<'_>,
    ) -> Result<Vec<u8>, CodecError> {
        let message = self.method(kind, method)?;
        let values = match args {
            Args::None => self.of_texts(message, &[])?,
            Args::Json(json) => self.of_json(message, json)?,
            Args::Texts(texts) => self.of_texts(message, texts)?,
        };
        let mut encoder = Encoder::new(self);
        encoder.bytes.extend(message.selector);
        for (arg, value) in message.args.iter().zip(values) {
            encoder.root(&arg.name, &arg.ty, &value)?;
        }
        Ok(encoder.bytes)
    }

    /// The bytes of a value in JSON.
    pub fn encode_value(&self, ty: &str, json: &Value) -> Result<Vec<u8>, CodecError> {
        let mut encoder = Encoder::new(self);
        encoder.root("value", ty, json)?;
        Ok(encoder.bytes)
    }

    /// The bytes of a value as people type it.
    pub fn encode_text(&self, ty: &str, text: &str) -> Result<Vec<u8>, CodecError> {
        let json = self.text_to_json("value", ty, text)?;
        self.encode_value(ty, &json)
    }

    /// The value that all of `bytes` are.
    pub fn decode_value(&self, ty: &str, bytes: &[u8]) -> Result<AbiValue, CodecError> {
        self.decode_as("value", ty, bytes)
    }

    /// What a method returned.
    pub fn decode_return(
        &self,
        kind: MessageKind,
        method: &str,
        data: &[u8],
    ) -> Result<AbiValue, CodecError> {
        let message = self.method(kind, method)?;
        self.decode_as(method, &message.returns, data)
    }

    /// What a message asks for.
    pub fn decode_call(
        &self,
        kind: MessageKind,
        message: &[u8],
    ) -> Result<DecodedCall, CodecError> {
        let undescribed = || CodecError::Undescribed {
            what: "method",
            id: const_hex::encode_prefixed(message.get(..4).unwrap_or(message)),
        };
        let (selector, arguments) = split_message(message).ok_or_else(undescribed)?;
        let item = self.abi.message_by_selector(kind, selector);
        let item = item.ok_or_else(undescribed)?;
        let mut decoder = Decoder::new(self, &item.name, arguments)?;
        let args = decoder.fields(&item.args)?;
        decoder.finish()?;
        let method = item.name.clone();
        Ok(DecodedCall { method, args })
    }

    /// What an event says.
    pub fn decode_event(&self, event: &Event) -> Result<DecodedEvent, CodecError> {
        let topic = event.topics.first();
        let mut events = self.abi.events.iter();
        let item = events.find(|it| topic == Some(&event_topic(&it.name)));
        let item = item.ok_or_else(|| CodecError::Undescribed {
            what: "event",
            id: topic.map_or("no topic".to_owned(), const_hex::encode_prefixed),
        })?;
        let mut decoder = Decoder::new(self, &item.name, &event.data)?;
        let fields = item.fields.iter();
        let fields = decoder.named_values(fields.map(|it| (it.name.as_str(), it.ty.as_str())))?;
        decoder.finish()?;
        let name = item.name.clone();
        Ok(DecodedEvent { name, fields })
    }

    /// The topics to search an event by: its name, and those of its indexed fields that are given
    /// (by name, as people type them).
    pub fn event_filter(
        &self,
        event: &str,
        fields: &[(String, String)],
    ) -> Result<Vec<Option<Hash32>>, CodecError> {
        let item = self
            .abi
            .event(event)
            .ok_or_else(|| CodecError::Undescribed {
                what: "event",
                id: format!("{event:?}"),
            })?;
        let indexed = || item.fields.iter().filter(|it| it.indexed);
        for (name, _) in fields {
            if !indexed().any(|it| it.name == *name) {
                return Err(unknown_field(item, name));
            }
        }
        let mut topics = vec![Some(Hash32::from_bytes(event_topic(event)))];
        for field in indexed() {
            let given = fields.iter().find(|(name, _)| *name == field.name);
            let topic = match given {
                None => None,
                Some((name, text)) => {
                    let json = self.text_to_json(name, &field.ty, text)?;
                    let mut encoder = Encoder::new(self);
                    encoder.root(name, &field.ty, &json)?;
                    Some(topic_of(&encoder.bytes))
                }
            };
            topics.push(topic);
        }
        Ok(topics)
    }

    /// A right value of a type, in JSON; parts of large ones are left out.
    pub fn example(&self, ty: &str) -> Result<Value, CodecError> {
        Ok(example::of(self, &self.parse_type(ty)?))
    }

    /// Whether a value may have another part, after so many.
    pub(crate) fn allows(&self, values: usize) -> bool {
        values <= self.values_max && self.allowance.is_none_or(Allowance::take)
    }

    pub(crate) fn parse_type(&self, ty: &str) -> Result<TypeExpr, CodecError> {
        TypeExpr::parse(ty).map_err(|source| CodecError::BadType {
            ty: ty.to_owned(),
            source,
        })
    }

    pub(crate) fn definition(&self, name: &str) -> Result<&'a TypeItem, CodecError> {
        self.abi
            .type_named(name)
            .ok_or_else(|| CodecError::UnknownType {
                ty: name.to_owned(),
            })
    }

    pub(crate) fn address_named(&self, name: &str) -> Option<Address> {
        self.names?.get(name).copied()
    }

    pub(crate) fn names(&self) -> impl Iterator<Item = &'a str> {
        self.names
            .into_iter()
            .flatten()
            .map(|(name, _)| name.as_str())
    }

    fn decode_as(&self, what: &str, ty: &str, bytes: &[u8]) -> Result<AbiValue, CodecError> {
        let mut decoder = Decoder::new(self, what, bytes)?;
        let value = decoder.typed(ty)?;
        decoder.finish()?;
        Ok(value)
    }

    fn of_json<'v>(
        &self,
        message: &MessageItem,
        json: &'v Value,
    ) -> Result<Vec<Cow<'v, Value>>, CodecError> {
        match json {
            Value::Array(values) => {
                if values.len() != message.args.len() {
                    return Err(CodecError::ArgumentCount {
                        signature: signature(message),
                        expected: message.args.len(),
                        found: values.len(),
                    });
                }
                Ok(values.iter().map(Cow::Borrowed).collect())
            }
            Value::Object(object) => {
                let stray = object.keys().find(|key| !has_arg(message, key));
                if let Some(key) = stray {
                    return Err(unknown_argument(message, key));
                }
                let args = message.args.iter();
                let value = |name: &str| object.get(name).map(Cow::Borrowed);
                args.map(|arg| value(&arg.name).ok_or_else(|| self.missing(message, &arg.name)))
                    .collect()
            }
            other => Err(CodecError::ArgumentsShape {
                found: other.to_string().chars().take(60).collect(),
            }),
        }
    }

    fn of_texts(
        &self,
        message: &MessageItem,
        texts: &[(String, String)],
    ) -> Result<Vec<Cow<'static, Value>>, CodecError> {
        let mut given = BTreeMap::new();
        for (name, text) in texts {
            let name = if has_arg(message, name) {
                name.clone()
            } else {
                name.replace('-', "_")
            };
            if !has_arg(message, &name) {
                return Err(unknown_argument(message, &name));
            }
            if given.insert(name.clone(), text).is_some() {
                return Err(CodecError::RepeatedArgument {
                    method: message.name.clone(),
                    argument: name,
                });
            }
        }
        let args = message.args.iter().map(|arg| {
            let text = given.get(&arg.name);
            let text = text.ok_or_else(|| self.missing(message, &arg.name))?;
            self.text_to_json(&arg.name, &arg.ty, text).map(Cow::Owned)
        });
        args.collect()
    }

    fn text_to_json(&self, at: &str, ty: &str, text: &str) -> Result<Value, CodecError> {
        let ty = self.parse_type(ty)?;
        let json = text::to_json(self, &ty, text)?;
        json.map_err(|reason| bad_value(self, at, &ty, text, reason))
    }

    fn missing(&self, message: &MessageItem, argument: &str) -> CodecError {
        let arg = message.args.iter().find(|it| it.name == argument);
        let ty = arg.map_or(String::new(), |it| it.ty.clone());
        CodecError::MissingArgument {
            method: message.name.clone(),
            argument: argument.to_owned(),
            example: self.example(&ty).unwrap_or_default().to_string(),
            ty,
        }
    }
}

/// A method with its arguments: `transfer(to: Address, amount: u128) -> bool`.
pub fn signature(message: &MessageItem) -> String {
    let args = message
        .args
        .iter()
        .map(|it| format!("{}: {}", it.name, it.ty));
    let head = format!("{}({})", message.name, args.collect::<Vec<_>>().join(", "));
    match message.returns.as_str() {
        "()" => head,
        returns => format!("{head} -> {returns}"),
    }
}

/// What an indexed field is found by, of its SCALE bytes.
pub fn topic_of(bytes: &[u8]) -> Hash32 {
    let mut topic = [0; 32];
    match topic.get_mut(..bytes.len()) {
        Some(head) => head.copy_from_slice(bytes),
        None => topic = argosy_primitives::blake3(bytes),
    }
    Hash32::from_bytes(topic)
}

fn has_arg(message: &MessageItem, name: &str) -> bool {
    message.args.iter().any(|it| it.name == name)
}

fn unknown_argument(message: &MessageItem, argument: &str) -> CodecError {
    let known: Vec<String> = message.args.iter().map(|it| it.name.clone()).collect();
    CodecError::UnknownArgument {
        method: message.name.clone(),
        argument: argument.to_owned(),
        nearest: nearest(argument, known.iter().map(String::as_str)),
        known,
    }
}

fn unknown_field(event: &EventItem, field: &str) -> CodecError {
    let indexed = event.fields.iter().filter(|it| it.indexed);
    let known: Vec<String> = indexed.map(|it| it.name.clone()).collect();
    CodecError::UnknownField {
        event: event.name.clone(),
        field: field.to_owned(),
        nearest: nearest(field, known.iter().map(String::as_str)),
        known,
    }
}
