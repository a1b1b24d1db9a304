//! `argosy tx …`.

use std::path::PathBuf;

use argosy_primitives::TxId;
use clap::{Args, Subcommand, ValueHint};
use clap_complete::ArgValueCandidates;

use super::common::{PassphraseArgs, SenderArgs};
use crate::account::AccountRef;
use crate::completion;

/// `argosy tx …`.
#[derive(Debug, Subcommand)]
pub(crate) enum TxCommand {
    /// Send native tokens
    Transfer {
        #[command(flatten)]
        sender: SenderArgs,
        /// Who receives: a name or an address
        #[arg(long, value_name = "ACCOUNT", add = ArgValueCandidates::new(completion::accounts))]
        to: AccountRef,
        /// How much: 1.5, "1.5 ARGO" or "25 units"
        #[arg(long, allow_negative_numbers = true)]
        amount: String,
    },
    /// Show where a transaction is, and what it did
    #[command(visible_alias = "status")]
    Get {
        /// Its id
        id: TxId,
    },
    /// Wait until a transaction is in a block
    Wait {
        /// Its id
        id: TxId,
    },
    /// Show what a transaction did: calls of contracts with gas and what they asked of the chain, changes of
    /// state. Executes it once more on a node that offers debug methods, such as argosy dev
    Trace {
        /// Its id
        id: TxId,
    },
    /// Show where the gas of a transaction went, by function
    Profile(ProfileArgs),
    /// Sign a transaction that --unsigned wrote; needs no node
    Sign {
        /// The file, - for stdin
        #[arg(value_hint = ValueHint::FilePath)]
        file: PathBuf,
        /// Who signs: the key that the transaction names
        #[arg(long, value_name = "NAME", env = "ARGOSY_FROM", add = ArgValueCandidates::new(completion::signers))]
        from: String,
        #[command(flatten)]
        passphrase: PassphraseArgs,
        /// Where to write the signed transaction, - for stdout
        #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
        out: PathBuf,
    },
    /// Hand a signed transaction to a node and wait for its receipt
    Send {
        /// The file that `argosy tx sign` wrote, - for stdin
        #[arg(value_hint = ValueHint::FilePath)]
        file: PathBuf,
    },
    /// Hand a signed transaction to a node and do not wait
    Submit {
        /// The file that `argosy tx sign` wrote, - for stdin
        #[arg(value_hint = ValueHint::FilePath)]
        file: PathBuf,
    },
    /// Show what is in a transaction's file; needs no node
    Decode {
        /// The file, signed or not, - for stdin
        #[arg(value_hint = ValueHint::FilePath)]
        file: PathBuf,
    },
}

/// `argosy tx profile`.
#[derive(Debug, Args)]
pub(crate) struct ProfileArgs {
    /// Its id
    pub(crate) id: TxId,
    /// Write a flame graph
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) svg: Option<PathBuf>,
    /// Write folded stacks, for other tools
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) folded: Option<PathBuf>,
    /// An unstripped build of a module that ran, to name its functions; may be given more than once
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) twin: Vec<PathBuf>,
}

impl TxCommand {
    /// Whether it needs no node.
    pub(crate) fn is_offline(&self) -> bool {
        matches!(self, TxCommand::Sign { .. } | TxCommand::Decode { .. })
    }
}
