//! Blocks and headers.

use argosy_primitives::{Block, CommitCertificate, Header};
use argosy_rpc_api::{BlockSelector, RpcError, SupplyAnswer, ValidatorsAnswer};

use super::Found;

/// Blocks and headers.
pub trait ChainPort {
    /// A header.
    fn header(&self, at: BlockSelector) -> Result<Found<Header>, RpcError>;

    /// A block.
    fn block(&self, at: BlockSelector) -> Result<Found<Block>, RpcError>;

    /// Who decided a block, and who decides the next one.
    fn validators(&self, at: BlockSelector) -> Result<ValidatorsAnswer, RpcError>;

    /// A header and what shows that it was decided; `None`: nothing does, since one node makes the chain,
    /// or this node has not heard.
    fn certificate(
        &self,
        at: BlockSelector,
    ) -> Result<Found<(Header, Option<CommitCertificate>)>, RpcError>;

    /// All that there is of the token.
    fn supply(&self, at: BlockSelector) -> Result<SupplyAnswer, RpcError>;
}
