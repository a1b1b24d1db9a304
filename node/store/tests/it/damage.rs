//! Damaged files: truncated, with a flipped bit, or gone. Either the store refuses to open, or a
//! read fails, or what it answers was committed: never something else, never a part of a batch.

use std::fs::{self, OpenOptions};
use std::path::{Path, PathBuf};

use argosy_kv::{Cause, Column, Durability, Store};
use argosy_store::{DataDir, OpenError, RocksStore, StoreConfig};
use tempfile::tempdir;

use crate::conformance::{open, put};

const BATCHES: u8 = 40;

/// A closed directory with some data in files and some in the log.
fn filled(path: &Path) {
    let store = open(path);
    for number in 0..BATCHES {
        put(&store, &[number], &[number; 500], Durability::Synced);
        if number == BATCHES / 2 {
            store.flush().unwrap();
        }
    }
}

/// How many batches, in order from the first, can be read; fails on anything that was never written.
fn readable(store: &RocksStore) -> Result<u8, Cause> {
    let view = store.view();
    let mut count = 0;
    for number in 0..BATCHES {
        let read = |column| view.get(column, &[number]).map_err(|error| error.cause());
        let (state, block) = (read(Column::State)?, read(Column::Blocks)?);
        assert_eq!(state, block, "batch {number} is there in part");
        let Some(value) = state else { continue };
        assert_eq!(&*value, &[number; 500], "batch {number} is another one");
        assert_eq!(count, number, "a batch is there without the one before it");
        count += 1;
    }
    Ok(count)
}

fn reopen(path: &Path) -> Result<RocksStore, OpenError> {
    RocksStore::open(DataDir::open(path)?, &StoreConfig::default())
}

/// The files of the database of one kind, by the end of their names.
fn files(path: &Path, ending: &str) -> Vec<PathBuf> {
    let all = fs::read_dir(path.join("db"))
        .unwrap()
        .map(|it| it.unwrap().path());
    let mut found: Vec<_> = all
        .filter(|it| it.file_name().unwrap().to_string_lossy().contains(ending))
        .filter(|it| it.metadata().unwrap().len() > 0)
        .collect();
    found.sort();
    assert!(!found.is_empty(), "no {ending}");
    found
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to.join("db")).unwrap();
    fs::copy(from.join("FORMAT"), to.join("FORMAT")).unwrap();
    for entry in fs::read_dir(from.join("db")).unwrap() {
        let entry = entry.unwrap();
        fs::copy(entry.path(), to.join("db").join(entry.file_name())).unwrap();
    }
}

/// Damages each file of a kind in a copy of `original` and looks at what comes of it.
fn check(ending: &str, what: &str, harm: impl Fn(&Path)) -> Vec<Result<u8, String>> {
    let folder = tempdir().unwrap();
    let original = folder.path().join("original");
    filled(&original);
    let mut ends = Vec::new();
    for index in 0..files(&original, ending).len() {
        let path = folder.path().join(format!("{index}"));
        copy(&original, &path);
        harm(&files(&path, ending)[index]);
        ends.push(match reopen(&path) {
            Err(error @ OpenError::Damaged { .. }) => Err(error.to_string()),
            Err(error) => panic!("{what} {ending}: {error}"),
            Ok(store) => readable(&store).map_err(|cause| {
                assert_eq!(cause, Cause::Damaged, "{what} {ending}");
                "a read".into()
            }),
        });
    }
    ends
}

fn flip(path: &Path, part: u64) {
    let mut bytes = fs::read(path).unwrap();
    let at = (bytes.len() as u64 - 1) * part / 100;
    bytes[usize::try_from(at).unwrap()] ^= 0x10;
    fs::write(path, bytes).unwrap();
}

fn truncate(path: &Path, part: u64) {
    let file = OpenOptions::new().write(true).open(path).unwrap();
    file.set_len(file.metadata().unwrap().len() * part / 100)
        .unwrap();
}

#[test]
fn an_untouched_copy_has_everything() {
    assert_eq!(check("CURRENT", "looking at", |_| {}), [Ok(BATCHES)]);
}

#[test]
fn a_flipped_bit_in_the_log_is_refused_and_drops_nothing_silently() {
    for part in [1, 40, 90] {
        for end in check(".log", "flipped", |path| flip(path, part)) {
            assert!(end.is_err(), "at {part} %: {end:?}");
        }
    }
}

#[test]
fn a_torn_log_ends_before_the_torn_batch() {
    for part in [30, 60, 99] {
        let power_lost = |path: &Path| {
            truncate(path, part);
            // Nobody was told of what is lost: it was not synced, so there is no note of it.
            fs::remove_file(path.with_file_name("SYNCED")).unwrap();
        };
        for end in check(".log", "truncated", power_lost) {
            let count = end.expect("a torn end is what a loss of power leaves");
            assert!(count > BATCHES / 2 && count < BATCHES, "{count}");
        }
    }
}

#[test]
fn a_log_that_lost_what_was_synced_is_refused() {
    for part in [0, 30, 60, 99] {
        for end in check(".log", "truncated", |path| truncate(path, part)) {
            let error = end.expect_err("writes are lost");
            assert!(error.contains("log is gone or was cut"), "{error}");
        }
    }
    for end in check(".log", "removed", |path| fs::remove_file(path).unwrap()) {
        assert!(end.is_err(), "{end:?}");
    }
}

#[test]
fn damaged_tables_never_answer_wrongly() {
    for part in [0, 25, 50, 75, 100] {
        check(".sst", "flipped", |path| flip(path, part));
    }
    for part in [0, 50, 99] {
        for end in check(".sst", "truncated", |path| truncate(path, part)) {
            assert!(end.is_err(), "{end:?}");
        }
    }
    for end in check(".sst", "removed", |path| fs::remove_file(path).unwrap()) {
        assert!(end.is_err(), "{end:?}");
    }
}

#[test]
fn a_damaged_manifest_is_refused() {
    for part in [1, 50] {
        for end in check("MANIFEST", "flipped", |path| flip(path, part)) {
            assert!(end.is_err(), "{end:?}");
        }
    }
    for end in check("MANIFEST", "removed", |path| fs::remove_file(path).unwrap()) {
        assert!(end.is_err(), "{end:?}");
    }
}

#[test]
fn a_database_without_its_entry_point_is_damaged_and_not_new() {
    for end in check("CURRENT", "removed", |path| fs::remove_file(path).unwrap()) {
        assert!(end.is_err(), "{end:?}");
    }
    for end in check("CURRENT", "emptied", |path| truncate(path, 0)) {
        assert!(end.is_err(), "{end:?}");
    }
}
