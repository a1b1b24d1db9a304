//! Killed at every step of its work: what comes back is the last whole block, with the very roots and
//! receipts of a run that nobody disturbed.
//!
//! Every block holds one transfer and is made on request, so that all runs make the same blocks but
//! for their times; then everything but hashes and times must be equal.
//! Not here: commands on a stopped node (`commands`), and the list of places (`points`).

mod commands;
pub(crate) mod points;

use std::path::{Path, PathBuf};

use argosy_sdk::Client;
use argosy_sdk::api::{BlockDetail, BlockSelector};
use serde_json::Value;
use tempfile::tempdir;

use self::points::{ARCHIVING, BUILDING, COMMITTING, FORGETTING, MAKING, PRUNING, TELLING};
use crate::world::{Daemon, Ended, argosyd, copy, history_from, run_command, transfer};

/// Blocks that a run makes before it is done.
const BLOCKS: u64 = 4;
/// Blocks that a directory has before it is told to keep less: more than it then keeps.
const BLOCKS_BEFORE: u64 = 40;
/// Blocks that are kept with `state.mode = "validator"`.
const BLOCKS_KEPT: u64 = 32;

/// The same work, done once without a crash and then with many.
struct Work<'a> {
    /// Holds the directories of all runs.
    folder: &'a Path,
    /// Where every run begins; none: with nothing.
    base: Option<PathBuf>,
    /// How the daemon is called.
    words: &'a [&'a str],
    /// The height at which it is done.
    last: u64,
    /// Every block of the undisturbed run.
    reference: Vec<Value>,
}

/// What must be equal in all runs.
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

/// Makes the blocks that are not there yet; `false`: the node died on the way.
async fn make_blocks(client: &Client, last: u64) -> bool {
    loop {
        let Ok(head) = client.finalized_head().await else {
            return false;
        };
        let height = head.at.height.0;
        if height == last {
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

/// A stopped directory with so many blocks.
async fn filled(path: &Path, words: &[&str], last: u64) {
    let daemon = Daemon::start(path, words);
    assert!(make_blocks(&daemon.client().await, last).await);
    daemon.stop();
}

/// The oldest block that is told of; those before it must be known to be gone.
async fn oldest(client: &Client) -> u64 {
    let mut height = 0;
    loop {
        let selector = BlockSelector::Height(height);
        match client.block(selector, BlockDetail::Full).await {
            Ok(_) => return height,
            Err(error) => assert!(error.to_string().contains("no longer kept"), "{error}"),
        }
        height += 1;
    }
}

impl Work<'_> {
    /// With the undisturbed run done, which keeps every block.
    async fn new<'a>(folder: &'a Path, base: Option<PathBuf>, words: &'a [&'a str]) -> Work<'a> {
        let path = folder.join("reference");
        let before = match &base {
            Some(base) => {
                copy(base, &path);
                BLOCKS_BEFORE
            }
            None => 0,
        };
        let daemon = Daemon::manual(&path);
        let client = daemon.client().await;
        let last = before + BLOCKS;
        assert!(make_blocks(&client, last).await);
        let reference = essence(&history_from(&client, 0).await);
        assert_eq!(reference.len() as u64, last + 1);
        Work {
            folder,
            base,
            words,
            last,
            reference,
        }
    }

    async fn check_all(&self, points: &[&str]) {
        for point in points {
            self.check(point).await;
        }
    }

    /// Crashes at `point`, restarts, compares, goes on, and compares again.
    async fn check(&self, point: &str) {
        let directory = self.folder.join(point.replace(':', "-"));
        if let Some(base) = &self.base {
            copy(base, &directory);
        }
        let seen = self.crash(point, &directory).await;
        // What is kept is remembered, or as it was before.
        let daemon = Daemon::manual(&directory);
        let client = daemon.client().await;
        let head = client.finalized_head().await.unwrap().at.height.0;
        let first = oldest(&client).await;
        assert!(
            first == 0 || first == self.oldest(head),
            "{point}: {first} of {head}"
        );
        for (height, hash) in seen {
            assert!(height <= head, "{point}: block {height} is lost");
            let selector = BlockSelector::Height(height);
            let kept = client.header(selector).await.unwrap();
            assert_eq!(
                kept.at.hash.to_string(),
                hash,
                "{point}: block {height} is another one"
            );
        }
        self.compare(&client, head, first, point).await;
        daemon.kill();
        let daemon = Daemon::start(&directory, self.words);
        let client = daemon.client().await;
        assert!(make_blocks(&client, self.last).await, "{point}");
        let first = self.oldest(self.last);
        assert_eq!(oldest(&client).await, first, "{point}");
        self.compare(&client, self.last, first, point).await;
        daemon.stop();
        let mut command = argosyd();
        command.args(["db", "check", "--chain", "dev", "--data-dir"]);
        let checked = Ended::of(command.arg(&directory));
        assert_eq!(checked.code, Some(0), "{point}: {checked:#?}");
        std::fs::remove_dir_all(directory).unwrap();
    }

    /// Runs into the crash; answers the heads that a client was told of.
    async fn crash(&self, point: &str, directory: &Path) -> Vec<(u64, String)> {
        let mut seen = Vec::new();
        let mut command = run_command(directory, self.words);
        let daemon = match Daemon::spawn(command.env("CRASH_POINT", point)) {
            Err(ended) => {
                assert_eq!(ended.code, None, "{point}: not killed: {ended:#?}");
                return seen;
            }
            Ok(daemon) => daemon,
        };
        let client = daemon.client().await;
        while let Ok(head) = client.finalized_head().await {
            let height = head.at.height.0;
            seen.push((height, head.at.hash.to_string()));
            assert!(height < self.last, "{point}: never came to it");
            if client.submit(&transfer(&client, height)).await.is_err()
                || client.mine().await.is_err()
            {
                break;
            }
        }
        let ended = daemon.ended();
        assert_eq!(ended.code, None, "{point}: not killed: {ended:#?}");
        seen
    }

    /// What the words say is kept at a head.
    fn oldest(&self, head: u64) -> u64 {
        match self.words.contains(&"validator") {
            true => (head + 1).saturating_sub(BLOCKS_KEPT),
            false => 0,
        }
    }

    async fn compare(&self, client: &Client, head: u64, first: u64, point: &str) {
        let found = essence(&history_from(client, first).await);
        let (first, behind) = (first as usize, head as usize + 1);
        assert_eq!(found, self.reference[first..behind], "{point}");
    }
}

