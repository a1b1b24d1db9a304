//! The node and its chain as such.

use argosy_primitives::GenesisHash;
use argosy_rpc_api::{Health, NodeInfo, RpcError, SyncStatus};
use argosy_spec::ChainSpec;

/// What a node tells of itself. All but the last answer at once: they are asked where calls are served.
pub trait SystemPort {
    /// The chain's spec.
    fn spec(&self) -> &ChainSpec;

    /// The chain's identity, the hash of its spec.
    fn genesis_hash(&self) -> GenesisHash;

    /// How the node is doing.
    fn health(&self) -> Health;

    /// How far it is, and the chain.
    fn sync_status(&self) -> SyncStatus;

    /// What it keeps of the past.
    fn node_info(&self) -> Result<NodeInfo, RpcError>;
}
