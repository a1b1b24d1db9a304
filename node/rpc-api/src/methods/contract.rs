//! Contracts.

use super::spec::{MethodSpec, methods};

/// The methods of this group.
pub(super) const METHODS: &[MethodSpec] = methods! {
    "contract_query" (contract, message; caller, funds, gasLimit, at) Public weight 50: "Asks a contract; nothing changes.";
    "contract_simulate" (contract, message; caller, funds, gasLimit, at) Public weight 50: "Tries a call without building a transaction; nothing changes.";
    "contract_getInfo" (contract; at) Public weight 2: "What a contract runs, owns and stores.";
    "contract_getAbi" (contract; at) Public weight 5: "The ABI description inside a contract's module.";
    "contract_getCodeHash" (contract; at) Public weight 1: "What a contract runs, by its hash.";
    "contract_getStorage" (contract, key; at) Public weight 2: "What a contract keeps under a key.";
    "contract_listStorage" (contract; prefix, after, limit, at) Public weight 20: "What a contract keeps, in the order of its keys, a page at a time.";
    "contract_list" (; after, limit, at) Public weight 20: "Contracts, the oldest first. On nodes that keep an index.";
};

#[cfg(any(feature = "client", feature = "server"))]
pub(super) mod traits {
    use jsonrpsee::proc_macros::rpc;

    #[cfg(feature = "server")] // A client's trait has the transport's errors instead.
    use crate::RpcError;
    use crate::{
        AbiAnswer, AddressText, BlockSelector, Bytes, CodeHashAnswer, ContractAnswer,
        ContractsAnswer, Decimal, QueryAnswer, SimulationAnswer, StorageAnswer, StoragePageAnswer,
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

        /// Tries a call without building a transaction; nothing changes.
        #[method(name = "simulate")]
        async fn simulate_call(
            &self,
            contract: AddressText,
            message: Bytes,
            caller: Option<AddressText>,
            funds: Option<Decimal<u128>>,
            #[argument(rename = "gasLimit")] gas_limit: Option<Decimal<u64>>,
            at: Option<BlockSelector>,
        ) -> Result<SimulationAnswer, RpcError>;

        /// What a contract runs, by its hash.
        #[method(name = "getCodeHash")]
        async fn code_hash(
            &self,
            contract: AddressText,
            at: Option<BlockSelector>,
        ) -> Result<CodeHashAnswer, RpcError>;

        /// What a contract keeps under a key.
        #[method(name = "getStorage")]
        async fn storage(
            &self,
            contract: AddressText,
            key: Bytes,
            at: Option<BlockSelector>,
        ) -> Result<StorageAnswer, RpcError>;

        /// What a contract keeps, in the order of its keys, a page at a time.
        #[method(name = "listStorage")]
        async fn storage_page(
            &self,
            contract: AddressText,
            prefix: Option<Bytes>,
            after: Option<Bytes>,
            limit: Option<u32>,
            at: Option<BlockSelector>,
        ) -> Result<StoragePageAnswer, RpcError>;

        /// Contracts, the oldest first. On nodes that keep an index.
        #[method(name = "list")]
        async fn contracts(
            &self,
            after: Option<AddressText>,
            limit: Option<u32>,
            at: Option<BlockSelector>,
        ) -> Result<ContractsAnswer, RpcError>;

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
