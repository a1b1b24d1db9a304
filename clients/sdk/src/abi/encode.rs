//! JSON to SCALE.

use argosy_primitives::{Hash32, Hrp};
use argosy_rpc_api::{AddressText, Bytes};
use argosy_vm_abi::TypeExpr;
use argosy_vm_abi::schema::{Abi, Field, TypeDef, Variant};
use parity_scale_codec::{Compact, Encode};
use serde_json::{Map, Value};

use super::ValueError;
use super::place::Place;
use super::shape::{self, Fields};

/// Longer texts are cut where an error repeats them.
const GOT_CHARS_MAX: usize = 60;

/// Writes the values of one ABI.
pub(super) struct Encoder<'a> {
    pub(super) abi: &'a Abi,
    pub(super) hrp: Hrp,
    pub(super) out: Vec<u8>,
}

impl Encoder<'_> {
    /// Appends `value` as a `ty`.
    pub(super) fn value(
        &mut self,
        ty: &TypeExpr,
        value: &Value,
        place: &Place<'_>,
    ) -> Result<(), ValueError> {
        match ty {
            TypeExpr::Bool => match value {
                Value::Bool(it) => self.out.push((*it).into()),
                _ => return Err(self.mismatch(ty, value, place)),
            },
            TypeExpr::U8 => self.integer::<u8>(ty, value, place)?,
            TypeExpr::U16 => self.integer::<u16>(ty, value, place)?,
            TypeExpr::U32 => self.integer::<u32>(ty, value, place)?,
            TypeExpr::U64 => self.integer::<u64>(ty, value, place)?,
            TypeExpr::U128 => self.integer::<u128>(ty, value, place)?,
            TypeExpr::I8 => self.integer::<i8>(ty, value, place)?,
            TypeExpr::I16 => self.integer::<i16>(ty, value, place)?,
            TypeExpr::I32 => self.integer::<i32>(ty, value, place)?,
            TypeExpr::I64 => self.integer::<i64>(ty, value, place)?,
            TypeExpr::I128 => self.integer::<i128>(ty, value, place)?,
            TypeExpr::String => match value {
                Value::String(text) => text.encode_to(&mut self.out),
                _ => return Err(self.mismatch(ty, value, place)),
            },
            TypeExpr::Bytes => self.bytes(ty, value, place)?.encode_to(&mut self.out),
            TypeExpr::Hash => {
                let hash: Option<Hash32> = value.as_str().and_then(|it| it.parse().ok());
                let hash = hash.ok_or_else(|| self.mismatch(ty, value, place))?;
                self.out.extend_from_slice(hash.as_bytes());
            }
            TypeExpr::Address => self.address(ty, value, place)?,
            TypeExpr::Vec(item) => self.list(ty, item, value, place)?,
            TypeExpr::Array(item, count) => self.array((ty, item, *count), value, place)?,
            TypeExpr::Tuple(items) => self.tuple(ty, items, value, place)?,
            TypeExpr::Option(item) => self.option(ty, item, value, place)?,
            TypeExpr::Result(ok, error) => self.result((ty, ok, error), value, place)?,
            TypeExpr::Named(name) => match shape::resolve(self.abi, name)? {
                TypeDef::Struct(fields) => self.fields(ty, fields, value, place)?,
                TypeDef::Enum(variants) => self.variant(ty, variants, value, place)?,
            },
        }
        Ok(())
    }

    /// Integers may come as numbers or as decimal strings, whatever their width.
    fn integer<T>(
        &mut self,
        ty: &TypeExpr,
        value: &Value,
        place: &Place<'_>,
    ) -> Result<(), ValueError>
    where
        T: Encode + std::str::FromStr + ToString,
    {
        let text = match value {
            Value::String(text) => text.clone(),
            Value::Number(number) => number.to_string(),
            _ => return Err(self.mismatch(ty, value, place)),
        };
        let parsed: Option<T> = text.parse().ok();
        // Only the one canonical spelling: no sign, no leading zeros, no exponent.
        match parsed.filter(|it| it.to_string() == text) {
            Some(integer) => integer.encode_to(&mut self.out),
            None => return Err(self.mismatch(ty, value, place)),
        }
        Ok(())
    }

    fn address(
        &mut self,
        ty: &TypeExpr,
        value: &Value,
        place: &Place<'_>,
    ) -> Result<(), ValueError> {
        let text: Option<AddressText> = value.as_str().and_then(|it| it.parse().ok());
        let text = text.filter(|it| it.hrp == self.hrp);
        let text = text.ok_or_else(|| self.mismatch(ty, value, place))?;
        self.out.extend_from_slice(text.address.as_bytes());
        Ok(())
    }

    fn bytes(
        &self,
        ty: &TypeExpr,
        value: &Value,
        place: &Place<'_>,
    ) -> Result<Vec<u8>, ValueError> {
        let bytes: Option<Bytes> = value.as_str().and_then(|it| it.parse().ok());
        bytes
            .map(|it| it.0)
            .ok_or_else(|| self.mismatch(ty, value, place))
    }

    fn list(
        &mut self,
        ty: &TypeExpr,
        item: &TypeExpr,
        value: &Value,
        place: &Place<'_>,
    ) -> Result<(), ValueError> {
        if *item == TypeExpr::U8 && value.is_string() {
            self.bytes(ty, value, place)?.encode_to(&mut self.out);
            return Ok(());
        }
        let values = value
            .as_array()
            .ok_or_else(|| self.mismatch(ty, value, place))?;
        let count = u32::try_from(values.len()).map_err(|_| self.mismatch(ty, value, place))?;
        Compact(count).encode_to(&mut self.out);
        self.items(values.iter().map(|it| (item, it)), place)
    }

    fn array(
        &mut self,
        (ty, item, count): (&TypeExpr, &TypeExpr, u32),
        value: &Value,
        place: &Place<'_>,
    ) -> Result<(), ValueError> {
        if *item == TypeExpr::U8 && value.is_string() {
            let bytes = self.bytes(ty, value, place)?;
            if bytes.len() != count as usize {
                return Err(self.mismatch(ty, value, place));
            }
            self.out.extend(bytes);
            return Ok(());
        }
        let values = value.as_array().filter(|it| it.len() == count as usize);
        let values = values.ok_or_else(|| self.mismatch(ty, value, place))?;
        self.items(values.iter().map(|it| (item, it)), place)
    }

    fn tuple(
        &mut self,
        ty: &TypeExpr,
        items: &[TypeExpr],
        value: &Value,
        place: &Place<'_>,
    ) -> Result<(), ValueError> {
        if items.is_empty() && value.is_null() {
            return Ok(());
        }
        let values = value
            .as_array()
            .filter(|it| it.len() == items.len() && !it.is_empty());
        let values = values.ok_or_else(|| self.mismatch(ty, value, place))?;
        self.items(items.iter().zip(values), place)
    }

    fn items<'v>(
        &mut self,
        items: impl Iterator<Item = (&'v TypeExpr, &'v Value)>,
        place: &Place<'_>,
    ) -> Result<(), ValueError> {
        for (index, (item, value)) in items.enumerate() {
            self.value(item, value, &place.item(index)?)?;
        }
        Ok(())
    }

    fn option(
        &mut self,
        ty: &TypeExpr,
        item: &TypeExpr,
        value: &Value,
        place: &Place<'_>,
    ) -> Result<(), ValueError> {
        if value.is_null() {
            self.out.push(0);
            return Ok(());
        }
        let inner = match shape::may_be_null(self.abi, item) {
            false => value,
            true => only_field(value, "some").ok_or_else(|| self.mismatch(ty, value, place))?,
        };
        self.out.push(1);
        self.value(item, inner, &place.field("some")?)
    }

    fn result(
        &mut self,
        (ty, ok, error): (&TypeExpr, &TypeExpr, &TypeExpr),
        value: &Value,
        place: &Place<'_>,
    ) -> Result<(), ValueError> {
        if let Some(inner) = only_field(value, "ok") {
            self.out.push(0);
            return self.value(ok, inner, &place.field("ok")?);
        }
        let inner = only_field(value, "err").ok_or_else(|| self.mismatch(ty, value, place))?;
        self.out.push(1);
        self.value(error, inner, &place.field("err")?)
    }

    /// The fields of a struct, or of a variant that does not stand inline.
    fn fields(
        &mut self,
        ty: &TypeExpr,
        fields: &[Field],
        value: &Value,
        place: &Place<'_>,
    ) -> Result<(), ValueError> {
        match Fields::of(fields) {
            Fields::None if value.is_null() => Ok(()),
            Fields::None => Err(self.mismatch(ty, value, place)),
            Fields::Newtype(field) => {
                self.value(&shape::parse(&field.ty)?, value, &place.field(&field.name)?)
            }
            Fields::Numbered(fields) => {
                let values = value.as_array().filter(|it| it.len() == fields.len());
                let values = values.ok_or_else(|| self.mismatch(ty, value, place))?;
                for (index, (field, value)) in fields.iter().zip(values).enumerate() {
                    self.value(&shape::parse(&field.ty)?, value, &place.item(index)?)?;
                }
                Ok(())
            }
            Fields::Named(fields) => match value {
                Value::Object(given) => self.named(ty, fields, given, value, place),
                _ => Err(self.mismatch(ty, value, place)),
            },
        }
    }

    fn named(
        &mut self,
        ty: &TypeExpr,
        fields: &[Field],
        given: &Map<String, Value>,
        whole: &Value,
        place: &Place<'_>,
    ) -> Result<(), ValueError> {
        let is_known = |name: &String| fields.iter().any(|it| it.name == *name);
        if !given.keys().all(is_known) {
            return Err(self.mismatch(ty, whole, place));
        }
        for field in fields {
            let field_ty = shape::parse(&field.ty)?;
            let inner = place.field(&field.name)?;
            match given.get(&field.name) {
                Some(value) => self.value(&field_ty, value, &inner)?,
                // What is absent is left out.
                None if matches!(field_ty, TypeExpr::Option(_)) => self.out.push(0),
                None => return Err(self.mismatch(&field_ty, &Value::Null, &inner)),
            }
        }
        Ok(())
    }

    fn variant(
        &mut self,
        ty: &TypeExpr,
        variants: &[Variant],
        value: &Value,
        place: &Place<'_>,
    ) -> Result<(), ValueError> {
        let name = value.as_str().or_else(|| value.get("type")?.as_str());
        let variant = name.and_then(|name| variants.iter().find(|it| it.name == name));
        let variant = variant.ok_or_else(|| self.mismatch(ty, value, place))?;
        self.out.push(variant.index);
        let inner = place.field(&variant.name)?;
        match value {
            Value::Object(parts) if shape::is_inline(variant) => {
                let mut given = parts.clone();
                given.remove("type");
                self.named(ty, &variant.fields, &given, value, &inner)
            }
            Value::Object(parts) => match (parts.get("fields"), parts.len()) {
                (Some(fields), 2) => self.fields(ty, &variant.fields, fields, &inner),
                _ => Err(self.mismatch(ty, value, place)),
            },
            _ if variant.fields.is_empty() => Ok(()),
            _ => Err(self.mismatch(ty, value, place)),
        }
    }

    fn mismatch(&self, ty: &TypeExpr, value: &Value, place: &Place<'_>) -> ValueError {
        let mut got = match value {
            Value::Null => "nothing".to_owned(),
            _ => value.to_string(),
        };
        if got.chars().count() > GOT_CHARS_MAX {
            got = got.chars().take(GOT_CHARS_MAX).chain(['…']).collect();
        }
        ValueError::Mismatch {
            place: place.to_string(),
            expected: ty.to_string(),
            example: shape::example(self.abi, ty, self.hrp),
            got,
        }
    }
}

fn only_field<'v>(value: &'v Value, name: &str) -> Option<&'v Value> {
    let fields = value.as_object().filter(|it| it.len() == 1)?;
    fields.get(name)
}
