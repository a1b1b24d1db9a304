//! `argosyd verify`: the last blocks of a stopped node executed once more, and compared with what it
//! stored.
//!
//! Always: nothing is written, neither into the directory nor beside it.

use std::time::Instant;

use argosy_chain::{Head, ReexecuteError, STATE_HEIGHTS, reexecute};
use argosy_primitives::Height;
use argosy_store::MEND;
use clap::ArgMatches;
use serde_json::json;

use super::open::chain_to_read;
use super::print;
use super::progress::Progress;
use crate::config::Config;
use crate::failure::{Exit, Failure};

pub(super) fn run(config: &Config, matches: &ArgMatches) -> Result<(), Failure> {
    let view = chain_to_read(config)?.view();
    let head = view.head();
    let from = match matches.get_one::<Height>("from") {
        Some(from) => *from,
        None => {
            // Of an archive not all by default: memory holds what changed since.
            let recent = head.header.height.saturating_sub(STATE_HEIGHTS - 1);
            view.oldest_executable()?.max(recent)
        }
    };
    if from > head.header.height && matches.get_one::<Height>("from").is_none() {
        return nothing(from, head);
    }
    let blocks = head.header.height.checked_sub(from).map(|it| it + 1);
    let mut progress = Progress::new("blocks executed", blocks);
    let begin = Instant::now();
    let executed = reexecute(&view, from, |report| {
        progress.at((report.height + 1).saturating_sub(from));
    });
    drop(progress);
    let report = executed.map_err(failure)?;
    let document = json!({
        "from": from,
        "height": report.height,
        "transactions": report.transactions,
        "gasUsed": report.gas_used.to_string(),
        "blockHash": head.hash.to_string(),
        "stateRoot": report.state_root.to_string(),
        "elapsedMs": u64::try_from(begin.elapsed().as_millis()).unwrap_or(u64::MAX),
    });
    print(&format!("{document}\n"));
    Ok(())
}

/// A directory that was just restored: the state before its first block is not there.
fn nothing(from: Height, head: &Head) -> Result<(), Failure> {
    eprintln!("nothing can be executed yet: block {from}, the first that can, is not there");
    let document = json!({
        "from": from,
        "height": head.header.height,
        "transactions": 0,
        "gasUsed": "0",
        "blockHash": head.hash.to_string(),
        "stateRoot": head.header.state_root.to_string(),
        "elapsedMs": 0,
    });
    print(&format!("{document}\n"));
    Ok(())
}

fn failure(error: ReexecuteError) -> Failure {
    match error {
        ReexecuteError::NoBlock { .. } => Failure::new(Exit::Usage, error),
        ReexecuteError::Gone { oldest, .. } => Failure::new(
            Exit::Usage,
            format!(
                "{error}: give --from {oldest} or a later one, or an archive's directory, or replay a directory with every block"
            ),
        ),
        ReexecuteError::Differs { .. } => Failure::new(
            Exit::Directory,
            format!("{error}; the directory is damaged: {MEND}"),
        ),
        ReexecuteError::Chain(error) => error.into(),
    }
}
