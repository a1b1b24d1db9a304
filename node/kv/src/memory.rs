//! The store of dev chains, simulations and tests: everything in memory, gone with the process.
//!
//! A commit works on clones of the columns it changes ([`Tree`] copies only what it touches) and
//! then puts them in place at once. So readers never wait for a writer, a view is one pointer, and
//! memory holds the live entries plus what live views still show of older ones. For the same reason
//! it costs nothing to go back to a [`MemoryMoment`].
//!
//! A store may be laid over a view, which then shows where nothing was written; what was removed here
//! is remembered as removed.

use std::cmp::Ordering;
use std::iter::Peekable;
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
    over: Option<Over>,
}

/// What a store was laid over.
#[derive(Clone)]
struct Over {
    beneath: Arc<dyn View>,
    /// Keys that are not shown from there any more: values are empty.
    gone: Arc<[Tree; Column::ALL.len()]>,
}

/// What a [`MemoryStore`] held at one time, to go back to. Clones share it.
#[derive(Clone)]
pub struct MemoryMoment(Arc<Moment>);

impl MemoryStore {
    /// An empty store.
    pub fn new() -> MemoryStore {
        MemoryStore::default()
    }

    /// A store that shows `beneath` until something else is written.
    pub fn over(beneath: Arc<dyn View>) -> MemoryStore {
        let over = Over {
            beneath,
            gone: Arc::default(),
        };
        let moment = Moment {
            over: Some(over),
            ..Moment::default()
        };
        MemoryStore {
            head: RwLock::new(Arc::new(moment)),
            writer: Mutex::default(),
        }
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
                Op::Put { column, key, value } => next.put(column, key, value),
                Op::Delete { column, key } => next.delete(column, key),
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

impl Moment {
    fn put(&mut self, column: Column, key: Bytes, value: Bytes) {
        if let Some(over) = &mut self.over
            && over.gone[column.index()].get(&key).is_some()
        {
            Arc::make_mut(&mut over.gone)[column.index()].remove(&key);
        }
        self.columns[column.index()].insert(key, value);
    }

    fn delete(&mut self, column: Column, key: Bytes) {
        self.columns[column.index()].remove(&key);
        if let Some(over) = &mut self.over {
            Arc::make_mut(&mut over.gone)[column.index()].insert(key, Bytes::from([]));
        }
    }

    /// What is shown from beneath in a column: all but what was written or removed here.
    fn shows_beneath(&self, column: Column, key: &[u8]) -> Option<&Over> {
        let over = self.over.as_ref()?;
        let is_gone = over.gone[column.index()].get(key).is_some();
        (!is_gone).then_some(over)
    }
}

impl View for Moment {
    fn get(&self, column: Column, key: &[u8]) -> Result<Option<Bytes>, KvError> {
        if let Some(value) = self.columns[column.index()].get(key) {
            return Ok(Some(Arc::clone(value)));
        }
        match self.shows_beneath(column, key) {
            Some(over) => over.beneath.get(column, key),
            None => Ok(None),
        }
    }

    fn get_many(&self, column: Column, keys: &[&[u8]]) -> Result<Vec<Option<Bytes>>, KvError> {
        let own = &self.columns[column.index()];
        let Some(over) = &self.over else {
            return Ok(keys.iter().map(|key| own.get(key).cloned()).collect());
        };
        let is_beneath =
            |key: &&[u8]| own.get(key).is_none() && self.shows_beneath(column, key).is_some();
        let asked: Vec<&[u8]> = keys.iter().copied().filter(is_beneath).collect();
        let mut found = over.beneath.get_many(column, &asked)?.into_iter();
        let shown = keys.iter().map(|key| match is_beneath(key) {
            true => found.next().flatten(),
            false => own.get(key).cloned(),
        });
        Ok(shown.collect())
    }

    fn range(&self, column: Column, range: KeyRange, direction: Direction) -> Entries<'_> {
        let own = self.columns[column.index()].range(range.clone(), direction);
        let own = own.map(|(key, value)| Ok((key.to_vec(), Arc::clone(value))));
        let Some(over) = &self.over else {
            return Box::new(own);
        };
        let beneath = over.beneath.range(column, range, direction);
        let beneath = beneath.filter(move |entry| match entry {
            Ok((key, _)) => self.shows_beneath(column, key).is_some(),
            Err(_) => true,
        });
        let own: Entries<'_> = Box::new(own);
        let beneath: Entries<'_> = Box::new(beneath);
        Box::new(Laid {
            own: own.peekable(),
            beneath: beneath.peekable(),
            direction,
            has_failed: false,
        })
    }

    fn beneath(&self) -> Option<&dyn View> {
        self.over.as_ref().map(|it| it.beneath.as_ref())
    }
}

/// Entries of a store and of what lies beneath it, as one list. Of equal keys its own counts.
struct Laid<'a> {
    own: Peekable<Entries<'a>>,
    beneath: Peekable<Entries<'a>>,
    direction: Direction,
    has_failed: bool,
}

