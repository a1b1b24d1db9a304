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
}
