//! The commands. Each reads its arguments, does one thing, and says what came of it.

mod configuration; // argosyd config …
mod health; // argosyd health
mod replay; // argosyd replay
mod run; // argosyd run

use argosy_tiers::WORKER_COMMAND;
use clap::ArgMatches;

use crate::config::Loaded;
use crate::failure::{Exit, Failure};

/// Does what was asked for.
pub(crate) fn run(matches: &ArgMatches) -> Result<(), Failure> {
    match matches.subcommand() {
        Some(("run", matches)) => run::run(&loaded(matches)?),
        Some(("health", matches)) => health::run(&loaded(matches)?, matches.get_flag("live")),
        Some(("replay", matches)) => replay::run(&loaded(matches)?, matches),
        Some(("config", matches)) => configuration::run(matches),
        Some((WORKER_COMMAND, _)) => argosy_tiers::run_worker().map_err(Failure::other),
        // clap lets nothing else through.
        Some((other, _)) => Err(Failure::new(Exit::Usage, format!("no command {other}"))),
        None => Err(Failure::new(Exit::Usage, "no command")),
    }
}

fn loaded(matches: &ArgMatches) -> Result<Loaded, Failure> {
    Loaded::from(matches, std::env::vars_os()).map_err(|error| Failure::new(Exit::Usage, error))
}

/// Prints a result; who closed stdout does not want it.
pub(crate) fn print(text: &str) {
    use std::io::Write;
    let mut stdout = std::io::stdout().lock();
    let _ = stdout
        .write_all(text.as_bytes())
        .and_then(|()| stdout.flush());
}
