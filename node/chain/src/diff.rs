//! What a block changed in state, a page at a time: what its undo record replaced, beside what is there
//! after it.
//!
//! Always: changes come in the order of their keys; a block whose undo record is gone is refused as
//! [`ChainError::Pruned`], never answered in part.
//! Not here: what one transaction changed (`retrace`).

use argosy_executor::Changed;
use argosy_primitives::{Address, Height};
use argosy_proof::StateKey;
use argosy_state::UndoRecord;

use crate::error::ChainError;
use crate::view::{ChainView, Selector};

/// Which of a block's changes, and how many at most.
#[derive(Clone, Copy, Debug)]
pub struct DiffQuery<'a> {
    /// Which block.
    pub height: Height,
    /// Only those under this address.
    pub address: Option<&'a Address>,
    /// Only those behind this key.
    pub after: Option<(&'a Address, StateKey<'a>)>,
    /// Changes on the page.
    pub changes_max: usize,
    /// Bytes of keys and values on the page; one change is on it, however large.
    pub bytes_max: usize,
}

/// A page of changes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DiffPage {
    /// In the order of their keys.
    pub changes: Vec<Changed>,
    /// Whether there are more.
    pub more: bool,
}

impl ChainView {
    /// A page of what a block changed; `None`: there is no such block.
    pub fn changed_by(&self, query: &DiffQuery<'_>) -> Result<Option<DiffPage>, ChainError> {
        let Some(then) = self.at(Selector::Height(query.height))? else {
            return Ok(None);
        };
        let record = UndoRecord::read(self.view.as_ref(), query.height)?;
        let Some(mut record) = record else {
            // Of the oldest state it is not known what it came from.
            let oldest_height = self.oldest_proven()?.saturating_add(1);
            return Err(ChainError::Pruned { oldest_height });
        };
        record.records.sort_unstable();
        let after = query.after.map(|(address, key)| key.under(address));
        let is_asked_for = |key: &[u8]| {
            let of_address = query
                .address
                .is_none_or(|it| key.starts_with(it.as_bytes()));
            of_address && after.as_ref().is_none_or(|after| key > after.as_slice())
        };
        let (mut page, mut bytes) = (DiffPage::default(), 0_usize);
        let records = record.records.into_iter();
        for (key, before) in records.filter(|(key, _)| is_asked_for(key)) {
            let Some((address, place)) = StateKey::of_whole(&key) else {
                continue;
            };
            let after = then.state_value(&address, place)?;
            let before = before.map(argosy_kv::Bytes::from);
            let sizes = [&before, &after].map(|it| it.as_ref().map_or(0, |it| it.len()));
            bytes = bytes.saturating_add(key.len() + sizes[0] + sizes[1]);
            let is_full = page.changes.len() >= query.changes_max || bytes > query.bytes_max;
            if is_full && !page.changes.is_empty() {
                page.more = true;
                break;
            }
            page.changes.push(Changed { key, before, after });
        }
        Ok(Some(page))
    }
}
