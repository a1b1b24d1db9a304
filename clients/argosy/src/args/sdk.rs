//! `argosy sdk …`: the copy of the contract SDK in a contract's folder.

use std::path::PathBuf;

use clap::{Subcommand, ValueHint};

/// `argosy sdk …`.
#[derive(Debug, Subcommand)]
pub(crate) enum SdkCommand {
    /// Tell which contract SDK a contract is built with, and whether this program brings another
    Status {
        /// Folder of the contract, or of a workspace of contracts
        #[arg(value_name = "DIR", default_value = ".", value_hint = ValueHint::DirPath)]
        folder: PathBuf,
    },
    /// Replace the copy in vendor/argosy by that of this program, and its versions in Cargo.lock
    Update {
        /// Folder of the contract, or of a workspace of contracts
        #[arg(value_name = "DIR", default_value = ".", value_hint = ValueHint::DirPath)]
        folder: PathBuf,
        /// Also where files of the copy were changed by hand, or where it is not in the workspace; what was changed stays
        /// beside, as vendor/argosy.old
        #[arg(long)]
        force: bool,
    },
}
