//! Networks of validators as processes.

use std::collections::BTreeSet;
use std::fs;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

use argosy_sdk::Client;
use argosy_sdk::api::{BlockDetail, BlockSelector};
use argosy_testnet::free_base_port;
use tempfile::{TempDir, tempdir};

use crate::world::{Daemon, Ended, argosyd};

/// Longer than anything takes, even on a busy machine.
pub(crate) const SOON: Duration = Duration::from_secs(25);

/// A network in a folder of its own. Ended with its value, as its daemons are.
pub(crate) struct Network {
    pub(crate) folder: TempDir,
    nodes: Vec<Option<Daemon>>,
}

impl Network {
    /// Writes one, and starts the validators.
    pub(crate) fn start(validators: usize, full_nodes: usize, words: &[&str]) -> Network {
        let mut network = Network::written(validators, full_nodes, words);
        for number in 0..validators {
            network.spawn(number);
        }
        network
    }

    /// Writes one, of which nothing runs yet.
    pub(crate) fn written(validators: usize, full_nodes: usize, words: &[&str]) -> Network {
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
        Network { folder, nodes }
    }

    pub(crate) fn place(&self, number: usize) -> PathBuf {
        self.folder.path().join(format!("net/node{number}"))
    }

    pub(crate) fn command(&self, number: usize) -> Command {
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

    /// Where a node listens.
    pub(crate) fn listen(&self, number: usize, section: &str) -> SocketAddr {
        let config = fs::read_to_string(self.place(number).join("config.toml")).unwrap();
        let config: toml::Table = config.parse().unwrap();
        config[section]["listen"].as_str().unwrap().parse().unwrap()
    }

    pub(crate) fn spawn(&mut self, number: usize) {
        self.spawn_with(number, &[]);
    }

    /// The same, told more.
    pub(crate) fn spawn_with(&mut self, number: usize, words: &[&str]) {
        let daemon = Daemon::spawn(self.command(number).args(words));
        self.nodes[number] = Some(daemon.unwrap_or_else(|ended| panic!("{ended:#?}")));
    }

    pub(crate) fn kill(&mut self, number: usize) {
        self.nodes[number].take().expect("it runs").kill();
    }

    /// A node that runs.
    pub(crate) fn daemon(&self, number: usize) -> &Daemon {
        self.nodes[number].as_ref().expect("it runs")
    }

    /// Memory of a node that is in use now, in MiB.
    pub(crate) fn resident_mib(&self, number: usize) -> u64 {
        let pid = self.nodes[number].as_ref().expect("it runs").pid();
        let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
        let line = status.lines().find_map(|it| it.strip_prefix("VmRSS:"));
        let kib: u64 = line
            .unwrap()
            .split_whitespace()
            .next()
            .unwrap()
            .parse()
            .unwrap();
        kib / 1024
    }

    /// The figures that a node tells operators now, by their names and labels; 0: it does not tell it.
    pub(crate) fn figures(&self, number: usize) -> impl Fn(&str) -> u64 + use<> {
        let node = self.nodes[number].as_ref().expect("it runs");
        let (status, text) = node.ops("/metrics");
        assert_eq!(status, 200);
        move |name| {
            let line = text
                .lines()
                .find_map(|it| it.strip_prefix(name)?.strip_prefix(' '));
            line.map_or(0, |it| it.parse().unwrap())
        }
    }

    /// Names of all figures that a node tells, as queries have them.
    pub(crate) fn metric_names(&self, number: usize) -> BTreeSet<String> {
        let node = self.nodes[number].as_ref().expect("it runs");
        let (_, text) = node.ops("/metrics");
        let types = text.lines().filter_map(|it| it.strip_prefix("# TYPE "));
        let names = types.flat_map(|it| {
            let (name, kind) = it.split_once(' ').unwrap_or((it, ""));
            let ends: &[&str] = match kind {
                "counter" => &["_total"],
                "histogram" => &["_bucket", "_count", "_sum"],
                "info" => &["_info"],
                _ => &[""],
            };
            ends.iter().map(move |end| format!("{name}{end}"))
        });
        names.collect()
    }

    pub(crate) async fn client(&self, number: usize) -> Client {
        self.nodes[number].as_ref().expect("it runs").client().await
    }

    /// Waits until all that run have a height.
    pub(crate) async fn reach(&self, height: u64) {
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
    pub(crate) async fn agree(&self, height: u64) {
        self.agree_from(0, height).await;
    }

    /// The same, from a height on.
    pub(crate) async fn agree_from(&self, first: u64, height: u64) {
        let mut expected: Option<Vec<String>> = None;
        for number in (0..self.nodes.len()).filter(|&it| self.nodes[it].is_some()) {
            let client = self.client(number).await;
            let mut hashes = Vec::new();
            for height in first..=height {
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

pub(crate) async fn head(client: &Client) -> u64 {
    client.finalized_head().await.unwrap().at.height.0
}

/// Until something holds, which it does soon.
pub(crate) async fn until(mut holds: impl AsyncFnMut() -> bool) {
    let begin = Instant::now();
    while !holds().await {
        assert!(begin.elapsed() < SOON);
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
