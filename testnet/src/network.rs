//! A network of validators as processes, in a folder of its own.
//!
//! Always: a node keeps its place, its ports and its log over all its lives; all nodes end with the
//! network's value.
//! Not here: what is done to them (`faults`, `damage`).

use std::ffi::OsString;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use argosy_primitives::Height;
use argosy_sdk::Client;
use argosy_spec::ChainSpec;
use serde::Deserialize;
use tokio::time::sleep;

use crate::door::{self, Door};
use crate::ports::free_base_port;
use crate::process::{self, Daemon, Launcher, Started};
use crate::signatures::{self, Signatures};

/// A network that has not moved on after this is a finding.
pub(crate) const HEALED_WITHIN: Duration = Duration::from_secs(90);
/// How often somebody looks.
pub(crate) const LOOK_EVERY: Duration = Duration::from_millis(10);
/// From block to block.
const TARGET_TIME: &str = "100ms";

/// How large a network is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Size {
    pub(crate) validators: u16,
    /// Nodes that follow and do not vote.
    pub(crate) full_nodes: u16,
}

/// Its nodes, validators first.
pub(crate) struct Network {
    pub(crate) size: Size,
    pub(crate) spec: ChainSpec,
    pub(crate) nodes: Vec<Node>,
    binary: PathBuf,
    folder: PathBuf,
}

/// One node.
pub(crate) struct Node {
    pub(crate) name: String,
    pub(crate) config: PathBuf,
    pub(crate) data_dir: PathBuf,
    pub(crate) log: PathBuf,
    /// Where other nodes find it: consensus.
    pub(crate) p2p: SocketAddr,
    /// Where other nodes find it: transactions.
    pub(crate) gossip: SocketAddr,
    /// Where operators find it.
    pub(crate) ops: SocketAddr,
    /// Where clients find it.
    pub(crate) door: Arc<Door>,
    launcher: Launcher,
    daemon: Option<Daemon>,
}

/// What `argosyd testnet` says of a node.
#[derive(Deserialize)]
struct Told {
    name: String,
    config: PathBuf,
    p2p: SocketAddr,
    gossip: SocketAddr,
    ops: String,
}

/// What `argosyd db compact` says.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Compacted {
    file_bytes: u64,
}

impl Network {
    /// Writes one into a folder that is empty, and starts nothing.
    pub(crate) async fn write(binary: &Path, folder: &Path, size: Size) -> Result<Network> {
        let logs = signatures::LOG_FILTER;
        Network::write_as(binary, folder, size, (TARGET_TIME, logs)).await
    }

    /// The same, with a time from block to block, and a filter of logs.
    pub(crate) async fn write_as(
        binary: &Path,
        folder: &Path,
        size: Size,
        (target_time, logs): (&str, &str),
    ) -> Result<Network> {
        let out = folder.join("net");
        let words = [
            "testnet".into(),
            "--out".into(),
            OsString::from(&out),
            format!("--validators={}", size.validators).into(),
            format!("--full-nodes={}", size.full_nodes).into(),
            format!("--base-port={}", free_base_port()).into(),
            format!("--target-time={target_time}").into(),
        ];
        let said = process::say(binary, &words).await?;
        let nodes = said.lines().map(|line| {
            let told: Told = serde_json::from_str(line)?;
            Node::new(binary, told, logs)
        });
        let spec = std::fs::read_to_string(out.join("chain.toml"))?;
        Ok(Network {
            size,
            spec: ChainSpec::from_toml(&spec)?,
            nodes: nodes.collect::<Result<_>>()?,
            binary: binary.into(),
            folder: folder.into(),
        })
    }

    /// Where clients find its nodes.
    pub(crate) fn doors(&self) -> Vec<Arc<Door>> {
        self.nodes.iter().map(|it| Arc::clone(&it.door)).collect()
    }

    /// So many keys decide a block.
    pub(crate) fn quorum(&self) -> usize {
        usize::from(self.size.validators) * 2 / 3 + 1
    }

    /// Starts these nodes in this order, and waits until all of them serve.
    pub(crate) async fn start(&mut self, numbers: &[usize]) -> Result<()> {
        for &number in numbers {
            self.nodes[number].start()?;
        }
        for &number in numbers {
            self.nodes[number].ready().await?;
        }
        Ok(())
    }

    /// Kills these nodes at once.
    pub(crate) async fn kill(&mut self, numbers: &[usize]) -> Result<()> {
        for &number in numbers {
            self.nodes[number].strike()?;
        }
        for &number in numbers {
            self.nodes[number].gone().await?;
        }
        Ok(())
    }

    /// The highest block that one of these nodes has.
    pub(crate) async fn highest(&self, numbers: &[usize]) -> Result<Height> {
        let mut highest = 0;
        for &number in numbers {
            highest = highest.max(self.nodes[number].head().await?);
        }
        Ok(highest)
    }

    /// Waits until all of these nodes have a height.
    pub(crate) async fn reach(&self, numbers: &[usize], height: Height) -> Result<()> {
        self.reach_within(numbers, height, HEALED_WITHIN).await
    }

    /// The same, with a bound of its own.
    pub(crate) async fn reach_within(
        &self,
        numbers: &[usize],
        height: Height,
        within: Duration,
    ) -> Result<()> {
        let begin = Instant::now();
        for &number in numbers {
            let node = &self.nodes[number];
            loop {
                let head = node.head().await?;
                if head >= height {
                    break;
                }
                ensure!(
                    begin.elapsed() < within,
                    "{} is at height {head} and not at {height} after {} s",
                    node.name,
                    within.as_secs()
                );
                sleep(LOOK_EVERY).await;
            }
        }
        Ok(())
    }

