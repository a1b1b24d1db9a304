//! `argosy account …`.

use argosy_primitives::TxCursor;
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
    /// Print how much there is of the chain's token, in all balances and deposits
    Supply {
        #[command(flatten)]
        at: AtArgs,
    },
    /// Print the nonce of an account's next transaction, and nothing else
    Nonce {
        /// A name or an address
        #[arg(add = ArgValueCandidates::new(completion::accounts))]
        account: AccountRef,
    },
    /// List the transactions that an account has to do with, the newest first, by a node that keeps an
    /// index
    History {
        /// A name or an address
        #[arg(add = ArgValueCandidates::new(completion::accounts))]
        account: AccountRef,
        /// Only those before this one, as `next` of the page before
        #[arg(long, value_name = "CURSOR")]
        before: Option<TxCursor>,
        /// At most this many
        #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=1000))]
        limit: u32,
    },
    /// Give an account funds out of nothing, on a development chain; as `argosy dev faucet`
    Fund {
        /// A name of yours, a dev account, or an address
        #[arg(add = ArgValueCandidates::new(completion::accounts))]
        account: AccountRef,
        /// How much, in tokens [default: 1000]
        #[arg(long, value_name = "TOKENS", allow_negative_numbers = true)]
        amount: Option<String>,
    },
}
