//! What a contract keeps, a page at a time.

use std::ops::Bound;

use argosy_kv::{Bytes, Direction, KeyRange};
use argosy_primitives::Address;
use argosy_state::StorageStep;

use crate::error::ChainError;
use crate::view::ChainView;

/// Which of a contract's keys, and how many at most.
#[derive(Clone, Copy, Debug)]
pub struct StorageQuery<'a> {
    /// Whose.
    pub contract: &'a Address,
    /// What the keys begin with.
    pub prefix: &'a [u8],
    /// The key behind which the page begins; none: at the first.
    pub after: Option<&'a [u8]>,
    /// Entries on the page.
    pub entries_max: usize,
    /// Bytes of keys and values on the page; one entry is on it, however large.
    pub bytes_max: usize,
}

/// Entries in the order of their keys.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StoragePage {
    /// Keys, as the contract knows them, and values.
    pub entries: Vec<(Vec<u8>, Bytes)>,
    /// There is more: the next page begins behind this key.
    pub next: Option<Vec<u8>>,
}

impl ChainView {
    /// A page of what a contract keeps.
    pub fn storage_page(&self, query: &StorageQuery<'_>) -> Result<StoragePage, ChainError> {
        let mut range = KeyRange::prefix(query.prefix);
        if let Some(after) = query.after.filter(|it| *it >= query.prefix) {
            range.start = Bound::Excluded(after.to_vec());
        }
        let (mut page, mut bytes) = (StoragePage::default(), 0_usize);
        let state = self.state();
        for step in state.storage_range(query.contract, &range, Direction::Ascending) {
            let StorageStep::Entry { key, value } = step? else {
                continue; // Nothing is removed from a view.
            };
            bytes = bytes.saturating_add(key.len()).saturating_add(value.len());
            let is_full = page.entries.len() >= query.entries_max || bytes > query.bytes_max;
            if let Some((last, _)) = page.entries.last().filter(|_| is_full) {
                page.next = Some(last.clone());
                break;
            }
            page.entries.push((key, value));
        }
        Ok(page)
    }
}
