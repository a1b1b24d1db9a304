//! Contracts.

use super::spec::{MethodSpec, methods};

/// The methods of this group.
pub(super) const METHODS: &[MethodSpec] = methods! {
    "contract_query" (contract, message; caller, funds, gasLimit, at) Public weight 50: "Asks a contract; nothing changes.";
    "contract_getInfo" (contract; at) Public weight 2: "What a contract runs, owns and stores.";
    "contract_getAbi" (contract; at) Public weight 5: "The ABI description inside a contract's module.";
};

#[cfg(any(feature = "client", feature = "server"))]
pub(super) mod traits {
    use jsonrpsee::proc_macros::rpc;

    #[cfg(feature = "server")] // A client's trait has the transport's errors instead.
    use crate::RpcError;
    use crate::{
        AbiAnswer, AddressText, BlockSelector, Bytes, ContractAnswer, Decimal, QueryAnswer,
    };

    /// About contracts.
    #[cfg_attr(
        all(feature = "client", feature = "server"),
        rpc(client, server, namespace = "contract")
    )]
    #[cfg_attr(
        all(feature = "client", not(feature = "server")),
        rpc(client, namespace = "contract")
    )]
    #[cfg_attr(
        all(feature = "server", not(feature = "client")),
        rpc(server, namespace = "contract")
    )]
    pub trait ContractApi {
        /// Asks a contract; nothing changes.
        #[method(name = "query")]
        async fn query(
            &self,
            contract: AddressText,
            message: Bytes,
            caller: Option<AddressText>,
            funds: Option<Decimal<u128>>,
            #[argument(rename = "gasLimit")] gas_limit: Option<Decimal<u64>>,
            at: Option<BlockSelector>,
        ) -> Result<QueryAnswer, RpcError>;

        /// What a contract runs, owns and stores.
        #[method(name = "getInfo")]
        async fn contract(
            &self,
            contract: AddressText,
            at: Option<BlockSelector>,
        ) -> Result<ContractAnswer, RpcError>;

        /// The ABI description inside a contract's module.
        #[method(name = "getAbi")]
        async fn abi(
            &self,
            contract: AddressText,
            at: Option<BlockSelector>,
        ) -> Result<AbiAnswer, RpcError>;
    }
}
