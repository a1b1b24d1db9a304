//! JSON to bytes, led by the type.
//!
//! Not here: what the JSON looks like for which type; the table is at the head of the crate.

use argosy_primitives::Address;
use argosy_vm_abi::TypeExpr;
use argosy_vm_abi::schema::{Field, TypeDef, TypeItem, Variant};
use parity_scale_codec::{Compact, Encode};
use serde_json::{Map, Value};

use crate::kind::{are_numbered, integer_bits, is_byte_string};
use crate::limits::{BYTES_MAX, DEPTH_MAX, VALUES_MAX};
use crate::literal::{read_fixed, read_hex, read_integer};
use crate::path::{Path, Step};
use crate::suggest::nearest;
use crate::value::{TAG, key_in_enum};
use crate::{Codec, CodecError, example};

/// Longest piece of a wrong value that is repeated in an error.
const FOUND_CHARS_MAX: usize = 60;

/// Bytes so far, and where in the value we are.
pub(crate) struct Encoder<'a> {
    codec: &'a Codec<'a>,
    pub(crate) bytes: Vec<u8>,
    path: Path,
    depth: usize,
    values: usize,
}

impl<'a> Encoder<'a> {
    pub(crate) fn new(codec: &'a Codec<'a>) -> Encoder<'a> {
        Encoder {
            codec,
            bytes: Vec::new(),
            path: Path::default(),
            depth: 0,
            values: 0,
        }
    }

    /// Appends the bytes of a value that messages call `name`.
    pub(crate) fn root(&mut self, name: &str, ty: &str, json: &Value) -> Result<(), CodecError> {
        self.path = Path::new(name);
        self.typed(ty, json)
    }

    fn typed(&mut self, ty: &str, json: &Value) -> Result<(), CodecError> {
        let ty = self.codec.parse_type(ty)?;
        self.value(&ty, json)
    }

    fn value(&mut self, ty: &TypeExpr, json: &Value) -> Result<(), CodecError> {
        self.depth += 1;
        self.values += 1;
        self.check_size()?;
        self.shape(ty, json)?;
        self.depth -= 1;
        self.check_size()
    }

    fn check_size(&self) -> Result<(), CodecError> {
        let limits = [
            ("levels", self.depth, DEPTH_MAX),
            ("values", self.values, VALUES_MAX),
            ("bytes", self.bytes.len(), BYTES_MAX),
        ];
        match limits.into_iter().find(|(_, found, max)| found > max) {
            None => Ok(()),
            Some((what, _, max)) => Err(CodecError::TooLarge {
                at: self.path.to_string(),
                what,
                max,
            }),
        }
    }

    fn shape(&mut self, ty: &TypeExpr, json: &Value) -> Result<(), CodecError> {
        if is_byte_string(ty) {
            return self.byte_string(ty, json);
        }
        if let Some((is_signed, bits)) = integer_bits(ty) {
            return self.integer(ty, json, is_signed, bits);
        }
        match (ty, json) {
            (TypeExpr::Fixed(decimals), Value::Number(_) | Value::String(_)) => {
                let with_point = "numbers with a point are written as strings";
                let text = number_text(json, with_point);
                let text = text.map_err(|reason| self.bad(ty, json, reason))?;
                let units = read_fixed(&text, *decimals);
                let units = units.map_err(|reason| self.bad(ty, json, reason))?;
                units.encode_to(&mut self.bytes);
            }
            (TypeExpr::Bool, Value::Bool(it)) => it.encode_to(&mut self.bytes),
            (TypeExpr::String, Value::String(it)) => it.encode_to(&mut self.bytes),
            (TypeExpr::Address, Value::String(it)) => {
                let address = self
                    .address(it)
                    .map_err(|reason| self.bad(ty, json, reason))?;
                address.encode_to(&mut self.bytes);
            }
            (TypeExpr::Hash, Value::String(it)) => {
                let bytes: [u8; 32] = read_hex(it)
                    .and_then(|it| {
                        it.try_into()
                            .map_err(|_| "it must have 32 bytes".to_owned())
                    })
                    .map_err(|reason| self.bad(ty, json, reason))?;
                bytes.encode_to(&mut self.bytes);
            }
            (TypeExpr::Vec(item), Value::Array(items)) => {
                self.length(items.len())?;
                self.items(std::iter::repeat(&**item), items)?;
            }
            (TypeExpr::Array(item, count), Value::Array(items)) => {
                self.check_count(ty, json, *count as usize, items.len())?;
                self.items(std::iter::repeat(&**item), items)?;
            }
            (TypeExpr::Tuple(types), Value::Array(items)) => {
                self.check_count(ty, json, types.len(), items.len())?;
                self.items(types.iter(), items)?;
            }
            (TypeExpr::Option(_), Value::Null) => self.bytes.push(0),
            (TypeExpr::Option(item), _) => {
                self.bytes.push(1);
                let inner = match **item {
                    TypeExpr::Option(_) => self.single(ty, json, "some")?,
                    _ => json,
                };
                self.value(item, inner)?;
            }
            (TypeExpr::Result(ok, error), _) => match self.single(ty, json, "ok") {
                Ok(inner) => {
                    self.bytes.push(0);
                    self.at(Step::Field("ok".to_owned()), |it| it.value(ok, inner))?;
                }
                Err(_) => {
                    let reason = "it must be {\"ok\": …} or {\"err\": …}";
                    let inner = self
                        .single(ty, json, "err")
                        .map_err(|_| self.bad(ty, json, reason.to_owned()))?;
                    self.bytes.push(1);
                    self.at(Step::Field("err".to_owned()), |it| it.value(error, inner))?;
                }
            },
            (TypeExpr::Named(name), _) => {
                let item = self.codec.definition(name)?;
                self.named(ty, item, json)?;
            }
            _ => {
                let reason = format!("it is {}", kind_of(json));
                return Err(self.bad(ty, json, reason));
            }
        }
        Ok(())
    }

    fn integer(
        &mut self,
        ty: &TypeExpr,
        json: &Value,
        is_signed: bool,
        bits: u32,
    ) -> Result<(), CodecError> {
        let inexact = "numbers of 2^53 and more are written as strings, and none has a point";
        let text = number_text(json, inexact);
        let text = text.map_err(|reason| self.bad(ty, json, reason))?;
        let wide = read_integer(&text, is_signed, bits);
        let wide = wide.map_err(|reason| self.bad(ty, json, reason))?;
        let length = (bits / 8) as usize;
        self.bytes.extend_from_slice(&wide[..length]);
        Ok(())
    }

    fn byte_string(&mut self, ty: &TypeExpr, json: &Value) -> Result<(), CodecError> {
        let bytes = match json {
            Value::String(text) => read_hex(text),
            Value::Array(items) => items
                .iter()
                .map(|it| u8::try_from(it.as_u64()?).ok())
                .collect::<Option<Vec<u8>>>()
                .ok_or_else(|| "its items must be numbers from 0 to 255".to_owned()),
            _ => Err(format!("it is {}", kind_of(json))),
        };
        let bytes = bytes.map_err(|reason| self.bad(ty, json, reason))?;
        match ty {
            TypeExpr::Array(_, count) => {
                self.check_count(ty, json, *count as usize, bytes.len())?
            }
            _ => self.length(bytes.len())?,
        }
        self.bytes.extend_from_slice(&bytes);
        Ok(())
    }

    fn address(&self, text: &str) -> Result<Address, String> {
        if let Some(address) = self.codec.address_named(text) {
            return Ok(address);
        }
        let (found, address) = Address::parse(text).map_err(|error| {
            let names = self.codec.names();
            match nearest(text, names) {
                Some(name) => format!("{error}; did you mean {name:?}?"),
                None => error.to_string(),
            }
        })?;
        let expected = self.codec.hrp();
        if found != expected {
            return Err(format!(
                "it is an address of another network: {found}, not {expected}"
            ));
        }
        Ok(address)
    }

    fn items<'t>(
        &mut self,
        types: impl Iterator<Item = &'t TypeExpr>,
        items: &[Value],
    ) -> Result<(), CodecError> {
        for (index, (ty, item)) in types.zip(items).enumerate() {
            self.at(Step::Index(index), |it| it.value(ty, item))?;
        }
        Ok(())
    }

    fn named(&mut self, ty: &TypeExpr, item: &TypeItem, json: &Value) -> Result<(), CodecError> {
        match &item.def {
            TypeDef::Struct(fields) => match json {
                Value::Array(values) if are_numbered(names(fields)) => {
                    self.check_count(ty, json, fields.len(), values.len())?;
                    self.fields(fields.iter().zip(values))
                }
                Value::Object(object) => {
                    let known = names(fields).map(str::to_owned).collect::<Vec<_>>();
                    let values = self.by_name(ty, json, &known, object)?;
                    self.fields(fields.iter().zip(values))
                }
                _ => Err(self.bad(ty, json, format!("it is {}", kind_of(json)))),
            },
            TypeDef::Enum(variants) => self.variant(ty, variants, json),
        }
    }

    fn variant(
        &mut self,
        ty: &TypeExpr,
        variants: &[Variant],
        json: &Value,
    ) -> Result<(), CodecError> {
        let empty = Map::new();
        let (name, object) = match json {
            Value::String(name) => (name, &empty),
            Value::Object(object) => match object.get(TAG) {
                Some(Value::String(name)) => (name, object),
                _ => return Err(self.bad(ty, json, format!("it has no {TAG:?}"))),
            },
            _ => return Err(self.bad(ty, json, format!("it is {}", kind_of(json)))),
        };
        let Some(variant) = variants.iter().find(|it| it.name == *name) else {
            let known = variants.iter().map(|it| it.name.as_str());
            let reason = match nearest(name, known.clone()) {
                Some(near) => format!("there is no {name}; did you mean {near}?"),
                None => format!("there is no {name}, only {}", list(known)),
            };
            return Err(self.bad(ty, json, reason));
        };
        let known: Vec<String> = names(&variant.fields).map(key_in_enum).collect();
        let values = self.by_name(ty, json, &known, object)?;
        self.bytes.push(variant.index);
        self.fields(variant.fields.iter().zip(values))
    }

    /// The values under the known keys, in their order; every other key but the tag is refused.
    fn by_name<'v>(
        &self,
        ty: &TypeExpr,
        json: &Value,
        known: &[String],
        object: &'v Map<String, Value>,
    ) -> Result<Vec<&'v Value>, CodecError> {
        let is_enum = matches!(ty, TypeExpr::Named(name)
            if matches!(self.codec.definition(name)?.def, TypeDef::Enum(_)));
        let stray = |key: &&String| !(known.contains(key) || is_enum && *key == TAG);
        if let Some(key) = object.keys().find(stray) {
            let reason = match nearest(key, known.iter().map(String::as_str)) {
                Some(near) => format!("there is no field {key:?}; did you mean {near:?}?"),
                None => format!("there is no field {key:?}"),
            };
            return Err(self.bad(ty, json, reason));
        }
        let missing = |key: &String| self.bad(ty, json, format!("field {key:?} is missing"));
        let values = known
            .iter()
            .map(|key| object.get(key).ok_or_else(|| missing(key)));
        values.collect()
    }

    fn fields<'v>(
        &mut self,
        fields: impl Iterator<Item = (&'v Field, &'v Value)>,
    ) -> Result<(), CodecError> {
        for (field, value) in fields {
            self.at(Step::Field(field.name.clone()), |it| {
                it.typed(&field.ty, value)
            })?;
        }
        Ok(())
    }

    /// The value of an object with exactly this key.
    fn single<'v>(
        &self,
        ty: &TypeExpr,
        json: &'v Value,
        key: &str,
    ) -> Result<&'v Value, CodecError> {
        let object = json.as_object().filter(|it| it.len() == 1);
        let value = object.and_then(|it| it.get(key));
        value.ok_or_else(|| self.bad(ty, json, format!("it must be null or {{{key:?}: …}}")))
    }

    fn length(&mut self, count: usize) -> Result<(), CodecError> {
        let count = u32::try_from(count).map_err(|_| CodecError::TooLarge {
            at: self.path.to_string(),
            what: "values",
            max: VALUES_MAX,
        })?;
        Compact(count).encode_to(&mut self.bytes);
        Ok(())
    }

    fn check_count(
        &self,
        ty: &TypeExpr,
        json: &Value,
        expected: usize,
        found: usize,
    ) -> Result<(), CodecError> {
        if found == expected {
            return Ok(());
        }
        Err(self.bad(
            ty,
            json,
            format!("it must have {expected} items, it has {found}"),
        ))
    }

    fn at(
        &mut self,
        step: Step,
        inside: impl FnOnce(&mut Self) -> Result<(), CodecError>,
    ) -> Result<(), CodecError> {
        self.path.enter(step);
        inside(self)?; // After an error the path is where it happened.
        self.path.leave();
        Ok(())
    }

    fn bad(&self, ty: &TypeExpr, json: &Value, reason: String) -> CodecError {
        bad_value(
            self.codec,
            &self.path.to_string(),
            ty,
            &json.to_string(),
            reason,
        )
    }
}

