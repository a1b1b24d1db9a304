//! Old values of an archive: state and code at any height, unproven.
//!
//! ```text
//! Hist   key ‖ !height -> 0: it was absent before that block; 1 ‖ the value that it held
//! ```
//!
//! Always: what a key held after a block is what the first later change replaced, and if there was
//! none, what it holds at the head.
//! Not here: who keeps old values (`retention`), and which heights have proofs (`past`).

mod key; // keys of old values
mod range; // ranges at an earlier height

use std::ops::Bound;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use argosy_kv::{Batch, Bytes, Cause, Column, Direction, Entries, KeyRange, KvError, View};
use argosy_primitives::Height;
use argosy_state::{Change, StateDelta, UndoRecord};

use range::{Groups, Shown};

/// Adds what a block replaced to its batch.
pub(crate) fn write(delta: &StateDelta, height: Height, batch: &mut Batch) {
    for (column, changes) in [
        (Column::State, delta.records()),
        (Column::Code, delta.blobs()),
    ] {
        for Change { key, old, .. } in changes {
            let Some(mut entry) = key::group(column, key) else {
                continue;
            };
            entry.extend(key::inverted(height));
            let value = match old {
                None => vec![0],
                Some(old) => [&[1], &**old].concat(),
            };
            batch.put(Column::Hist, entry, value);
        }
    }
}

/// Keys that all ranges of one view may pass over; each costs 15 to 30 µs.
pub(crate) const PASSED_MAX: usize = 20_000;

/// State and code as they were right after a height; other columns as the inner view has them, but
/// for the trie, of which no earlier version is kept.
pub struct HistoryView {
    inner: Arc<dyn View>,
    height: Height,
    /// Keys that ranges have passed over, since they were not there then.
    passed: AtomicUsize,
}

impl HistoryView {
    /// The state right after `height`, out of the store of an archive.
    pub fn new(inner: Arc<dyn View>, height: Height) -> HistoryView {
        HistoryView {
            inner,
            height,
            passed: AtomicUsize::new(0),
        }
    }

    /// What every key held that has changed since.
    pub(crate) fn replaced_since(&self) -> Result<UndoRecord, KvError> {
        let since = |column| {
            let keys = KeyRange::all();
            let Some(entries) = key::entries_of(column, &keys) else {
                return Ok(Vec::new());
            };
            let changed = Groups {
                view: self,
                entries,
                keys,
                direction: Direction::Ascending,
            };
            let mut replaced = Vec::new();
            for group in changed {
                let (key, group) = group?;
                if let Some(old) = self.replaced(&group)? {
                    replaced.push((key, old.map(|it| it.to_vec())));
                }
            }
            Ok::<_, KvError>(replaced)
        };
        Ok(UndoRecord {
            records: since(Column::State)?,
            blobs: since(Column::Code)?,
        })
    }

    /// Counts a key that a range passes over. Nobody pays for it, so there is an end to it.
    fn pass(&self) -> Result<(), KvError> {
        match self.passed.fetch_add(1, Ordering::Relaxed) < PASSED_MAX {
            true => Ok(()),
            false => Err(KvError::Read {
                column: Column::Hist,
                cause: Cause::TooMuch,
                source: format!("more than {PASSED_MAX} keys in between were written later").into(),
            }),
        }
    }

    /// What a key held; outer none: nothing has changed since.
    fn replaced(&self, group: &[u8]) -> Result<Option<Option<Bytes>>, KvError> {
        // Of the later changes the first, which is the last among inverted heights.
        let later = key::inverted(self.height.saturating_add(1));
        let range = KeyRange {
            start: Bound::Included(group.to_vec()),
            end: Bound::Included([group, &later].concat()),
        };
        let found = self
            .inner
            .range(Column::Hist, range, Direction::Descending)
            .next();
        match found.transpose()? {
            None => Ok(None),
            Some((_, value)) => match value.split_first() {
                Some((0, [])) => Ok(Some(None)),
                Some((1, old)) => Ok(Some(Some(old.into()))),
                Some(_) | None => Err(damaged("an old value has no marker")),
            },
        }
    }
}

impl View for HistoryView {
    fn get(&self, column: Column, key: &[u8]) -> Result<Option<Bytes>, KvError> {
        if column == Column::Trie {
            return Err(no_trie());
        }
        if let Some(group) = key::group(column, key)
            && let Some(old) = self.replaced(&group)?
        {
            return Ok(old);
        }
        self.inner.get(column, key)
    }

    fn range(&self, column: Column, range: KeyRange, direction: Direction) -> Entries<'_> {
        if column == Column::Trie {
            return Box::new(std::iter::once(Err(no_trie())));
        }
        let Some(entries) = key::entries_of(column, &range) else {
            return self.inner.range(column, range, direction);
        };
        if range.is_empty() {
            return Box::new(std::iter::empty());
        }
        let stored = self.inner.range(column, range.clone(), direction);
        let changed = Groups {
            view: self,
            entries,
            keys: range,
            direction,
        };
        Box::new(Shown::new(changed, stored))
    }

    fn beneath(&self) -> Option<&dyn View> {
        self.inner.beneath()
    }
}

fn damaged(what: &'static str) -> KvError {
    KvError::Read {
        column: Column::Hist,
        cause: Cause::Damaged,
        source: what.into(),
    }
}

fn no_trie() -> KvError {
    KvError::Read {
        column: Column::Trie,
        cause: Cause::Other,
        source: "no trie of that time is kept".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::{HistoryView, PASSED_MAX, key};
    use argosy_kv::{Batch, Cause, Column, Direction, Durability, KeyRange, MemoryStore};
    use argosy_kv::{Store, View};

    /// Keys that were written at height 5 and are still there.
    fn written(keys: usize) -> MemoryStore {
        let (store, mut batch) = (MemoryStore::new(), Batch::new());
        for number in 0..keys {
            let key = [&[7; 33], number.to_be_bytes().as_slice()].concat();
            let mut entry = key::group(Column::State, &key).expect("it is long enough");
            entry.extend(key::inverted(5));
            batch.put(Column::Hist, entry, [0]);
            batch.put(Column::State, key, *b"value");
        }
        let committed = store.commit(batch, Durability::Buffered);
        committed.expect("memory does not fail");
        store
    }

    #[test]
    fn ranges_pass_over_so_many_keys_and_no_more() {
        let all = |view: &HistoryView| {
            let mut entries = view.range(Column::State, KeyRange::all(), Direction::Ascending);
            let first = entries.next();
            first.map(|entry| entry.map_err(|error| error.cause()))
        };
        let few = HistoryView::new(written(PASSED_MAX).view(), 1);
        assert!(all(&few).is_none(), "none was there at that time");
        assert!(matches!(all(&few), Some(Err(Cause::TooMuch))), "once more");
        let many = HistoryView::new(written(PASSED_MAX + 1).view(), 1);
        assert!(matches!(all(&many), Some(Err(Cause::TooMuch))));
        let now = HistoryView::new(written(PASSED_MAX + 1).view(), 5);
        assert!(matches!(all(&now), Some(Ok(_))), "they are there by then");
    }
}
