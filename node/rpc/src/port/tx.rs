//! Transactions: handed in, waited for, tried, found again.

use argosy_primitives::{
    Action, Balance, Gas, Receipt, SignedTransaction, Transaction, TxId, VerifiedTransaction,
};
use argosy_rpc_api::{
    AskedCall, At, BlockSelector, DropReasonView, Received, RpcError, TxProofAnswer, TxStatus,
};
use async_trait::async_trait;

use super::Found;
use crate::failure::Cause;

/// Transactions.
#[async_trait]
pub trait TxPort {
    /// Runs a transaction on a snapshot as if it were in the next block, signature aside.
    fn simulate(&self, tx: Transaction, at: BlockSelector) -> Result<Found<Simulated>, RpcError>;

    /// What the actions of a transaction ask contracts for, by the ABIs of their code at the newest block.
    fn asked_calls(&self, actions: &[Action]) -> Result<Vec<AskedCall>, RpcError>;

    /// Where a transaction is in its life, with the newest block; `None` = never seen.
    fn status(&self, id: &TxId) -> Result<Found<Option<TxStatus>>, RpcError>;

    /// How a transaction came here; `None` = not known, or not any more.
    fn received(&self, id: &TxId) -> Option<Received>;

    /// What a transaction did, and why it failed if it did; `None` = it is in no block.
    fn receipt(&self, id: &TxId) -> Result<Option<Included>, RpcError>;

    /// A transaction and its index, at the block that holds it; `None` = it is in no block.
    fn transaction(&self, id: &TxId) -> Result<Option<Found<(u32, SignedTransaction)>>, RpcError>;

    /// Proof of a transaction and of what it did; `None` = it is in no block.
    fn tx_proof(&self, id: &TxId) -> Result<Option<TxProofAnswer>, RpcError>;

    /// Hands a transaction to the mempool and answers with its verdict. May be cancelled: the
    /// transaction is then in the mempool or not, and [`TxPort::status`] tells.
    async fn submit(&self, tx: VerifiedTransaction) -> Result<(), RpcError>;

    /// Waits until a transaction is in a block or was let go; answers at once if it is already.
    /// May be cancelled without harm.
    async fn settled(&self, id: TxId) -> Result<Settled, RpcError>;
}

/// What a transaction would do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Simulated {
    /// The receipt it would get.
    pub receipt: Receipt,
    /// A gas limit with which it does what the receipt says.
    pub gas_limit: Gas,
    /// The least `deposit_max` with which it does so.
    pub deposit_max: Balance,
    /// Why it would fail, if it would.
    pub cause: Cause,
}

/// A transaction in its block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Included {
    /// The block.
    pub at: At,
    /// The transaction's index in it.
    pub index: u32,
    /// What it did.
    pub receipt: Receipt,
    /// Why it failed, if it did and that was asked for ([`TxPort::receipt`] does).
    pub error: Option<Box<RpcError>>,
}

/// How a transaction's wait ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Settled {
    /// It is in a block for ever.
    Included(Included),
    /// It was let go.
    Dropped(DropReasonView),
}
