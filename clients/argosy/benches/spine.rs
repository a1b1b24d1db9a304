//! The spine measured end to end: signatures, execution, blocks, RPC, a process's start and memory.
//!
//! Prints one table; every row has a figure and its ratio to a baseline measured in the same run
//! or named as a reference. `./x bench spine`; `-- --quick` for a tenth of the work.
//! Not here: assertions about time. Machines differ, and this one may be busy.

#![allow(clippy::float_arithmetic)] // figures for people; nothing here is consensus

#[path = "spine/chain.rs"]
mod chain; // execution without RPC
#[path = "spine/load.rs"]
mod load; // transactions through RPC
#[path = "spine/process.rs"]
mod process; // the dev chain as a process
#[path = "spine/subscribers.rs"]
mod subscribers; // who listens
#[path = "spine/table.rs"]
mod table; // figures and ratios

use anyhow::Result;

fn main() -> Result<()> {
    let quick = std::env::args().any(|argument| argument == "--quick");
    let scale = if quick { 10 } else { 1 };
    let mut table = table::Table::new();
    chain::measure(&mut table, scale)?;
    process::measure(&mut table)?;
    load::measure(&mut table, scale)?;
    subscribers::measure(&mut table, scale)?;
    table.print();
    Ok(())
}