/// Without anything before.
async fn check_new(words: &[&str], points: &[&str]) {
    let folder = tempdir().unwrap();
    let work = Work::new(folder.path(), None, words).await;
    work.check_all(points).await;
}

/// In a directory of a mode that keeps more, now told to keep as little as a validator.
async fn check_less(mode: &str, points: &[&str]) {
    let folder = tempdir().unwrap();
    let base = folder.path().join("base");
    let before = ["--dev=manual", "--state.mode", mode];
    filled(&base, &before, BLOCKS_BEFORE).await;
    let words = ["--dev=manual", "--state.mode", "validator"];
    let work = Work::new(folder.path(), Some(base), &words).await;
    work.check_all(points).await;
}

#[tokio::test]
async fn while_the_directory_is_made() {
    check_new(&["--dev=manual"], MAKING).await;
}

#[tokio::test]
async fn while_a_block_is_built_and_verified() {
    check_new(&["--dev=manual"], BUILDING).await;
}

#[tokio::test]
async fn while_a_block_is_committed() {
    check_new(&["--dev=manual"], COMMITTING).await;
}

#[tokio::test]
async fn while_the_world_is_told_of_a_block() {
    check_new(&["--dev=manual"], TELLING).await;
}

#[tokio::test]
async fn while_a_block_of_an_archive_is_committed() {
    let words = ["--dev=manual", "--state.mode", "archive"];
    check_new(&words, ARCHIVING).await;
}

#[tokio::test]
async fn while_blocks_are_deleted() {
    check_less("pruned", PRUNING).await;
}

#[tokio::test]
async fn while_old_values_are_deleted() {
    check_less("archive", FORGETTING).await;
}
