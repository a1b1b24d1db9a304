//! `argosy contract …`.

use std::path::PathBuf;

use argosy_rpc_api::Bytes;
use clap::{Args, Subcommand, ValueHint};
use clap_complete::{ArgValueCandidates, ArgValueCompleter};

use super::common::{AtArgs, SenderArgs};
use crate::account::AccountRef;
use crate::completion;

/// `argosy contract …`.
#[derive(Debug, Subcommand)]
pub(crate) enum ContractCommand {
    /// Upload a module, if the chain does not have it, and create a contract of it
    #[command(after_help = "`argosy contract deploy FILE.wasm -- --help` lists what init takes.")]
    Deploy {
        /// The module, a .wasm file
        #[arg(value_hint = ValueHint::FilePath)]
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
        #[arg(long, value_name = "ACCOUNT", add = ArgValueCandidates::new(completion::accounts))]
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
        /// Show what is different in state afterwards, by a node that offers debug methods
        #[arg(long, conflicts_with = "unsigned")]
        diff: bool,
        #[command(flatten)]
        message: MessageArgs,
    },
    /// Ask a contract; nothing changes and nothing is paid
    #[command(after_help = "`argosy contract query ID -- --help` lists its queries.")]
    Query {
        /// The contract's address
        contract: AccountRef,
        /// In whose name to ask: a name or an address
        #[arg(long = "as", value_name = "ACCOUNT", add = ArgValueCandidates::new(completion::accounts))]
        caller: Option<AccountRef>,
        #[command(flatten)]
        at: AtArgs,
        #[command(flatten)]
        message: MessageArgs,
    },
    /// Give a contract other code and migrate it; only its admin can
    #[command(
        after_help = "`argosy contract upgrade ID FILE.wasm -- --help` lists the migrations of the file."
    )]
    Upgrade {
        /// The contract's address
        contract: AccountRef,
        /// The new module, a .wasm file
        #[arg(value_hint = ValueHint::FilePath)]
        file: PathBuf,
        #[command(flatten)]
        sender: SenderArgs,
        #[command(flatten)]
        message: MessageArgs,
    },
    /// Print a contract's ABI: its methods, events and their types, as JSON
    Abi {
        /// The contract's address
        contract: AccountRef,
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
    #[arg(last = true, value_name = "METHOD [--ARGUMENT VALUE]...", add = ArgValueCompleter::new(completion::methods))]
    pub(crate) method: Vec<String>,
}
