//! The methods: traits for server and client, and a table of their names and parameters.
//!
//! Parameters go by name (`{"address": …, "at": …}`) or by position. The table is what the server
//! checks names against: a misspelt optional parameter is an error, never silently ignored.
//! Adding a method: its trait, [`METHODS`], the server's `impl`, a line in the tests' table.

/// One method.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MethodSpec {
    /// Group and name, `tx_submit`.
    pub name: &'static str,
    /// Parameters in order.
    pub params: &'static [ParamSpec],
    /// What a call costs of the caller's share; 1 = a cheap read.
    pub weight: u32,
    /// What it does.
    pub summary: &'static str,
}

/// One parameter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ParamSpec {
    /// Its name.
    pub name: &'static str,
    /// Whether it may be left out.
    pub optional: bool,
}

macro_rules! methods {
    ($($name:literal ($($needed:ident),*; $($optional:ident),*) weight $weight:literal: $summary:literal;)+) => {
        /// Every method, by group.
        pub const METHODS: &[MethodSpec] = &[$(
            MethodSpec {
                name: $name,
                params: &[
                    $(ParamSpec { name: stringify!($needed), optional: false },)*
                    $(ParamSpec { name: stringify!($optional), optional: true },)*
                ],
                weight: $weight,
                summary: $summary,
            },
        )+];
    };
}

// Name (needed parameters; optional parameters).
methods! {
    "system_chainInfo" (;) weight 1: "What to know before the first transaction.";
    "system_health" (;) weight 1: "How the node is doing.";
    "chain_getBlock" (; at, detail) weight 10: "A block; with its transactions if `detail` is \"full\".";
    "chain_getHeader" (; at) weight 1: "A header.";
    "chain_getFinalizedHead" (;) weight 1: "The newest header that cannot be undone.";
    "account_get" (address; at) weight 1: "Balance and nonce of an account.";
    "tx_submit" (transaction;) weight 5: "Takes a signed transaction (SCALE bytes) and answers with its id.";
    "tx_submitAndWait" (transaction; timeoutMs) weight 5: "The same, and waits for its receipt.";
    "tx_simulate" (transaction; at) weight 50: "Tries an unsigned transaction (SCALE bytes) without sending it.";
    "tx_getStatus" (txId;) weight 1: "Where a transaction is in its life.";
    "tx_getReceipt" (txId;) weight 1: "What a transaction did.";
    "tx_getProof" (txId;) weight 20: "Proof that a block holds a transaction, and of what it did.";
    "contract_query" (contract, message; caller, funds, gasLimit, at) weight 50: "Asks a contract; nothing changes.";
    "contract_getInfo" (contract; at) weight 2: "What a contract runs, owns and stores.";
    "contract_getAbi" (contract; at) weight 5: "The ABI description inside a contract's module.";
    "state_getProof" (address, key; at) weight 20: "A value in state, or its absence, with proof.";
    "state_getProofs" (keys; at) weight 50: "Values of up to 256 keys in state, or their absence, with one proof.";
    "events_query" (; filter, after, fromHeight, toHeight, limit) weight 20: "Events in order, from a cursor or height on.";
    "dev_mine" (;) weight 20: "Makes a block, empty or not. Development chains only.";
}

#[cfg(any(feature = "client", feature = "server"))]
pub use traits::*;

#[cfg(any(feature = "client", feature = "server"))]
mod traits {
    use argosy_primitives::{EventCursor, TxId};
    use jsonrpsee::proc_macros::rpc;

    #[cfg(feature = "server")] // A client's trait has the transport's errors instead.
    use crate::RpcError;
    use crate::{
        AbiAnswer, AccountAnswer, AddressText, BlockAnswer, BlockDetail, BlockSelector, Bytes,
        ChainInfo, ContractAnswer, Decimal, EventFilter, EventsPage, HeaderAnswer, Health, Height,
        Mined, QueryAnswer, ReceiptAnswer, SimulationAnswer, StateKeyView, StatePlace,
        StateProofAnswer, StateProofsAnswer, Submitted, Text, TxProofAnswer, TxStatusAnswer,
    };

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

