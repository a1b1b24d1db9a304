//! Blocks and headers.

use argosy_primitives::{Block, Header};
use argosy_rpc_api::{BlockSelector, RpcError};

use super::Found;

/// Blocks and headers.
pub trait ChainPort {
    /// A header.
    fn header(&self, at: BlockSelector) -> Result<Found<Header>, RpcError>;

    /// A block.
    fn block(&self, at: BlockSelector) -> Result<Found<Block>, RpcError>;
}
