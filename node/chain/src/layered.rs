//! A store in front of a view: what is written to it stays in memory, and is gone with it.
//!
//! ```text
//! get, range ─► what was written: 1 ‖ value, or 0 = removed ─► the view
//! ```
//!
//! Always: the view is only read. Kept is what execution reads again: state, trie and code; so memory
//! holds what ever changed of these, however many blocks come.

use std::cmp::Ordering;
use std::iter::Peekable;
use std::sync::Arc;

use argosy_kv::{
    Batch, Bytes, Cause, Column, Direction, Durability, Entries, KeyRange, KvError, MemoryStore,
    Op, Store, View,
};

const GONE: u8 = 0;
const THERE: u8 = 1;

/// The columns that are kept.
pub(crate) const KEPT: [Column; 3] = [Column::State, Column::Trie, Column::Code];

type Entry = (Vec<u8>, Bytes);

/// A store in memory, over a view.
pub(crate) struct Layered {
    base: Arc<dyn View>,
    over: MemoryStore,
}

struct LayeredView {
    base: Arc<dyn View>,
    over: Arc<dyn View>,
}

impl Layered {
    /// Nothing is written yet.
    pub(crate) fn new(base: Arc<dyn View>) -> Layered {
        let over = MemoryStore::new();
        Layered { base, over }
    }

    /// The first key that `view` does not show as it was written here.
    pub(crate) fn first_difference(
        &self,
        view: &dyn View,
    ) -> Result<Option<(Column, Vec<u8>)>, KvError> {
        let written = self.over.view();
        for column in KEPT {
            for entry in written.range(column, KeyRange::all(), Direction::Ascending) {
                let (key, marked) = entry?;
                if view.get(column, &key)? != value(column, &marked)? {
                    return Ok(Some((column, key)));
                }
            }
        }
        Ok(None)
    }
}

impl Store for Layered {
    fn view(&self) -> Arc<dyn View> {
        let (base, over) = (Arc::clone(&self.base), self.over.view());
        Arc::new(LayeredView { base, over })
    }

    fn commit(&self, batch: Batch, durability: Durability) -> Result<(), KvError> {
        let mut marked = Batch::new();
        for op in batch.into_ops() {
            match op {
                Op::Put { column, key, value } if KEPT.contains(&column) => {
                    marked.put(column, key, [&[THERE], &*value].concat());
                }
                Op::Delete { column, key } if KEPT.contains(&column) => {
                    marked.put(column, key, [GONE]);
                }
                Op::Put { .. } | Op::Delete { .. } => {}
            }
        }
        self.over.commit(marked, durability)
    }
}

impl View for LayeredView {
    fn get(&self, column: Column, key: &[u8]) -> Result<Option<Bytes>, KvError> {
        match self.over.get(column, key)? {
            Some(marked) => value(column, &marked),
            None => self.base.get(column, key),
        }
    }

    fn get_many(&self, column: Column, keys: &[&[u8]]) -> Result<Vec<Option<Bytes>>, KvError> {
        let written = self.over.get_many(column, keys)?;
        let beneath = keys.iter().zip(&written).filter(|(_, it)| it.is_none());
        let beneath: Vec<&[u8]> = beneath.map(|(key, _)| *key).collect();
        let mut beneath = self.base.get_many(column, &beneath)?.into_iter();
        let shown = written.into_iter().map(|written| match written {
            Some(marked) => value(column, &marked),
            None => Ok(beneath.next().flatten()),
        });
        shown.collect()
    }

    fn range(&self, column: Column, range: KeyRange, direction: Direction) -> Entries<'_> {
        let over = self.over.range(column, range.clone(), direction).peekable();
        let base = self.base.range(column, range, direction).peekable();
        Box::new(Both {
            column,
            over,
            base,
            direction,
            has_ended: false,
        })
    }

    fn beneath(&self) -> Option<&dyn View> {
        self.base.beneath()
    }
}

/// What a marked value says.
fn value(column: Column, marked: &[u8]) -> Result<Option<Bytes>, KvError> {
    match marked.split_first() {
        Some((&THERE, value)) => Ok(Some(value.into())),
        Some((&GONE, [])) => Ok(None),
        Some(_) | None => Err(KvError::Read {
            column,
            cause: Cause::Other,
            source: "a value in memory has no marker".into(),
        }),
    }
}

/// Keys of both in order; those that were written hide the ones beneath.
struct Both<'a> {
    column: Column,
    over: Peekable<Entries<'a>>,
    base: Peekable<Entries<'a>>,
    direction: Direction,
    has_ended: bool,
}

