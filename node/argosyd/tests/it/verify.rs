//! `argosyd verify`: a stopped node's blocks executed again, from where that can be, and what is
//! stored compared.

use std::path::Path;

use argosy_kv::{Batch, Column, Durability, Store};
use argosy_primitives::{Limits, Receipt, decode_untrusted};
use argosy_sdk::api::BlockSelector;
use argosy_store::{DataDir, RocksStore, StoreConfig};
use parity_scale_codec::Encode;
use serde_json::Value;
use tempfile::tempdir;

use crate::world::{Daemon, Ended, argosyd, transfer};

/// A stopped directory with so many blocks of one transfer; answers the head's hash and root.
async fn filled(path: &Path, mode: &str, blocks: u64) -> (String, String) {
    let daemon = Daemon::start(path, &["--dev=manual", "--state.mode", mode]);
    let client = daemon.client().await;
    for height in 0..blocks {
        client.submit(&transfer(&client, height)).await.unwrap();
        client.mine().await.unwrap();
    }
    let head = client.header(BlockSelector::Latest).await.unwrap();
    daemon.stop();
    (head.at.hash.to_string(), head.header.state_root.to_string())
}

fn verify(path: &Path, from: Option<u64>) -> Ended {
    let mut command = argosyd();
    command.args(["verify", "--chain", "dev", "--data-dir"]);
    command.arg(path);
    if let Some(from) = from {
        command.arg("--from").arg(from.to_string());
    }
    Ended::of(&mut command)
}

#[track_caller]
fn told(ended: &Ended) -> Value {
    assert_eq!(ended.code, Some(0), "{ended:#?}");
    serde_json::from_str(&ended.stdout).unwrap()
}

/// Names and contents of the files of the database, and of those beside it.
fn files(path: &Path) -> Vec<(String, Vec<u8>)> {
    let mut found = Vec::new();
    for folder in [path.to_path_buf(), path.join("db")] {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let bytes = std::fs::read(&path).unwrap_or_default();
            found.push((path.display().to_string(), bytes));
        }
    }
    found.sort();
    found
}

#[tokio::test]
async fn an_archive_is_executed_from_any_height() {
    let folder = tempdir().unwrap();
    let (hash, root) = filled(folder.path(), "archive", 40).await;
    let before = files(folder.path());
    for (from, transactions) in [(Some(0), 40), (Some(1), 40), (Some(3), 38), (Some(40), 1)] {
        let found = told(&verify(folder.path(), from));
        assert_eq!(found["from"], from.unwrap());
        assert_eq!(
            (&found["height"], &found["transactions"]),
            (&40.into(), &transactions.into())
        );
        assert_eq!(
            (&found["blockHash"], &found["stateRoot"]),
            (&hash.clone().into(), &root.clone().into())
        );
    }
    assert_eq!(told(&verify(folder.path(), None))["from"], 9, "the last 32");
    assert!(files(folder.path()) == before, "something was written");
    verify(folder.path(), Some(41)).fails(2, &["no block 41", "ends at 40"]);
    told(&verify(folder.path(), Some(5)));
}

#[tokio::test]
async fn others_are_executed_from_the_oldest_state_that_is_kept() {
    let folder = tempdir().unwrap();
    for mode in ["pruned", "validator"] {
        let path = folder.path().join(mode);
        filled(&path, mode, 40).await;
        let found = told(&verify(&path, None));
        assert_eq!(
            (&found["from"], &found["transactions"]),
            (&9.into(), &32.into())
        );
        told(&verify(&path, Some(9)));
        verify(&path, Some(8)).fails(
            2,
            &["block 8", "the oldest block that can is 9", "--from 9"],
        );
    }
}

#[tokio::test]
async fn a_changed_receipt_is_named_with_its_block() {
    let folder = tempdir().unwrap();
    filled(folder.path(), "archive", 6).await;
    {
        let directory = DataDir::open(folder.path()).unwrap();
        let store = RocksStore::open(directory, &StoreConfig::default()).unwrap();
        let key = [4u64.to_be_bytes().as_slice(), &[0; 5]].concat();
        let bytes = store.view().get(Column::Receipts, &key).unwrap().unwrap();
        let limits = Limits::for_size(bytes.len());
        let mut receipt: Receipt = decode_untrusted(&bytes, limits).unwrap();
        receipt.fee += 1;
        let mut batch = Batch::new();
        batch.put(Column::Receipts, key, receipt.encode());
        store.commit(batch, Durability::Synced).unwrap();
    }
    let says = ["block 4", "receipt 0", "argosyd backup restore"];
    verify(folder.path(), Some(2)).fails(3, &says);
    verify(folder.path(), None).fails(3, &says);
    told(&verify(folder.path(), Some(5)));
}

#[test]
fn a_directory_without_a_chain_is_left_alone() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("nothing");
    verify(&path, None).fails(3, &["there is no data directory"]);
    assert!(!path.exists());
}

/// `argosyd` with words on a directory.
fn command(words: &[&str], path: &Path) -> Ended {
    let mut command = argosyd();
    command.args(words).args(["--chain", "dev", "--data-dir"]);
    Ended::of(command.arg(path))
}

#[tokio::test]
async fn a_directory_that_was_just_restored_has_nothing_to_execute_and_nothing_to_replay() {
    let folder = tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let (hash, root) = filled(&at("old"), "pruned", 40).await;
    let made = told(&command(&["snapshot", "create"], &at("old")));
    let from = made["path"].as_str().unwrap();
    let words = [
        "snapshot",
        "restore",
        "--from",
        from,
        "--block-hash",
        hash.as_str(),
    ];
    told(&command(&words, &at("new")));
    let verified = told(&verify(&at("new"), None));
    assert_eq!(
        (&verified["height"], &verified["transactions"]),
        (&40.into(), &0.into())
    );
    assert_eq!(verified["stateRoot"], root);
    verify(&at("new"), Some(40)).fails(2, &["oldest block that can is 41"]);

    let mut replay = argosyd();
    replay.args(["replay", "--chain", "dev", "--from"]);
    replay.arg(at("new")).arg("--into").arg(at("other"));
    let says = [
        "no block before 9",
        "needs block 1",
        "argosyd snapshot restore",
    ];
    Ended::of(&mut replay).fails(2, &says);
    assert!(!at("other").exists(), "nothing was made");

    // With blocks of its own there is something to execute.
    let daemon = Daemon::start(&at("new"), &["--dev=manual"]);
    let client = daemon.client().await;
    client.submit(&transfer(&client, 40)).await.unwrap();
    client.mine().await.unwrap();
    daemon.stop();
    let verified = told(&verify(&at("new"), None));
    assert_eq!(
        (&verified["from"], &verified["transactions"]),
        (&41.into(), &1.into())
    );
}
