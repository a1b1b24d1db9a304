//! Validators as processes: they agree, survive kills, and others follow.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

use argosy_kv::{Batch, Column, Direction, Durability, KeyRange, Store};
use argosy_sdk::Client;
use argosy_sdk::api::{BlockDetail, BlockSelector};
use argosy_store::{DataDir, RocksStore, StoreConfig};
use argosy_testnet::free_base_port;
use tempfile::{TempDir, tempdir};

use crate::crash::points::AGREEING;
use crate::world::{Daemon, Ended, argosyd, pay, try_pay};

/// Longer than anything takes, even on a busy machine.
const SOON: Duration = Duration::from_secs(25);

/// A network in a folder of its own. Ended with its value, as its daemons are.
struct Network {
    folder: TempDir,
    nodes: Vec<Option<Daemon>>,
}

impl Network {
    /// Writes one, and starts the validators.
    fn start(validators: usize, full_nodes: usize, words: &[&str]) -> Network {
        let folder = tempdir().unwrap();
        let mut command = argosyd();
        command
            .args(["testnet", "--target-time", "100ms", "--validators"])
            .arg(validators.to_string())
            .args(["--full-nodes", &full_nodes.to_string()])
            .args(["--base-port", &free_base_port().to_string()])
            .args(words)
            .arg("--out")
            .arg(folder.path().join("net"));
        let ended = Ended::of(&mut command);
        assert_eq!(ended.code, Some(0), "{ended:#?}");
        let nodes = (0..validators + full_nodes).map(|_| None).collect();
        let mut network = Network { folder, nodes };
        for number in 0..validators {
            network.spawn(number);
        }
        network
    }

    fn place(&self, number: usize) -> PathBuf {
        self.folder.path().join(format!("net/node{number}"))
    }

    fn command(&self, number: usize) -> Command {
        let mut command = argosyd();
        command
            .args([
                "run",
                "--store.min-free-mib",
                "0",
                "--log.filter",
                "warn,node=info,consensus=info,driver=info",
                "--config",
            ])
            .arg(self.place(number).join("config.toml"));
        command
    }

    fn spawn(&mut self, number: usize) {
        let daemon = Daemon::spawn(&mut self.command(number));
        self.nodes[number] = Some(daemon.unwrap_or_else(|ended| panic!("{ended:#?}")));
    }

    fn kill(&mut self, number: usize) {
        self.nodes[number].take().expect("it runs").kill();
    }

    async fn client(&self, number: usize) -> Client {
        self.nodes[number].as_ref().expect("it runs").client().await
    }

