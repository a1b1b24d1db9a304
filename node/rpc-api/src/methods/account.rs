//! Accounts.

use super::spec::{MethodSpec, methods};

/// The methods of this group.
pub(super) const METHODS: &[MethodSpec] = methods! {
    "account_get" (address; at) Public weight 1: "Balance and nonce of an account.";
    "account_getNonce" (address; at) Public weight 1: "The nonces of an account alone.";
    "account_getHistory" (address; before, limit) Public weight 20: "Transactions that an account has to do with, the newest first. On nodes that keep an index.";
};

#[cfg(any(feature = "client", feature = "server"))]
pub(super) mod traits {
    use argosy_primitives::TxCursor;
    use jsonrpsee::proc_macros::rpc;

    #[cfg(feature = "server")] // A client's trait has the transport's errors instead.
    use crate::RpcError;
    use crate::{AccountAnswer, AddressText, BlockSelector, HistoryAnswer, NonceAnswer, Text};

    /// About accounts.
    #[cfg_attr(
        all(feature = "client", feature = "server"),
        rpc(client, server, namespace = "account")
    )]
    #[cfg_attr(
        all(feature = "client", not(feature = "server")),
        rpc(client, namespace = "account")
    )]
    #[cfg_attr(
        all(feature = "server", not(feature = "client")),
        rpc(server, namespace = "account")
    )]
    pub trait AccountApi {
        /// Balance and nonce of an account.
        #[method(name = "get")]
        async fn account(
            &self,
            address: AddressText,
            at: Option<BlockSelector>,
        ) -> Result<AccountAnswer, RpcError>;

        /// The nonces of an account alone.
        #[method(name = "getNonce")]
        async fn nonce(
            &self,
            address: AddressText,
            at: Option<BlockSelector>,
        ) -> Result<NonceAnswer, RpcError>;

        /// Transactions that an account has to do with, the newest first. On nodes that keep an index.
        #[method(name = "getHistory")]
        async fn history(
            &self,
            address: AddressText,
            before: Option<Text<TxCursor>>,
            limit: Option<u32>,
        ) -> Result<HistoryAnswer, RpcError>;
    }
}
