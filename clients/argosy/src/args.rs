//! The command line: nouns and verbs, as clap reads them.
//!
//! What a value's text alone can tell is checked here (exit code 2); what needs the chain, such as
//! whether an address is of its network, is checked by the command.
//! Not here: the methods of a contract, which come from its ABI (`commands::contract::message`).

use std::path::PathBuf;

use argosy_primitives::{EventCursor, Hash32, Hrp, TxId};
use argosy_replica::BlockMode;
use argosy_rpc_api::{BlockSelector, Bytes};
use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::account::AccountRef;

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
    /// Run a chain in memory, with funded accounts and RPC
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

/// `argosy demo`.
#[derive(Debug, Args)]
pub(crate) struct DemoArgs {
    /// On this argosyd and a directory of its own, which is killed, restarted and replayed
    #[arg(long, value_name = "PATH")]
    pub(crate) daemon: Option<PathBuf>,
}

/// `argosy dev`.
#[derive(Debug, Args)]
pub(crate) struct DevArgs {
    /// Address to listen on; anyone who reaches it can spend the public dev accounts
    #[arg(long, default_value = "127.0.0.1")]
    pub(crate) host: std::net::IpAddr,
    /// Port to listen on; 0 = any that is free
    #[arg(long, default_value_t = 9533)]
    pub(crate) port: u16,
    /// When blocks are made: instant, manual (one per line on stdin), or a period such as 1s, 500ms
    #[arg(long, default_value = "instant")]
    pub(crate) block_time: BlockMode,
    /// Host name by which clients may call it, besides localhost and IP addresses; * for any
    #[arg(long, value_name = "NAME")]
    pub(crate) allow_host: Vec<String>,
    /// Web origin that may call it, besides those on this machine; * for any
    #[arg(long, value_name = "ORIGIN")]
    pub(crate) allow_origin: Vec<String>,
    /// Log a line per block
    #[arg(short, long)]
    pub(crate) verbose: bool,
    /// What to log, for example info,rpc=debug [default: warn, with -v info]
    #[arg(long, value_name = "FILTER", env = "ARGOSY_LOG")]
    pub(crate) log_filter: Option<String>,
}

/// `argosy keys …`.
#[derive(Debug, Subcommand)]
pub(crate) enum KeysCommand {
    /// Make a key and keep it in an encrypted file
    New {
        /// What you call it: lower-case letters, digits, - and _
        name: String,
        #[command(flatten)]
        passphrase: PassphraseArgs,
        #[command(flatten)]
        network: NetworkArgs,
    },
    /// List your keys and the built-in dev accounts
    List {
        #[command(flatten)]
        network: NetworkArgs,
    },
    /// Show a key's address and public key
    Show {
        /// Which key
        name: String,
        #[command(flatten)]
        network: NetworkArgs,
    },
}

/// Where a passphrase comes from; never from the command line, which other processes can read.
#[derive(Debug, Clone, Args)]
pub(crate) struct PassphraseArgs {
    /// Read the passphrase from this file instead of the terminal
    #[arg(long, value_name = "FILE", env = "ARGOSY_PASSPHRASE_FILE")]
    pub(crate) passphrase_file: Option<PathBuf>,
}

/// For which network addresses are written.
#[derive(Debug, Clone, Copy, Args)]
pub(crate) struct NetworkArgs {
    /// Network to write addresses for: argo (main), targo (test), dargo (dev)
    #[arg(long, value_name = "HRP", default_value = "dargo")]
    pub(crate) hrp: Hrp,
}

/// `argosy account …`.
#[derive(Debug, Subcommand)]
pub(crate) enum AccountCommand {
    /// Show an account
    Get {
        /// A name (yours or a dev account's) or an address
        account: AccountRef,
        #[command(flatten)]
        at: AtArgs,
    },
}

/// Which block a read is about.
#[derive(Debug, Clone, Copy, Args)]
pub(crate) struct AtArgs {
    /// Read at this block: a height, a 0x hash, latest or earliest
    #[arg(long, value_name = "BLOCK")]
    pub(crate) at: Option<BlockSelector>,
}

