//! `argosy block …`.

use argosy_rpc_api::BlockSelector;
use clap::Subcommand;
use clap_complete::ArgValueCandidates;

use crate::account::AccountRef;
use crate::completion;

/// `argosy block …`.
#[derive(Debug, Subcommand)]
pub(crate) enum BlockCommand {
    /// Show a block
    Get {
        /// A height, a 0x hash, latest or earliest
        #[arg(default_value = "latest")]
        block: BlockSelector,
    },
    /// List the newest blocks, the newest first
    List {
        /// So many
        #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=1000))]
        limit: u32,
        /// Only those before this height
        #[arg(long, value_name = "HEIGHT")]
        before: Option<u64>,
    },
    /// Show what a block changed in state, as long as the node knows it
    Changes {
        /// A height, a 0x hash, latest or earliest
        #[arg(default_value = "latest")]
        block: BlockSelector,
        /// Only what is kept under this address
        #[arg(long, value_name = "ACCOUNT", add = ArgValueCandidates::new(completion::accounts))]
        account: Option<AccountRef>,
        /// At most this many changes
        #[arg(long, default_value_t = 10_000, value_parser = clap::value_parser!(u32).range(1..=100_000))]
        limit: u32,
    },
    /// Print blocks as they are made, a line each; none is left out when the node is away for a while
    Watch {
        /// Begin behind this height; without it, with the newest block
        #[arg(long, value_name = "HEIGHT")]
        after: Option<u64>,
        /// End after this many
        #[arg(long, value_name = "NUMBER")]
        count: Option<u64>,
    },
}
