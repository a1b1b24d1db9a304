//! The command line: nouns and verbs, as clap reads them. A file per noun.
//!
//! What a value's text alone can tell is checked here (exit code 2); what needs the chain, such as
//! whether an address is of its network, is checked by the command.
//! Not here: the methods of a contract, which come from its ABI (`commands::contract::message`).

mod account;
mod block;
mod console;
mod contract;
mod demo;
mod dev;
mod events;
mod keys;
mod network;
mod project; // new, build, test
mod sdk;
mod tools; // rpc, completions, man
mod tx;

mod common; // what several commands take

use std::path::PathBuf;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Args, Parser, Subcommand, ValueEnum, ValueHint};
use clap_complete::ArgValueCandidates;

pub(crate) use account::AccountCommand;
pub(crate) use block::BlockCommand;
pub(crate) use common::{AtArgs, NetworkArgs, PassphraseArgs, SenderArgs};
pub(crate) use console::ConsoleArgs;
pub(crate) use contract::{AbiFormat, ContractCommand, MessageArgs};
pub(crate) use demo::DemoArgs;
pub(crate) use dev::{DevArgs, DevChainArgs, DevCommand};
pub(crate) use events::EventsCommand;
pub(crate) use keys::{ImportArgs, KeysCommand, SignedMessage};
pub(crate) use network::NetworkCommand;
pub(crate) use project::{BuildArgs, NewArgs, Template, TestArgs};
pub(crate) use sdk::SdkCommand;
pub(crate) use tools::{CompletionsArgs, ManArgs, RpcArgs, Shell};
pub(crate) use tx::{ProfileArgs, TxCommand};

use crate::completion;

const AFTER_HELP: &str = "\
Begin with `argosy dev`, or see all of it at work with `argosy demo`.
Exit codes: 0 done, 1 failed, 2 wrong usage, 3 ran and failed (revert, trap, gas, funds), 4 node not reachable, 5 waited too long.";

const COMPLETIONS_HELP: &str = "\
bash:  echo 'source <(argosy completions bash)' >> ~/.bashrc
zsh:   echo 'source <(argosy completions zsh)' >> ~/.zshrc
fish:  argosy completions fish > ~/.config/fish/completions/argosy.fish";

const CONSOLE_HELP: &str = "\
A line is what one would type behind `argosy`, with a shell's quotes and comments. exit, quit or the end of the input
end the console. Where stdin is no terminal, it ends with the first command that fails, with its exit code.
Options of every command hold for each line that does not say them itself:
  argosy --network test console --keep-going < commands.txt";

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
    /// Results for people, as one JSON document (also of a failure), or of lists one document a line
    #[arg(short, long, global = true, value_enum, default_value_t = Format::Text)]
    pub(crate) output: Format,
    /// Print this field of the JSON result and nothing else, for example contract or receipt.gasUsed
    #[arg(long, global = true, value_name = "FIELD", conflicts_with = "output")]
    pub(crate) get: Option<String>,
    /// The node to talk to [env: ARGOSY_RPC_URL] [default: http://127.0.0.1:9533]
    #[arg(long, global = true, value_name = "URL", value_hint = ValueHint::Url)]
    pub(crate) rpc_url: Option<String>,
    /// The network to talk to, one that `argosy network add` remembers [env: ARGOSY_NETWORK]
    #[arg(long, global = true, value_name = "NAME", add = ArgValueCandidates::new(completion::networks))]
    pub(crate) network: Option<String>,
    /// Where your key files are [default: argosy/keys in the user's data directory]
    #[arg(long, global = true, value_name = "DIR", env = "ARGOSY_KEYS_DIR", value_hint = ValueHint::DirPath)]
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
    /// Yes to every question
    #[arg(short, long, global = true)]
    pub(crate) yes: bool,
    /// Ask nothing, also on a terminal
    #[arg(long, global = true)]
    pub(crate) no_input: bool,
}

/// How results are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
// Help of each value would spread the help of every command.
pub(crate) enum Format {
    Text,
    Json,
    Jsonl,
}

