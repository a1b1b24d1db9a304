//! Why a call failed, and what kind of failure that is.
//!
//! Not here: what is wrong with a contract's value (`codec`), and the node's own errors ([`RpcError`]).

use argosy_primitives::{GenesisHash, TxId};
use argosy_proof::ProofError;
use argosy_rpc_api::{ReceiptAnswer, RpcError};

use crate::amount::AmountError;
use crate::codec::{CodecError, Revert};
use crate::module::ModuleError;
use crate::wallet::WalletError;

/// Why a call failed.
#[derive(Debug, Clone, thiserror::Error)]
pub enum SdkError {
    /// The node's address is not one.
    #[error("{url:?} is no address of a node: {reason}; write for example http://127.0.0.1:9533")]
    BadUrl {
        /// The text.
        url: String,
        /// What is wrong with it.
        reason: String,
    },
    /// Parameters are neither an object nor a list.
    #[error("{found} cannot be parameters: write an object, by name, or a list, by position")]
    Params {
        /// The JSON.
        found: String,
    },
    /// No answer: nobody listens there, or the connection broke.
    #[error("the node at {url} cannot be reached: {reason}")]
    Unreachable {
        /// Which node.
        url: String,
        /// What happened.
        reason: String,
    },
    /// Something answered, but refuses to speak JSON-RPC with us.
    #[error("the server at {url} answers with HTTP status {status}")]
    HttpStatus {
        /// Which server.
        url: String,
        /// Its answer.
        status: u16,
    },
    /// No answer in time.
    #[error("the node at {url} did not answer {method} within {waited_ms} ms")]
    Timeout {
        /// Which node.
        url: String,
        /// What it was asked.
        method: &'static str,
        /// How long we waited.
        waited_ms: u64,
    },
    /// The node answered with an error.
    #[error("{error}")]
    Rpc {
        /// What it says.
        error: Box<RpcError>,
    },
    /// The node answered with an error that this version does not know.
    #[error("the node refuses {method}: {message} (code {code})")]
    UnknownRpc {
        /// What it was asked.
        method: &'static str,
        /// JSON-RPC code.
        code: i32,
        /// What it says.
        message: String,
        /// The facts, as JSON.
        data: Option<String>,
    },
    /// The node answered with something that cannot be true, or is not an answer.
    #[error("bad answer to {method}: {reason}")]
    BadAnswer {
        /// What it was asked.
        method: &'static str,
        /// What is wrong.
        reason: String,
    },
    /// The answer is about another chain.
    #[error("the node is on chain {found}, expected {expected}")]
    OtherChain {
        /// The chain that was asked for, or found on connecting.
        expected: GenesisHash,
        /// The chain of the answer.
        found: GenesisHash,
    },
    /// A proof proves nothing.
    #[error("the node's proof does not hold: {0}")]
    Proof(#[from] ProofError),
    /// A contract refused before anything was sent, or while it was asked.
    #[error("{} reverted: {revert}", method.as_deref().unwrap_or("the contract"))]
    Reverted {
        /// Which method, if known.
        method: Option<String>,
        /// Why.
        revert: Box<Revert>,
        /// What the node says.
        error: Box<RpcError>,
    },
    /// The transaction is in a block, and failed there.
    #[error("{0}")]
    Failed(Box<FailedTx>),
    /// The transaction was sent, but what became of it could not be learnt. It is not lost: ask for
    /// its status.
    #[error("transaction {tx_id} was sent, its outcome is unknown: {source}")]
    Unsettled {
        /// Which.
        tx_id: TxId,
        /// Why it could not be learnt.
        source: Box<SdkError>,
    },
    /// A value for a contract, or of one, is wrong.
    #[error(transparent)]
    Codec(Box<CodecError>),
    /// A text is no amount.
    #[error(transparent)]
    Amount(#[from] AmountError),
    /// A phrase is wrong.
    #[error(transparent)]
    Wallet(#[from] WalletError),
    /// A file is no contract.
    #[error(transparent)]
    Module(#[from] ModuleError),
}

/// A transaction that is in a block but failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FailedTx {
    /// Its receipt and place.
    pub answer: ReceiptAnswer,
    /// Why the contract reverted, if it did and its ABI is known.
    pub revert: Option<Revert>,
}

impl std::fmt::Display for FailedTx {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let ReceiptAnswer {
            at, tx_id, receipt, ..
        } = &self.answer;
        let (status, action) = (receipt.status, receipt.action);
        let height = at.height;
        write!(
            f,
            "transaction {tx_id} failed in block {height}, action {action}: {status}"
        )?;
        match (&self.revert, &self.answer.error) {
            (Some(revert), _) => write!(f, ": {revert}"),
            (None, Some(error)) => write!(f, ": {error}"),
            (None, None) => Ok(()),
        }
    }
}

/// What kind of failure it is; the exit code of a command follows from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Category {
    /// What was given is wrong; nothing was asked.
    Input,
    /// The chain ran it and it failed: reverted, trapped, out of gas.
    Reverted,
    /// The node cannot be reached.
    Network,
    /// It took too long.
    Timeout,
    /// The node, or the chain's rules, refuse.
    Refused,
    /// The answer is wrong: another chain, a false proof, no answer at all.
    BadAnswer,
}

impl Category {
    /// The one spelling for logs and JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Category::Input => "input",
            Category::Reverted => "reverted",
            Category::Network => "network",
            Category::Timeout => "timeout",
            Category::Refused => "refused",
            Category::BadAnswer => "bad_answer",
        }
    }
}

