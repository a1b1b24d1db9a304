//! Commands on a stopped node, killed at every step: what they read stays as it was, what they write
//! is whole or not there, and to call them again ends well.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use argosy_chain::{Chain, check};
use argosy_primitives::{Header, Receipt};
use argosy_spec::ChainSpec;
use argosy_store::{DataDir, RocksStore, StoreConfig};
use tempfile::{TempDir, tempdir};

use super::points::{
    BACKING_UP, EXPORTING, IMPORTING, MAKING, REPLAYING, RESTORING, RESTORING_AGAIN,
};
use super::{BLOCKS, filled};
use crate::world::{Daemon, Ended, argosyd, run_command};

/// Every block of a directory, after a look at all of it; nothing where there is no chain.
fn kept(path: &Path) -> Vec<(Header, Vec<Receipt>)> {
    let Ok(directory) = DataDir::open_to_read(path) else {
        return Vec::new();
    };
    if !directory.has_database() {
        return Vec::new();
    }
    let store = RocksStore::open_to_read(directory, &StoreConfig::default()).unwrap();
    if store_is_empty(&store) {
        return Vec::new();
    }
    let chain = Chain::open(Arc::new(store), Arc::new(ChainSpec::dev())).unwrap();
    let view = chain.view();
    check(&view, |_| ()).unwrap();
    let block = |height| {
        let header = view.header(height).unwrap().unwrap();
        (header, view.receipts(height).unwrap())
    };
    (0..=view.head().header.height).map(block).collect()
}

/// A database whose genesis block was never written.
fn store_is_empty(store: &RocksStore) -> bool {
    use argosy_kv::{Column, Direction, KeyRange, Store};
    let view = store.view();
    let mut entries = view.range(Column::Meta, KeyRange::all(), Direction::Ascending);
    entries.next().is_none()
}

/// A folder with a stopped node's directory in it.
struct Source {
    folder: TempDir,
    blocks: Vec<(Header, Vec<Receipt>)>,
}

