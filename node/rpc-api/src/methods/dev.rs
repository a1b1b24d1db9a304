//! For development chains.

use super::spec::{MethodSpec, methods};

/// The methods of this group.
pub(super) const METHODS: &[MethodSpec] = methods! {
    "dev_mine" (;) Dev weight 20: "Makes a block, empty or not. Development chains only.";
};

#[cfg(any(feature = "client", feature = "server"))]
pub(super) mod traits {
    use jsonrpsee::proc_macros::rpc;

    use crate::Mined;
    #[cfg(feature = "server")] // A client's trait has the transport's errors instead.
    use crate::RpcError;

    /// For development chains.
    #[cfg_attr(
        all(feature = "client", feature = "server"),
        rpc(client, server, namespace = "dev")
    )]
    #[cfg_attr(
        all(feature = "client", not(feature = "server")),
        rpc(client, namespace = "dev")
    )]
    #[cfg_attr(
        all(feature = "server", not(feature = "client")),
        rpc(server, namespace = "dev")
    )]
    pub trait DevApi {
        /// Makes a block, empty or not.
        #[method(name = "mine")]
        async fn mine(&self) -> Result<Mined, RpcError>;
    }
}
