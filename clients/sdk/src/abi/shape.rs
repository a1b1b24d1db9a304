//! What a type looks like in JSON.
//!
//! | type | JSON |
//! |---|---|
//! | `bool` | `true` |
//! | integers up to 32 bits | number |
//! | wider integers | decimal string |
//! | `String` | string |
//! | `Bytes`, `Vec<u8>`, `[u8; N]`, `Hash` | `0x` hex |
//! | `Address` | bech32m text |
//! | `Vec<T>`, `[T; N]`, tuples | array |
//! | `()` | `null` |
//! | `Option<T>` | `null` or the value; `{"some": value}` if `T` itself may be `null` |
//! | `Result<T, E>` | `{"ok": value}` or `{"err": value}` |
//! | struct | object; array if its fields have numbers; just the value if its only field is `0` |
//! | enum | `{"type": "Variant", …fields}`; fields called `type` or numbers go into `"fields"` |

use argosy_primitives::{Address, Hrp};
use argosy_vm_abi::TypeExpr;
use argosy_vm_abi::schema::{Abi, Field, TypeDef, Variant};

use super::ValueError;

/// Newtypes of newtypes end somewhere.
const NEWTYPES_MAX: usize = 16;
/// Examples are short.
const EXAMPLE_DEPTH_MAX: usize = 3;

