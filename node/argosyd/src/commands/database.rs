//! `argosyd db …`: what the database holds, whether it is whole, and room that it can give back.
//! `argosyd reset`: away with it.

use argosy_chain::{CheckStep, check};
use argosy_kv::Column;
use argosy_store::DataDir;
use clap::ArgMatches;
use serde_json::json;

use super::open::{chain_to_read, store, store_to_read};
use super::print;
use super::progress::Progress;
use crate::config::Config;
use crate::failure::{Exit, Failure};

pub(super) fn run(config: &Config, matches: &ArgMatches) -> Result<(), Failure> {
    match matches.subcommand_name() {
        Some("stats") => stats(config),
        Some("check") => check_all(config),
        Some("compact") => compact(config),
        other => Err(Failure::new(
            Exit::Usage,
            format!("no command db {}", other.unwrap_or_default()),
        )),
    }
}

/// Deletes the chain of a stopped node, if somebody says so.
pub(super) fn reset(config: &Config, is_agreed: bool) -> Result<(), Failure> {
    if !is_agreed {
        let message = format!(
            "nobody confirmed that the chain in {} is to be deleted; add --yes",
            config.data_dir.display()
        );
        return Err(Failure::new(Exit::Usage, message));
    }
    // Nothing is made where there was nothing.
    drop(DataDir::open_to_read(&config.data_dir)?);
    let directory = DataDir::open(&config.data_dir)?;
    let was_there = directory.delete_database()?;
    let document = json!({
        "dataDir": directory.path().display().to_string(),
        "removed": was_there,
    });
    print(&format!("{document}\n"));
    Ok(())
}

/// A line of JSON per column, the largest first.
fn stats(config: &Config) -> Result<(), Failure> {
    let mut columns = store_to_read(config)?.column_figures();
    columns.sort_by_key(|it| std::cmp::Reverse(it.file_bytes));
    for it in columns {
        let document = json!({
            "column": it.column.as_str(),
            "keysEstimated": it.keys,
            "fileBytes": it.file_bytes,
            "liveBytesEstimated": it.live_bytes,
        });
        print(&format!("{document}\n"));
    }
    Ok(())
}

fn check_all(config: &Config) -> Result<(), Failure> {
    let chain = chain_to_read(config)?;
    let view = chain.view();
    let height = view.head().header.height;
    let mut progress: Option<(std::mem::Discriminant<CheckStep>, Progress)> = None;
    let report = check(&view, |step| {
        let (what, whole, done) = match step {
            CheckStep::Column(_, entries) => ("entries read", None, entries),
            CheckStep::Block(height_done) => ("blocks compared", Some(height), height_done),
            CheckStep::State(records) => ("records hashed", None, records),
        };
        let kind = std::mem::discriminant(&step);
        match &mut progress {
            Some((shown, progress)) if *shown == kind => progress.at(done),
            shown => *shown = Some((kind, Progress::new(what, whole))),
        }
    });
    drop(progress);
    let report = report?;
    let document = json!({
        "height": height,
        "blockHash": view.head().hash.to_string(),
        "stateRoot": view.head().header.state_root.to_string(),
        "blocks": report.blocks,
        "transactions": report.transactions,
        "stateKeys": report.state_keys,
        "entries": report.entries,
    });
    print(&format!("{document}\n"));
    Ok(())
}

fn compact(config: &Config) -> Result<(), Failure> {
    let store = store(config)?;
    let before = store.figures().file_bytes;
    let mut progress = Progress::new("columns compacted", Some(Column::ALL.len() as u64));
    for (done, column) in Column::ALL.into_iter().enumerate() {
        progress.at(done as u64);
        store.compact(column).map_err(Failure::other)?;
    }
    drop(progress);
    let document = json!({ "fileBytesBefore": before, "fileBytes": store.figures().file_bytes });
    print(&format!("{document}\n"));
    Ok(())
}
