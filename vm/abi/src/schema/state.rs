//! State: the fields that a contract keeps, what they hold and how they lie.
//!
//! ```text
//! item   key                   -> SCALE(T)             type T
//! map    key ‖ key bytes       -> SCALE(V)             type Vec<(K, V)>
//! set    key ‖ key bytes       -> nothing              type Vec<(K, ())>
//! list   key                   -> SCALE(u32): length   type Vec<(u32, T)>
//!        key ‖ place (be32)    -> SCALE(T)
//! ```
//!
//! Always holds: the type of a checked field is one that its kind can have.
//! Not here: the bytes of keys, which are the SDK's (`docs/contracts.md`).

use alloc::string::String;
use parity_scale_codec::{Decode, DecodeWithMemTracking, Encode};

use crate::types::TypeExpr;

/// A field of the contract's state, for the check before an upgrade.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking)]
pub struct StorageItem {
    /// Name of the field.
    pub name: String,
    /// Name of the type of all that it holds: a map is a list of pairs.
    pub ty: String,
    /// How it lies; `None`: whoever wrote the ABI did not tell.
    pub kind: Option<StorageKind>,
}

/// How a field lies in storage.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Encode, Decode, DecodeWithMemTracking,
)]
pub enum StorageKind {
    /// One value.
    #[codec(index = 0)]
    Item,
    /// Values under keys, in the order of the keys.
    #[codec(index = 1)]
    Map,
    /// Keys without values, in their order; as a map whose values are `()`.
    #[codec(index = 2)]
    Set,
    /// Values in a row, found by their place.
    #[codec(index = 3)]
    List,
}

impl StorageKind {
    /// Every kind; the place is its SCALE index.
    pub const ALL: [StorageKind; 4] = [
        StorageKind::Item,
        StorageKind::Map,
        StorageKind::Set,
        StorageKind::List,
    ];

    /// Its SCALE index.
    pub const fn index(self) -> u8 {
        match self {
            StorageKind::Item => 0,
            StorageKind::Map => 1,
            StorageKind::Set => 2,
            StorageKind::List => 3,
        }
    }

    /// The word for it, as in the ABI's JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            StorageKind::Item => "item",
            StorageKind::Map => "map",
            StorageKind::Set => "set",
            StorageKind::List => "list",
        }
    }

    /// Whether a field of this kind can hold `ty`.
    pub fn can_hold(self, ty: &TypeExpr) -> bool {
        let pair = match ty {
            TypeExpr::Vec(entry) => match &**entry {
                TypeExpr::Tuple(parts) => match parts.as_slice() {
                    [key, value] => Some((key, value)),
                    _ => None,
                },
                _ => None,
            },
            _ => None,
        };
        match self {
            StorageKind::Item => true,
            StorageKind::Map => pair.is_some(),
            StorageKind::Set => {
                pair.is_some_and(|(_, value)| *value == TypeExpr::Tuple(alloc::vec::Vec::new()))
            }
            StorageKind::List => pair.is_some_and(|(key, _)| *key == TypeExpr::U32),
        }
    }

    /// Whether what one kind wrote is found by the other, if both hold the same type.
    pub fn reads(self, other: StorageKind) -> bool {
        let is_map = |it| matches!(it, StorageKind::Map | StorageKind::Set);
        self == other || (is_map(self) && is_map(other))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_place_is_the_index() {
        for (place, kind) in StorageKind::ALL.into_iter().enumerate() {
            assert_eq!(usize::from(kind.index()), place);
            assert_eq!(kind.encode(), [kind.index()]);
        }
    }

    #[track_caller]
    fn check(ty: &str, expected: &[StorageKind]) {
        let ty = TypeExpr::parse(ty).expect("a type");
        let found = StorageKind::ALL.into_iter().filter(|it| it.can_hold(&ty));
        assert_eq!(found.collect::<alloc::vec::Vec<_>>(), expected, "{ty}");
    }

    #[test]
    fn a_kind_holds_its_types() {
        use StorageKind::{Item, List, Map, Set};
        check("u64", &[Item]);
        check("Vec<u64>", &[Item]);
        check("Vec<(u8, u8, u8)>", &[Item]);
        check("Vec<(Address, u64)>", &[Item, Map]);
        check("Vec<(Address, ())>", &[Item, Map, Set]);
        check("Vec<(u32, u64)>", &[Item, Map, List]);
        check("Vec<(u32, ())>", &[Item, Map, Set, List]);
    }

    #[test]
    fn a_set_is_a_map_without_values() {
        use StorageKind::{Item, List, Map, Set};
        assert!(Map.reads(Set) && Set.reads(Map) && List.reads(List));
        assert!(!Map.reads(List) && !Item.reads(Map) && !List.reads(Set));
    }
}