/// The error that `found` is no `ty`.
pub(crate) fn bad_value(
    codec: &Codec<'_>,
    at: &str,
    ty: &TypeExpr,
    found: &str,
    reason: String,
) -> CodecError {
    let mut shown: String = found.chars().take(FOUND_CHARS_MAX).collect();
    if shown.len() < found.len() {
        shown.push('…');
    }
    CodecError::BadValue {
        at: at.to_owned(),
        expected: ty.to_string(),
        found: shown,
        reason,
        example: example::of(codec, ty).to_string(),
    }
}

fn names(fields: &[Field]) -> impl Iterator<Item = &str> + Clone {
    fields.iter().map(|it| it.name.as_str())
}

fn list<'n>(names: impl Iterator<Item = &'n str>) -> String {
    names.collect::<Vec<_>>().join(", ")
}

/// A number as it was written. One that JSON has read as a float is not what it was: `inexact` says so.
fn number_text(json: &Value, inexact: &str) -> Result<String, String> {
    match json {
        Value::Number(it) if it.is_f64() => Err(inexact.to_owned()),
        Value::Number(it) => Ok(it.to_string()),
        Value::String(it) => Ok(it.clone()),
        _ => Err(format!("it is {}", kind_of(json))),
    }
}

fn kind_of(json: &Value) -> &'static str {
    match json {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}
