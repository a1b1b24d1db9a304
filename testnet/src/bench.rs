//! Figures of a network of four validators on this machine.
//!
//! ```text
//! pace      empty blocks and finality, at the usual time from block to block and as fast as it goes
//! work      transfers and token calls, end to end
//! failures  one validator dead, all killed, one a thousand blocks behind
//! cost      what an empty block, a transfer and a token call take; by itself
//! rpc       what clients get, what floods do; by itself
//! ```
//!
//! Always: what is compared was measured in the same run, on networks of their own, one after the other.

#![allow(clippy::float_arithmetic)] // figures for people

pub mod cost; // processors, disk, wire
mod failures; // dead, killed, late
mod pace; // empty blocks
pub mod rpc; // calls, floods
mod work; // transactions

use std::fmt::Display;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result};

use crate::commits;
use crate::in_folder;
use crate::network::{Network, Size};

/// Validators of every network here.
const VALIDATORS: usize = 4;

/// What to measure.
#[derive(Clone, Debug)]
pub struct BenchOptions {
    /// The daemon.
    pub daemon: PathBuf,
    /// How long each of the measurements goes on.
    pub each: Duration,
    /// How many blocks the late validator has missed.
    pub missed: u64,
}

/// Measures everything, and prints each figure as soon as it is there. An error says where logs are kept.
pub fn run(options: &BenchOptions) -> Result<()> {
    in_folder("argosy-bench-", 0, async |folder| {
        pace::run(options, &folder.join("pace")).await?;
        work::run(options, &folder.join("work")).await?;
        failures::run(options, &folder.join("failures")).await
    })
}

/// Four validators with this time from block to block, and all of them beyond their first blocks.
async fn network(daemon: &Path, folder: &Path, target_time: &str) -> Result<Network> {
    std::fs::create_dir_all(folder)?;
    let size = Size {
        validators: 4,
        full_nodes: 0,
    };
    let mut network =
        Network::write_as(daemon, folder, size, (target_time, commits::LOG_FILTER)).await?;
    let all: Vec<usize> = (0..VALIDATORS).collect();
    network.start(&all).await?;
    network.reach(&all, 5).await?;
    Ok(network)
}

/// Blocks per second at a node, over a time.
async fn blocks_per_second(network: &Network, node: usize, during: Duration) -> Result<f64> {
    let first = network.nodes[node].head().await?;
    let begin = std::time::Instant::now();
    tokio::time::sleep(during).await;
    let last = network.nodes[node].head().await?;
    Ok(last.saturating_sub(first) as f64 / begin.elapsed().as_secs_f64())
}

/// Memory of a process that is in use now, in MiB.
fn resident_mib(pid: u32) -> Result<u64> {
    memory_mib(pid, "VmRSS:")
}

/// The most that was in use since its start.
fn resident_mib_max(pid: u32) -> Result<u64> {
    memory_mib(pid, "VmHWM:")
}

fn memory_mib(pid: u32, name: &str) -> Result<u64> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status"))?;
    let line = status.lines().find_map(|it| it.strip_prefix(name));
    let kib = line.and_then(|it| it.split_whitespace().next()?.parse::<u64>().ok());
    Ok(kib.with_context(|| format!("no {name}"))? / 1024)
}

fn print(name: &str, value: impl Display) {
    println!("{name:<52} {value}");
}

/// Half of them took at most, and so on; in milliseconds.
fn spread(mut all: Vec<Duration>) -> String {
    all.sort_unstable();
    let at = |share: usize| share_of(&all, share).as_millis();
    format!(
        "p50 {} ms, p99 {} ms, at most {} ms ({} samples)",
        at(50),
        at(99),
        at(100),
        all.len()
    )
}

/// So many percent of them, sorted, took at most this.
fn share_of(sorted: &[Duration], percent: usize) -> Duration {
    let index = sorted.len().saturating_sub(1) * percent / 100;
    sorted.get(index).copied().unwrap_or_default()
}
