//! Transactions.

use super::spec::{MethodSpec, methods};

/// The methods of this group.
pub(super) const METHODS: &[MethodSpec] = methods! {
    "tx_submit" (transaction;) Public weight 5: "Takes a signed transaction (SCALE bytes) and answers with its id.";
    "tx_submitAndWait" (transaction; timeoutMs) Public weight 5: "The same, and waits for its receipt.";
    "tx_simulate" (transaction; at) Public weight 50: "Tries an unsigned transaction (SCALE bytes) without sending it.";
    "tx_decode" (transaction;) Public weight 10: "Reads a signed transaction (SCALE bytes) without sending it, and its calls by the ABIs of contracts.";
    "tx_get" (txId;) Public weight 2: "A transaction that is in a block.";
    "tx_getStatus" (txId;) Public weight 10: "Where a transaction is in its life.";
    "tx_getReceipt" (txId;) Public weight 10: "What a transaction did.";
    "tx_getProof" (txId;) Public weight 20: "Proof that a block holds a transaction, and of what it did.";
    "tx_watch" (txId;) Public weight 10: "Where a transaction is in its life, until that is over. WebSocket only.";
    "tx_unwatch" (subscription;) Public weight 1: "Ends a subscription.";
};

#[cfg(any(feature = "client", feature = "server"))]
pub(super) mod traits {
    use argosy_primitives::TxId;
    use jsonrpsee::proc_macros::rpc;

    #[cfg(feature = "server")] // A client's trait has the transport's errors instead.
    use crate::RpcError;
    use crate::{
        BlockSelector, Bytes, Decimal, DecodedTx, ReceiptAnswer, SimulationAnswer, Submitted, Text,
        TxAnswer, TxProofAnswer, TxStatusAnswer,
    };

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

        /// Reads a signed transaction without sending it.
        #[method(name = "decode")]
        async fn decode(&self, transaction: Bytes) -> Result<DecodedTx, RpcError>;

        /// A transaction that is in a block.
        #[method(name = "get")]
        async fn transaction(
            &self,
            #[argument(rename = "txId")] tx_id: Text<TxId>,
        ) -> Result<TxAnswer, RpcError>;

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

        /// Where a transaction is in its life, whenever that changes, until it is over; nothing before
        /// the node knows the transaction. Answers with the number of the subscription; notices are
        /// called `tx_subscription`, and are each a [`TxNotice`](crate::TxNotice).
        #[method(name = "watch", with_extensions)]
        async fn watch_tx(
            &self,
            #[argument(rename = "txId")] tx_id: Text<TxId>,
        ) -> Result<Decimal<u64>, RpcError>;

        /// Ends a subscription; whether there was one.
        #[method(name = "unwatch", with_extensions)]
        async fn unwatch_tx(&self, subscription: Decimal<u64>) -> Result<bool, RpcError>;
    }
}
