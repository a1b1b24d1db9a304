//! The interface itself.
//!
//! The names are those that tools look for: `rpc.discover` is OpenRPC's.

use super::spec::{MethodSpec, methods};

/// The methods of this group.
pub(super) const METHODS: &[MethodSpec] = methods! {
    "rpc.discover" (;) Public weight 20: "This interface as an OpenRPC document.";
    "rpc_methods" (;) Public weight 1: "The names of all methods.";
};

#[cfg(any(feature = "client", feature = "server"))]
pub(super) mod traits {
    use jsonrpsee::proc_macros::rpc;

    #[cfg(feature = "server")] // A client's trait has the transport's errors instead.
    use crate::RpcError;
    use crate::{Discovery, MethodNames};

    /// About the interface itself.
    #[cfg_attr(all(feature = "client", feature = "server"), rpc(client, server))]
    #[cfg_attr(all(feature = "client", not(feature = "server")), rpc(client))]
    #[cfg_attr(all(feature = "server", not(feature = "client")), rpc(server))]
    pub trait MetaApi {
        /// This interface as an OpenRPC document.
        #[method(name = "rpc.discover")]
        async fn discover(&self) -> Result<Discovery, RpcError>;

        /// The names of all methods.
        #[method(name = "rpc_methods")]
        async fn method_names(&self) -> Result<MethodNames, RpcError>;
    }
}