impl Both<'_> {
    /// The next entry; inner none: it was removed.
    fn step(&mut self) -> Option<Result<Option<Entry>, KvError>> {
        let order = match (self.over.peek(), self.base.peek()) {
            (None, None) => return None,
            (Some(_), None) | (Some(Err(_)), Some(_)) => Ordering::Less,
            (None, Some(_)) | (Some(Ok(_)), Some(Err(_))) => Ordering::Greater,
            (Some(Ok((over, _))), Some(Ok((base, _)))) => match self.direction {
                Direction::Ascending => over.cmp(base),
                Direction::Descending => base.cmp(over),
            },
        };
        let entry = match order {
            Ordering::Greater => return self.base.next().map(|entry| entry.map(Some)),
            Ordering::Equal => {
                // It is hidden.
                drop(self.base.next());
                self.over.next()
            }
            Ordering::Less => self.over.next(),
        };
        let column = self.column;
        let unmark = |(key, marked): Entry| {
            let value = value(column, &marked)?;
            Ok(value.map(|value| (key, value)))
        };
        entry.map(|entry| entry.and_then(unmark))
    }
}

impl Iterator for Both<'_> {
    type Item = Result<Entry, KvError>;

    fn next(&mut self) -> Option<Self::Item> {
        while !self.has_ended {
            match self.step()? {
                Ok(Some(entry)) => return Some(Ok(entry)),
                Ok(None) => {}
                Err(error) => {
                    self.has_ended = true;
                    return Some(Err(error));
                }
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::Layered;
    use argosy_kv::{Batch, Column, Direction, Durability, KeyRange, MemoryStore, Store, View};
    use proptest::prelude::*;
    use std::ops::Bound;

    type Writes = Vec<(u8, Option<u8>)>;

    fn batch(writes: &Writes) -> Batch {
        let mut batch = Batch::new();
        for (key, value) in writes {
            match value {
                Some(value) => batch.put(Column::State, [*key], [*value]),
                None => batch.delete(Column::State, [*key]),
            }
        }
        batch
    }

    fn entries(view: &dyn View, range: &KeyRange, direction: Direction) -> Vec<(Vec<u8>, u8)> {
        let entries = view.range(Column::State, range.clone(), direction);
        let entries = entries.map(|it| it.expect("memory does not fail"));
        entries.map(|(key, value)| (key, value[0])).collect()
    }

    fn writes() -> impl Strategy<Value = Writes> {
        prop::collection::vec((0u8..16, any::<Option<u8>>()), 0..30)
    }

    proptest! {
        #[test]
        fn reads_as_one_store_that_took_all_of_it(
            before in writes(),
            after in writes(),
            bounds in (0u8..17, 0u8..17),
        ) {
            let (one, base) = (MemoryStore::new(), MemoryStore::new());
            let commit = |store: &dyn Store, writes: &Writes| {
                store.commit(batch(writes), Durability::Buffered).expect("memory does not fail");
            };
            commit(&base, &before);
            commit(&one, &before);
            let beneath = base.view();
            let layered = Layered::new(base.view());
            commit(&layered, &after);
            commit(&one, &after);
            let (view, expected) = (layered.view(), one.view());
            let part = KeyRange {
                start: Bound::Included(vec![bounds.0]),
                end: Bound::Excluded(vec![bounds.1]),
            };
            for range in [KeyRange::all(), part] {
                for direction in [Direction::Ascending, Direction::Descending] {
                    let found = entries(&*view, &range, direction);
                    prop_assert_eq!(found, entries(&*expected, &range, direction));
                }
            }
            for key in 0u8..16 {
                let read = |view: &dyn View| view.get(Column::State, &[key]).expect("in memory");
                prop_assert_eq!(read(&*view), read(&*expected));
            }
            let keys: Vec<[u8; 1]> = (0u8..16).map(|key| [key]).collect();
            let keys: Vec<&[u8]> = keys.iter().map(<[u8; 1]>::as_slice).collect();
            let read = |view: &dyn View| view.get_many(Column::State, &keys).expect("in memory");
            prop_assert_eq!(read(&*view), read(&*expected));
            // What was written is found again above, and beneath only if it was there before.
            prop_assert_eq!(layered.first_difference(&*expected).expect("in memory"), None);
            let differs = layered.first_difference(&*beneath).expect("in memory").is_some();
            let all = |view: &dyn View| entries(view, &KeyRange::all(), Direction::Ascending);
            prop_assert_eq!(differs, all(&*beneath) != all(&*view));
        }
    }
}
