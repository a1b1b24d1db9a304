//! Many values in a row, found by their place.
//!
//! ```text
//! key                  -> SCALE(u32): how many
//! key ‖ place (be32)   -> SCALE(T)
//! ```
//!
//! Invariant: the places below the length have values, and no others have.

use alloc::vec::Vec;
use core::marker::PhantomData;

use argosy_vm_abi::SdkError;
use argosy_vm_abi::schema::StorageKind;

use super::{Key, Stored};
use crate::abi::{AbiType, TypeName};
use crate::error::{OrRevert, revert_sdk};
use crate::host;

/// A list in storage; each value has a key of its own, so that the list may be long and only what
/// is asked for is read. Tools see the values as pairs of place and value.
pub struct List<T> {
    key: Key,
    values: PhantomData<fn() -> T>,
}

impl<T: AbiType> Stored for List<T> {
    const TYPE: TypeName = TypeName::new("Vec<(u32, ").name(&T::NAME).text(")>");
    const KIND: StorageKind = StorageKind::List;
}

impl<T: AbiType> List<T> {
    /// Used by `#[storage]`.
    #[doc(hidden)]
    pub const fn open_at(key: Key) -> List<T> {
        List {
            key,
            values: PhantomData,
        }
    }

    /// How many values there are.
    pub fn len(&self) -> u32 {
        super::read(&self.key.0).unwrap_or(0)
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        !host::storage_has(&self.key.0)
    }

    /// The value at a place, counted from 0; `None` behind the end.
    pub fn get(&self, place: u32) -> Option<T> {
        super::read(&self.place_key(place))
    }

    /// The last value.
    pub fn last(&self) -> Option<T> {
        let place = self.len().checked_sub(1)?;
        Some(self.load(place))
    }

    /// Appends a value; its place.
    pub fn push(&mut self, value: &T) -> u32 {
        let place = self.len();
        self.set_len(place.checked_add(1).or_revert());
        super::write(&self.place_key(place), value);
        place
    }

    /// Takes the last value away, which frees its deposit.
    pub fn pop(&mut self) -> Option<T> {
        let place = self.len().checked_sub(1)?;
        let value = self.load(place);
        host::storage_remove(&self.place_key(place));
        self.set_len(place);
        Some(value)
    }

    /// Replaces the value at a place; `false`, and nothing changes, if there is none.
    #[must_use = "a place behind the end takes no value"]
    pub fn set(&mut self, place: u32, value: &T) -> bool {
        let key = self.place_key(place);
        let is_there = host::storage_has(&key);
        if is_there {
            super::write(&key, value);
        }
        is_there
    }

    /// Takes the value at a place away, and puts the last one there: the order changes, and the cost
    /// does not grow with the list.
    pub fn swap_remove(&mut self, place: u32) -> Option<T> {
        let taken = self.get(place)?;
        let last = self.pop()?;
        // The last one itself is gone by now.
        let _: bool = self.set(place, &last);
        Some(taken)
    }

    /// Up to `limit` values from a place on.
    pub fn page(&self, first: u32, limit: u32) -> Vec<T> {
        let end = self.len().min(first.saturating_add(limit));
        (first..end).map(|place| self.load(place)).collect()
    }

    fn load(&self, place: u32) -> T {
        self.get(place)
            .unwrap_or_else(|| revert_sdk(SdkError::CorruptStorage))
    }

    /// Nothing is stored for an empty list.
    fn set_len(&mut self, length: u32) {
        if length == 0 {
            host::storage_remove(&self.key.0);
        } else {
            super::write(&self.key.0, &length);
        }
    }

    fn place_key(&self, place: u32) -> [u8; 8] {
        let [a, b, c, d] = self.key.0;
        let [e, f, g, h] = place.to_be_bytes();
        [a, b, c, d, e, f, g, h]
    }
}
