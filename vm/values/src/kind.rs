//! What a type looks like from outside: which integers there are, what is written in hex.

use argosy_vm_abi::TypeExpr;

/// Whether the fields of a struct are those of a tuple: `0`, `1`, ….
pub(crate) fn are_numbered<'n>(mut names: impl Iterator<Item = &'n str>) -> bool {
    let Some(first) = names.next() else {
        return false;
    };
    first == "0"
        && names
            .zip(1u32..)
            .all(|(name, number)| name == number.to_string())
}

/// Whether an integer type is signed, and its width.
pub(crate) fn integer_bits(ty: &TypeExpr) -> Option<(bool, u32)> {
    Some(match ty {
        TypeExpr::U8 => (false, 8),
        TypeExpr::U16 => (false, 16),
        TypeExpr::U32 => (false, 32),
        TypeExpr::U64 => (false, 64),
        TypeExpr::U128 => (false, 128),
        TypeExpr::I8 => (true, 8),
        TypeExpr::I16 => (true, 16),
        TypeExpr::I32 => (true, 32),
        TypeExpr::I64 => (true, 64),
        TypeExpr::I128 => (true, 128),
        _ => return None,
    })
}

/// Whether values are plain bytes, written in hex.
pub(crate) fn is_byte_string(ty: &TypeExpr) -> bool {
    match ty {
        TypeExpr::Bytes => true,
        TypeExpr::Vec(item) | TypeExpr::Array(item, _) => **item == TypeExpr::U8,
        _ => false,
    }
}
