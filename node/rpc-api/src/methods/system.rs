//! The node and its network.

use super::spec::{MethodSpec, methods};

/// The methods of this group.
pub(super) const METHODS: &[MethodSpec] = methods! {
    "system_chainInfo" (;) Public weight 1: "What to know before the first transaction.";
    "system_health" (;) Public weight 1: "How the node is doing.";
};

#[cfg(any(feature = "client", feature = "server"))]
pub(super) mod traits {
    use jsonrpsee::proc_macros::rpc;

    #[cfg(feature = "server")] // A client's trait has the transport's errors instead.
    use crate::RpcError;
    use crate::{ChainInfo, Health};

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
    }
}