/// Who signs and pays.
#[derive(Debug, Clone, Args)]
pub(crate) struct SenderArgs {
    /// Who signs and pays: one of your keys, or a dev account
    #[arg(long, value_name = "NAME", env = "ARGOSY_FROM")]
    pub(crate) from: Option<String>,
    #[command(flatten)]
    pub(crate) passphrase: PassphraseArgs,
    /// Gas limit [default: what a simulation used, and a quarter more]
    #[arg(long, value_name = "GAS")]
    pub(crate) gas: Option<u64>,
    /// Most tokens to lock as deposit [default: what a simulation locked, and some more];
    /// with --gas too, nothing is simulated, and what fails is sent all the same
    #[arg(long, value_name = "AMOUNT")]
    pub(crate) deposit_max: Option<String>,
    /// Units per gas for the proposer, on top of the base price
    #[arg(long, value_name = "UNITS", default_value_t = 0)]
    pub(crate) tip: u64,
}

/// `argosy tx …`.
#[derive(Debug, Subcommand)]
pub(crate) enum TxCommand {
    /// Send native tokens
    Transfer {
        #[command(flatten)]
        sender: SenderArgs,
        /// Who receives: a name or an address
        #[arg(long, value_name = "ACCOUNT")]
        to: AccountRef,
        /// How much: 1.5, "1.5 ARGO" or "25 units"
        #[arg(long)]
        amount: String,
    },
    /// Show where a transaction is, and what it did
    Get {
        /// Its id
        id: TxId,
    },
    /// Wait until a transaction is in a block
    Wait {
        /// Its id
        id: TxId,
    },
}

/// `argosy block …`.
#[derive(Debug, Subcommand)]
pub(crate) enum BlockCommand {
    /// Show a block
    Get {
        /// A height, a 0x hash, latest or earliest
        #[arg(default_value = "latest")]
        block: BlockSelector,
    },
}

/// `argosy events …`.
#[derive(Debug, Subcommand)]
pub(crate) enum EventsCommand {
    /// List events in the order they happened
    Query {
        /// Only those of this contract
        #[arg(long, value_name = "ADDRESS")]
        contract: Option<AccountRef>,
        /// Only those with this topic, a 0x hash
        #[arg(long, value_name = "HASH")]
        topic: Option<Hash32>,
        /// Only those after this cursor, as `resume` of the page before
        #[arg(long, value_name = "CURSOR")]
        after: Option<EventCursor>,
        /// At most this many
        #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=1000))]
        limit: u32,
    },
}

/// `argosy contract …`.
#[derive(Debug, Subcommand)]
pub(crate) enum ContractCommand {
    /// Upload a module, if the chain does not have it, and create a contract of it
    #[command(after_help = "`argosy contract deploy FILE.wasm -- --help` lists what init takes.")]
    Deploy {
        /// The module, a .wasm file
        file: PathBuf,
        #[command(flatten)]
        sender: SenderArgs,
        /// Tells contracts of one module and creator apart: a 0x hash or any text
        /// [default: the creator's nonce]
        #[arg(long)]
        salt: Option<String>,
        /// Native tokens to send along
        #[arg(long, value_name = "AMOUNT")]
        funds: Option<String>,
        /// Who may upgrade it: a name or an address [default: nobody, for ever]
        #[arg(long, value_name = "ACCOUNT")]
        admin: Option<AccountRef>,
        #[command(flatten)]
        message: MessageArgs,
    },
    /// Call a method of a contract
    #[command(after_help = "`argosy contract call ID -- --help` lists its methods.")]
    Call {
        /// The contract's address
        contract: AccountRef,
        #[command(flatten)]
        sender: SenderArgs,
        /// Native tokens to send along
        #[arg(long, value_name = "AMOUNT")]
        funds: Option<String>,
        #[command(flatten)]
        message: MessageArgs,
    },
    /// Ask a contract; nothing changes and nothing is paid
    #[command(after_help = "`argosy contract query ID -- --help` lists its queries.")]
    Query {
        /// The contract's address
        contract: AccountRef,
        /// In whose name to ask: a name or an address
        #[arg(long = "as", value_name = "ACCOUNT")]
        caller: Option<AccountRef>,
        #[command(flatten)]
        at: AtArgs,
        #[command(flatten)]
        message: MessageArgs,
    },
    /// Show what a contract runs, owns and offers
    Info {
        /// The contract's address
        contract: AccountRef,
        #[command(flatten)]
        at: AtArgs,
    },
}

/// What to say to a contract.
#[derive(Debug, Clone, Args)]
pub(crate) struct MessageArgs {
    /// The raw message, selector and SCALE arguments, instead of a method
    #[arg(long, value_name = "0xHEX", conflicts_with = "method")]
    pub(crate) message: Option<Bytes>,
    /// After `--`: the method and its arguments, from the contract's ABI
    #[arg(last = true, value_name = "METHOD [--ARGUMENT VALUE]...")]
    pub(crate) method: Vec<String>,
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
