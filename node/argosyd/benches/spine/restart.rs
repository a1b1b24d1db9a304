//! Ready again: on a new directory, after a clean stop and after a kill with 100 000 transactions.

use anyhow::{Context, Result};

use crate::chain::{World, verify};
use crate::commits::{rocks, transfer};
use crate::process::DevChain;
use crate::table::Table;

/// Starts that are measured; the best counts, since the others measure the machine's mood.
const STARTS: usize = 5;

/// Adds the rows of this file.
pub(crate) fn measure(table: &mut Table, scale: usize) -> Result<()> {
    let count = 100_000 / scale;
    let mut fresh = f64::MAX;
    for _ in 0..STARTS {
        fresh = fresh.min(ready_ms(&DevChain::start("manual")?));
    }
    table.baseline(
        "argosyd: from start to ready, new directory, best of 5",
        fresh,
        "ms",
    );

    let folder = tempfile::tempdir()?;
    argosy_chain::on_big_stack(|| fill(folder.path(), count)).context("no big stack")??;
    // As it was left, without a chance to write its memory to files: what a kill leaves.
    let killed = DevChain::on(folder.path(), "manual")?;
    let compare = |table: &mut Table, what: &str, ms| {
        table.compared(
            &format!("  {what}, {count} transactions"),
            ms,
            "ms",
            fresh,
            "a new directory",
        );
    };
    compare(table, "the same after a kill", ready_ms(&killed));
    let stopped_ms = killed.stop()?.as_secs_f64() * 1e3;
    table.baseline("  from SIGTERM to the end", stopped_ms, "ms");
    let mut clean = f64::MAX;
    for _ in 0..STARTS {
        let chain = DevChain::on(folder.path(), "manual")?;
        clean = clean.min(ready_ms(&chain));
        chain.stop()?;
    }
    compare(table, "the same after a clean stop, best of 5", clean);
    memory(table, &DevChain::on(folder.path(), "manual")?, count)
}

fn memory(table: &mut Table, filled: &DevChain, count: usize) -> Result<()> {
    let empty = DevChain::start("manual")?.resident_mb();
    let beside = DevChain::in_memory("manual")?.and_then(|it| it.resident_mb());
    match (empty, beside) {
        (Some(mb), Some(beside)) => {
            table.compared(
                "argosyd: memory when idle",
                mb,
                "MB",
                beside,
                "argosy dev, idle",
            );
        }
        (Some(mb), None) => table.baseline("argosyd: memory when idle", mb, "MB"),
        (None, _) => {}
    }
    if let (Some(mb), Some(empty)) = (filled.resident_mb(), empty) {
        let what = format!("  the same with {count} transactions on disk");
        table.compared(&what, mb, "MB", empty, "a new directory");
    }
    Ok(())
}

fn fill(path: &std::path::Path, count: usize) -> Result<()> {
    let mut world = World::on(rocks(path)?)?;
    for begin in (0..count).step_by(4_000) {
        let numbers = begin..(begin + 4_000).min(count);
        let transfers = numbers.map(|number| transfer(&mut world, number)).collect();
        let (txs, _) = verify(transfers)?;
        world.include(txs)?;
    }
    Ok(())
}

fn ready_ms(chain: &DevChain) -> f64 {
    chain.ready.as_secs_f64() * 1e3
}
