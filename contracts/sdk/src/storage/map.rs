//! Many values, each under its own key.

use alloc::vec::Vec;
use core::marker::PhantomData;
use core::ops::Bound;

use argosy_vm_abi::schema::StorageKind;

use super::{Key, MapKey, Stored, raw};
use crate::abi::{AbiType, TypeName};
use crate::host;

/// Values in storage under keys; a nested map has a tuple as its key.
pub struct Map<K, V> {
    key: Key,
    entries: PhantomData<fn() -> (K, V)>,
}

/// Which end of a range comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// Least key first.
    Ascending,
    /// Greatest key first.
    Descending,
}

impl<K: MapKey, V: AbiType> Stored for Map<K, V> {
    const TYPE: TypeName = TypeName::new("Vec<(")
        .name(&K::NAME)
        .text(", ")
        .name(&V::NAME)
        .text(")>");
    const KIND: StorageKind = StorageKind::Map;
}

impl<K: MapKey, V: AbiType> Map<K, V> {
    /// Used by `#[storage]`.
    #[doc(hidden)]
    pub const fn open_at(key: Key) -> Map<K, V> {
        Map {
            key,
            entries: PhantomData,
        }
    }

    /// The value of a key.
    pub fn get(&self, key: &K) -> Option<V> {
        super::read(&self.full_key(key))
    }

    /// The value of a key, or its type's default.
    pub fn get_or_default(&self, key: &K) -> V
    where
        V: Default,
    {
        self.get(key).unwrap_or_default()
    }

    /// Whether a key has a value; cheaper than reading it.
    pub fn contains(&self, key: &K) -> bool {
        host::storage_has(&self.full_key(key))
    }

    /// Gives a key its value.
    pub fn set(&mut self, key: &K, value: &V) {
        super::write(&self.full_key(key), value);
    }

    /// Removes a key, which frees its deposit; `true` if it had a value.
    pub fn remove(&mut self, key: &K) -> bool {
        host::storage_remove(&self.full_key(key))
    }

    /// Up to `limit` entries between two keys, in the order of the keys. The chain may give fewer at
    /// once; only none means that there are no more. To go on where a page ended, start at
    /// `Bound::Excluded(last key)`.
    pub fn range(&self, start: Bound<&K>, end: Bound<&K>, order: Order, limit: u32) -> Vec<(K, V)> {
        let start = match start {
            Bound::Unbounded => self.key.0.to_vec(),
            Bound::Included(key) => self.full_key(key),
            Bound::Excluded(key) => after(self.full_key(key)),
        };
        let end = match end {
            Bound::Unbounded => after_prefix(self.key),
            Bound::Included(key) => Some(after(self.full_key(key))),
            Bound::Excluded(key) => Some(self.full_key(key)),
        };
        raw::range(&start, end.as_deref(), order, limit)
            .into_iter()
            .map(|(key, value)| (self.parse_key(&key), super::decode_stored(&value)))
            .collect()
    }

    pub(super) const fn field_key(&self) -> Key {
        self.key
    }

    pub(super) fn full_key(&self, key: &K) -> Vec<u8> {
        let mut full = self.key.0.to_vec();
        key.write(&mut full);
        full
    }

    pub(super) fn parse_key(&self, full: &[u8]) -> K {
        let mut rest = full.get(self.key.0.len()..).unwrap_or_default();
        match K::read(&mut rest) {
            Some(key) if rest.is_empty() => key,
            _ => crate::error::revert_sdk(argosy_vm_abi::SdkError::CorruptStorage),
        }
    }
}

/// The least key behind this one: no key is the beginning of another.
pub(super) fn after(mut key: Vec<u8>) -> Vec<u8> {
    key.push(0);
    key
}

/// The least key behind all that begin with the field's key; none behind `ff ff ff ff`.
pub(super) fn after_prefix(key: Key) -> Option<Vec<u8>> {
    let next = u32::from_be_bytes(key.0).checked_add(1)?;
    Some(next.to_be_bytes().to_vec())
}
