//! Contract storage: ordered keys and values, private to each contract.
//!
//! Not here: sizes, counts and deposits, which the executor keeps in the contract's record.

use std::ops::Bound;

use argosy_kv::{Bytes, Column, Direction, KeyRange};
use argosy_primitives::Address;
use argosy_proof::StateKey;

use crate::key::HEAD_BYTES;
use crate::merge::Merge;
use crate::{State, StateError};

/// One step of a range read. Both kinds cost a read, and only one yields something: charge for both,
/// or whoever removed a million keys makes others pass over them for nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StorageStep {
    /// A key that is there.
    Entry {
        /// As the contract knows it.
        key: Vec<u8>,
        /// What it holds.
        value: Bytes,
    },
    /// A key that was removed since the last block.
    Removed,
}

/// Steps over a contract's keys, in order. Stop pulling to stop reading.
pub struct StorageRange<'a>(Merge<'a>);

impl State {
    /// What a contract keeps under a key.
    pub fn storage_get(&self, contract: &Address, key: &[u8]) -> Result<Option<Bytes>, StateError> {
        self.value(&StateKey::Storage(key).under(contract))
    }

    /// Lets a contract keep a value under a key.
    pub fn storage_set(&mut self, contract: &Address, key: &[u8], value: impl Into<Bytes>) {
        self.set(StateKey::Storage(key).under(contract), Some(value.into()));
    }

    /// Removes a key of a contract, if it is there.
    pub fn storage_remove(&mut self, contract: &Address, key: &[u8]) {
        self.set(StateKey::Storage(key).under(contract), None);
    }

    /// The contract's keys inside `range`, with all changes, from either end. A range whose start
    /// lies behind its end is empty.
    pub fn storage_range(
        &self,
        contract: &Address,
        range: &KeyRange,
        direction: Direction,
    ) -> StorageRange<'_> {
        StorageRange(self.merge(under(contract, range), direction))
    }

    /// Whole keys inside `range`, with all changes.
    pub(crate) fn merge(&self, range: KeyRange, direction: Direction) -> Merge<'_> {
        let changes = self.records.range(&range);
        let entries = self.view.range(Column::State, range, direction);
        Merge::new(changes, entries, direction)
    }
}

impl Iterator for StorageRange<'_> {
    type Item = Result<StorageStep, StateError>;

    fn next(&mut self) -> Option<Self::Item> {
        let step = |(mut key, value): (Vec<u8>, Option<Bytes>)| match value {
            None => StorageStep::Removed,
            Some(value) => {
                let key = key.split_off(HEAD_BYTES.min(key.len()));
                StorageStep::Entry { key, value }
            }
        };
        let found = self.0.next();
        found.map(|found| found.map(step).map_err(StateError::Store))
    }
}

/// A range of the contract's keys as a range of whole keys.
fn under(contract: &Address, range: &KeyRange) -> KeyRange {
    let whole = |key: &Vec<u8>| StateKey::Storage(key).under(contract);
    let all = KeyRange::prefix(&StateKey::Storage(&[]).under(contract));
    let start = match range.start.as_ref().map(whole) {
        Bound::Unbounded => all.start,
        bounded => bounded,
    };
    let end = match range.end.as_ref().map(whole) {
        Bound::Unbounded => all.end,
        bounded => bounded,
    };
    KeyRange { start, end }
}
