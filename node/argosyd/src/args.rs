//! The command line. Settings come from the table of `config`; here are the commands around them.

use argosy_tiers::WORKER_COMMAND;
use clap::{Arg, ArgAction, Command};

use crate::config;
use crate::failure::EXIT_CODES;

const ABOUT: &str =
    "The Argosy node: a chain on disk behind JSON-RPC, for validators and full nodes";
const RUN: &str = "Run the node until SIGTERM or Ctrl-C";
const RUN_LONG: &str = "\
Run the node until SIGTERM or Ctrl-C.

When it serves, it prints one line of JSON with its addresses on stdout and keeps the same in
endpoints.json in the data directory; logs go to stderr. It stops within 10 seconds.

This release makes blocks alone (the solo driver): say when with --dev. Agreement between validators
is not in it yet.";

/// Everything that can be typed.
pub(crate) fn command() -> Command {
    Command::new("argosyd")
        .version(env!("CARGO_PKG_VERSION"))
        .about(ABOUT)
        .after_help(EXIT_CODES)
        .max_term_width(100)
        .subcommand_required(true)
        .arg_required_else_help(true)
        .subcommand(with_settings(
            Command::new("run").about(RUN).long_about(RUN_LONG),
        ))
        .subcommand(health())
        .subcommand(replay())
        .subcommand(configuration())
        // What a node starts to compile contracts; not for people.
        .subcommand(Command::new(WORKER_COMMAND).hide(true))
}

fn health() -> Command {
    let live = Arg::new("live")
        .long("live")
        .action(ArgAction::SetTrue)
        .help("Only whether it is alive; not whether it serves");
    with_settings(
        Command::new("health")
            .about("Ask a running node how it is; exit code 0 = ready, 1 = not")
            .arg(live),
    )
}

fn replay() -> Command {
    let directory = |name: &'static str, help: &'static str| {
        Arg::new(name)
            .long(name)
            .value_name("DIR")
            .required(true)
            .value_parser(clap::value_parser!(std::path::PathBuf))
            .help(help)
    };
    with_settings(
        Command::new("replay")
            .about("Execute every block of one data directory into another, checking all of it")
            .arg(directory(
                "from",
                "Data directory to read; its node must be stopped",
            ))
            .arg(directory(
                "into",
                "Data directory to write; made if it is not there",
            )),
    )
}

fn configuration() -> Command {
    let origin = Arg::new("origin")
        .long("origin")
        .action(ArgAction::SetTrue)
        .help("Say where each value comes from");
    Command::new("config")
        .about("The configuration: what holds, what is allowed")
        .subcommand_required(true)
        .arg_required_else_help(true)
        .subcommand(with_settings(
            Command::new("show")
                .about("Print the configuration that holds, as a file")
                .arg(origin),
        ))
        .subcommand(with_settings(
            Command::new("validate")
                .about("Check the configuration and say nothing more than that"),
        ))
        .subcommand(Command::new("schema").about("Print the JSON schema of the file"))
        .subcommand(Command::new("docs").about("Print the page that explains every setting"))
}

fn with_settings(command: Command) -> Command {
    command.args(config::flags()).after_help(EXIT_CODES)
}
