//! The store of dev chains, simulations and tests: everything in memory, gone with the process.
//!
//! A commit works on clones of the columns it changes ([`Tree`] copies only what it touches) and
//! then puts them in place at once. So readers never wait for a writer, a view is one pointer, and
//! memory holds the live entries plus what live views still show of older ones. For the same reason
//! it costs nothing to go back to a [`MemoryMoment`].

use std::sync::{Arc, Mutex, PoisonError, RwLock};

use crate::tree::Tree;
use crate::{
    Batch, Bytes, Column, Direction, Durability, Entries, KeyRange, KvError, Op, Store, View,
};

/// An in-memory store.
#[derive(Default)]
pub struct MemoryStore {
    head: RwLock<Arc<Moment>>,
    /// Held by the one commit at work; guards no data, since a moment is never half written.
    writer: Mutex<()>,
}

/// What the store held at one time.
#[derive(Clone, Default)]
struct Moment {
    columns: [Tree; Column::ALL.len()],
}

/// What a [`MemoryStore`] held at one time, to go back to. Clones share it.
#[derive(Clone)]
pub struct MemoryMoment(Arc<Moment>);

impl MemoryStore {
    /// An empty store.
    pub fn new() -> MemoryStore {
        MemoryStore::default()
    }

    /// What it holds now, to go back to. It keeps alive what is overwritten later.
    pub fn moment(&self) -> MemoryMoment {
        MemoryMoment(self.head())
    }

    /// Holds again what it, or another store, held then; views keep what they show.
    pub fn restore(&self, moment: &MemoryMoment) {
        let _turn = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        let replaced = {
            let mut head = self.head.write().unwrap_or_else(PoisonError::into_inner);
            std::mem::replace(&mut *head, Arc::clone(&moment.0))
        };
        drop(replaced); // As after a commit.
    }

    fn head(&self) -> Arc<Moment> {
        Arc::clone(&self.head.read().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Store for MemoryStore {
    fn view(&self) -> Arc<dyn View> {
        self.head()
    }

    /// Never fails; `durability` has no meaning here.
    fn commit(&self, batch: Batch, _durability: Durability) -> Result<(), KvError> {
        let _turn = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        let mut next = Moment::clone(&self.head());
        for op in batch.into_ops() {
            match op {
                Op::Put { column, key, value } => next.columns[column.index()].insert(key, value),
                Op::Delete { column, key } => next.columns[column.index()].remove(&key),
            }
        }
        let replaced = {
            let mut head = self.head.write().unwrap_or_else(PoisonError::into_inner);
            std::mem::replace(&mut *head, Arc::new(next))
        };
        drop(replaced); // Frees what nobody sees any more, after readers may go on.
        Ok(())
    }
}

impl View for Moment {
    fn get(&self, column: Column, key: &[u8]) -> Result<Option<Bytes>, KvError> {
        Ok(self.columns[column.index()].get(key).cloned())
    }

    fn range(&self, column: Column, range: KeyRange, direction: Direction) -> Entries<'_> {
        let entries = self.columns[column.index()].range(range, direction);
        Box::new(entries.map(|(key, value)| Ok((key.to_vec(), Arc::clone(value)))))
    }
}

#[cfg(test)]
mod tests {
    use super::MemoryStore;
    use crate::{Batch, Bytes, Column, Durability, Store, View};
    use std::sync::{Arc, Weak};

    fn put(store: &MemoryStore, key: u32) -> Weak<[u8]> {
        let value = Bytes::from(key.to_le_bytes());
        let weak = Arc::downgrade(&value);
        let mut batch = Batch::new();
        batch.put(Column::State, key.to_be_bytes(), value);
        store
            .commit(batch, Durability::Buffered)
            .expect("memory does not fail");
        weak
    }

    #[test]
    fn frees_what_was_overwritten() {
        let store = MemoryStore::new();
        let old = put(&store, 1);
        let new = put(&store, 1);
        assert!(old.upgrade().is_none() && new.upgrade().is_some());
    }

    #[test]
    fn keeps_for_each_view_only_what_it_shows() {
        let store = MemoryStore::new();
        let first = put(&store, 1);
        let pinned = store.view();
        let mut between = Vec::new();
        for _ in 0..100 {
            between.push(put(&store, 1));
            drop(store.view());
        }
        let last = between.pop().expect("there were a hundred");
        assert!(first.upgrade().is_some(), "the pinned view shows it");
        assert!(
            between.iter().all(|it| it.upgrade().is_none()),
            "no view shows these"
        );
        drop(pinned);
        assert!(first.upgrade().is_none() && last.upgrade().is_some());
    }

    #[test]
    fn goes_back_and_leaves_views_alone() {
        let store = MemoryStore::new();
        put(&store, 1);
        let moment = store.moment();
        let later = put(&store, 2);
        let view = store.view();
        store.restore(&moment);
        let has = |view: &dyn View, key: u32| {
            let found = view.get(Column::State, &key.to_be_bytes());
            found.expect("memory does not fail").is_some()
        };
        assert!(has(&*store.view(), 1) && !has(&*store.view(), 2));
        assert!(has(&*view, 2), "a view shows what it showed");
        drop(view);
        assert!(later.upgrade().is_none(), "nobody sees it any more");
        put(&store, 3);
        store.restore(&moment);
        assert!(!has(&*store.view(), 3), "as often as one likes");
    }

    #[test]
    fn frees_what_was_deleted_once_the_last_view_goes() {
        let store = MemoryStore::new();
        let value = put(&store, 7);
        let view = store.view();
        let mut batch = Batch::new();
        batch.delete(Column::State, 7u32.to_be_bytes());
        store
            .commit(batch, Durability::Synced)
            .expect("memory does not fail");
        assert!(value.upgrade().is_some());
        drop(view);
        assert!(value.upgrade().is_none());
    }
}
