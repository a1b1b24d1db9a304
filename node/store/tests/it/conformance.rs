//! `kv`'s own rules, what survives reopening, and views that outlive commits.

use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use argosy_kv::{Batch, Column, Direction, Durability, KeyRange, Store, conformance};
use argosy_store::{DataDir, RocksStore, StoreConfig};
use tempfile::tempdir;

pub(crate) fn open(path: &Path) -> RocksStore {
    RocksStore::open(DataDir::open(path).unwrap(), &StoreConfig::default()).unwrap()
}

pub(crate) fn put(store: &RocksStore, key: &[u8], value: &[u8], durability: Durability) {
    let mut batch = Batch::new();
    batch.put(Column::State, key, value);
    batch.put(Column::Blocks, key, value);
    store.commit(batch, durability).unwrap();
}

#[test]
fn keeps_every_rule_of_kv() {
    let folder = tempdir().unwrap();
    let next = AtomicUsize::new(0);
    conformance::check(|| {
        let number = next.fetch_add(1, Ordering::Relaxed);
        open(&folder.path().join(number.to_string()))
    });
}

#[test]
fn what_was_committed_is_there_after_reopening() {
    let folder = tempdir().unwrap();
    for round in 0u8..4 {
        let store = open(folder.path());
        for earlier in 0..round {
            let value = store.view().get(Column::State, &[earlier]).unwrap();
            assert_eq!(value.as_deref(), Some([earlier; 100].as_slice()));
        }
        put(&store, &[round], &[round; 100], Durability::Synced);
        if round % 2 == 0 {
            store.flush().unwrap();
        }
    }
}

#[test]
fn a_view_outlives_its_store() {
    let folder = tempdir().unwrap();
    let store = open(folder.path());
    put(&store, b"a", b"1", Durability::Synced);
    let view = store.view();
    put(&store, b"a", b"2", Durability::Synced);
    drop(store);
    let mut entries = view.range(Column::State, KeyRange::all(), Direction::Descending);
    let (key, value) = entries.next().unwrap().unwrap();
    assert_eq!(
        (key.as_slice(), &*value),
        (b"a".as_slice(), b"1".as_slice())
    );
    assert!(entries.next().is_none());
}

#[test]
fn tells_how_large_it_is() {
    let folder = tempdir().unwrap();
    let store = open(folder.path());
    put(&store, b"key", &[7; 100_000], Durability::Synced);
    assert!(store.figures().buffered_bytes > 100_000);
    store.flush().unwrap();
    assert!(store.figures().file_bytes > 0);
}
