//! The hot set: the modules that every node keeps loaded, so that calling them is cheap.
//!
//! It is part of state, hence the same on every node, whatever a node's cache holds. Modules leave
//! it least recently used first. Recency counts in windows of [`HOT_WINDOW_BLOCKS`] blocks: a module
//! in constant use costs one write per window instead of one per block.
//!
//! Always holds: the set's bytes are the sum over its entries, and do not exceed what the last block
//! allowed.

use std::collections::BTreeMap;

use argosy_kv::{Bytes, Direction, KeyRange};
use argosy_primitives::{CodeHash, Height};
use parity_scale_codec::{Decode, DecodeWithMemTracking, Encode};

use crate::code::small;
use crate::{State, StateError, key};

/// Blocks that count as one moment when modules compete for their place.
pub const HOT_WINDOW_BLOCKS: u64 = 32;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking)]
struct HotEntry {
    /// Window of the last use.
    window: u64,
    /// Instrumented size.
    bytes: u32,
}

impl State {
    /// Whether a module counts as loaded.
    pub fn hot_contains(&self, code: &CodeHash) -> Result<bool, StateError> {
        Ok(self.hot_entry(code)?.is_some())
    }

    /// The hot set, most recently used first: what a node loads when it starts.
    pub fn hot_codes(&self) -> Result<Vec<CodeHash>, StateError> {
        let range = KeyRange::prefix(&key::hot_order_head());
        let mut codes = Vec::new();
        for found in self.merge(range, Direction::Descending) {
            if let (key, Some(_)) = found? {
                codes.push(order_parts(&key)?.1);
            }
        }
        Ok(codes)
    }

    /// At the end of block `height`: takes in the modules it `used`, with their instrumented sizes,
    /// and drops the least recently used ones until the set fits into `bytes_max`.
    pub fn hot_touch_all(
        &mut self,
        height: Height,
        used: &BTreeMap<CodeHash, u32>,
        bytes_max: u64,
    ) -> Result<(), StateError> {
        let window = height / HOT_WINDOW_BLOCKS;
        for (code, &bytes) in used {
            let fits = u64::from(bytes) <= bytes_max;
            if fits && self.code(code)?.is_some() {
                self.hot_touch(code, HotEntry { window, bytes })?;
            }
        }
        for code in self.hot_excess(bytes_max)? {
            self.hot_remove(&code)?;
        }
        Ok(())
    }

    /// Removes a module from the set, if it is there.
    pub(crate) fn hot_remove(&mut self, code: &CodeHash) -> Result<(), StateError> {
        let Some(entry) = self.hot_entry(code)? else {
            return Ok(());
        };
        let what = "the hot set is larger than its total";
        let total = self.hot_bytes()?.checked_sub(u64::from(entry.bytes));
        let total = total.ok_or(StateError::Inconsistent { what })?;
        self.set(key::hot_entry(code), None);
        self.set(key::hot_order(entry.window, code), None);
        self.set(key::hot_bytes(), Some(total.encode().into()));
        Ok(())
    }

    fn hot_touch(&mut self, code: &CodeHash, entry: HotEntry) -> Result<(), StateError> {
        if self.hot_entry(code)? == Some(entry) {
            return Ok(());
        }
        self.hot_remove(code)?;
        let what = "the hot set's total overflows";
        let total = self.hot_bytes()?.checked_add(u64::from(entry.bytes));
        let total = total.ok_or(StateError::Inconsistent { what })?;
        self.set(key::hot_entry(code), Some(entry.encode().into()));
        self.set(key::hot_order(entry.window, code), Some(Bytes::from([])));
        self.set(key::hot_bytes(), Some(total.encode().into()));
        Ok(())
    }

    /// The least recently used modules without which the set fits into `bytes_max`.
    fn hot_excess(&self, bytes_max: u64) -> Result<Vec<CodeHash>, StateError> {
        let mut total = self.hot_bytes()?;
        let mut excess = Vec::new();
        let range = KeyRange::prefix(&key::hot_order_head());
        let mut order = self.merge(range, Direction::Ascending);
        while total > bytes_max {
            let what = "the hot set's total is larger than the set";
            let (key, value) = order.next().ok_or(StateError::Inconsistent { what })??;
            if value.is_none() {
                continue;
            }
            let (_, code) = order_parts(&key)?;
            let what = "a module of the hot set has no entry";
            let entry = self
                .hot_entry(&code)?
                .ok_or(StateError::Inconsistent { what })?;
            total = total.saturating_sub(u64::from(entry.bytes));
            excess.push(code);
        }
        Ok(excess)
    }

    fn hot_entry(&self, code: &CodeHash) -> Result<Option<HotEntry>, StateError> {
        self.record(&key::hot_entry(code), small)
    }

    fn hot_bytes(&self) -> Result<u64, StateError> {
        Ok(self.record(&key::hot_bytes(), small)?.unwrap_or(0))
    }
}

fn order_parts(key: &[u8]) -> Result<(u64, CodeHash), StateError> {
    let what = "a key of the hot set's order is malformed";
    key::hot_order_parts(key).ok_or(StateError::Inconsistent { what })
}
