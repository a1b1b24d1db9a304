//! `argosy`: the command line, and a chain in memory to develop on.
//!
//! One command, one result: `args` reads what is wanted, `commands` do it, `output` says what came
//! of it, the exit code says the same to scripts.
//! Not here: RocksDB, peers and validators; that is the daemon, `argosyd`.

mod account; // names and addresses
mod args; // what one can ask for
mod commands; // doing it
mod completion; // what the shell offers when TAB is pressed
mod console; // `argosy console`
mod demo; // `argosy demo`
mod dev; // `argosy dev`
mod failure; // what can go wrong, exit codes
mod flame; // gas by function, as files
mod keys; // the user's key files
mod networks; // nodes and chains by name
mod output; // results and progress
mod reference; // the page of docs/reference, from clap's tree

use std::process::ExitCode;

use clap::Parser;

use crate::args::{Cli, Command};
use crate::failure::Failure;
use crate::output::Output;

fn main() -> ExitCode {
    completion::answer_shell();
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return not_understood(error),
    };
    let output = Output::new(&cli.global);
    let done = match &cli.command {
        // Its exit code is that of a command in it.
        Command::Console(args) => console::run(&cli.global, args, output),
        _ => commands::run(cli, output).map(|()| ExitCode::SUCCESS),
    };
    match done {
        Ok(code) => code,
        Err(failure) => {
            output.failure(&failure);
            failure.exit_code()
        }
    }
}

/// Help and version, which were asked for, or what is wrong with the words.
fn not_understood(mut error: clap::Error) -> ExitCode {
    let words: Vec<String> = std::env::args_os()
        .map(|it| it.to_string_lossy().into_owned())
        .collect();
    args::advise(&mut error, &words);
    if !error.use_stderr() || !args::asks_for_json(&words) {
        error.exit();
    }
    let text = error.render().to_string();
    let message = text.strip_prefix("error: ").unwrap_or(&text).trim_end();
    let failure = Failure::usage(message);
    // The exit code tells of it also where nobody takes this.
    drop(output::write_out(&format!("{}\n", failure.json())));
    failure.exit_code()
}
