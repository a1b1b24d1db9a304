//! One validator of four whose clients do their worst: what its blocks, its memory and its operators
//! notice, beside the same time without them.
//!
//! ```text
//! quiet ─ flood: batches and bodies of 1 MiB ─ rest ─ simulations that never end
//! ```
//!
//! Always: both are measured in one run, on one network; a node that makes no block, does not answer its
//! operators, or leaves a client that behaves without an answer, is an error.
//! Not here: what is a good figure (`rpc`).

mod watch; // health and memory

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use argosy_primitives::{Action, Address, CodeHash, Height, Transaction};
use argosy_rpc_api::{BlockSelector, RpcError};
use argosy_sdk::{Client, SdkError, TxOptions, require_success};
use argosy_vm_abi::selector_of;
use parity_scale_codec::Encode;
use tokio::time::sleep;

use super::super::{VALIDATORS, network, share_of};
use crate::commits;
use crate::flood::{Asked, Flood, Flooding, Sent, batches_and_bodies, simulations};
use crate::in_folder;
use crate::load::{account, nonce_of};
use crate::network::Network;
use crate::signatures;
use watch::Watch;

/// Who is attacked.
const VICTIM: usize = 0;
/// How often somebody asks the node how it is, and a client that behaves calls it.
const ASK_EVERY: Duration = Duration::from_millis(100);
/// Between two storms.
const REST: Duration = Duration::from_secs(1);
/// Of a transaction that is only tried.
const VALID_BLOCKS: Height = 80_000;
const PROBE: &[u8] = include_bytes!("../../../../contracts/artifacts/probe.wasm");

/// What to do to a validator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Storm {
    /// Batches and bodies of 1 MiB.
    Flood,
    /// Trials of a contract that loops until its gas is used up.
    Simulations,
}

/// What to measure.
#[derive(Clone, Debug)]
pub struct StormOptions {
    /// The daemon.
    pub daemon: PathBuf,
    /// From block to block, as `argosyd testnet` takes it.
    pub target_time: String,
    /// One after the other.
    pub storms: Vec<Storm>,
    /// How long it is quiet at first.
    pub quiet: Duration,
    /// How long each storm goes on.
    pub each: Duration,
    /// Connections of a storm.
    pub connections: usize,
    /// Of one processor, for all that sends.
    pub cpu_percent: u32,
}

/// What was seen in one time.
#[derive(Clone, Debug, Default)]
pub struct Seen {
    /// From commit to commit on the validator; sorted.
    pub intervals: Vec<Duration>,
    /// How long `/livez` took; sorted.
    pub livez: Vec<Duration>,
    /// How long calls of a client that behaves took; sorted.
    pub calls: Vec<Duration>,
    /// Calls of that client that were answered with `OVERLOADED`.
    pub overloaded: u64,
    /// Memory at the begin, in MiB.
    pub resident_mib: u64,
    /// The most that there was, in MiB.
    pub resident_mib_max: u64,
    /// Blocks that each node made.
    pub blocks: Vec<u64>,
}

/// What one storm did.
#[derive(Clone, Debug)]
pub struct StormReport {
    /// Which.
    pub storm: Storm,
    /// Before all of them.
    pub quiet: Seen,
    /// While it went on.
    pub stormy: Seen,
    /// What was sent.
    pub sent: Sent,
}

impl Storm {
    /// For people.
    pub const fn as_str(self) -> &'static str {
        match self {
            Storm::Flood => "flood",
            Storm::Simulations => "simulations",
        }
    }
}

impl Seen {
    /// So many percent of the intervals were at most as long.
    pub fn interval(&self, percent: usize) -> Duration {
        share_of(&self.intervals, percent)
    }

    /// The slowest `/livez`.
    pub fn livez_max(&self) -> Duration {
        share_of(&self.livez, 100)
    }

    /// What was taken in memory, in MiB.
    pub fn grown_mib(&self) -> u64 {
        self.resident_mib_max.saturating_sub(self.resident_mib)
    }
}

/// Measures all of it. An error says where logs are kept.
pub fn run(options: &StormOptions) -> Result<Vec<StormReport>> {
    in_folder("argosy-storm-", 0, async |folder| {
        all(options, folder).await
    })
}

async fn all(options: &StormOptions, folder: &Path) -> Result<Vec<StormReport>> {
    let target_time = &options.target_time;
    let mut network = network(&options.daemon, &folder.join("storm"), target_time).await?;
    let client = network.nodes[VICTIM].client()?;
    let endless = endless(&client).await?;
    let quiet = seen(&network, options.quiet).await?;
    let mut reports = Vec::new();
    for &storm in &options.storms {
        sleep(REST).await;
        let asked = match storm {
            Storm::Flood => batches_and_bodies(&client),
            Storm::Simulations => simulations(&endless),
        };
        let flooding = Flooding::start(flood(options, &client, asked)?)?;
        let stormy = seen(&network, options.each).await;
        let sent = tokio::task::spawn_blocking(|| flooding.stop()).await??;
        let stormy = stormy.with_context(|| format!("{}: {sent:?}", storm.as_str()))?;
        reports.push(StormReport {
            storm,
            quiet: quiet.clone(),
            stormy,
            sent,
        });
    }
    for node in &network.nodes {
        signatures::check_panics(&node.log)?;
    }
    network.stop().await?;
    Ok(reports)
}

fn flood(options: &StormOptions, client: &Client, asked: Vec<Asked>) -> Result<Flood> {
    let address = client.url().strip_prefix("http://");
    let address = address.with_context(|| format!("{} is no http", client.url()))?;
    Ok(Flood {
        address: address.trim_end_matches('/').parse()?,
        asked,
        connections: options.connections,
        cpu_percent: options.cpu_percent,
    })
}

