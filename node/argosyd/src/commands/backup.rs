//! `argosyd backup …`: whole copies of the database, each new one only as large as what changed.

use std::path::PathBuf;

use argosy_store::{Backup, Backups, DataDir};
use clap::ArgMatches;
use serde_json::json;

use super::open::store;
use super::print;
use crate::config::Config;
use crate::failure::{Exit, Failure};

pub(super) fn run(config: &Config, matches: &ArgMatches) -> Result<(), Failure> {
    match matches.subcommand() {
        Some(("create", matches)) => create(config, &folder(matches, "to"), matches),
        Some(("list", matches)) => list(&folder(matches, "in")),
        Some(("restore", matches)) => restore(
            config,
            &folder(matches, "from"),
            matches.get_one("id").copied(),
        ),
        other => Err(Failure::new(
            Exit::Usage,
            format!("no command backup {}", other.map_or("", |it| it.0)),
        )),
    }
}

fn folder(matches: &ArgMatches, name: &str) -> PathBuf {
    matches
        .get_one::<PathBuf>(name)
        .cloned()
        .unwrap_or_default()
}

fn create(config: &Config, to: &std::path::Path, matches: &ArgMatches) -> Result<(), Failure> {
    let store = store(config)?;
    let mut backups = Backups::open_or_create(to)?;
    let made = backups.create(&store)?;
    if let Some(keep) = matches.get_one::<u32>("keep") {
        backups.purge(*keep)?;
    }
    tell(made);
    Ok(())
}

fn list(folder: &std::path::Path) -> Result<(), Failure> {
    Backups::open(folder)?.list().into_iter().for_each(tell);
    Ok(())
}

fn restore(config: &Config, from: &std::path::Path, id: Option<u32>) -> Result<(), Failure> {
    // Before a directory is made.
    let mut backups = Backups::open(from)?;
    let directory = DataDir::open(&config.data_dir)?;
    tell(backups.restore(id, &directory)?);
    Ok(())
}

fn tell(backup: Backup) {
    let document = json!({
        "id": backup.id,
        "timeS": backup.time_s,
        "bytes": backup.bytes,
        "files": backup.files,
    });
    print(&format!("{document}\n"));
}
