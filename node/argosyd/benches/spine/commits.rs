//! Blocks on a store: what a synced commit costs, and transactions per second with everything.

use std::collections::VecDeque;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use anyhow::{Context, Result};
use argosy_chain::{BuildRequest, Candidates, validator_set};
use argosy_kv::{MemoryStore, Store};
use argosy_primitives::{Action, SignedTransaction, VerifiedTransaction};
use argosy_store::{DataDir, RocksStore, StoreConfig};

use crate::chain::{World, address, deploy, pair, timed, transfer_message, verify};
use crate::table::Table;

/// Transactions in a block whose commit is timed.
const BLOCK: usize = 1_000;

/// Adds the rows of this file. On one big stack, as a node's replica runs.
pub(crate) fn measure(table: &mut Table, scale: usize) -> Result<()> {
    argosy_chain::on_big_stack(|| measure_all(table, scale)).context("no big stack")?
}

pub(crate) fn rocks(path: &Path) -> Result<Arc<RocksStore>> {
    let store = RocksStore::open(DataDir::open(path)?, &StoreConfig::default())?;
    Ok(Arc::new(store))
}

fn measure_all(table: &mut Table, scale: usize) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let on_disk = |name: &str| rocks(&folder.path().join(name));
    let rounds = (40 / scale).max(3);
    let memory_ms = commit_ms(Arc::new(MemoryStore::new()), rounds)?;
    table.baseline(
        "commit of 1 000 native transfers, in memory, median",
        memory_ms,
        "ms",
    );
    let disk_ms = commit_ms(on_disk("commit")?, rounds)?;
    table.compared(
        "commit of 1 000 native transfers, RocksDB with sync, median",
        disk_ms,
        "ms",
        memory_ms,
        "the same in memory",
    );
    let count = 20_000 / scale;
    for (what, is_token) in [("native", false), ("token", true)] {
        let memory = per_second(Arc::new(MemoryStore::new()), count, is_token)?;
        table.baseline(
            &format!("{what} transfers, verify + execute + commit in memory"),
            memory,
            "tx/s",
        );
        let disk = per_second(on_disk(what)?, count, is_token)?;
        table.compared(
            &format!("{what} transfers, the same, durable"),
            disk,
            "tx/s",
            memory,
            "the same in memory",
        );
    }
    Ok(())
}

/// Median time to commit a block that is built already.
fn commit_ms(store: Arc<dyn Store>, rounds: usize) -> Result<f64> {
    let mut world = World::on(store)?;
    let proposer = validator_set(world.chain.spec()).0[0].address;
    let mut times = Vec::new();
    for round in 0..rounds {
        let transfers = (0..BLOCK)
            .map(|number| transfer(&mut world, number))
            .collect();
        let (txs, _) = verify(transfers)?;
        let request = BuildRequest {
            now_ms: world.chain.head().header.time_ms + 1_000 + round as u64,
            proposer,
            round: 0,
            txs_max: u32::MAX,
            evidence: Vec::new(),
        };
        let built = world.chain.build(request, &mut All(txs.into()))?;
        let begin = Instant::now();
        world.chain.commit(built.candidate)?;
        times.push(begin.elapsed().as_secs_f64() * 1e3);
    }
    times.sort_by(f64::total_cmp);
    Ok(times[times.len() / 2])
}

/// Signatures checked one by one, blocks as full as the dev chain lets them be.
fn per_second(store: Arc<dyn Store>, count: usize, is_token: bool) -> Result<f64> {
    let mut world = World::on(store)?;
    let token = if is_token {
        Some(deploy(&mut world)?)
    } else {
        None
    };
    let signed: Vec<SignedTransaction> = (0..count)
        .map(|number| match token {
            None => transfer(&mut world, number),
            Some(contract) => {
                let (from, to) = pair(number);
                let action = Action::Call {
                    contract,
                    funds: 0,
                    message: transfer_message(to),
                    abi_hash: None,
                };
                world.sign(from, 400_000, vec![action])
            }
        })
        .collect();
    let (_, us) = timed(|| {
        let (txs, _) = verify(signed)?;
        world.include(txs)
    })?;
    Ok(count as f64 / us * 1e6)
}

pub(crate) fn transfer(world: &mut World, number: usize) -> SignedTransaction {
    let (from, to) = pair(number);
    let action = Action::Transfer {
        to: address(to),
        amount: 1,
    };
    world.sign(from, 100_000, vec![action])
}

/// Everything, in order.
struct All(VecDeque<Arc<VerifiedTransaction>>);

impl Candidates for All {
    fn peek(&mut self) -> Option<Arc<VerifiedTransaction>> {
        self.0.front().cloned()
    }

    fn take(&mut self) {
        self.0.pop_front();
    }

    fn leave(&mut self) {
        self.0.pop_front();
    }
}
