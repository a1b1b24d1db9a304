//! `argosyd replay`: every block of one directory executed into another, as a stranger would.
//!
//! Always: the source is only read. A target that has blocks already goes on from its head, so that
//! a replay that was broken off is taken up again.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use argosy_chain::{Chain, ReplayReport, replay_with};
use argosy_spec::ChainSpec;
use argosy_store::{DataDir, RocksStore};
use argosy_tiers::TierMode;
use clap::ArgMatches;
use serde_json::json;

use super::print;
use crate::config::Loaded;
use crate::failure::{Exit, Failure};
use crate::node::{contracts, load_spec};

/// Progress is told this often.
const TELL_EVERY: Duration = Duration::from_secs(5);

pub(super) fn run(loaded: &Loaded, matches: &ArgMatches) -> Result<(), Failure> {
    let spec = Arc::new(load_spec(loaded.config())?);
    let path = |name| {
        matches
            .get_one::<PathBuf>(name)
            .cloned()
            .unwrap_or_default()
    };
    let config = loaded.config();
    let directory = DataDir::open_to_read(&path("from"))?;
    if !directory.has_database() {
        let message = format!("{} holds no chain", directory.path().display());
        return Err(Failure::new(Exit::Directory, message));
    }
    let source = RocksStore::open_to_read(directory, &config.store)?;
    let source = chain(source, TierMode::Interpreter, &spec)?;
    let target = RocksStore::open(DataDir::open(&path("into"))?, &config.store)?;
    let mut target = chain(target, config.tier, &spec)?;
    let begin = Instant::now();
    let report = replay_with(&source.view(), &mut target, progress(&source))?;
    if target.head() != source.head() {
        let message = format!("the replay ended at another block: {}", target.head().hash);
        return Err(Failure::new(Exit::Fault, message));
    }
    tell(&source, &target, &report, begin.elapsed());
    Ok(())
}

fn chain(store: RocksStore, tier: TierMode, spec: &Arc<ChainSpec>) -> Result<Chain, Failure> {
    let engine = contracts(spec, tier, store.directory().path())?.engine;
    Ok(Chain::open_with(Arc::new(store), Arc::clone(spec), engine)?)
}

/// Says on stderr how far it is.
fn progress(source: &Chain) -> impl FnMut(&ReplayReport) + Send + use<> {
    let end = source.head().header.height;
    let mut told = Instant::now();
    move |report| {
        if told.elapsed() >= TELL_EVERY {
            told = Instant::now();
            eprintln!(
                "height {} of {end}, {} transactions",
                report.height, report.transactions
            );
        }
    }
}

fn tell(source: &Chain, target: &Chain, report: &ReplayReport, took: Duration) {
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
