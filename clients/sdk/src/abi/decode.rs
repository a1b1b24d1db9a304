//! SCALE to JSON. Total and bounded on any bytes.

use argosy_primitives::{Address, Hash32, Hrp};
use argosy_vm_abi::TypeExpr;
use argosy_vm_abi::schema::{Abi, Field, TypeDef, Variant};
use serde_json::{Map, Value};

use super::ValueError;
use super::place::Place;
use super::shape::{self, Fields};

/// Parts of one value, counted because parts may have no bytes.
const PARTS_MAX: usize = 1 << 17;

/// Reads the values of one ABI from bytes.
pub(super) struct Decoder<'a> {
    abi: &'a Abi,
    hrp: Hrp,
    rest: &'a [u8],
    size: usize,
    parts_left: usize,
}

impl<'a> Decoder<'a> {
    pub(super) fn new(abi: &'a Abi, hrp: Hrp, bytes: &'a [u8]) -> Decoder<'a> {
        Decoder {
            abi,
            hrp,
            rest: bytes,
            size: bytes.len(),
            parts_left: PARTS_MAX,
        }
    }

    /// Refuses bytes behind the value.
    pub(super) fn finish(self, ty: &str) -> Result<(), ValueError> {
        match self.rest.len() {
            0 => Ok(()),
            extra => Err(ValueError::Trailing {
                expected: ty.to_owned(),
                extra,
            }),
        }
    }

    /// Reads a `ty`.
    pub(super) fn value(&mut self, ty: &TypeExpr, place: &Place<'_>) -> Result<Value, ValueError> {
        self.parts_left = (self.parts_left.checked_sub(1)).ok_or_else(|| ValueError::TooLarge {
            place: place.to_string(),
            max: PARTS_MAX,
        })?;
        Ok(match ty {
            TypeExpr::Bool => match self.fixed(ty, place)? {
                [0] => Value::Bool(false),
                [1] => Value::Bool(true),
                [_] => return Err(self.malformed(ty, place, "a bool is 0 or 1")),
            },
            TypeExpr::U8 => u8::from_le_bytes(self.fixed(ty, place)?).into(),
            TypeExpr::U16 => u16::from_le_bytes(self.fixed(ty, place)?).into(),
            TypeExpr::U32 => u32::from_le_bytes(self.fixed(ty, place)?).into(),
            TypeExpr::I8 => i8::from_le_bytes(self.fixed(ty, place)?).into(),
            TypeExpr::I16 => i16::from_le_bytes(self.fixed(ty, place)?).into(),
            TypeExpr::I32 => i32::from_le_bytes(self.fixed(ty, place)?).into(),
            TypeExpr::U64 => text(u64::from_le_bytes(self.fixed(ty, place)?)),
            TypeExpr::U128 => text(u128::from_le_bytes(self.fixed(ty, place)?)),
            TypeExpr::I64 => text(i64::from_le_bytes(self.fixed(ty, place)?)),
            TypeExpr::I128 => text(i128::from_le_bytes(self.fixed(ty, place)?)),
            TypeExpr::String => {
                let bytes = self.sized(ty, place)?;
                let string = std::str::from_utf8(bytes);
                string
                    .map_err(|_| self.malformed(ty, place, "not UTF-8"))?
                    .into()
            }
            TypeExpr::Bytes => hex(self.sized(ty, place)?),
            TypeExpr::Hash => text(Hash32::from_bytes(self.fixed(ty, place)?)),
            TypeExpr::Address => {
                let address = Address::from_bytes(self.fixed(ty, place)?);
                address.to_text(self.hrp).into()
            }
            TypeExpr::Vec(item) if **item == TypeExpr::U8 => hex(self.sized(ty, place)?),
            TypeExpr::Vec(item) => {
                let count = self.length(ty, place)?;
                self.items((0..count).map(|_| item.as_ref()), place)?
            }
            TypeExpr::Array(item, count) if **item == TypeExpr::U8 => {
                hex(self.take(*count as usize, ty, place)?)
            }
            TypeExpr::Array(item, count) => {
                self.items((0..*count).map(|_| item.as_ref()), place)?
            }
            TypeExpr::Tuple(items) if items.is_empty() => Value::Null,
            TypeExpr::Tuple(items) => self.items(items.iter(), place)?,
            TypeExpr::Option(item) => self.option(ty, item, place)?,
            TypeExpr::Result(ok, error) => match self.fixed(ty, place)? {
                [0] => object("ok", self.value(ok, &place.field("ok")?)?),
                [1] => object("err", self.value(error, &place.field("err")?)?),
                [_] => return Err(self.malformed(ty, place, "a result begins with 0 or 1")),
            },
            TypeExpr::Named(name) => match shape::resolve(self.abi, name)? {
                TypeDef::Struct(fields) => self.fields(fields, place)?,
                TypeDef::Enum(variants) => self.variant(ty, variants, place)?,
            },
        })
    }

    fn option(
        &mut self,
        ty: &TypeExpr,
        item: &TypeExpr,
        place: &Place<'_>,
    ) -> Result<Value, ValueError> {
        match self.fixed(ty, place)? {
            [0] => Ok(Value::Null),
            [1] => {
                let inner = self.value(item, &place.field("some")?)?;
                match shape::may_be_null(self.abi, item) {
                    true => Ok(object("some", inner)),
                    false => Ok(inner),
                }
            }
            [_] => Err(self.malformed(ty, place, "an option begins with 0 or 1")),
        }
    }

    fn items<'t>(
        &mut self,
        items: impl Iterator<Item = &'t TypeExpr>,
        place: &Place<'_>,
    ) -> Result<Value, ValueError> {
        let mut values = Vec::new();
        for (index, item) in items.enumerate() {
            values.push(self.value(item, &place.item(index)?)?);
        }
        Ok(Value::Array(values))
    }

    /// The fields of a struct, or of a variant.
    fn fields(&mut self, fields: &[Field], place: &Place<'_>) -> Result<Value, ValueError> {
        match Fields::of(fields) {
            Fields::None => Ok(Value::Null),
            Fields::Newtype(field) => {
                self.value(&shape::parse(&field.ty)?, &place.field(&field.name)?)
            }
            Fields::Numbered(fields) => {
                let types: Result<Vec<_>, _> =
                    fields.iter().map(|it| shape::parse(&it.ty)).collect();
                self.items(types?.iter(), place)
            }
            Fields::Named(fields) => Ok(Value::Object(self.named(fields, place)?)),
        }
    }

    /// Named fields. Unlike in the interface itself, a `null` stays: people see that it is there.
    pub(super) fn named<'f>(
        &mut self,
        fields: impl IntoIterator<Item = &'f Field>,
        place: &Place<'_>,
    ) -> Result<Map<String, Value>, ValueError> {
        let mut values = Map::new();
        for field in fields {
            let value = self.value(&shape::parse(&field.ty)?, &place.field(&field.name)?)?;
            values.insert(field.name.clone(), value);
        }
        Ok(values)
    }

    fn variant(
        &mut self,
        ty: &TypeExpr,
        variants: &[Variant],
        place: &Place<'_>,
    ) -> Result<Value, ValueError> {
        let [index] = self.fixed(ty, place)?;
        let variant = variants.iter().find(|it| it.index == index);
        let variant =
            variant.ok_or_else(|| self.malformed(ty, place, "no variant has this index"))?;
        let inner = place.field(&variant.name)?;
        let mut value = Map::new();
        value.insert("type".to_owned(), variant.name.clone().into());
        if shape::is_inline(variant) {
            value.extend(self.named(&variant.fields, &inner)?);
        } else {
            value.insert("fields".to_owned(), self.fields(&variant.fields, &inner)?);
        }
        Ok(Value::Object(value))
    }

    /// A length as SCALE writes it: compact, in the shortest form.
    fn length(&mut self, ty: &TypeExpr, place: &Place<'_>) -> Result<u32, ValueError> {
        let too_short = "its length is not in the shortest form";
        let [first] = self.fixed(ty, place)?;
        let (length, min) = match first & 0b11 {
            0b00 => (u32::from(first >> 2), 0),
            0b01 => {
                let [second] = self.fixed(ty, place)?;
                (u32::from(u16::from_le_bytes([first, second]) >> 2), 1 << 6)
            }
            0b10 => {
                let [b, c, d] = self.fixed(ty, place)?;
                (u32::from_le_bytes([first, b, c, d]) >> 2, 1 << 14)
            }
            // Four bytes follow in the only longer form that fits a length.
            _ if first == 0b11 => (u32::from_le_bytes(self.fixed(ty, place)?), 1 << 30),
            _ => return Err(self.malformed(ty, place, "its length is too large")),
        };
        if length < min {
            return Err(self.malformed(ty, place, too_short));
        }
        Ok(length)
    }

    /// A length and so many bytes.
    fn sized(&mut self, ty: &TypeExpr, place: &Place<'_>) -> Result<&'a [u8], ValueError> {
        let length = self.length(ty, place)?;
        self.take(length as usize, ty, place)
    }

    fn fixed<const N: usize>(
        &mut self,
        ty: &TypeExpr,
        place: &Place<'_>,
    ) -> Result<[u8; N], ValueError> {
        match self.rest.split_first_chunk() {
            Some((bytes, rest)) => {
                self.rest = rest;
                Ok(*bytes)
            }
            None => Err(self.malformed(ty, place, "the bytes end too early")),
        }
    }

    fn take(
        &mut self,
        count: usize,
        ty: &TypeExpr,
        place: &Place<'_>,
    ) -> Result<&'a [u8], ValueError> {
        match self.rest.split_at_checked(count) {
            Some((bytes, rest)) => {
                self.rest = rest;
                Ok(bytes)
            }
            None => Err(self.malformed(ty, place, "the bytes end too early")),
        }
    }

    fn malformed(&self, ty: &TypeExpr, place: &Place<'_>, reason: &'static str) -> ValueError {
        ValueError::Malformed {
            place: place.to_string(),
            expected: ty.to_string(),
            offset: self.size - self.rest.len(),
            reason,
        }
    }
}

fn text(value: impl ToString) -> Value {
    Value::String(value.to_string())
}

fn hex(bytes: &[u8]) -> Value {
    Value::String(const_hex::encode_prefixed(bytes))
}

fn object(name: &str, value: Value) -> Value {
    Value::Object(Map::from_iter([(name.to_owned(), value)]))
}
