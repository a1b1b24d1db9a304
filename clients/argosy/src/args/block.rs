//! `argosy block …`.

use argosy_rpc_api::BlockSelector;
use clap::Subcommand;

/// `argosy block …`.
#[derive(Debug, Subcommand)]
pub(crate) enum BlockCommand {
    /// Show a block
    Get {
        /// A height, a 0x hash, latest or earliest
        #[arg(default_value = "latest")]
        block: BlockSelector,
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
