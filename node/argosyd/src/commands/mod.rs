//! The commands. Each reads its arguments, does one thing, and says what came of it.

mod backup; // argosyd backup …
mod blocks; // argosyd export-blocks, import-blocks
mod configuration; // argosyd config …
mod database; // argosyd db …, reset
mod doctor; // argosyd doctor
mod files; // what they write
mod genesis; // argosyd genesis …
mod health; // argosyd health
mod keys; // argosyd keys …
mod open; // what they open
mod progress; // how far they are
mod replay; // argosyd replay
mod run; // argosyd run
mod security; // argosyd security-log …
mod signer; // argosyd signer …
mod snapshot; // argosyd snapshot …
mod support; // argosyd support-bundle
mod testnet; // argosyd testnet
mod verify; // argosyd verify

use argosy_tiers::WORKER_COMMAND;
use clap::ArgMatches;

pub(crate) use keys::KeyType;

use crate::config::{Loaded, Sources};
use crate::failure::{Exit, Failure};
use crate::node::metrics;

/// Does what was asked for.
pub(crate) fn run(matches: &ArgMatches) -> Result<(), Failure> {
    match matches.subcommand() {
        Some(("run", matches)) => run::run(loaded(matches)?, Sources::of(matches)),
        Some(("health", matches)) => health::run(&loaded(matches)?, matches.get_flag("live")),
        Some(("doctor", matches)) => doctor::run(&loaded(matches)?, matches),
        Some(("support-bundle", matches)) => support::run(&loaded(matches)?, matches),
        Some(("security-log", matches)) => security::run(settings(matches)?.config(), matches),
        Some(("replay", matches)) => replay::run(&loaded(matches)?, matches),
        Some(("db", matches)) => database::run(settings(matches)?.config(), matches),
        Some(("reset", matches)) => {
            database::reset(loaded(matches)?.config(), matches.get_flag("yes"))
        }
        Some(("backup", matches)) => backup::run(settings(matches)?.config(), matches),
        Some(("signer", matches)) => match matches.subcommand() {
            Some(("certificates", matches)) => signer::certificates(matches),
            _ => signer::run(settings(matches)?.config(), matches),
        },
        Some(("snapshot", matches)) => snapshot::run(settings(matches)?.config(), matches),
        Some(("export-blocks", matches)) => blocks::export(loaded(matches)?.config(), matches),
        Some(("import-blocks", matches)) => blocks::import(loaded(matches)?.config(), matches),
        Some(("verify", matches)) => verify::run(loaded(matches)?.config(), matches),
        Some(("config", matches)) => configuration::run(matches),
        Some(("keys", matches)) => keys::run(matches),
        Some(("genesis", matches)) => genesis::run(matches),
        Some(("testnet", matches)) => testnet::run(matches),
        Some(("reference", matches)) => reference(matches),
        Some((WORKER_COMMAND, _)) => argosy_tiers::run_worker().map_err(Failure::other),
        // clap lets nothing else through.
        Some((other, _)) => Err(Failure::new(Exit::Usage, format!("no command {other}"))),
        None => Err(Failure::new(Exit::Usage, "no command")),
    }
}

/// Prints a page of docs/reference.
fn reference(matches: &ArgMatches) -> Result<(), Failure> {
    let page = match matches.subcommand_name() {
        Some("metrics") => metrics::page().map_err(Failure::other)?,
        Some(_) | None => crate::reference::command(&crate::args::command()),
    };
    print(&page);
    Ok(())
}

fn loaded(matches: &ArgMatches) -> Result<Loaded, Failure> {
    Loaded::from(matches, std::env::vars_os()).map_err(|error| Failure::new(Exit::Usage, error))
}

/// The settings of a command's command.
fn settings(matches: &ArgMatches) -> Result<Loaded, Failure> {
    match matches.subcommand() {
        Some((_, matches)) => loaded(matches),
        None => Err(Failure::new(Exit::Usage, "no command")),
    }
}

/// Prints a result; who closed stdout does not want it.
pub(crate) fn print(text: &str) {
    use std::io::Write;
    let mut stdout = std::io::stdout().lock();
    let _ = stdout
        .write_all(text.as_bytes())
        .and_then(|()| stdout.flush());
}
