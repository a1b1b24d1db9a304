//! The command line: nouns and verbs, as clap reads them. A file per noun.
//!
//! What a value's text alone can tell is checked here (exit code 2); what needs the chain, such as
//! whether an address is of its network, is checked by the command.
//! Not here: the methods of a contract, which come from its ABI (`commands::contract::message`).

mod account;
mod block;
mod contract;
mod demo;
mod dev;
mod events;
mod keys;
mod tx;

mod common; // what several commands take

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

pub(crate) use account::AccountCommand;
pub(crate) use block::BlockCommand;
pub(crate) use common::{AtArgs, PassphraseArgs, SenderArgs};
pub(crate) use contract::{ContractCommand, MessageArgs};
pub(crate) use demo::DemoArgs;
pub(crate) use dev::{DevArgs, DevChainArgs, DevCommand};
pub(crate) use events::EventsCommand;
pub(crate) use keys::KeysCommand;
pub(crate) use tx::TxCommand;

const AFTER_HELP: &str = "\
Begin with `argosy dev`, or see all of it at work with `argosy demo`.
Exit codes: 0 done, 1 failed, 2 wrong usage, 3 ran and failed (revert, trap, gas, funds), 4 node not reachable, 5 waited too long.";

/// Argosy from the command line: a chain to develop on, keys, contracts, queries.
#[derive(Debug, Parser)]
#[command(name = "argosy", version, after_help = AFTER_HELP, max_term_width = 100)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) global: GlobalArgs,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// Options of every command.
#[derive(Debug, Args)]
#[command(next_help_heading = "Options of every command")]
pub(crate) struct GlobalArgs {
    /// Results for people, or as one JSON document (also of a failure)
    #[arg(short, long, global = true, value_enum, default_value_t = Format::Text)]
    pub(crate) output: Format,
    /// The node to talk to
    #[arg(
        long,
        global = true,
        value_name = "URL",
        env = "ARGOSY_RPC_URL",
        default_value = "http://127.0.0.1:9533"
    )]
    pub(crate) rpc_url: String,
    /// Where your key files are [default: argosy/keys in the user's data directory]
    #[arg(long, global = true, value_name = "DIR", env = "ARGOSY_KEYS_DIR")]
    pub(crate) keys_dir: Option<PathBuf>,
    /// Seconds to wait for an answer or a receipt
    #[arg(long, global = true, value_name = "SECONDS", default_value_t = 30, value_parser = clap::value_parser!(u32).range(1..=3600))]
    pub(crate) timeout: u32,
    /// When to use colours; NO_COLOR is respected
    #[arg(long, global = true, value_enum, default_value_t = Color::Auto)]
    pub(crate) color: Color,
    /// No progress on stderr
    #[arg(short, long, global = true)]
    pub(crate) quiet: bool,
}

/// How results are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
// Help of each value would spread the help of every command.
pub(crate) enum Format {
    Text,
    Json,
}

/// Whether words that could not be read as a command ask for JSON.
pub(crate) fn asks_for_json(words: &[String]) -> bool {
    let own = words.iter().take_while(|it| *it != "--");
    let pairs = own.clone().zip(own.skip(1));
    pairs.into_iter().any(|(word, next)| {
        matches!(next.as_str(), "-ojson" | "-o=json" | "--output=json")
            || (matches!(word.as_str(), "-o" | "--output") && next == "json")
    })
}

/// When to use colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Color {
    Auto,
    Always,
    Never,
}

/// What there is to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run a chain in memory, with funded accounts and RPC, or direct one that runs
    Dev(DevArgs),
    /// Your keys
    #[command(subcommand)]
    Keys(KeysCommand),
    /// Balances and nonces
    #[command(subcommand)]
    Account(AccountCommand),
    /// Transactions
    #[command(subcommand)]
    Tx(TxCommand),
    /// Blocks
    #[command(subcommand)]
    Block(BlockCommand),
    /// What contracts announced
    #[command(subcommand)]
    Events(EventsCommand),
    /// Contracts
    #[command(subcommand)]
    Contract(ContractCommand),
    /// Show all of it on a chain of its own: a token, transfers, proofs, a replay
    #[command(hide = true)]
    Demo(DemoArgs),
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_tree_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn every_command_and_argument_has_a_line_of_help() {
        fn check(command: &clap::Command) {
            assert!(command.get_about().is_some(), "{}", command.get_name());
            for argument in command.get_arguments() {
                assert!(
                    argument.get_help().is_some(),
                    "{} {}",
                    command.get_name(),
                    argument.get_id()
                );
            }
            command.get_subcommands().for_each(check);
        }
        check(&Cli::command());
    }

    #[test]
    fn json_is_wanted_even_if_the_rest_is_wrong() {
        let asks = |line: &str| {
            let words: Vec<String> = line.split(' ').map(str::to_owned).collect();
            asks_for_json(&words)
        };
        assert!(asks("argosy -o json frobnicate") && asks("argosy x --output=json"));
        assert!(asks("argosy x -ojson") && asks("argosy x --output json -- y"));
        assert!(!asks("argosy json -o text") && !asks("argosy x -- -o json"));
    }

    #[test]
    fn what_follows_the_dashes_is_the_contracts() {
        let line = "argosy contract call dargo1x --from alice -- transfer --to bob -o json";
        // The address is not checked for its sum here, only for its form.
        let parsed = Cli::try_parse_from(line.replace("dargo1x", "counter").split(' ')).unwrap();
        let Command::Contract(ContractCommand::Call { message, .. }) = parsed.command else {
            panic!("not a call");
        };
        assert_eq!(message.method, ["transfer", "--to", "bob", "-o", "json"]);
        assert_eq!(parsed.global.output, Format::Text);
    }
}
