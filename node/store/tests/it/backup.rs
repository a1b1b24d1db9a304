//! Backups: each holds what was there, each later one only what is new, damage is noticed.

use std::fs;
use std::path::{Path, PathBuf};

use argosy_kv::{Column, Durability, Store};
use argosy_store::{Backups, DataDir, OpenError, RocksStore};
use tempfile::tempdir;

use crate::conformance::{open, put};

fn value(store: &RocksStore, key: &[u8]) -> Option<Vec<u8>> {
    let found = store.view().get(Column::State, key).unwrap();
    found.map(|it| it.to_vec())
}

fn restored(backups: &Path, id: Option<u32>, into: &Path) -> Result<RocksStore, OpenError> {
    let directory = DataDir::open(into)?;
    Backups::open(backups)?.restore(id, &directory)?;
    drop(directory);
    Ok(open(into))
}

fn files(path: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(path).unwrap() {
        let entry = entry.unwrap().path();
        match entry.is_dir() {
            true => found.extend(files(&entry)),
            false => found.push(entry),
        }
    }
    found.sort();
    found
}

fn bytes(path: &Path) -> u64 {
    let sizes = files(path)
        .into_iter()
        .map(|it| it.metadata().unwrap().len());
    sizes.sum()
}

#[test]
fn each_backup_holds_what_was_there_and_costs_what_is_new() {
    let folder = tempdir().unwrap();
    let (data, kept) = (folder.path().join("data"), folder.path().join("backups"));
    let store = open(&data);
    let large: Vec<u8> = (0..1_000_000_u32)
        .flat_map(|it| noise(it).to_le_bytes())
        .collect();
    put(&store, b"large", &large, Durability::Synced);
    put(&store, b"a", b"1", Durability::Synced);
    let first = Backups::open_or_create(&kept)
        .unwrap()
        .create(&store)
        .unwrap();
    let first_bytes = bytes(&kept);
    put(&store, b"a", b"2", Durability::Synced);
    let mut backups = Backups::open_or_create(&kept).unwrap();
    let second = backups.create(&store).unwrap();
    assert!(bytes(&kept) < first_bytes + first_bytes / 10);
    assert_eq!(backups.list(), [first, second]);
    drop(store);

    let old = restored(&kept, Some(first.id), &folder.path().join("old")).unwrap();
    assert_eq!(value(&old, b"a").as_deref(), Some(b"1".as_slice()));
    let new = restored(&kept, None, &folder.path().join("new")).unwrap();
    assert_eq!(value(&new, b"a").as_deref(), Some(b"2".as_slice()));
    assert_eq!(value(&new, b"large"), Some(large));
    drop((old, new));

    backups.purge(1).unwrap();
    assert_eq!(backups.list(), [second]);
    let error = restored(&kept, Some(first.id), &folder.path().join("gone")).err();
    assert!(matches!(error, Some(OpenError::NoBackup { .. })));
}

/// Bytes that do not compress, the same on every run.
fn noise(number: u32) -> u32 {
    let mut bits = number.wrapping_mul(0x9e37_79b9) ^ 0x85eb_ca6b;
    bits ^= bits >> 13;
    bits.wrapping_mul(0xc2b2_ae35) ^ (bits >> 16)
}

#[test]
fn a_restore_writes_over_nothing_and_takes_nothing_foreign() {
    let folder = tempdir().unwrap();
    let (data, kept) = (folder.path().join("data"), folder.path().join("backups"));
    let store = open(&data);
    put(&store, b"a", b"1", Durability::Synced);
    Backups::open_or_create(&kept)
        .unwrap()
        .create(&store)
        .unwrap();
    drop(store);
    let error = restored(&kept, None, &data).err();
    assert!(matches!(error, Some(OpenError::HasDatabase(_))));
    assert_eq!(value(&open(&data), b"a").as_deref(), Some(b"1".as_slice()));

    let nowhere = folder.path().join("nowhere");
    assert!(matches!(
        Backups::open(&nowhere).err(),
        Some(OpenError::NoBackups(_))
    ));
    assert!(!nowhere.exists());
    let photos = folder.path().join("photos");
    fs::create_dir(&photos).unwrap();
    fs::write(photos.join("cat.jpg"), "mine").unwrap();
    assert!(matches!(
        Backups::open_or_create(&photos).err(),
        Some(OpenError::Foreign { .. })
    ));
}

#[test]
fn a_damaged_backup_is_refused_and_leaves_nothing_that_opens() {
    let folder = tempdir().unwrap();
    let (data, kept) = (folder.path().join("data"), folder.path().join("backups"));
    let store = open(&data);
    for number in 0..50_u8 {
        put(&store, &[number], &[number; 1_000], Durability::Synced);
    }
    Backups::open_or_create(&kept)
        .unwrap()
        .create(&store)
        .unwrap();
    drop(store);
    let tables: Vec<_> = files(&kept)
        .into_iter()
        .filter(|it| it.extension().is_some_and(|it| it == "sst"))
        .collect();
    assert!(!tables.is_empty());
    for (number, table) in tables.iter().enumerate() {
        let whole = fs::read(table).unwrap();
        let mut harmed = whole.clone();
        let middle = harmed.len() / 2;
        harmed[middle] ^= 1;
        fs::write(table, &harmed).unwrap();
        let into = folder.path().join(format!("restored-{number}"));
        let error = restored(&kept, None, &into).err().unwrap();
        assert!(matches!(error, OpenError::DamagedBackup { .. }), "{error}");
        assert!(!DataDir::open(&into).unwrap().has_database());
        fs::write(table, whole).unwrap();
    }
    drop(restored(&kept, None, &folder.path().join("whole")).unwrap());
}
