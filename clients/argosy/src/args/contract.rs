//! `argosy contract …`.

use std::convert::Infallible;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use argosy_rpc_api::Bytes;
use clap::{Args, Subcommand, ValueEnum, ValueHint};
use clap_complete::{ArgValueCandidates, ArgValueCompleter};

use super::common::{AtArgs, SenderArgs};
use crate::account::AccountRef;
use crate::completion;
use crate::failure::Failure;

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
        #[arg(long, value_name = "AMOUNT", allow_negative_numbers = true)]
        funds: Option<String>,
        /// Who may upgrade it: a name or an address [default: nobody, for ever]
        #[arg(long, value_name = "ACCOUNT", add = ArgValueCandidates::new(completion::accounts))]
        admin: Option<AccountRef>,
        #[command(flatten)]
        message: MessageArgs,
    },
    /// Upload a module, if the chain does not have it, and nothing else
    #[command(
        after_help = "A large module leaves no gas for a creation in its transaction: `argosy contract deploy` of the same file then only creates."
    )]
    Upload {
        /// The module, a .wasm file
        #[arg(value_hint = ValueHint::FilePath)]
        file: PathBuf,
        #[command(flatten)]
        sender: SenderArgs,
    },
    /// Call a method of a contract
    #[command(after_help = "`argosy contract call ID -- --help` lists its methods.")]
    Call {
        /// The contract's address
        #[arg(add = ArgValueCandidates::new(completion::contracts))]
        contract: AccountRef,
        #[command(flatten)]
        sender: SenderArgs,
        /// Native tokens to send along
        #[arg(long, value_name = "AMOUNT", allow_negative_numbers = true)]
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
        #[arg(add = ArgValueCandidates::new(completion::contracts))]
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
        #[arg(add = ArgValueCandidates::new(completion::contracts))]
        contract: AccountRef,
        /// The new module, a .wasm file
        #[arg(value_hint = ValueHint::FilePath)]
        file: PathBuf,
        /// Go on although the new code reads state otherwise that is there: its migration takes it over
        #[arg(long)]
        migrates_state: bool,
        #[command(flatten)]
        sender: SenderArgs,
        #[command(flatten)]
        message: MessageArgs,
    },
    /// Print a contract's ABI: its methods, events and their types, as JSON
    #[command(
        after_help = "`--format scale-info` has the types as tools of the Polkadot world read them, a scale-info registry."
    )]
    Abi {
        /// A file, which is a module (.wasm) or an ABI as JSON; or a contract's address
        #[arg(value_name = "FILE|ID", value_hint = ValueHint::FilePath)]
        contract: FileOrAccount,
        /// In which form: what other commands read, or for other tools
        #[arg(long, value_enum, default_value_t = AbiFormat::Json)]
        format: AbiFormat,
    },
    /// Write the module that a contract runs to a file, as it was uploaded
    Code {
        /// The contract's address
        #[arg(add = ArgValueCandidates::new(completion::contracts))]
        contract: AccountRef,
        /// Where to write it
        #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
        out: PathBuf,
        /// Replace a file that is there already
        #[arg(long)]
        force: bool,
        #[command(flatten)]
        at: AtArgs,
    },
    /// Print a contract as Rust: its methods, types, events and errors, for use with the SDK
    #[command(
        after_help = "In a program, `argosy_sdk::contract!(mod token = \"token.wasm\")` makes the same while it is compiled."
    )]
    Bindings {
        /// A file, which is a module (.wasm) or an ABI as JSON; or a contract's address
        #[arg(value_name = "FILE|ID", value_hint = ValueHint::FilePath)]
        contract: FileOrAccount,
        /// Write it to this file
        #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
        out: Option<PathBuf>,
        /// What the Rust module is called [default: as the contract or the file]
        #[arg(long)]
        name: Option<String>,
        /// For contracts that call this one: a trait for `#[interface]` of the contract SDK
        #[arg(long)]
        interface: bool,
    },
    /// List contracts, the oldest first, by a node that keeps an index
    List {
        /// Only those after this one, as `next` of the page before
        #[arg(long, value_name = "ADDRESS")]
        after: Option<AccountRef>,
        /// At most this many
        #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=1000))]
        limit: u32,
        #[command(flatten)]
        at: AtArgs,
    },
    /// List what a contract keeps: keys and values, in the order of the keys
    #[command(
        after_help = "A field of a contract of the SDK is found by its name; `argosy contract abi` lists them."
    )]
    Storage {
        /// The contract's address
        #[arg(add = ArgValueCandidates::new(completion::contracts))]
        contract: AccountRef,
        /// Only what this field keeps
        #[arg(long, value_name = "NAME", conflicts_with = "prefix")]
        field: Option<String>,
        /// Only keys that begin with these bytes
        #[arg(long, value_name = "0xHEX")]
        prefix: Option<Bytes>,
        /// Only those after this key, as `next` of the page before
        #[arg(long, value_name = "0xHEX")]
        after: Option<Bytes>,
        /// At most this many
        #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=1000))]
        limit: u32,
        #[command(flatten)]
        at: AtArgs,
    },
    /// Show what a contract runs, owns and offers
    Info {
        /// The contract's address
        #[arg(add = ArgValueCandidates::new(completion::contracts))]
        contract: AccountRef,
        #[command(flatten)]
        at: AtArgs,
    },
    /// Build sources, whose build scripts run here, and see that a contract runs what comes out
    Verify {
        /// The contract's address
        #[arg(add = ArgValueCandidates::new(completion::contracts))]
        contract: AccountRef,
        /// Folder of the sources
        #[arg(value_name = "DIR", default_value = ".", value_hint = ValueHint::DirPath)]
        folder: PathBuf,
        /// Build only this package of a workspace
        #[arg(short, long, value_name = "NAME")]
        package: Option<String>,
    },
}

