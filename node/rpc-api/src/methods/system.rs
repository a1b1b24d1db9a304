//! The node and its network.

use super::spec::{MethodSpec, methods};

/// The methods of this group.
pub(super) const METHODS: &[MethodSpec] = methods! {
    "system_chainInfo" (;) Public weight 1: "What to know before the first transaction.";
    "system_version" (;) Public weight 1: "Which software answers.";
    "system_health" (;) Public weight 1: "How the node is doing.";
    "system_syncStatus" (;) Public weight 1: "How far the node is, and the chain.";
    "system_limits" (;) Public weight 1: "How much this node lets a client ask.";
    "system_nodeInfo" (;) Public weight 1: "What the node keeps of the past.";
    "system_chainSpec" (;) Public weight 5: "The chain's rules, whose hash is its genesis hash.";
};

#[cfg(any(feature = "client", feature = "server"))]
pub(super) mod traits {
    use jsonrpsee::proc_macros::rpc;

    #[cfg(feature = "server")] // A client's trait has the transport's errors instead.
    use crate::RpcError;
    use crate::{ChainInfo, Health, NodeInfo, ServerLimits, SpecAnswer, SyncStatus, VersionAnswer};

    /// About the node and its network.
    #[cfg_attr(
        all(feature = "client", feature = "server"),
        rpc(client, server, namespace = "system")
    )]
    #[cfg_attr(
        all(feature = "client", not(feature = "server")),
        rpc(client, namespace = "system")
    )]
    #[cfg_attr(
        all(feature = "server", not(feature = "client")),
        rpc(server, namespace = "system")
    )]
    pub trait SystemApi {
        /// What a client must know before its first transaction.
        #[method(name = "chainInfo")]
        async fn chain_info(&self) -> Result<ChainInfo, RpcError>;

        /// How the node is doing.
        #[method(name = "health")]
        async fn health(&self) -> Result<Health, RpcError>;

        /// Which software answers.
        #[method(name = "version")]
        async fn version(&self) -> Result<VersionAnswer, RpcError>;

        /// How far the node is, and the chain.
        #[method(name = "syncStatus")]
        async fn sync_status(&self) -> Result<SyncStatus, RpcError>;

        /// How much this node lets a client ask.
        #[method(name = "limits")]
        async fn limits(&self) -> Result<ServerLimits, RpcError>;

        /// What the node keeps of the past.
        #[method(name = "nodeInfo")]
        async fn node_info(&self) -> Result<NodeInfo, RpcError>;

        /// The chain's rules.
        #[method(name = "chainSpec")]
        async fn chain_spec(&self) -> Result<SpecAnswer, RpcError>;
    }
}
