//! Directories: new ones, other people's, newer ones, those in use. What is refused stays as it was.

use std::fs;
use std::path::Path;

use argosy_kv::{Batch, Column, Durability, Store};
use argosy_store::{DataDir, OpenError, RocksStore, StoreConfig};
use tempfile::tempdir;

use crate::conformance::{open, put};

fn refuse(path: &Path) -> OpenError {
    match DataDir::open(path) {
        Err(error) => error,
        Ok(directory) => RocksStore::open(directory, &StoreConfig::default())
            .map(|_| ())
            .unwrap_err(),
    }
}

/// Names and contents of a folder.
fn contents(path: &Path) -> Vec<(String, Vec<u8>)> {
    let mut found: Vec<_> = fs::read_dir(path)
        .unwrap()
        .map(|it| it.unwrap().path())
        .map(|it| (it.display().to_string(), fs::read(&it).unwrap_or_default()))
        .collect();
    found.sort();
    found
}

#[test]
fn a_new_path_becomes_a_directory_with_its_parents() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("a/b");
    drop(open(&path));
    assert!(path.join("FORMAT").is_file() && path.join("db").is_dir());
}

#[test]
fn a_folder_with_other_things_is_refused_and_left_alone() {
    for name in ["photo.jpg", "FORMAT", "CURRENT"] {
        let folder = tempdir().unwrap();
        fs::write(folder.path().join(name), "mine").unwrap();
        let before = contents(folder.path());
        let error = refuse(folder.path());
        assert!(
            matches!(error, OpenError::Foreign { .. }),
            "{name}: {error}"
        );
        assert_eq!(contents(folder.path()), before, "{name}");
    }
}

#[test]
fn a_format_that_is_no_file_is_somebody_elses() {
    let folder = tempdir().unwrap();
    fs::create_dir(folder.path().join("FORMAT")).unwrap();
    assert!(matches!(refuse(folder.path()), OpenError::Foreign { .. }));
}

#[test]
fn a_mounted_volume_with_its_own_folder_is_new() {
    let folder = tempdir().unwrap();
    fs::create_dir(folder.path().join("lost+found")).unwrap();
    fs::write(folder.path().join("argosyd.toml"), "").unwrap();
    drop(open(folder.path()));
}

#[test]
fn a_file_is_not_a_directory() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("file");
    fs::write(&path, "").unwrap();
    assert!(matches!(refuse(&path), OpenError::NotADirectory(_)));
    assert!(matches!(
        refuse(&path.join("below")),
        OpenError::NotADirectory(_)
    ));
}

#[test]
fn a_newer_layout_is_refused_by_name() {
    let folder = tempdir().unwrap();
    drop(open(folder.path()));
    fs::write(
        folder.path().join("FORMAT"),
        "argosy data directory\nlayout = 2\n",
    )
    .unwrap();
    let error = refuse(folder.path()).to_string();
    assert!(
        error.contains("layout 2") && error.contains("upgrade"),
        "{error}"
    );
    fs::write(
        folder.path().join("FORMAT"),
        "argosy data directory\nlayout = x\n",
    )
    .unwrap();
    assert!(matches!(refuse(folder.path()), OpenError::Damaged { .. }));
}

#[test]
fn a_column_of_a_later_release_is_refused_by_name() {
    let folder = tempdir().unwrap();
    drop(open(folder.path()));
    let path = folder.path().join("db");
    let names = rocksdb::DB::list_cf(&rocksdb::Options::default(), &path).unwrap();
    let mut db = rocksdb::DB::open_cf(&rocksdb::Options::default(), &path, names).unwrap();
    db.create_cf("from_the_future", &rocksdb::Options::default())
        .unwrap();
    drop(db);
    let error = refuse(folder.path());
    assert!(
        matches!(&error, OpenError::Newer { found, .. } if found.contains("from_the_future")),
        "{error}"
    );
}

/// A database as a release left it that did not know a column, or one that has lost it.
fn without(path: &Path, column: Column) {
    let options = rocksdb::Options::default();
    let database = path.join("db");
    let names = rocksdb::DB::list_cf(&options, &database).unwrap();
    let mut db = rocksdb::DB::open_cf(&options, &database, names).unwrap();
    db.drop_cf(column.as_str()).unwrap();
}

