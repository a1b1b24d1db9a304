//! `argosyd replay`: every block of one directory executed into another, as a stranger would.
//!
//! Always: the source is only read. A target that has blocks already goes on from its head, so that
//! a replay that was broken off is taken up again.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use argosy_chain::{Chain, ReplayReport, replay_with};
use argosy_spec::ChainSpec;
use argosy_tiers::TierMode;
use clap::ArgMatches;
use serde_json::json;

use super::open::{chain, chain_to_write, store_to_read_at};
use super::print;
use super::progress::Progress;
use crate::config::{Config, Loaded};
use crate::failure::{Exit, Failure};
use crate::node::load_spec;

pub(super) fn run(loaded: &Loaded, matches: &ArgMatches) -> Result<(), Failure> {
    let spec = Arc::new(load_spec(loaded.config())?);
    let path = |name| {
        matches
            .get_one::<PathBuf>(name)
            .cloned()
            .unwrap_or_default()
    };
    let config = loaded.config();
    let source = store_to_read_at(&path("from"), config)?;
    let source = chain(source, TierMode::Interpreter, &spec)?;
    refuse_missing(config, &source, (&path("from"), &path("into")), &spec)?;
    let mut target = chain_to_write(config, &path("into"), &spec)?;
    let begin = Instant::now();
    let mut progress = Progress::new("blocks executed", Some(source.head().header.height));
    let report = replay_with(&source.view(), &mut target, |report| {
        progress.at(report.height);
    })?;
    drop(progress);
    if target.head() != source.head() {
        let message = format!("the replay ended at another block: {}", target.head().hash);
        return Err(Failure::new(Exit::Fault, message));
    }
    tell(&source, &target, &report, begin.elapsed());
    Ok(())
}

/// Refuses a source that no longer has the blocks which the target needs next, before a target is
/// made.
fn refuse_missing(
    config: &Config,
    source: &Chain,
    (from, into): (&Path, &Path),
    spec: &Arc<ChainSpec>,
) -> Result<(), Failure> {
    let oldest = source.view().oldest_block();
    // A target that cannot be opened yet, or not at all, is made or refused later.
    let target = store_to_read_at(into, config);
    let target = target.and_then(|it| chain(it, TierMode::Interpreter, spec));
    let next = target.map_or(1, |it| it.head().header.height.saturating_add(1));
    if oldest <= next {
        return Ok(());
    }
    let message = format!(
        "{} has no block before {oldest}, and {} needs block {next}; give a directory with every block, or bring the chain there with argosyd snapshot restore or argosyd backup restore",
        from.display(),
        into.display(),
    );
    Err(Failure::new(Exit::Usage, message))
}

fn tell(source: &Chain, target: &Chain, report: &ReplayReport, took: std::time::Duration) {
    let head = target.head();
    debug_assert_eq!(source.head(), head);
    let document = json!({
        "height": head.header.height,
        "transactions": report.transactions,
        "gasUsed": report.gas_used.to_string(),
        "blockHash": head.hash.to_string(),
        "stateRoot": head.header.state_root.to_string(),
        "elapsedMs": u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
    });
    print(&format!("{document}\n"));
}
