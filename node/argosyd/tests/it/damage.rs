//! Files that are not what was written: the node refuses them by name, or serves what was committed,
//! or fails where the damage is met. It never serves anything else, and it never panics.

use std::fs::{self, OpenOptions};
use std::path::{Path, PathBuf};

use argosy_kv::{Batch, Column, Durability, Store};
use argosy_sdk::api::{BlockDetail, BlockSelector};
use argosy_sdk::{Client, SdkError};
use argosy_store::{DataDir, RocksStore, StoreConfig};
use serde_json::{Value, json};
use tempfile::tempdir;

use crate::world::{Daemon, Ended, argosyd, copy, pay, run_command};

/// A stopped directory: some blocks in files, some in the log only.
async fn filled(path: &Path) -> Vec<Value> {
    let daemon = Daemon::start(path, &["--dev"]);
    let client = daemon.client().await;
    for _ in 0..6 {
        pay(&client).await;
    }
    daemon.stop();
    let daemon = Daemon::start(path, &["--dev"]);
    let client = daemon.client().await;
    for _ in 0..6 {
        pay(&client).await;
    }
    let blocks = told(&client).await.unwrap();
    daemon.kill();
    blocks
}

/// Header and body of every block, and the receipts: all that the directory was written for.
async fn told(client: &Client) -> Result<Vec<Value>, SdkError> {
    let head = client.finalized_head().await?.at.height.0;
    let mut blocks = Vec::new();
    for height in 0..=head {
        let block = client
            .block(BlockSelector::Height(height), BlockDetail::Full)
            .await?;
        let mut receipts = Vec::new();
        for id in &block.tx_ids {
            receipts.push(client.receipt(id.0).await?);
        }
        blocks.push(json!({"block": block.header, "at": block.at.hash, "receipts": receipts}));
    }
    Ok(blocks)
}

/// Files that hold data, by the end of their names.
fn data_files(path: &Path) -> Vec<PathBuf> {
    let holds_data = |path: &PathBuf| {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let kinds = [".log", ".sst", "MANIFEST", "CURRENT"];
        kinds.iter().any(|it| name.contains(it)) && path.metadata().unwrap().len() > 0
    };
    let all = fs::read_dir(path.join("db"))
        .unwrap()
        .map(|it| it.unwrap().path());
    let mut found: Vec<_> = all.filter(holds_data).collect();
    found.sort();
    found
}

/// Starts on a damaged directory and looks at all of it.
async fn check(what: &str, path: &Path, written: &[Value]) {
    let daemon = match Daemon::spawn(&mut run_command(path, &["--dev=manual"])) {
        Err(ended) => {
            assert_eq!(ended.code, Some(3), "{what}: {ended:#?}");
            return ended.fails(3, &["damaged"]);
        }
        Ok(daemon) => daemon,
    };
    let client = daemon.client().await;
    match told(&client).await {
        // Every block was synced, and the note of it is compared: unless it was the note that was
        // harmed, all of them are there.
        Ok(blocks) => {
            let is_noted = !what.contains("SYNCED");
            assert!(blocks.len() == written.len() || !is_noted, "{what}");
            assert_eq!(blocks, written[..blocks.len()], "{what}");
        }
        Err(error) => {
            let text = error.to_string();
            assert!(text.contains("node failed"), "{what}: {text}");
        }
    }
    let log = daemon.kill();
    assert!(!log.contains("panicked"), "{what}: {log}");
}

#[tokio::test]
async fn flipped_bits_are_refused_or_never_served() {
    let folder = tempdir().unwrap();
    let original = folder.path().join("original");
    let written = filled(&original).await;
    let files = data_files(&original).len();
    for index in 0..files {
        let path = folder.path().join(index.to_string());
        copy(&original, &path);
        let file = &data_files(&path)[index];
        let mut bytes = fs::read(file).unwrap();
        // Another place in every file, the same in every run.
        let at = bytes.len() * (index * 37 % 100) / 100;
        bytes[at] ^= 1 << (index % 8);
        fs::write(file, bytes).unwrap();
        check(
            &format!("flipped {} at {at}", file.display()),
            &path,
            &written,
        )
        .await;
        fs::remove_dir_all(path).unwrap();
    }
}

fn check_command(path: &Path) -> Ended {
    let mut command = argosyd();
    command.args(["db", "check", "--chain", "dev", "--data-dir"]);
    Ended::of(command.arg(path))
}

/// Sets the version of the layout that the database says it has.
fn set_schema(path: &Path, version: u32) {
    let store = RocksStore::open(DataDir::open(path).unwrap(), &StoreConfig::default()).unwrap();
    let mut batch = Batch::new();
    batch.put(Column::Meta, *b"schema", version.to_le_bytes());
    store.commit(batch, Durability::Synced).unwrap();
}

#[tokio::test]
async fn a_layout_of_another_release_is_refused_both_ways() {
    let folder = tempdir().unwrap();
    filled(folder.path()).await;
    let refused = |says: &[&str]| {
        check_command(folder.path()).fails(3, says);
        let started = Daemon::spawn(&mut run_command(folder.path(), &["--dev=manual"]));
        started.err().expect("refused").fails(3, says);
    };
    set_schema(folder.path(), 3);
    refused(&[
        "layout 3",
        "reads layout 2",
        "newer release",
        "use that one",
    ]);
    set_schema(folder.path(), 1);
    refused(&[
        "layout 1",
        "older release",
        "keeps no supply",
        "begin a new chain",
    ]);
    set_schema(folder.path(), 2);
    assert_eq!(check_command(folder.path()).code, Some(0));
}

#[tokio::test]
async fn what_a_broken_restore_leaves_is_no_chain() {
    let folder = tempdir().unwrap();
    filled(folder.path()).await;
    fs::rename(folder.path().join("db"), folder.path().join("db.new")).unwrap();
    check_command(folder.path()).fails(3, &["holds no chain", "broken off", "backup restore"]);
    assert!(folder.path().join("db.new").exists(), "it was only read");
}

#[tokio::test]
async fn a_lost_mark_is_told_from_somebody_elses_folder() {
    let folder = tempdir().unwrap();
    filled(folder.path()).await;
    let mark = folder.path().join("FORMAT");
    let whole = fs::read(&mark).unwrap();
    let says = ["damaged", "FORMAT", "argosy data directory", "layout = 1"];
    for harmed in [Some("brgosy data directory\nlayout = 1\n"), None] {
        match harmed {
            Some(text) => fs::write(&mark, text).unwrap(),
            None => fs::remove_file(&mark).unwrap(),
        }
        check_command(folder.path()).fails(3, &says);
        let started = Daemon::spawn(&mut run_command(folder.path(), &["--dev=manual"]));
        started.err().expect("refused").fails(3, &says);
    }
    fs::write(&mark, whole).unwrap();
    assert_eq!(check_command(folder.path()).code, Some(0));
}

#[tokio::test]
async fn truncated_files_are_refused_or_end_at_a_whole_block() {
    let folder = tempdir().unwrap();
    let original = folder.path().join("original");
    let written = filled(&original).await;
    for index in 0..data_files(&original).len() {
        let path = folder.path().join(index.to_string());
        copy(&original, &path);
        let file = &data_files(&path)[index];
        let open = OpenOptions::new().write(true).open(file).unwrap();
        let len = open.metadata().unwrap().len();
        open.set_len(len * (5 + index as u64 * 29 % 90) / 100)
            .unwrap();
        drop(open);
        check(&format!("truncated {}", file.display()), &path, &written).await;
        fs::remove_dir_all(path).unwrap();
    }
}
