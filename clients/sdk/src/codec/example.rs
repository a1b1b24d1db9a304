//! What a right value looks like, for messages and help texts.

use argosy_primitives::Address;
use argosy_vm_abi::TypeExpr;
use argosy_vm_abi::schema::{Field, TypeDef, Variant};
use serde_json::{Map, Value};

use super::Codec;
use super::value::{TAG, key_in_enum};
use super::whole::{are_numbered, integer_bits, is_byte_string};

/// Deeper parts are left out.
const DEPTH_MAX: usize = 4;
/// More items of an array are left out.
const ITEMS_MAX: usize = 3;
const BYTES_MAX: usize = 64;
const LEFT_OUT: &str = "…";

/// A value of this type, in JSON. Parts of large types are left out.
pub(super) fn of(codec: &Codec<'_>, ty: &TypeExpr) -> Value {
    at_depth(codec, ty, DEPTH_MAX)
}

fn at_depth(codec: &Codec<'_>, ty: &TypeExpr, depth: usize) -> Value {
    let Some(depth) = depth.checked_sub(1) else {
        return LEFT_OUT.into();
    };
    let inner = |ty: &TypeExpr| at_depth(codec, ty, depth);
    if let (true, TypeExpr::Array(_, count)) = (is_byte_string(ty), ty) {
        let left_out = if *count as usize > BYTES_MAX {
            LEFT_OUT
        } else {
            ""
        };
        let digits = "01".repeat((*count as usize).min(BYTES_MAX));
        return format!("0x{digits}{left_out}").into();
    }
    if is_byte_string(ty) {
        return "0x00ff".into();
    }
    match integer_bits(ty) {
        Some((_, bits)) if bits > 32 => return "1000".into(),
        Some(_) => return 7.into(),
        None => {}
    }
    match ty {
        TypeExpr::Bool => true.into(),
        TypeExpr::String => "text".into(),
        TypeExpr::Address => Address::from_bytes([1; 32]).to_text(codec.hrp()).into(),
        TypeExpr::Hash => format!("0x{}", "01".repeat(32)).into(),
        TypeExpr::Vec(item) => Value::Array(vec![inner(item)]),
        TypeExpr::Array(item, count) => {
            let shown = (*count as usize).min(ITEMS_MAX);
            let mut items = vec![inner(item); shown];
            if *count as usize > shown {
                items.push(LEFT_OUT.into());
            }
            Value::Array(items)
        }
        TypeExpr::Tuple(items) => items.iter().map(inner).collect(),
        TypeExpr::Option(item) if matches!(**item, TypeExpr::Option(_)) => {
            single("some", inner(item))
        }
        TypeExpr::Option(item) => inner(item),
        TypeExpr::Result(ok, _) => single("ok", inner(ok)),
        TypeExpr::Named(name) => match codec.definition(name).map(|it| &it.def) {
            Ok(TypeDef::Struct(fields)) => of_struct(codec, fields, depth),
            Ok(TypeDef::Enum(variants)) => of_enum(codec, variants, depth),
            Err(_) => LEFT_OUT.into(),
        },
        _ => LEFT_OUT.into(), // Integers are above.
    }
}

fn of_struct(codec: &Codec<'_>, fields: &[Field], depth: usize) -> Value {
    if are_numbered(fields.iter().map(|it| it.name.as_str())) {
        return fields.iter().map(|it| of_field(codec, it, depth)).collect();
    }
    let fields = fields.iter();
    Value::Object(
        fields
            .map(|it| (it.name.clone(), of_field(codec, it, depth)))
            .collect(),
    )
}

/// The variant with the fewest fields: at depth that is where recursive types end.
fn of_enum(codec: &Codec<'_>, variants: &[Variant], depth: usize) -> Value {
    match variants.iter().min_by_key(|it| it.fields.len()) {
        None => LEFT_OUT.into(),
        Some(variant) if variant.fields.is_empty() => variant.name.clone().into(),
        Some(variant) => {
            let mut object = Map::new();
            object.insert(TAG.to_owned(), variant.name.clone().into());
            let fields = variant.fields.iter();
            object.extend(fields.map(|it| (key_in_enum(&it.name), of_field(codec, it, depth))));
            Value::Object(object)
        }
    }
}

fn of_field(codec: &Codec<'_>, field: &Field, depth: usize) -> Value {
    match codec.parse_type(&field.ty) {
        Ok(ty) => at_depth(codec, &ty, depth),
        Err(_) => LEFT_OUT.into(),
    }
}

fn single(key: &str, value: Value) -> Value {
    Value::Object(Map::from_iter([(key.to_owned(), value)]))
}