/// Whether words that could not be read as a command ask for JSON.
pub(crate) fn asks_for_json(words: &[String]) -> bool {
    let own = words.iter().take_while(|it| *it != "--");
    let pairs = own.clone().zip(own.skip(1));
    pairs.into_iter().any(|(word, next)| {
        let of_one = ["-o=", "-o", "--output="];
        let value = of_one.iter().find_map(|it| next.strip_prefix(it));
        let is_json = |it: &str| matches!(it, "json" | "jsonl");
        value.is_some_and(is_json) || (matches!(word.as_str(), "-o" | "--output") && is_json(next))
    })
}

/// Says what clap cannot know of words that it does not understand: those that are not ours stand behind `--`.
pub(crate) fn advise(error: &mut clap::Error, words: &[String]) {
    let is_said = words.iter().any(|it| it == "--");
    if error.kind() != ErrorKind::UnknownArgument || is_said {
        return;
    }
    let Some(ContextValue::String(word)) = error.get(ContextKind::InvalidArg) else {
        return;
    };
    let mut pairs = words.windows(2);
    let verb = pairs
        .find(|it| it[0] == "contract")
        .map(|it| it[1].as_str());
    let tip = match verb {
        Some(verb @ ("deploy" | "call" | "query" | "upgrade")) => {
            format!("words for the contract stand behind `--`: argosy contract {verb} … -- {word}")
        }
        _ if is_for_cargo(error) => {
            format!("words for `cargo test` stand behind `--`: argosy test … -- {word}")
        }
        _ => return,
    };
    let tips = ContextValue::StyledStrs(vec![tip.into()]);
    error.insert(ContextKind::Suggested, tips);
}

/// Whether a word of `argosy test` may have been meant for cargo; where it is taken for a slip of ours, clap says so.
fn is_for_cargo(error: &clap::Error) -> bool {
    let is_slip = error.get(ContextKind::SuggestedArg).is_some();
    let usage = match error.get(ContextKind::Usage) {
        Some(ContextValue::StyledStr(usage)) => usage.to_string(),
        _ => String::new(),
    };
    !is_slip && usage.contains("argosy test ")
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
    /// Make the folder of a contract, from a template
    New(NewArgs),
    /// Build contracts and check them as the chain does: size, methods, what changed
    Build(BuildArgs),
    /// Run the tests of a contract, without a chain
    Test(TestArgs),
    /// The contract SDK that a contract is built with
    #[command(subcommand)]
    Sdk(SdkCommand),
    /// Nodes and chains to talk to, by name
    #[command(subcommand)]
    Network(NetworkCommand),
    /// Take commands line by line, at a terminal or from stdin
    #[command(after_help = CONSOLE_HELP)]
    Console(ConsoleArgs),
    /// Call a method of the node as it is, and print the answer
    Rpc(RpcArgs),
    /// Look at what this program needs: keys, networks, the node, tools to build contracts
    Doctor,
    /// Print a script that makes the shell complete commands, names and methods of contracts
    #[command(after_help = COMPLETIONS_HELP)]
    Completions(CompletionsArgs),
    /// Print or write manual pages
    Man(ManArgs),
    /// Print the reference page of this program
    #[command(hide = true)]
    Reference,
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
    fn who_forgets_the_dashes_is_reminded() {
        let told = |line: &str| {
            let words: Vec<String> = line.split(' ').map(str::to_owned).collect();
            let mut error = Cli::try_parse_from(&words).unwrap_err();
            advise(&mut error, &words);
            error.to_string()
        };
        for (line, tip) in [
            (
                "argosy contract call counter --from bob add --add 1",
                "argosy contract call … -- add",
            ),
            (
                "argosy -o json contract query counter value",
                "argosy contract query … -- value",
            ),
            (
                "argosy contract deploy counter.wasm --start 1",
                "argosy contract deploy … -- --start",
            ),
            (
                "argosy --quiet test coin refuses",
                "argosy test … -- refuses",
            ),
        ] {
            assert!(told(line).contains(tip), "{}", told(line));
        }
        for line in [
            "argosy contract call counter --form bob -- add --add 1",
            "argosy contract call",
            "argosy contract info counter more",
            "argosy account get bob more",
            "argosy test --coverag",
            "argosy build coin test",
            "argosy --network test build coin more",
        ] {
            assert!(!told(line).contains("stand behind"), "{}", told(line));
        }
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