    /// About blocks.
    #[cfg_attr(
        all(feature = "client", feature = "server"),
        rpc(client, server, namespace = "chain")
    )]
    #[cfg_attr(
        all(feature = "client", not(feature = "server")),
        rpc(client, namespace = "chain")
    )]
    #[cfg_attr(
        all(feature = "server", not(feature = "client")),
        rpc(server, namespace = "chain")
    )]
    pub trait ChainApi {
        /// A block.
        #[method(name = "getBlock")]
        async fn block(
            &self,
            at: Option<BlockSelector>,
            detail: Option<BlockDetail>,
        ) -> Result<BlockAnswer, RpcError>;

        /// A header.
        #[method(name = "getHeader")]
        async fn header(&self, at: Option<BlockSelector>) -> Result<HeaderAnswer, RpcError>;

        /// The newest header that cannot be undone.
        #[method(name = "getFinalizedHead")]
        async fn finalized_head(&self) -> Result<HeaderAnswer, RpcError>;
    }

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
    }

    /// About transactions.
    #[cfg_attr(
        all(feature = "client", feature = "server"),
        rpc(client, server, namespace = "tx")
    )]
    #[cfg_attr(
        all(feature = "client", not(feature = "server")),
        rpc(client, namespace = "tx")
    )]
    #[cfg_attr(
        all(feature = "server", not(feature = "client")),
        rpc(server, namespace = "tx")
    )]
    pub trait TxApi {
        /// Takes a signed transaction.
        #[method(name = "submit")]
        async fn submit(&self, transaction: Bytes) -> Result<Submitted, RpcError>;

        /// Takes a signed transaction and waits for its receipt.
        #[method(name = "submitAndWait")]
        async fn submit_and_wait(
            &self,
            transaction: Bytes,
            #[argument(rename = "timeoutMs")] timeout_ms: Option<u32>,
        ) -> Result<ReceiptAnswer, RpcError>;

        /// Tries an unsigned transaction without sending it.
        #[method(name = "simulate")]
        async fn simulate(
            &self,
            transaction: Bytes,
            at: Option<BlockSelector>,
        ) -> Result<SimulationAnswer, RpcError>;

        /// Where a transaction is in its life.
        #[method(name = "getStatus")]
        async fn status(
            &self,
            #[argument(rename = "txId")] tx_id: Text<TxId>,
        ) -> Result<TxStatusAnswer, RpcError>;

        /// What a transaction did.
        #[method(name = "getReceipt")]
        async fn receipt(
            &self,
            #[argument(rename = "txId")] tx_id: Text<TxId>,
        ) -> Result<ReceiptAnswer, RpcError>;

        /// Proof that a block holds a transaction, and of what it did.
        #[method(name = "getProof")]
        async fn tx_proof(
            &self,
            #[argument(rename = "txId")] tx_id: Text<TxId>,
        ) -> Result<TxProofAnswer, RpcError>;
    }

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

    /// About state as such.
    #[cfg_attr(
        all(feature = "client", feature = "server"),
        rpc(client, server, namespace = "state")
    )]
    #[cfg_attr(
        all(feature = "client", not(feature = "server")),
        rpc(client, namespace = "state")
    )]
    #[cfg_attr(
        all(feature = "server", not(feature = "client")),
        rpc(server, namespace = "state")
    )]
    pub trait StateApi {
        /// A value in state, or its absence, with proof.
        #[method(name = "getProof")]
        async fn state_proof(
            &self,
            address: AddressText,
            key: StateKeyView,
            at: Option<BlockSelector>,
        ) -> Result<StateProofAnswer, RpcError>;

        /// Values of several keys in state, or their absence, with one proof.
        #[method(name = "getProofs")]
        async fn state_proofs(
            &self,
            keys: Vec<StatePlace>,
            at: Option<BlockSelector>,
        ) -> Result<StateProofsAnswer, RpcError>;
    }

    /// About events.
    #[cfg_attr(
        all(feature = "client", feature = "server"),
        rpc(client, server, namespace = "events")
    )]
    #[cfg_attr(
        all(feature = "client", not(feature = "server")),
        rpc(client, namespace = "events")
    )]
    #[cfg_attr(
        all(feature = "server", not(feature = "client")),
        rpc(server, namespace = "events")
    )]
    pub trait EventsApi {
        /// Events in order, from a cursor or height on.
        #[method(name = "query")]
        async fn events(
            &self,
            filter: Option<EventFilter>,
            after: Option<Text<EventCursor>>,
            #[argument(rename = "fromHeight")] from_height: Option<Height>,
            #[argument(rename = "toHeight")] to_height: Option<Height>,
            limit: Option<u32>,
        ) -> Result<EventsPage, RpcError>;
    }

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
