//! Which types may appear in an interface, and what they are called there.

use alloc::boxed::Box;
use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;

use argosy_primitives::{
    AbiHash, Address, BlockHash, CodeHash, GenesisHash, Hash32, StateRoot, StatusCode, TxId,
};
use parity_scale_codec::{Decode, Encode};

use super::TypeName;

/// A type of arguments, results, events, errors and state: it has SCALE bytes and a name.
///
/// Derive it for your own types: `#[derive(AbiType)]` gives `Encode` and `Decode` too. Without it:
///
/// ```compile_fail
/// use argosy_contract::prelude::*;
///
/// pub struct Order {
///     count: u32,
/// }
///
/// #[storage]
/// pub struct Shop {
///     last: Item<Order>,
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot appear in a contract's interface or state",
    label = "not a type of the ABI",
    note = "your own structs and enums: add `#[derive(AbiType)]`",
    note = "instead of `f32`, `f64` use integers (fixed point); instead of `usize` use `u32` or `u64`; instead of `&str` use `String`"
)]
pub trait AbiType: Encode + Decode {
    /// Its name, in the grammar of `argosy_vm_abi::TypeExpr`.
    const NAME: TypeName;

    /// The name of a list of it.
    #[doc(hidden)]
    const LIST_NAME: TypeName = TypeName::new("Vec<").name(&Self::NAME).text(">");
}

macro_rules! named {
    ($($type:ty = $name:literal;)*) => {$(
        impl AbiType for $type {
            const NAME: TypeName = TypeName::new($name);
        }
    )*};
}

named! {
    bool = "bool";
    u16 = "u16";
    u32 = "u32";
    u64 = "u64";
    u128 = "u128";
    i8 = "i8";
    i16 = "i16";
    i32 = "i32";
    i64 = "i64";
    i128 = "i128";
    String = "String";
    Address = "Address";
    Hash32 = "Hash";
    GenesisHash = "Hash";
    BlockHash = "Hash";
    TxId = "Hash";
    CodeHash = "Hash";
    AbiHash = "Hash";
    StateRoot = "Hash";
    StatusCode = "u8";
    () = "()";
}

impl AbiType for u8 {
    const NAME: TypeName = TypeName::new("u8");
    const LIST_NAME: TypeName = TypeName::new("Bytes");
}

impl<T: AbiType> AbiType for Vec<T> {
    const NAME: TypeName = T::LIST_NAME;
}

impl<T: AbiType> AbiType for Option<T> {
    const NAME: TypeName = TypeName::new("Option<").name(&T::NAME).text(">");
}

impl<T: AbiType> AbiType for Box<T> {
    const NAME: TypeName = T::NAME;
}

impl<K: AbiType + Ord, V: AbiType> AbiType for BTreeMap<K, V> {
    const NAME: TypeName = TypeName::new("Vec<(")
        .name(&K::NAME)
        .text(", ")
        .name(&V::NAME)
        .text(")>");
}

impl<T: AbiType, const N: usize> AbiType for [T; N]
where
    [T; N]: Encode + Decode,
{
    const NAME: TypeName = TypeName::new("[")
        .name(&T::NAME)
        .text("; ")
        .number(N)
        .text("]");
}

impl<A: AbiType> AbiType for (A,) {
    const NAME: TypeName = TypeName::new("(").name(&A::NAME).text(",)");
}

macro_rules! tuples {
    ($($first:ident $($rest:ident)+;)*) => {$(
        impl<$first: AbiType, $($rest: AbiType),+> AbiType for ($first, $($rest),+) {
            const NAME: TypeName = TypeName::new("(")
                .name(&$first::NAME)
                $(.text(", ").name(&$rest::NAME))+
                .text(")");
        }
    )*};
}

tuples! {
    A B;
    A B C;
    A B C D;
    A B C D E;
    A B C D E F;
}

#[cfg(test)]
mod tests {
    use super::*;
    use argosy_vm_abi::TypeExpr;

    #[track_caller]
    fn check<T: AbiType>(expected: &str) {
        let name = core::str::from_utf8(const { T::NAME }.as_bytes()).expect("text");
        assert_eq!(name, expected);
        let parsed = TypeExpr::parse(name).expect("a type of the grammar");
        assert_eq!(parsed.to_string(), name);
    }

    #[test]
    fn names_follow_the_grammar() {
        type Alias = Vec<Option<Address>>;
        check::<Alias>("Vec<Option<Address>>");
        check::<Vec<u8>>("Bytes");
        check::<Vec<Vec<u8>>>("Vec<Bytes>");
        check::<[u8; 32]>("[u8; 32]");
        check::<[Vec<u8>; 107]>("[Bytes; 107]");
        check::<()>("()");
        check::<(u8,)>("(u8,)");
        check::<(u8, (CodeHash, i128))>("(u8, (Hash, i128))");
        check::<Box<BTreeMap<u32, String>>>("Vec<(u32, String)>");
    }
}