/// How the fields of a struct or variant are written.
pub(super) enum Fields<'a> {
    /// There are none.
    None,
    /// Only `0`: written as its value.
    Newtype(&'a Field),
    /// Numbered: an array.
    Numbered(&'a [Field]),
    /// Named: an object.
    Named(&'a [Field]),
}

impl<'a> Fields<'a> {
    pub(super) fn of(fields: &'a [Field]) -> Fields<'a> {
        let is_number = |it: &Field| it.name.bytes().all(|byte| byte.is_ascii_digit());
        match fields {
            [] => Fields::None,
            [only] if is_number(only) => Fields::Newtype(only),
            _ if fields.iter().all(is_number) => Fields::Numbered(fields),
            _ => Fields::Named(fields),
        }
    }
}

/// Whether a variant's fields stand beside `type` or inside `fields`.
pub(super) fn is_inline(variant: &Variant) -> bool {
    match Fields::of(&variant.fields) {
        Fields::None => true,
        Fields::Named(fields) => fields.iter().all(|it| it.name != "type"),
        Fields::Newtype(_) | Fields::Numbered(_) => false,
    }
}

/// A type name as it stands in a field.
pub(super) fn parse(name: &str) -> Result<TypeExpr, ValueError> {
    TypeExpr::parse(name).map_err(|_| ValueError::BrokenAbi {
        name: name.to_owned(),
    })
}

/// What a named type is.
pub(super) fn resolve<'a>(abi: &'a Abi, name: &str) -> Result<&'a TypeDef, ValueError> {
    let found = abi.type_named(name).map(|it| &it.def);
    found.ok_or_else(|| ValueError::BrokenAbi {
        name: name.to_owned(),
    })
}

/// Whether the JSON of some value of the type is `null`.
pub(super) fn may_be_null(abi: &Abi, ty: &TypeExpr) -> bool {
    let mut ty = ty.clone();
    for _ in 0..NEWTYPES_MAX {
        match &ty {
            TypeExpr::Option(_) => return true,
            TypeExpr::Tuple(items) => return items.is_empty(),
            TypeExpr::Named(name) => match abi.type_named(name).map(|it| &it.def) {
                Some(TypeDef::Struct(fields)) => match Fields::of(fields) {
                    Fields::None => return true,
                    Fields::Newtype(field) => match parse(&field.ty) {
                        Ok(inner) => ty = inner,
                        Err(_) => return false,
                    },
                    Fields::Numbered(_) | Fields::Named(_) => return false,
                },
                Some(TypeDef::Enum(_)) | None => return false,
            },
            _ => return false,
        }
    }
    true // Such a type has no value at all.
}

/// A value of the type, for people.
pub(super) fn example(abi: &Abi, ty: &TypeExpr, hrp: Hrp) -> String {
    example_at(abi, ty, hrp, EXAMPLE_DEPTH_MAX)
}

fn example_at(abi: &Abi, ty: &TypeExpr, hrp: Hrp, depth: usize) -> String {
    let Some(deeper) = depth.checked_sub(1) else {
        return "…".to_owned();
    };
    let inner = |ty: &TypeExpr| example_at(abi, ty, hrp, deeper);
    match ty {
        TypeExpr::Bool => "true".to_owned(),
        TypeExpr::U8 => "7".to_owned(),
        TypeExpr::I8 | TypeExpr::I16 | TypeExpr::I32 => "-7".to_owned(),
        TypeExpr::U16 | TypeExpr::U32 => "1000".to_owned(),
        TypeExpr::U64 | TypeExpr::U128 => "\"1000\"".to_owned(),
        TypeExpr::I64 | TypeExpr::I128 => "\"-1000\"".to_owned(),
        TypeExpr::String => "\"some text\"".to_owned(),
        TypeExpr::Bytes => "\"0x00ff\"".to_owned(),
        TypeExpr::Hash => format!("\"0x{}\"", "00".repeat(32)),
        TypeExpr::Address => format!("{:?}", Address::SYSTEM.to_text(hrp)),
        TypeExpr::Vec(item) if **item == TypeExpr::U8 => "\"0x00ff\"".to_owned(),
        TypeExpr::Array(item, count) if **item == TypeExpr::U8 => match count {
            0..=32 => format!("\"0x{}\"", "00".repeat(*count as usize)),
            _ => format!("\"0x…\" of {count} bytes"),
        },
        TypeExpr::Vec(item) => format!("[{}]", inner(item)),
        TypeExpr::Array(item, count) => format!("[{}, …] of {count}", inner(item)),
        TypeExpr::Option(item) => format!("null or {}", inner(item)),
        TypeExpr::Result(ok, _) => format!("{{\"ok\": {}}}", inner(ok)),
        TypeExpr::Tuple(items) if items.is_empty() => "null".to_owned(),
        TypeExpr::Tuple(items) => {
            let items: Vec<_> = items.iter().map(inner).collect();
            format!("[{}]", items.join(", "))
        }
        TypeExpr::Named(name) => match abi.type_named(name).map(|it| &it.def) {
            Some(TypeDef::Struct(fields)) => fields_example(fields, &inner),
            Some(TypeDef::Enum(variants)) => match variants.first() {
                Some(variant) => variant_example(variant, &inner),
                None => "nothing: the type has no values".to_owned(),
            },
            None => "?".to_owned(),
        },
    }
}

fn fields_example(fields: &[Field], inner: &dyn Fn(&TypeExpr) -> String) -> String {
    let of = |field: &Field| parse(&field.ty).map_or_else(|_| "?".to_owned(), |ty| inner(&ty));
    match Fields::of(fields) {
        Fields::None => "null".to_owned(),
        Fields::Newtype(field) => of(field),
        Fields::Numbered(fields) => {
            format!("[{}]", fields.iter().map(of).collect::<Vec<_>>().join(", "))
        }
        Fields::Named(fields) => {
            let parts = fields.iter().map(|it| format!("{:?}: {}", it.name, of(it)));
            format!("{{{}}}", parts.collect::<Vec<_>>().join(", "))
        }
    }
}

fn variant_example(variant: &Variant, inner: &dyn Fn(&TypeExpr) -> String) -> String {
    if variant.fields.is_empty() {
        return format!("{:?}", variant.name);
    }
    let fields = fields_example(&variant.fields, inner);
    let name = &variant.name;
    match fields.strip_prefix('{').filter(|_| is_inline(variant)) {
        Some(rest) => format!("{{\"type\": {name:?}, {rest}"),
        None => format!("{{\"type\": {name:?}, \"fields\": {fields}}}"),
    }
}
