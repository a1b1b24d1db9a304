//! What can go wrong between a client and a node.

use argosy_primitives::{DecodeError, TxId};
use argosy_proof::ProofError;
use argosy_rpc_api::RpcError;
use argosy_vm_abi::AbiError;

use crate::abi::ValueError;

/// Why a request of the client failed.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// The node understood and refused.
    #[error(transparent)]
    Rpc(#[from] RpcError),
    /// The node refused in words this client does not know; the node may be newer.
    #[error("{message} (code {code})")]
    UnknownRpc {
        /// JSON-RPC code.
        code: i32,
        /// The node's own text.
        message: String,
    },
    /// The URL is none that a node can be reached by.
    #[error("{url:?} is not a URL of a node, such as http://127.0.0.1:9533: {reason}")]
    BadUrl {
        /// What was given.
        url: String,
        /// What is wrong with it.
        reason: String,
    },
    /// No answer: nobody listens there, or the connection broke.
    #[error("no answer from {url}: {reason}")]
    Unreachable {
        /// Where the node should be.
        url: String,
        /// What happened.
        reason: String,
    },
    /// The node did not answer in time.
    #[error("{url} did not answer within {seconds} s")]
    Timeout {
        /// Where the node is.
        url: String,
        /// How long the client waited.
        seconds: u64,
    },
    /// The answer is not what the method answers.
    #[error("{url} answered with something else: {reason}")]
    BadAnswer {
        /// Where the node is.
        url: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A value does not fit the contract's ABI.
    #[error(transparent)]
    Value(#[from] ValueError),
    /// The contract's ABI description does not read.
    #[error("the contract's ABI description is broken")]
    Abi(#[from] AbiError),
    /// The transaction would cost more than any account can hold.
    #[error("gas, price, deposit and amounts together exceed any balance")]
    CostOverflow,
    /// An answer contradicts the header it claims to be part of.
    #[error(transparent)]
    Check(#[from] CheckError),
}

/// Why an answer proves nothing. Whoever gave it is wrong or lies.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CheckError {
    /// The proof's bytes are no proof.
    #[error("the proof does not decode")]
    Malformed(#[from] DecodeError),
    /// The proof does not lead to the header.
    #[error("the proof does not hold")]
    Proof(#[from] ProofError),
    /// The answer speaks of another block than the header in hand.
    #[error("the answer is about another block")]
    OtherBlock,
    /// The proof shows another transaction.
    #[error("the proof is about transaction {found}")]
    OtherTransaction {
        /// That transaction.
        found: TxId,
    },
    /// The receipt shown is not the one that is proven.
    #[error("the receipt shown is not the one that is proven")]
    OtherReceipt,
    /// Transaction and receipt are at different places of the block.
    #[error("transaction and receipt are at different places of the block")]
    OtherPlace,
    /// The address or key is not the one that was asked for.
    #[error("the answer is about another key")]
    OtherKey,
    /// The ABI description is not the one the code commits to.
    #[error("the ABI description does not match its hash")]
    OtherAbi,
}