impl Source {
    async fn new() -> Source {
        let folder = tempdir().unwrap();
        let path = folder.path().join("source");
        filled(&path, &["--dev=manual"], BLOCKS).await;
        let blocks = kept(&path);
        assert_eq!(blocks.len() as u64, BLOCKS + 1);
        Source { folder, blocks }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// A command, with paths in the folder.
    fn call(&self, words: &[&str], paths: &[(&str, &str)], point: Option<&str>) -> Ended {
        let mut command = argosyd();
        command.args(words).args(["--chain", "dev"]);
        for (flag, name) in paths {
            command.arg(flag).arg(self.path(name));
        }
        if let Some(point) = point {
            command.env("CRASH_POINT", point);
        }
        Ended::of(&mut command)
    }

    #[track_caller]
    fn crash(&self, words: &[&str], paths: &[(&str, &str)], point: &str) {
        let ended = self.call(words, paths, Some(point));
        assert_eq!(ended.code, None, "{point}: not killed: {ended:#?}");
        assert!(kept(&self.path("source")) == self.blocks, "{point}");
    }

    #[track_caller]
    fn succeed(&self, words: &[&str], paths: &[(&str, &str)], what: &str) {
        let ended = self.call(words, paths, None);
        assert_eq!(ended.code, Some(0), "{what}: {ended:#?}");
    }

    /// Crashes a command that writes blocks into a new directory, looks, and calls it again.
    fn check_writer(&self, words: &[&str], paths: &[(&str, &str)], into: &str, points: &[&str]) {
        for point in points {
            let target = point.replace(':', "-");
            let paths = [paths, &[(into, target.as_str())]].concat();
            self.crash(words, &paths, point);
            let found = kept(&self.path(&target));
            assert!(self.blocks.starts_with(&found), "{point}: {found:#?}");
            self.succeed(words, &paths, point);
            assert!(kept(&self.path(&target)) == self.blocks, "{point}");
        }
    }
}

#[test]
fn a_first_start_that_was_broken_off_is_no_chain() {
    let folder = tempdir().unwrap();
    for point in MAKING {
        let path = folder.path().join(point.replace(':', "-"));
        let mut command = run_command(&path, &["--dev=manual"]);
        let started = Daemon::spawn(command.env("CRASH_POINT", point));
        assert_eq!(started.err().expect("killed").code, None, "{point}");
        let ended = |words: &[&str]| {
            let mut command = argosyd();
            command.args(words).args(["--chain", "dev", "--data-dir"]);
            Ended::of(command.arg(&path))
        };
        // It is there once its first block is.
        let is_there = !kept(&path).is_empty();
        for words in [&["db", "check"][..], &["verify"]] {
            match (is_there, *point) {
                (true, _) => assert_eq!(ended(words).code, Some(0), "{point}"),
                (false, "directory::before_mark") => {
                    ended(words).fails(3, &["no data directory"]);
                }
                (false, _) => ended(words).fails(3, &["holds no chain", "broken off"]),
            }
        }
    }
}

#[tokio::test]
async fn while_blocks_are_written_into_a_file() {
    let source = Source::new().await;
    let words = ["export-blocks"];
    for point in EXPORTING {
        let file = point.replace(':', "-");
        let paths = [("--data-dir", "source"), ("--to", file.as_str())];
        source.crash(&words, &paths, point);
        if source.path(&file).exists() {
            assert_eq!(*point, "export::named", "it had no name yet");
        } else {
            source.succeed(&words, &paths, point);
        }
        let copy = format!("{file}-copy");
        let paths = [("--data-dir", copy.as_str()), ("--from", file.as_str())];
        source.succeed(&["import-blocks"], &paths, point);
        assert!(kept(&source.path(&copy)) == source.blocks, "{point}");
    }
}

#[tokio::test]
async fn while_blocks_are_read_in() {
    let source = Source::new().await;
    let paths = [("--data-dir", "source"), ("--to", "blocks")];
    source.succeed(&["export-blocks"], &paths, "export");
    let paths = [("--from", "blocks")];
    source.check_writer(&["import-blocks"], &paths, "--data-dir", IMPORTING);
}

#[tokio::test]
async fn while_blocks_are_replayed() {
    let source = Source::new().await;
    let paths = [("--from", "source")];
    source.check_writer(&["replay"], &paths, "--into", REPLAYING);
}

#[tokio::test]
async fn while_a_backup_is_made() {
    let source = Source::new().await;
    // An earlier state of the same chain.
    let paths = [("--data-dir", "source"), ("--to", "blocks")];
    let words = ["export-blocks", "--until", "2"];
    source.succeed(&words, &paths, "export");
    let paths = [("--data-dir", "earlier"), ("--from", "blocks")];
    source.succeed(&["import-blocks"], &paths, "import");
    for point in BACKING_UP {
        let backups = format!("{point}-backups").replace(':', "-");
        let paths = |data| [("--data-dir", data), ("--to", backups.as_str())];
        let is_first = *point == "backup::folder_made";
        if !is_first {
            source.succeed(&["backup", "create"], &paths("earlier"), point);
        }
        let words = ["backup", "create", "--keep", "1"];
        source.crash(&words, &paths("source"), point);
        if !is_first {
            // The earlier one or the new one, and that whole.
            let found = restored(&source, &backups, "then");
            assert!(
                found.len() > 2 && source.blocks.starts_with(&found),
                "{point}"
            );
        }
        source.succeed(&words, &paths("source"), point);
        assert!(
            restored(&source, &backups, "now") == source.blocks,
            "{point}"
        );
    }
}

/// What the newest backup of a folder holds.
fn restored(source: &Source, backups: &str, into: &str) -> Vec<(Header, Vec<Receipt>)> {
    let into = format!("{backups}-{into}");
    let paths = [("--data-dir", into.as_str()), ("--from", backups)];
    source.succeed(&["backup", "restore"], &paths, backups);
    kept(&source.path(&into))
}

#[tokio::test]
async fn while_a_backup_is_brought_back() {
    let source = Source::new().await;
    let paths = [("--data-dir", "source"), ("--to", "backups")];
    source.succeed(&["backup", "create"], &paths, "create");
    let words = ["backup", "restore"];
    let again = RESTORING_AGAIN
        .iter()
        .map(|it| (Some("restore::copied"), it));
    for (before, point) in RESTORING.iter().map(|it| (None, it)).chain(again) {
        let target = point.replace(':', "-");
        let paths = [("--data-dir", target.as_str()), ("--from", "backups")];
        if let Some(before) = before {
            source.crash(&words, &paths, before);
        }
        source.crash(&words, &paths, point);
        // It counts with its name only.
        let found = kept(&source.path(&target));
        if found.is_empty() {
            source.succeed(&words, &paths, point);
        }
        assert!(kept(&source.path(&target)) == source.blocks, "{point}");
        let is_named = ["directory::named", "restore::named"].contains(point);
        assert_eq!(!found.is_empty(), is_named, "{point}");
    }
}