impl Iterator for Laid<'_> {
    type Item = Result<(Vec<u8>, Bytes), KvError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.has_failed {
            return None;
        }
        let order = match (self.own.peek(), self.beneath.peek()) {
            (None, _) | (_, Some(Err(_))) => Ordering::Greater,
            (_, None) | (Some(Err(_)), _) => Ordering::Less,
            (Some(Ok((own, _))), Some(Ok((beneath, _)))) => match self.direction {
                Direction::Ascending => own.cmp(beneath),
                Direction::Descending => beneath.cmp(own),
            },
        };
        let next = match order {
            Ordering::Less => self.own.next(),
            Ordering::Equal => {
                drop(self.beneath.next());
                self.own.next()
            }
            Ordering::Greater => self.beneath.next(),
        };
        self.has_failed = matches!(next, Some(Err(_)));
        next
    }
}

#[cfg(test)]
mod tests {
    use super::MemoryStore;
    use crate::{Batch, Bytes, Column, Direction, Durability, KeyRange, Store, View};
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

    #[test]
    fn what_is_laid_over_a_view_shows_it_until_something_else_is_written() {
        let key = |number: u32| number.to_be_bytes();
        let below = MemoryStore::new();
        for number in [1, 2, 3, 4] {
            put(&below, number);
        }
        let store = MemoryStore::over(below.view());
        let begin = store.moment();
        let mut batch = Batch::new();
        batch.delete(Column::State, key(2));
        batch.put(Column::State, key(3), *b"own");
        batch.put(Column::State, key(5), *b"new");
        store.commit(batch, Durability::Buffered).unwrap();
        let view = store.view();
        let shown = |view: &dyn View, direction| -> Vec<(Vec<u8>, Vec<u8>)> {
            let all = view.range(Column::State, KeyRange::all(), direction);
            all.map(|it| it.map(|(key, value)| (key, value.to_vec())).unwrap())
                .collect()
        };
        let entry = |number: u32, value: &[u8]| (key(number).to_vec(), value.to_vec());
        let expected = [
            entry(1, &1u32.to_le_bytes()),
            entry(3, b"own"),
            entry(4, &4u32.to_le_bytes()),
            entry(5, b"new"),
        ];
        assert_eq!(shown(&*view, Direction::Ascending), expected);
        let mut backwards = expected.to_vec();
        backwards.reverse();
        assert_eq!(shown(&*view, Direction::Descending), backwards);
        let keys = [1, 2, 3, 4, 5, 6].map(key);
        let keys: Vec<&[u8]> = keys.iter().map(<[u8; 4]>::as_slice).collect();
        let many = view.get_many(Column::State, &keys).unwrap();
        let one_by_one = keys.iter().map(|it| view.get(Column::State, it).unwrap());
        assert_eq!(many, one_by_one.collect::<Vec<_>>());
        assert_eq!(many.iter().filter(|it| it.is_some()).count(), 4);
        // What was removed may come back, and so may the beginning.
        put(&store, 2);
        assert!(store.view().get(Column::State, &key(2)).unwrap().is_some());
        store.restore(&begin);
        assert_eq!(shown(&*store.view(), Direction::Ascending).len(), 4);
        assert!(store.view().beneath().is_some() && below.view().beneath().is_none());
    }
}