/// A transaction that loops until its gas is used up: what it is about is on the chain already.
async fn endless(client: &Client) -> Result<Transaction> {
    let signer = account(0);
    let store = Action::StoreCode {
        code: PROBE.to_vec(),
    };
    let create = Action::Instantiate {
        code: CodeHash::of(PROBE),
        salt: [0; 32],
        admin: None,
        funds: 0,
        message: (selector_of("init"), "storm").encode(),
    };
    let created = client
        .send(&signer, vec![store, create], &TxOptions::default())
        .await?;
    let created = require_success(created)?;
    let contract = created.receipt.data.0.first_chunk::<32>();
    let contract = contract.context("no address in the receipt")?;
    let endless = Transaction {
        chain: client.chain(),
        signer: signer.public(),
        nonce: nonce_of(client, &signer).await?,
        valid_until: VALID_BLOCKS,
        gas_limit: client.info().limits.tx_gas_max.0,
        max_gas_price: 1_000_000,
        tip: 0,
        deposit_max: 0,
        actions: vec![Action::Call {
            contract: Address::from_bytes(*contract),
            funds: 0,
            message: selector_of("spin").encode(),
            abi_hash: None,
        }],
    };
    match client.simulate(&endless, BlockSelector::Latest).await {
        Err(SdkError::Rpc { error }) if matches!(*error, RpcError::OutOfGas { .. }) => Ok(endless),
        Err(error) => Err(error).context("a contract that loops does not run out of gas"),
        Ok(_) => bail!("a contract that loops has come to an end"),
    }
}

/// What there is to see for so long.
async fn seen(network: &Network, during: Duration) -> Result<Seen> {
    let node = &network.nodes[VICTIM];
    let before = heads(network).await?;
    let watch = Watch::start(node.ops, node.pid()?)?;
    let calls = calls(&node.client()?, during).await;
    let watched = tokio::task::spawn_blocking(|| watch.stop()).await??;
    let (mut calls, overloaded) = calls?;
    let after = heads(network).await?;
    let blocks = after.iter().zip(&before);
    let blocks: Vec<u64> = blocks
        .map(|(now, then)| now.saturating_sub(*then))
        .collect();
    for (node, made) in network.nodes.iter().zip(&blocks) {
        ensure!(*made > 0, "{} has made no block", node.name);
    }
    let (first, last) = (before[VICTIM], after[VICTIM]);
    calls.sort_unstable();
    Ok(Seen {
        intervals: intervals(&node.log, first, last)?,
        livez: watched.livez,
        calls,
        overloaded,
        resident_mib: watched.resident_mib,
        resident_mib_max: watched.resident_mib_max,
        blocks,
    })
}

async fn heads(network: &Network) -> Result<Vec<Height>> {
    let mut heads = Vec::new();
    for node in network.nodes.iter().take(VALIDATORS) {
        heads.push(node.head().await?);
    }
    Ok(heads)
}

/// A client that behaves, for so long: how long its calls took, and how many were refused with good reason.
async fn calls(client: &Client, during: Duration) -> Result<(Vec<Duration>, u64)> {
    let (begin, owner) = (Instant::now(), account(1).address());
    let (mut took, mut overloaded) = (Vec::new(), 0);
    while begin.elapsed() < during {
        let asked = Instant::now();
        match client.account(owner, BlockSelector::Latest).await {
            Ok(_) => took.push(asked.elapsed()),
            Err(SdkError::Rpc { error }) if matches!(*error, RpcError::Overloaded { .. }) => {
                overloaded += 1;
            }
            Err(error) => return Err(error).context("a client that behaves has no answer"),
        }
        sleep(ASK_EVERY).await;
    }
    Ok((took, overloaded))
}

/// From commit to commit of these blocks, as the node's log says; sorted.
fn intervals(log: &Path, first: Height, last: Height) -> Result<Vec<Duration>> {
    let commits = commits::read(log)?;
    let times: Vec<u64> = commits.range(first..=last).map(|(_, at)| *at).collect();
    let pairs = times.windows(2);
    let between = pairs.map(|it| Duration::from_millis(it[1].saturating_sub(it[0])));
    let mut all: Vec<Duration> = between.collect();
    all.sort_unstable();
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn intervals_are_those_between_the_blocks_that_are_meant() {
        let folder = tempfile::tempdir().unwrap();
        let log = folder.path().join("log");
        let line = |height: u64, at: &str| {
            format!(
                r#"{{"timestamp":"2026-11-27T17:10:{at}Z","level":"INFO","message":"committed block","height":{height},"target":"driver"}}"#
            )
        };
        let text = [
            line(6, "10.000"),
            line(7, "11.000"),
            line(8, "11.300"),
            line(9, "11.400"),
            line(10, "19.000"),
        ];
        std::fs::write(&log, text.join("\n")).unwrap();
        let ms = |all: &[u64]| -> Vec<Duration> {
            all.iter().map(|it| Duration::from_millis(*it)).collect()
        };
        assert_eq!(intervals(&log, 7, 9).unwrap(), ms(&[100, 300]));
        assert_eq!(intervals(&log, 11, 12).unwrap(), ms(&[]));
    }

    #[test]
    fn memory_that_was_given_back_has_not_grown() {
        let seen = Seen {
            resident_mib: 80,
            resident_mib_max: 70,
            ..Seen::default()
        };
        assert_eq!(seen.grown_mib(), 0);
        assert_eq!(seen.livez_max(), Duration::ZERO);
    }
}
