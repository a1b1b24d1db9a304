//! The durable spine, measured beside the one in memory in the same run: commits, throughput,
//! restarts, memory, and what load on RPC does to blocks.
//!
//! `./x bench spine` runs it behind the bench of the dev chain; `-- --quick` for a tenth of the work.
//! Not here: assertions about time. Machines differ, and this one may be busy.

#![allow(clippy::float_arithmetic)] // figures for people; nothing here is consensus

#[path = "spine/blocks.rs"]
mod blocks; // does load on RPC delay blocks
#[allow(dead_code)] // its own rows are the dev chain's
#[path = "../../../clients/argosy/benches/spine/chain.rs"]
mod chain; // blocks without RPC
#[path = "spine/commits.rs"]
mod commits; // the store under the chain
#[allow(dead_code)]
#[path = "../../../clients/argosy/benches/spine/load.rs"]
mod load; // transactions through RPC
#[path = "spine/process.rs"]
mod process; // the daemon as a process
#[path = "spine/restart.rs"]
mod restart; // ready again
#[path = "../../../clients/argosy/benches/spine/table.rs"]
mod table; // figures and ratios
#[path = "spine/throughput.rs"]
mod throughput; // through RPC, on disk and in memory

use anyhow::Result;

fn main() -> Result<()> {
    let quick = std::env::args().any(|argument| argument == "--quick");
    let scale = if quick { 10 } else { 1 };
    let mut table = table::Table::new();
    commits::measure(&mut table, scale)?;
    restart::measure(&mut table, scale)?;
    throughput::measure(&mut table, scale)?;
    blocks::measure(&mut table, scale)?;
    table.print();
    Ok(())
}
