//! `argosy`: the command line, and a chain in memory to develop on.
//!
//! One command, one result: `args` reads what is wanted, `commands` do it, `output` says what came
//! of it, the exit code says the same to scripts.
//! Not here: RocksDB, peers and validators; that is the daemon, `argosyd`.

mod account; // names and addresses
mod args; // what one can ask for
mod commands; // doing it
mod demo; // `argosy demo`
mod dev; // `argosy dev`
mod failure;
mod keys; // the user's key files
mod output; // results and progress // what can go wrong, exit codes

use std::process::ExitCode;

use clap::Parser;

use crate::args::Cli;
use crate::output::Output;

fn main() -> ExitCode {
    let cli = Cli::parse();
    let output = Output::new(&cli.global);
    match commands::run(cli, output) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            output.failure(&failure);
            failure.exit_code()
        }
    }
}
