//! `argosy account …`.

use clap::Subcommand;

use super::common::AtArgs;
use crate::account::AccountRef;

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
