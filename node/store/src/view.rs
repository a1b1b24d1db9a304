//! A view: a RocksDB snapshot together with the database that it belongs to.
//!
//! Always: the database stays open as long as a view of it lives.

use std::ops::Bound;
use std::sync::Arc;
use std::thread;

use argosy_kv::{Bytes, Column, Direction, Entries, KeyRange, KvError, View};
use rocksdb::{ColumnFamily, DB, IteratorMode, ReadOptions, Snapshot};
use self_cell::self_cell;

use crate::error::read_failed;

self_cell!(
    /// A snapshot borrows its database; here it brings it along.
    struct Held {
        owner: Arc<DB>,
        #[covariant]
        dependent: Snapshot,
    }
);

/// Values read at a time: each holds on to a block of a file until it is copied.
const BATCH_KEYS_MAX: usize = 128;
/// Threads that read at a time, for each that asks: more than there are cores, since what is not in
/// the system's memory either makes its reader wait for the disk, and disks answer many at once.
const READERS_MAX: usize = 4;
/// No reader gets fewer keys: one costs 5 µs or more, a thread about 50 µs.
const READER_KEYS_MIN: usize = 256;

/// One moment of a [`crate::RocksStore`].
pub(crate) struct RocksView(Held);

impl RocksView {
    pub(crate) fn new(db: &Arc<DB>) -> RocksView {
        RocksView(Held::new(Arc::clone(db), |db| db.snapshot()))
    }

    fn family(&self, column: Column) -> &ColumnFamily {
        family(self.0.borrow_owner(), column)
    }

    /// The values at `keys`, in their order, on this thread.
    fn read(&self, column: Column, keys: &[&[u8]]) -> Result<Vec<Option<Bytes>>, KvError> {
        let (db, family) = (self.0.borrow_owner(), self.family(column));
        let mut options = ReadOptions::default();
        options.set_snapshot(self.0.borrow_dependent());
        let mut values = Vec::with_capacity(keys.len());
        for keys in keys.chunks(BATCH_KEYS_MAX) {
            let found = db.batched_multi_get_cf_opt(family, keys.iter().copied(), false, &options);
            for found in found {
                let value = found.map_err(|error| read_failed(column, &error))?;
                values.push(value.map(|value| Bytes::from(&*value)));
            }
        }
        Ok(values)
    }
}

impl View for RocksView {
    fn get(&self, column: Column, key: &[u8]) -> Result<Option<Bytes>, KvError> {
        let found = self
            .0
            .borrow_dependent()
            .get_pinned_cf(self.family(column), key)
            .map_err(|error| read_failed(column, &error))?;
        Ok(found.map(|value| Bytes::from(&*value)))
    }

    fn get_many(&self, column: Column, keys: &[&[u8]]) -> Result<Vec<Option<Bytes>>, KvError> {
        let readers = (keys.len() / READER_KEYS_MIN).clamp(1, READERS_MAX);
        let mut parts = keys.chunks(keys.len().div_ceil(readers).max(1));
        let first = parts.next().unwrap_or_default();
        thread::scope(|scope| {
            let spawn = |keys| {
                let builder = thread::Builder::new().name("read".into());
                (
                    keys,
                    builder.spawn_scoped(scope, move || self.read(column, keys)),
                )
            };
            let others: Vec<_> = parts.map(spawn).collect();
            let mut values = self.read(column, first)?;
            for (keys, other) in others {
                let found = match other.map(thread::ScopedJoinHandle::join) {
                    Ok(Ok(found)) => found,
                    Ok(Err(panic)) => std::panic::resume_unwind(panic),
                    Err(_) => self.read(column, keys), // The system refuses a thread.
                };
                values.append(&mut found?);
            }
            Ok(values)
        })
    }

    fn range(&self, column: Column, range: KeyRange, direction: Direction) -> Entries<'_> {
        if range.is_empty() {
            return Box::new(std::iter::empty());
        }
        let mut options = ReadOptions::default();
        // Who reads a whole column reads it once: what others need stays in the cache.
        options.fill_cache(range != KeyRange::all());
        if let Some(start) = first_key(range.start) {
            options.set_iterate_lower_bound(start);
        }
        if let Some(end) = key_behind(range.end) {
            options.set_iterate_upper_bound(end);
        }
        let mode = match direction {
            Direction::Ascending => IteratorMode::Start,
            Direction::Descending => IteratorMode::End,
        };
        let snapshot = self.0.borrow_dependent();
        let entries = snapshot.iterator_cf_opt(self.family(column), options, mode);
        Box::new(entries.map(move |entry| match entry {
            Ok((key, value)) => Ok((key.into_vec(), Bytes::from(value))),
            Err(error) => Err(read_failed(column, &error)),
        }))
    }
}

/// The column's handle. Every column is there: [`crate::RocksStore::open`] saw to it.
pub(crate) fn family(db: &DB, column: Column) -> &ColumnFamily {
    db.cf_handle(column.as_str())
        .expect("a database is opened with all of Column::ALL")
}

/// The least key of a range.
fn first_key(start: Bound<Vec<u8>>) -> Option<Vec<u8>> {
    match start {
        Bound::Included(key) => Some(key),
        Bound::Excluded(key) => Some(successor(key)),
        Bound::Unbounded => None,
    }
}

/// The least key above a range.
fn key_behind(end: Bound<Vec<u8>>) -> Option<Vec<u8>> {
    match end {
        Bound::Included(key) => Some(successor(key)),
        Bound::Excluded(key) => Some(key),
        Bound::Unbounded => None,
    }
}

/// The least key above `key`, in the order of bytes.
fn successor(mut key: Vec<u8>) -> Vec<u8> {
    key.push(0);
    key
}