    /// Asks all nodes to stop; each has to end well.
    pub(crate) async fn stop(&mut self) -> Result<()> {
        for node in &mut self.nodes {
            node.stop().await?;
        }
        Ok(())
    }

    /// Executes a node's blocks anew; the last block's hash and root.
    pub(crate) async fn replay(&self, number: usize) -> Result<serde_json::Value> {
        let chain = self.folder.join("net/chain.toml");
        let into = self.folder.join(format!("replayed{number}"));
        process::replay(&self.binary, &chain, &self.nodes[number].data_dir, &into).await
    }

    /// Rewrites the database of a node that is stopped; the bytes of its files then.
    pub(crate) async fn compact(&self, number: usize) -> Result<u64> {
        let config = self.nodes[number].config.clone();
        let mut words = ["db", "compact", "--config"].map(OsString::from).to_vec();
        words.push(config.into_os_string());
        let said = process::say(&self.binary, &words).await?;
        let said: Compacted = serde_json::from_str(&said)?;
        Ok(said.file_bytes)
    }

    /// No key signed two things in one place, and every block up to `height` was signed by enough;
    /// how many signatures there are.
    pub(crate) fn check_signatures(&self, height: Height) -> Result<u64> {
        let mut all = Signatures::default();
        for node in self.nodes.iter().filter(|it| it.log.exists()) {
            all.read(&node.log)?;
            signatures::check_panics(&node.log)?;
        }
        all.check_decided(height, self.quorum())?;
        Ok(all.count())
    }
}

impl Node {
    fn new(binary: &Path, told: Told, logs: &str) -> Result<Node> {
        let place = told
            .config
            .parent()
            .context("a configuration in no folder")?;
        let log = place.join("log");
        let mut words = vec!["--config".into(), told.config.clone().into_os_string()];
        words.extend(["--log.format", "json", "--log.filter", logs].map(Into::into));
        words.extend(["--store.min-free-mib", "0"].map(Into::into));
        let ops = told.ops.strip_prefix("http://");
        Ok(Node {
            name: told.name,
            p2p: told.p2p,
            gossip: told.gossip,
            ops: ops.context("operators are sent elsewhere")?.parse()?,
            data_dir: place.join("data"),
            config: told.config,
            launcher: Launcher {
                binary: binary.into(),
                words,
                log: log.clone(),
            },
            log,
            door: Arc::default(),
            daemon: None,
        })
    }

    /// Starts a life.
    pub(crate) fn start(&mut self) -> Result<()> {
        ensure!(self.daemon.is_none(), "{} runs", self.name);
        self.daemon = Some(self.launcher.start(&[])?);
        Ok(())
    }

    /// Waits until it serves, and opens its door, or until it has ended.
    pub(crate) async fn started(&mut self) -> Result<Started> {
        let daemon = self.daemon.as_mut().context("it was not started")?;
        let started = daemon.started().await?;
        match &started {
            Started::Ready { url, .. } => self.door.open(door::connect(url).await?),
            Started::Ended(_) => self.daemon = None,
        }
        Ok(started)
    }

    /// The same, where an end is a finding.
    pub(crate) async fn ready(&mut self) -> Result<()> {
        match self.started().await.with_context(|| self.name.clone())? {
            Started::Ready { .. } => Ok(()),
            Started::Ended(status) => bail!("{} ended before it was ready: {status}", self.name),
        }
    }

    /// Asks it to stop, if it runs; it has to end well.
    pub(crate) async fn stop(&mut self) -> Result<()> {
        self.door.close();
        if let Some(mut daemon) = self.daemon.take() {
            let (status, _) = daemon.terminate().await?;
            ensure!(status.success(), "{}: SIGTERM ended in {status}", self.name);
        }
        Ok(())
    }

    /// How it ended by itself, if it has.
    pub(crate) fn ended(&mut self) -> Result<Option<std::process::ExitStatus>> {
        let daemon = self.daemon.as_mut().context("it was not started")?;
        let ended = daemon.ended()?;
        if ended.is_some() {
            self.door.close();
            self.daemon = None;
        }
        Ok(ended)
    }

    /// The number of its process.
    pub(crate) fn pid(&self) -> Result<u32> {
        let pid = self.daemon.as_ref().and_then(Daemon::pid);
        pid.with_context(|| format!("{} does not run", self.name))
    }

    /// Whether a life of it is there.
    pub(crate) fn runs(&self) -> bool {
        self.daemon.is_some()
    }

    /// Sends SIGKILL.
    fn strike(&mut self) -> Result<()> {
        self.door.close();
        let daemon = self.daemon.as_mut();
        let daemon = daemon.with_context(|| format!("{} does not run", self.name))?;
        daemon.strike().with_context(|| self.name.clone())
    }

    /// Waits until a killed one is gone.
    async fn gone(&mut self) -> Result<()> {
        match self.daemon.take() {
            Some(mut daemon) => daemon.gone().await,
            None => Ok(()),
        }
    }

    /// A client, while it serves.
    pub(crate) fn client(&self) -> Result<Client> {
        let visit = self.door.visit();
        Ok(visit
            .with_context(|| format!("{} does not serve", self.name))?
            .client)
    }

    /// Its newest block.
    pub(crate) async fn head(&self) -> Result<Height> {
        let head = self.client()?.finalized_head().await;
        Ok(head.with_context(|| self.name.clone())?.at.height.0)
    }
}
