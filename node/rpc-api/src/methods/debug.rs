//! What transactions did, by executing them once more.

use super::spec::{MethodSpec, methods};

/// The methods of this group.
pub(super) const METHODS: &[MethodSpec] = methods! {
    "debug_traceTransaction" (txId;) Operator weight 50: "What a transaction did: calls of contracts with gas and host calls, changes of state. Executes it once more.";
    "debug_traceCall" (contract, message; caller, funds, gasLimit, at) Operator weight 50: "The same of a call that is only tried.";
    "debug_profileTransaction" (txId;) Operator weight 50: "Where the gas of a transaction went, by function. Executes it once more.";
};

#[cfg(any(feature = "client", feature = "server"))]
pub(super) mod traits {
    use argosy_primitives::TxId;
    use jsonrpsee::proc_macros::rpc;

    #[cfg(feature = "server")] // A client's trait has the transport's errors instead.
    use crate::RpcError;
    use crate::{AddressText, BlockSelector, Bytes, Decimal, ProfileAnswer, Text, TraceAnswer};

    /// What transactions did, by executing them once more.
    #[cfg_attr(
        all(feature = "client", feature = "server"),
        rpc(client, server, namespace = "debug")
    )]
    #[cfg_attr(
        all(feature = "client", not(feature = "server")),
        rpc(client, namespace = "debug")
    )]
    #[cfg_attr(
        all(feature = "server", not(feature = "client")),
        rpc(server, namespace = "debug")
    )]
    pub trait DebugApi {
        /// What a transaction did.
        #[method(name = "traceTransaction")]
        async fn trace_transaction(
            &self,
            #[argument(rename = "txId")] tx_id: Text<TxId>,
        ) -> Result<TraceAnswer, RpcError>;

        /// What a call would do.
        #[method(name = "traceCall")]
        async fn trace_call(
            &self,
            contract: AddressText,
            message: Bytes,
            caller: Option<AddressText>,
            funds: Option<Decimal<u128>>,
            #[argument(rename = "gasLimit")] gas_limit: Option<Decimal<u64>>,
            at: Option<BlockSelector>,
        ) -> Result<TraceAnswer, RpcError>;

        /// Where the gas of a transaction went.
        #[method(name = "profileTransaction")]
        async fn profile_transaction(
            &self,
            #[argument(rename = "txId")] tx_id: Text<TxId>,
        ) -> Result<ProfileAnswer, RpcError>;
    }
}
