//! `argosy account …`.

use clap::Subcommand;
use clap_complete::ArgValueCandidates;

use super::common::AtArgs;
use crate::account::AccountRef;
use crate::completion;

/// `argosy account …`.
#[derive(Debug, Subcommand)]
pub(crate) enum AccountCommand {
    /// Show an account
    Get {
        /// A name (yours or a dev account's) or an address
        #[arg(add = ArgValueCandidates::new(completion::accounts))]
        account: AccountRef,
        #[command(flatten)]
        at: AtArgs,
    },
    /// Print an account's balance, and nothing else
    Balance {
        /// A name or an address
        #[arg(add = ArgValueCandidates::new(completion::accounts))]
        account: AccountRef,
        #[command(flatten)]
        at: AtArgs,
    },
    /// Print the nonce of an account's next transaction, and nothing else
    Nonce {
        /// A name or an address
        #[arg(add = ArgValueCandidates::new(completion::accounts))]
        account: AccountRef,
    },
}
