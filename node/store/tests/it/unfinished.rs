//! A database that is being made counts once it is finished, and never before.

use std::path::Path;

use argosy_kv::{Batch, Column, Durability, Store};
use argosy_store::{DataDir, OpenError, RocksStore, StoreConfig, Unfinished};
use tempfile::tempdir;

fn begin(path: &Path) -> Unfinished {
    Unfinished::create(DataDir::open(path).unwrap(), &StoreConfig::default()).unwrap()
}

fn write(unfinished: &Unfinished, key: &[u8]) {
    let mut batch = Batch::new();
    batch.put(Column::State, key, *b"value");
    batch.put(Column::Trie, key, *b"node");
    // Whatever is asked for, it is on disk at the end.
    let store = unfinished.store();
    store.commit(batch, Durability::Buffered).unwrap();
}

fn has(path: &Path, key: &[u8]) -> bool {
    let directory = DataDir::open(path).unwrap();
    let store = RocksStore::open(directory, &StoreConfig::default()).unwrap();
    let view = store.view();
    let found = [Column::State, Column::Trie].map(|it| view.get(it, key).unwrap().is_some());
    assert_eq!(found[0], found[1]);
    found[0]
}

#[test]
fn what_was_written_is_there_once_it_is_finished() {
    let folder = tempdir().unwrap();
    let unfinished = begin(folder.path());
    write(&unfinished, b"a");
    assert!(!folder.path().join("db").exists());
    unfinished.finish().unwrap();
    assert!(!folder.path().join("db.new").exists());
    assert!(has(folder.path(), b"a"));
    let directory = DataDir::open(folder.path()).unwrap();
    let again = Unfinished::create(directory, &StoreConfig::default());
    assert!(matches!(again, Err(OpenError::HasDatabase(_))));
}

#[test]
fn what_was_dropped_discarded_or_begun_again_is_not() {
    let folder = tempdir().unwrap();
    let unfinished = begin(folder.path());
    write(&unfinished, b"a");
    drop(unfinished);
    let directory = DataDir::open_to_read(folder.path()).unwrap();
    assert!(!directory.has_database(), "as after a kill");
    drop(directory);
    let unfinished = begin(folder.path());
    write(&unfinished, b"b");
    let unfinished = unfinished.again(&StoreConfig::default()).unwrap();
    write(&unfinished, b"c");
    unfinished.discard().unwrap();
    assert!(!folder.path().join("db.new").exists());
    let unfinished = begin(folder.path());
    write(&unfinished, b"d");
    unfinished.finish().unwrap();
    for key in [b"a", b"b", b"c"] {
        assert!(!has(folder.path(), key));
    }
    assert!(has(folder.path(), b"d"));
}

#[test]
fn it_is_not_finished_while_somebody_may_write() {
    let folder = tempdir().unwrap();
    let unfinished = begin(folder.path());
    let store = unfinished.store().clone();
    assert!(matches!(unfinished.finish(), Err(OpenError::Other { .. })));
    assert!(!folder.path().join("db.new").exists(), "nothing is left");
    assert!(!folder.path().join("RESTORING").exists());
    drop(store);
    assert!(!folder.path().join("db").exists());
}

#[test]
fn no_new_database_is_made_where_one_was_being_restored() {
    let folder = tempdir().unwrap();
    let mark = folder.path().join("RESTORING");
    let open = || {
        let directory = DataDir::open(folder.path()).unwrap();
        RocksStore::open(directory, &StoreConfig::default())
    };
    let unfinished = begin(folder.path());
    assert!(mark.exists());
    // As after a kill.
    drop(unfinished);
    let refused = open().err().unwrap();
    assert!(matches!(refused, OpenError::Restoring { .. }), "{refused}");
    assert!(
        refused
            .to_string()
            .contains("argosyd snapshot restore was broken off")
    );
    assert!(folder.path().join("db.new").exists(), "it is only read");
    // Discarded, or finished, it is as any other.
    begin(folder.path()).discard().unwrap();
    assert!(!mark.exists() && !folder.path().join("db.new").exists());
    begin(folder.path()).finish().unwrap();
    assert!(!mark.exists());
    std::fs::write(&mark, "argosyd snapshot restore").unwrap();
    open().unwrap();
    assert!(!mark.exists(), "killed before its last step");
}

/// Where it cannot even begin, nothing stays.
#[test]
fn what_fails_at_the_beginning_leaves_nothing() {
    let folder = tempdir().unwrap();
    let directory = DataDir::open(folder.path()).unwrap();
    std::fs::write(folder.path().join("db.new"), "in the way").unwrap();
    assert!(Unfinished::create(directory, &StoreConfig::default()).is_err());
    assert!(!folder.path().join("RESTORING").exists());
    std::fs::remove_file(folder.path().join("db.new")).unwrap();
    begin(folder.path()).discard().unwrap();
    assert!(!folder.path().join("RESTORING").exists());
}