impl SdkError {
    /// What kind of failure it is.
    pub fn category(&self) -> Category {
        match self {
            // The chain's rule, though it is known before the chain is asked.
            SdkError::Module(ModuleError::TooLarge { .. } | ModuleError::Unserved { .. }) => {
                Category::Refused
            }
            SdkError::BadUrl { .. }
            | SdkError::Params { .. }
            | SdkError::Amount(_)
            | SdkError::Wallet(_)
            | SdkError::Module(_) => Category::Input,
            SdkError::Codec(error) if error.is_input() => Category::Input,
            SdkError::Codec(_) => Category::BadAnswer,
            SdkError::Unreachable { .. } | SdkError::HttpStatus { .. } => Category::Network,
            SdkError::Timeout { .. } => Category::Timeout,
            SdkError::Rpc { error } => category_of(error),
            SdkError::UnknownRpc { .. } => Category::Refused,
            SdkError::BadAnswer { .. } | SdkError::OtherChain { .. } | SdkError::Proof(_) => {
                Category::BadAnswer
            }
            SdkError::Reverted { .. } | SdkError::Failed(_) => Category::Reverted,
            SdkError::Unsettled { source, .. } => source.category(),
        }
    }

    /// What the node says, if it says something that this version knows.
    pub fn rpc(&self) -> Option<&RpcError> {
        match self {
            SdkError::Rpc { error } | SdkError::Reverted { error, .. } => Some(error),
            SdkError::Unsettled { source, .. } => source.rpc(),
            _ => None,
        }
    }

    /// JSON-RPC code, if the node answered with one.
    pub fn code(&self) -> Option<i32> {
        match self {
            SdkError::UnknownRpc { code, .. } => Some(*code),
            other => other.rpc().map(RpcError::code),
        }
    }

    /// The transaction that was sent, if one was.
    pub fn tx_id(&self) -> Option<TxId> {
        match self {
            SdkError::Unsettled { tx_id, .. } => Some(*tx_id),
            SdkError::Failed(failed) => Some(failed.answer.tx_id.0),
            SdkError::Rpc { error } => match &**error {
                RpcError::WaitTimeout { tx_id, .. } => Some(tx_id.0),
                _ => None,
            },
            _ => None,
        }
    }
}

impl From<CodecError> for SdkError {
    fn from(error: CodecError) -> SdkError {
        SdkError::Codec(Box::new(error))
    }
}

impl From<RpcError> for SdkError {
    fn from(error: RpcError) -> SdkError {
        SdkError::Rpc {
            error: Box::new(error),
        }
    }
}

fn category_of(error: &RpcError) -> Category {
    match error {
        RpcError::WaitTimeout { .. } => Category::Timeout,
        RpcError::OriginUnread { .. } => Category::Network,
        RpcError::Reverted { .. }
        | RpcError::OutOfGas { .. }
        | RpcError::Trapped { .. }
        | RpcError::AbiMismatch { .. }
        | RpcError::StorageLimit { .. }
        | RpcError::CallDepth { .. }
        | RpcError::ExecutionFailed { .. } => Category::Reverted,
        _ => Category::Refused,
    }
}
