//! `argosy tx …`.

use argosy_primitives::TxId;
use clap::Subcommand;

use super::common::SenderArgs;
use crate::account::AccountRef;

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
