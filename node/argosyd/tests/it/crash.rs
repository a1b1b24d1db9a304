//! Killed at every step of a commit: what comes back is the last whole block, with the very roots and
//! receipts of a run that nobody disturbed.
//!
//! Every block holds one transfer and is made on request, so that both runs make the same blocks but
//! for their times; then everything but hashes and times must be equal.

use std::path::Path;

use argosy_sdk::Client;
use serde_json::Value;
use tempfile::tempdir;

use crate::world::{Daemon, history, run_command, transfer};

const BLOCKS: u64 = 4;

/// Makes the blocks that are not there yet; `false`: the node died on the way.
async fn make_blocks(client: &Client) -> bool {
    loop {
        let Ok(head) = client.finalized_head().await else {
            return false;
        };
        let height = head.at.height.0;
        if height == BLOCKS {
            return true;
        }
        // After a crash it may be known, or in a block; nobody may count on having been heard.
        let sent = client.submit(&transfer(client, height)).await;
        if sent.is_ok() && client.mine().await.is_err() {
            return false;
        }
        if sent.is_err() && client.finalized_head().await.is_err() {
            return false;
        }
    }
}

/// What must be equal in both runs.
fn essence(blocks: &[Value]) -> Vec<Value> {
    let essence = |block: &Value| {
        let header = &block["header"];
        serde_json::json!({
            "height": header["height"],
            "stateRoot": header["stateRoot"],
            "receiptsRoot": header["receiptsRoot"],
            "txRoot": header["txRoot"],
            "gasUsed": header["gasUsed"],
            "txIds": block["txIds"],
            "receipts": block["receipts"],
        })
    };
    blocks.iter().map(essence).collect()
}

async fn undisturbed(directory: &Path) -> Vec<Value> {
    let daemon = Daemon::manual(directory);
    let client = daemon.client().await;
    assert!(make_blocks(&client).await);
    essence(&history(&client).await)
}

/// Runs with a crash at `point`, restarts, goes on, and compares.
async fn check(point: &str, folder: &Path, reference: &[Value]) {
    let directory = folder.join(point.replace(':', "-"));
    let mut command = run_command(&directory, &["--dev=manual"]);
    let mut seen = Vec::new();
    match Daemon::spawn(command.env("CRASH_POINT", point)) {
        Err(ended) => assert_eq!(ended.code, None, "{point}: not killed: {ended:#?}"),
        Ok(daemon) => {
            let client = daemon.client().await;
            while let Ok(head) = client.finalized_head().await {
                seen.push((head.at.height.0, head.at.hash));
                let height = head.at.height.0;
                assert!(height < BLOCKS, "{point}: never came to it");
                if client.submit(&transfer(&client, height)).await.is_err()
                    || client.mine().await.is_err()
                {
                    break;
                }
            }
            let ended = daemon.ended();
            assert_eq!(ended.code, None, "{point}: not killed: {ended:#?}");
        }
    }
    let daemon = Daemon::manual(&directory);
    let client = daemon.client().await;
    let head = client.finalized_head().await.unwrap().at.height.0;
    let before = history(&client).await;
    for (height, hash) in seen {
        assert!(height <= head, "{point}: block {height} is lost");
        let kept = client
            .header(argosy_sdk::api::BlockSelector::Height(height))
            .await
            .unwrap();
        assert_eq!(kept.at.hash, hash, "{point}: block {height} is another one");
    }
    let whole = usize::try_from(head).unwrap() + 1;
    assert_eq!(
        essence(&before),
        reference[..whole],
        "{point}: after the restart"
    );
    assert!(make_blocks(&client).await, "{point}");
    assert_eq!(
        essence(&history(&client).await),
        reference,
        "{point}: in the end"
    );
}

async fn check_all(points: &[&str]) {
    let folder = tempdir().unwrap();
    let reference = undisturbed(&folder.path().join("reference")).await;
    assert_eq!(reference.len() as u64, BLOCKS + 1);
    for point in points {
        check(point, folder.path(), &reference).await;
    }
}

#[tokio::test]
async fn while_the_directory_is_made() {
    check_all(&[
        "store::database_made",
        "store::database_named",
        "genesis::before_write",
        "store::before_write:1",
        "store::after_write:1",
    ])
    .await;
}

#[tokio::test]
async fn while_a_block_is_built_and_verified() {
    check_all(&[
        "block::begin:3",
        "execute::transaction:5",
        "execute::transaction:6",
        "build::executed:3",
        "block::built:3",
        "block::verified:3",
    ])
    .await;
}

#[tokio::test]
async fn while_a_block_is_committed() {
    check_all(&[
        "commit::begin:3",
        "prune::begin:3",
        "prune::batched:3",
        "commit::batched:3",
        // The first batch is the genesis block's.
        "store::before_write:4",
        "store::after_write:4",
        "commit::written:3",
        "commit::head_moved:3",
    ])
    .await;
}

#[tokio::test]
async fn while_the_world_is_told_of_a_block() {
    check_all(&[
        "block::committed:3",
        "block::followed:3",
        // A step that admits and a step that makes a block, for each block.
        "driver::stepped:6",
        "driver::published:6",
        "driver::before_reply:3",
    ])
    .await;
}
