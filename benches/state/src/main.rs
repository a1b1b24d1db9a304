//! The state on disk, beside a flat table without any commitment and beside nomt, in the same run:
//! blocks of reads and writes, what they cost, what they leave on disk, and proofs.
//!
//! `./x bench state`, or with `--keys 10000000 --cache-mib 2048`; `--quick` for few blocks;
//! `--only flat,argosy` leaves engines out. `--dir DIR` keeps the databases there and takes up what
//! another run has filled, with cold caches: `--warm-up 50` runs so many blocks before it measures.
//! Of an engine's cache, `--block-cache-mib` are for RocksDB's blocks, in ours.
//! Not here: assertions about time. Machines differ, and this one may be busy.

#![allow(clippy::float_arithmetic)] // figures for people; nothing here is consensus

mod argosy; // State over Cached over RocksStore
mod flat; // the same batch without trie and undo
mod load; // keys and blocks
mod measure; // clocks, bytes, medians
mod nomt_engine; // the baseline with a commitment
mod table; // figures and ratios

use std::path::PathBuf;

use anyhow::{Context, Result, bail};

use measure::{Engine, Figures, Plan};

fn main() -> Result<()> {
    let (plan, only, kept) = arguments()?;
    println!(
        "{} keys of 32 bytes, values of 64; median of {} blocks after {}; cache {} MiB, \
         in ours {} of them for blocks of files",
        plan.keys,
        plan.blocks,
        plan.warm_up,
        plan.cache_bytes >> 20,
        plan.block_cache_bytes >> 20
    );
    type Open = fn(&std::path::Path, &Plan) -> Result<Box<dyn Engine>>;
    let engines: [(&str, Open); 3] = [
        ("flat", flat::open),
        ("argosy", argosy::open),
        ("nomt", nomt_engine::open),
    ];
    let mut columns: Vec<(&str, Figures)> = Vec::new();
    for (name, open) in engines {
        if only
            .as_ref()
            .is_none_or(|only| only.split(',').any(|it| it == name))
        {
            let passing = tempfile::tempdir()?;
            let folder = match &kept {
                Some(kept) => kept.join(format!("{name}-{}", plan.keys)),
                None => passing.path().join(name),
            };
            std::fs::create_dir_all(&folder)?;
            let engine = open(&folder.join("engine"), &plan)?;
            columns.push((name, measure::run(engine, &folder, &plan)?));
        }
    }
    table::print(&columns);
    Ok(())
}

fn arguments() -> Result<(Plan, Option<String>, Option<PathBuf>)> {
    let mut plan = Plan {
        keys: 1_000_000,
        blocks: 20,
        warm_up: 0,
        cache_bytes: 512 << 20,
        block_cache_bytes: 64 << 20,
    };
    let (mut only, mut kept) = (None, None);
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        let mut value = || {
            words
                .next()
                .with_context(|| format!("{word} needs a value"))
        };
        match word.as_str() {
            "--keys" => plan.keys = value()?.parse()?,
            "--cache-mib" => plan.cache_bytes = value()?.parse::<usize>()? << 20,
            "--block-cache-mib" => plan.block_cache_bytes = value()?.parse::<usize>()? << 20,
            "--warm-up" => plan.warm_up = value()?.parse()?,
            "--dir" => kept = Some(value()?.into()),
            "--only" => only = Some(value()?),
            "--quick" => plan.blocks = 5,
            other => bail!("unknown argument {other}"),
        }
    }
    Ok((plan, only, kept))
}
