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
fn thousands_are_read_on_several_threads_in_the_order_asked_for() {
    let folder = tempdir().unwrap();
    let store = open(folder.path());
    // In files, in memory, overwritten, deleted, and never written.
    let write = |numbers: std::ops::Range<u32>, version: u8| {
        let mut batch = Batch::new();
        for number in numbers {
            batch.put(Column::State, number.to_be_bytes(), [version; 40]);
        }
        store.commit(batch, Durability::Buffered).unwrap();
    };
    write(0..4_000, 1);
    store.flush().unwrap();
    write(1_000..2_000, 2);
    let mut batch = Batch::new();
    (2_500..3_000u32).for_each(|it| batch.delete(Column::State, it.to_be_bytes()));
    store.commit(batch, Durability::Buffered).unwrap();
    let view = store.view();
    write(0..4_000, 3);

    let expected = |number: u32| match number {
        1_000..2_000 => Some(2),
        2_500..3_000 | 4_000.. => None,
        _ => Some(1),
    };
    for count in [0, 1, 255, 512, 513, 1_025, 4_999] {
        let numbers = (0..count).map(|it: u32| it * 7_919 % 5_000);
        let keys: Vec<_> = numbers.clone().map(u32::to_be_bytes).collect();
        let keys: Vec<&[u8]> = keys.iter().map(<[u8; 4]>::as_slice).collect();
        let found = view.get_many(Column::State, &keys).unwrap();
        let found: Vec<_> = found.iter().map(|it| it.as_ref().map(|it| it[0])).collect();
        assert_eq!(found, numbers.map(expected).collect::<Vec<_>>(), "{count}");
    }
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