#[test]
fn a_column_that_earlier_releases_did_not_have_is_added_by_who_may_write() {
    let folder = tempdir().unwrap();
    let store = open(folder.path());
    put(&store, b"a", b"kept", Durability::Synced);
    drop(store);
    for column in Column::ADDED {
        without(folder.path(), column);
    }
    let read = || {
        let directory = DataDir::open_to_read(folder.path()).unwrap();
        RocksStore::open_to_read(directory, &StoreConfig::default()).map(|_| ())
    };
    let error = read().unwrap_err();
    assert!(matches!(error, OpenError::Older { .. }), "{error}");
    assert!(error.to_string().contains("start the node once"), "{error}");

    let store = open(folder.path());
    let found = store.view().get(Column::State, b"a").unwrap();
    assert_eq!(found.as_deref(), Some(b"kept".as_slice()));
    let mut batch = Batch::new();
    batch.put(Column::Index, *b"b", *b"new");
    store.commit(batch, Durability::Synced).unwrap();
    drop(store);
    read().unwrap();
    let store = open(folder.path());
    let found = store.view().get(Column::Index, b"b").unwrap();
    assert_eq!(found.as_deref(), Some(b"new".as_slice()));
    drop(store);

    // Any other that is not there was lost.
    without(folder.path(), Column::Undo);
    let error = refuse(folder.path());
    assert!(
        matches!(&error, OpenError::Damaged { what, .. } if what.contains("undo")),
        "{error}"
    );
}

#[test]
fn two_at_a_time_are_one_too_many() {
    let folder = tempdir().unwrap();
    let first = open(folder.path());
    let error = refuse(folder.path());
    let us = std::process::id().to_string();
    assert!(
        matches!(&error, OpenError::InUse { process, .. } if *process == us),
        "{error}"
    );
    drop(first);
    drop(open(folder.path()));
}

#[test]
fn a_database_that_was_not_finished_is_made_anew() {
    let folder = tempdir().unwrap();
    drop(DataDir::open(folder.path()).unwrap());
    let unfinished = folder.path().join("db.new");
    fs::create_dir(&unfinished).unwrap();
    fs::write(unfinished.join("MANIFEST-000001"), "half").unwrap();
    drop(open(folder.path()));
    assert!(!unfinished.exists());
}

/// A directory's files and folders, all the way down.
fn tree(path: &Path) -> Vec<(String, Vec<u8>)> {
    let mut found = contents(path);
    for entry in fs::read_dir(path).unwrap() {
        let entry = entry.unwrap().path();
        if entry.is_dir() {
            found.extend(tree(&entry));
        }
    }
    found
}

#[test]
fn what_is_opened_to_read_is_read_and_stays_as_it_was() {
    let folder = tempdir().unwrap();
    let store = open(folder.path());
    put(&store, b"a", b"in a table", Durability::Synced);
    store.flush().unwrap();
    put(&store, b"b", b"in the log", Durability::Synced);
    drop(store);
    let before = tree(folder.path());
    let directory = DataDir::open_to_read(folder.path()).unwrap();
    let store = RocksStore::open_to_read(directory, &StoreConfig::default()).unwrap();
    for (key, value) in [(b"a", b"in a table"), (b"b", b"in the log")] {
        let found = store.view().get(Column::State, key).unwrap();
        assert_eq!(found.as_deref(), Some(value.as_slice()));
    }
    let mut batch = Batch::new();
    batch.put(Column::State, *b"c", *b"new");
    assert!(store.commit(batch, Durability::Synced).is_err());
    drop(store);
    assert!(tree(folder.path()) == before, "something was written");
}

#[test]
fn there_must_be_something_to_read() {
    let folder = tempdir().unwrap();
    let nowhere = folder.path().join("nowhere");
    for path in [nowhere.as_path(), folder.path()] {
        let error = DataDir::open_to_read(path).unwrap_err();
        assert!(matches!(error, OpenError::Missing(_)), "{error}");
    }
    assert!(contents(folder.path()).is_empty());
    drop(open(folder.path()));
    let taken = DataDir::open(folder.path()).unwrap();
    let error = DataDir::open_to_read(folder.path()).unwrap_err();
    assert!(matches!(error, OpenError::InUse { .. }), "{error}");
    drop(taken);
    // Readers do not exclude each other, only whoever writes.
    let readers = [(); 2].map(|()| DataDir::open_to_read(folder.path()).unwrap());
    let error = DataDir::open(folder.path()).unwrap_err();
    assert!(matches!(error, OpenError::InUse { .. }), "{error}");
    drop(readers);
    DataDir::open(folder.path()).unwrap();
}