    /// Waits until all that run have a height.
    async fn reach(&self, height: u64) {
        let begin = Instant::now();
        for number in 0..self.nodes.len() {
            if self.nodes[number].is_none() {
                continue;
            }
            let client = self.client(number).await;
            while head(&client).await < height {
                assert!(
                    begin.elapsed() < SOON,
                    "node{number} is at {}",
                    head(&client).await
                );
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        }
    }

    /// Whether all that run have the same blocks up to a height.
    async fn agree(&self, height: u64) {
        let mut expected: Option<Vec<String>> = None;
        for number in (0..self.nodes.len()).filter(|&it| self.nodes[it].is_some()) {
            let client = self.client(number).await;
            let mut hashes = Vec::new();
            for height in 0..=height {
                let selector = BlockSelector::Height(height);
                let block = client.block(selector, BlockDetail::Full).await.unwrap();
                hashes.push(format!("{} {}", block.at.hash, block.tx_ids.len()));
            }
            assert_eq!(
                *expected.get_or_insert(hashes.clone()),
                hashes,
                "node{number}"
            );
        }
    }
}

async fn head(client: &Client) -> u64 {
    client.finalized_head().await.unwrap().at.height.0
}

#[tokio::test]
async fn four_agree_a_fifth_follows_and_kills_lose_nothing() {
    let mut network = Network::start(4, 1, &[]);
    network.reach(5).await;
    let paid = pay(&network.client(0).await).await;
    // A full node that comes late gets everything from the others.
    network.spawn(4);
    network.reach(paid.at.height.0 + 2).await;
    network.agree(paid.at.height.0 + 2).await;
    // It could do nothing with a transaction, and says so instead of keeping it.
    let refused = try_pay(&network.client(4).await).await.unwrap_err();
    assert!(
        refused.to_string().contains("follows the validators"),
        "{refused}"
    );

    // One dies: the others go on; it comes back and is where they are.
    network.kill(2);
    let before = head(&network.client(0).await).await;
    network.reach(before + 5).await;
    network.spawn(2);
    network.reach(before + 8).await;

    // All die at once.
    (0..5).for_each(|it| network.kill(it));
    (0..5).for_each(|it| network.spawn(it));
    network.reach(before + 12).await;
    network.agree(before + 12).await;
    for number in 0..5 {
        let receipt = network.client(number).await.receipt(paid.tx_id.0).await;
        assert_eq!(receipt.unwrap(), paid, "node{number}");
    }
}

#[tokio::test]
async fn a_validator_that_dies_while_it_proposes_goes_on() {
    dies_at(&AGREEING[..4]).await;
}

#[tokio::test]
async fn a_validator_that_dies_between_verdict_and_decision_goes_on() {
    dies_at(&AGREEING[4..]).await;
}

/// One of four ends at each place in turn, and is where the others are after its restart.
async fn dies_at(points: &[&str]) {
    let mut network = Network::start(4, 0, &[]);
    network.reach(2).await;
    for point in points {
        network.kill(1);
        let mut command = network.command(1);
        match Daemon::spawn(command.env("CRASH_POINT", point)) {
            Ok(daemon) => {
                let log = daemon.ended();
                assert_eq!(log.code, None, "{point}: {log:#?}");
            }
            // It was quicker than its own announcement.
            Err(ended) => assert_eq!(ended.code, None, "{point}: {ended:#?}"),
        }
        network.spawn(1);
        let height = head(&network.client(0).await).await;
        network.reach(height + 1).await;
    }
    let height = head(&network.client(0).await).await;
    network.reach(height).await;
    network.agree(height).await;
}

#[tokio::test]
async fn a_node_whose_state_is_wrong_stops_and_says_so() {
    let mut network = Network::start(4, 0, &[]);
    network.reach(3).await;
    network.kill(3);
    change_a_balance(&network.place(3).join("data"));
    // Whoever pays in the next block finds less than everybody else: the first to notice is node3.
    let mut command = network.command(3);
    let daemon = Daemon::spawn(&mut command).unwrap_or_else(|ended| panic!("{ended:#?}"));
    pay(&network.client(0).await).await;
    let ended = daemon.ended();
    ended.fails(6, &["the node has stopped itself", "than it was certified"]);
    let height = head(&network.client(0).await).await;
    network.reach(height + 3).await;
}

/// Changes one byte of every account's record, behind the back of the trie.
fn change_a_balance(data_dir: &Path) {
    let directory = DataDir::open(data_dir).unwrap();
    let store = RocksStore::open(directory, &StoreConfig::default()).unwrap();
    let store: Arc<dyn Store> = Arc::new(store);
    let mut batch = Batch::new();
    let alice = crate::world::account("alice").address();
    let range = KeyRange::prefix(alice.as_bytes());
    for entry in store
        .view()
        .range(Column::State, range, Direction::Ascending)
    {
        let (key, value) = entry.unwrap();
        let mut value = value.to_vec();
        // The last bytes of a record are those of a large number: it stays one that decodes.
        let last = value.len() - 20;
        value[last] ^= 1;
        batch.put(Column::State, key, value);
    }
    assert!(!batch.is_empty());
    store.commit(batch, Durability::Synced).unwrap();
}

#[tokio::test]
async fn no_validator_signs_without_its_record() {
    let mut network = Network::start(4, 0, &[]);
    network.reach(3).await;
    network.kill(3);
    let record = network.place(3).join("data/signer");
    fs::remove_dir_all(&record).unwrap();
    let ended = Ended::of(&mut network.command(3));
    ended.fails(2, &["cannot sign", "signer"]);
    // Told plainly, from which height on; a record is never made over one that is there.
    let config = network.place(3).join("config.toml");
    let init = |words: &[&str]| {
        let mut command = argosyd();
        Ended::of(
            command
                .args(["signer", "init", "--config"])
                .arg(&config)
                .args(words),
        )
    };
    let above = head(&network.client(0).await).await + 10;
    let made = init(&["--at-height", &above.to_string()]);
    assert_eq!(made.code, Some(0), "{made:#?}");
    init(&[]).fails(2, &["signer"]);
    // It follows until the others are there, and then signs again: without it nothing is decided.
    network.spawn(3);
    network.reach(above + 2).await;
    network.kill(0);
    network.reach(above + 8).await;
    network.agree(above + 8).await;
}