impl ContractCommand {
    /// Whether it needs no node.
    pub(crate) fn is_offline(&self) -> bool {
        match self {
            ContractCommand::Abi { contract, .. } | ContractCommand::Bindings { contract, .. } => {
                contract.is_file()
            }
            _ => false,
        }
    }
}

/// In which form an ABI is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum AbiFormat {
    Json,
    ScaleInfo,
}

/// A file that is there, else an account.
#[derive(Debug, Clone)]
pub(crate) struct FileOrAccount(PathBuf);

impl FileOrAccount {
    /// Whether such a file is there, or could be meant.
    pub(crate) fn is_file(&self) -> bool {
        self.0.is_file() || self.account().is_err()
    }

    /// As a path.
    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    /// The file's name without its ending.
    pub(crate) fn stem(&self) -> Option<String> {
        let stem = self.0.file_stem()?;
        Some(stem.to_string_lossy().into_owned())
    }

    /// As an account.
    pub(crate) fn account(&self) -> Result<AccountRef, Failure> {
        let text = self.0.to_str().unwrap_or_default();
        text.parse::<AccountRef>().map_err(Failure::usage)
    }
}

impl FromStr for FileOrAccount {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<FileOrAccount, Infallible> {
        Ok(FileOrAccount(PathBuf::from(text)))
    }
}

/// What to say to a contract.
#[derive(Debug, Clone, Args)]
pub(crate) struct MessageArgs {
    /// The raw message, selector and SCALE arguments, instead of a method
    #[arg(long, value_name = "0xHEX", conflicts_with = "method")]
    pub(crate) message: Option<Bytes>,
    /// Schema file of a CosmWasm contract, by which its message is checked; `-- --help` lists its methods
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, conflicts_with = "message")]
    pub(crate) schema: Option<PathBuf>,
    /// After `--`: the method and its arguments, from the contract's ABI
    #[arg(last = true, value_name = "METHOD [--ARGUMENT VALUE]...", add = ArgValueCompleter::new(completion::methods))]
    pub(crate) method: Vec<String>,
}
