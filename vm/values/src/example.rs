//! What a right value looks like, for messages and help texts.

use argosy_primitives::Address;
use argosy_vm_abi::TypeExpr;
use argosy_vm_abi::schema::{Field, TypeDef, Variant};
use serde_json::{Map, Value};

use crate::Codec;
use crate::kind::{are_numbered, integer_bits, is_byte_string};
use crate::value::{TAG, key_in_enum};

/// Parts that nest deeper are left out.
const DEPTH_MAX: usize = 5;
/// More items of an array are left out.
const ITEMS_MAX: usize = 3;
/// And so are parts behind this many, which even a shallow type can have.
const VALUES_MAX: usize = 200;
const BYTES_MAX: usize = 64;
const LEFT_OUT: &str = "…";

/// A value of this type, in JSON. Parts of large types are left out.
pub(crate) fn of(codec: &Codec<'_>, ty: &TypeExpr) -> Value {
    let mut sketch = Sketch {
        codec,
        depth_left: DEPTH_MAX,
        values_left: VALUES_MAX,
    };
    sketch.value(ty)
}

struct Sketch<'a> {
    codec: &'a Codec<'a>,
    depth_left: usize,
    values_left: usize,
}

impl Sketch<'_> {
    fn value(&mut self, ty: &TypeExpr) -> Value {
        let Some(values_left) = self.values_left.checked_sub(1) else {
            return LEFT_OUT.into();
        };
        self.values_left = values_left;
        if let Some(word) = self.word(ty) {
            return word;
        }
        let Some(depth_left) = self.depth_left.checked_sub(1) else {
            return LEFT_OUT.into();
        };
        self.depth_left = depth_left;
        let value = self.parts(ty);
        self.depth_left += 1;
        value
    }

    /// A value without parts.
    fn word(&self, ty: &TypeExpr) -> Option<Value> {
        if is_byte_string(ty) {
            let TypeExpr::Array(_, count) = ty else {
                return Some("0x00ff".into());
            };
            let count = *count as usize;
            let left_out = if count > BYTES_MAX { LEFT_OUT } else { "" };
            let digits = "01".repeat(count.min(BYTES_MAX));
            return Some(format!("0x{digits}{left_out}").into());
        }
        match (ty, integer_bits(ty)) {
            (_, Some((_, bits))) if bits > 32 => Some("1000".into()),
            (_, Some(_)) => Some(7.into()),
            (TypeExpr::Bool, _) => Some(true.into()),
            (TypeExpr::String, _) => Some("text".into()),
            (TypeExpr::Address, _) => {
                let address = Address::from_bytes([1; 32]);
                Some(address.to_text(self.codec.hrp()).into())
            }
            (TypeExpr::Fixed(0), _) => Some("1".into()),
            (TypeExpr::Fixed(_), _) => Some("1.5".into()),
            (TypeExpr::Hash, _) => Some(format!("0x{}", "01".repeat(32)).into()),
            _ => None,
        }
    }

    fn parts(&mut self, ty: &TypeExpr) -> Value {
        match ty {
            TypeExpr::Vec(item) => Value::Array(vec![self.value(item)]),
            TypeExpr::Array(item, count) => {
                let shown = (*count as usize).min(ITEMS_MAX);
                let mut items = vec![self.value(item); shown];
                if *count as usize > shown {
                    items.push(LEFT_OUT.into());
                }
                Value::Array(items)
            }
            TypeExpr::Tuple(items) => items.iter().map(|it| self.value(it)).collect(),
            TypeExpr::Option(item) if matches!(**item, TypeExpr::Option(_)) => {
                single("some", self.value(item))
            }
            TypeExpr::Option(item) => self.value(item),
            TypeExpr::Result(ok, _) => single("ok", self.value(ok)),
            TypeExpr::Named(name) => match self.codec.definition(name).map(|it| &it.def) {
                Ok(TypeDef::Struct(fields)) => self.of_struct(fields),
                Ok(TypeDef::Enum(variants)) => self.of_enum(variants),
                Err(_) => LEFT_OUT.into(),
            },
            _ => LEFT_OUT.into(), // Words are above.
        }
    }

    fn of_struct(&mut self, fields: &[Field]) -> Value {
        if are_numbered(fields.iter().map(|it| it.name.as_str())) {
            return fields.iter().map(|it| self.field(it)).collect();
        }
        let fields = fields.iter();
        Value::Object(fields.map(|it| (it.name.clone(), self.field(it))).collect())
    }

    /// The variant with the fewest fields: at depth that is where recursive types end.
    fn of_enum(&mut self, variants: &[Variant]) -> Value {
        match variants.iter().min_by_key(|it| it.fields.len()) {
            None => LEFT_OUT.into(),
            Some(variant) if variant.fields.is_empty() => variant.name.clone().into(),
            Some(variant) => {
                let mut object = Map::new();
                object.insert(TAG.to_owned(), variant.name.clone().into());
                for field in &variant.fields {
                    object.insert(key_in_enum(&field.name), self.field(field));
                }
                Value::Object(object)
            }
        }
    }

    fn field(&mut self, field: &Field) -> Value {
        match self.codec.parse_type(&field.ty) {
            Ok(ty) => self.value(&ty),
            Err(_) => LEFT_OUT.into(),
        }
    }
}

fn single(key: &str, value: Value) -> Value {
    Value::Object(Map::from_iter([(key.to_owned(), value)]))
}
