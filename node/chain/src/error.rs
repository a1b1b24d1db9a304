//! What can go wrong with a block, a directory or a query.
//!
//! Always: [`ChainError::is_block_fault`] tells a bad block from a broken node.

use argosy_executor::{ApplyError, Fault, Inadmissible, StackError};
use argosy_kv::{Cause, KvError};
use argosy_primitives::{Address, BlockHash, GenesisHash, Height, Round, TimestampMs, TxId};
use argosy_state::StateError;
use argosy_system::{EvidenceError, SystemError};

use crate::retention::Retention;

/// Why a block is invalid. The first broken rule, with what was expected.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidBlock {
    /// Header version is not the active protocol version.
    #[error("header version {found}, but protocol version {expected} is active")]
    Version {
        /// Active version.
        expected: u32,
        /// In the header.
        found: u32,
    },
    /// Another chain's block.
    #[error("block belongs to chain {found}, not to {expected}")]
    Chain {
        /// Our genesis hash.
        expected: GenesisHash,
        /// In the header.
        found: GenesisHash,
    },
    /// Does not follow our head.
    #[error("block {found} does not follow head {head}")]
    NotNext {
        /// Our head.
        head: Height,
        /// In the header.
        found: Height,
    },
    /// Built on another block than our head.
    #[error("parent is {found}, our head is {expected}")]
    Parent {
        /// Our head's hash.
        expected: BlockHash,
        /// In the header.
        found: BlockHash,
    },
    /// Time runs backwards.
    #[error("time {found} ms is before the parent's {parent} ms")]
    Time {
        /// The parent's time.
        parent: TimestampMs,
        /// In the header.
        found: TimestampMs,
    },
    /// It was not the proposer's turn, or it is no validator.
    #[error("proposer {found:?} had no turn in round {round} of this height")]
    Proposer {
        /// In the header.
        found: Address,
        /// The round of the header.
        round: Round,
    },
    /// A field that follows from the parent, the state or the body has another value.
    #[error("header field `{field}` is not what the block's content gives")]
    Field {
        /// The field's name.
        field: &'static str,
    },
    /// The encoded body exceeds the limit.
    #[error("block of {found} bytes exceeds the limit of {max}")]
    Size {
        /// Encoded size of the body.
        found: usize,
        /// The limit.
        max: usize,
    },
    /// A transaction's form or signature is wrong.
    #[error("transaction {index} is malformed: {reason}")]
    Transaction {
        /// Index in the body.
        index: usize,
        /// What is wrong.
        reason: String,
    },
    /// A transaction that must not be included.
    #[error("transaction {index} ({id}) is not admissible: {reason}")]
    Inadmissible {
        /// Index in the body.
        index: usize,
        /// Its id.
        id: TxId,
        /// The broken rule.
        reason: Inadmissible,
    },
    /// The sum of gas used and the next gas limit exceeds the block's.
    #[error("transaction {index} does not fit into the block's gas")]
    GasFull {
        /// Index in the body.
        index: usize,
    },
    /// Agreement data in a block of a chain without agreement.
    #[error("a block of a solo chain carries neither certificate nor evidence")]
    Agreement,
    /// The certificate of the block before is missing, another one's, or does not hold.
    #[error("the certificate of the block before {what}")]
    Certificate {
        /// What is wrong.
        what: String,
    },
    /// More evidence than a block may carry.
    #[error("{found} pieces of evidence exceed the limit of {max}")]
    EvidenceCount {
        /// In the body.
        found: usize,
        /// The limit.
        max: u32,
    },
    /// A piece of evidence proves nothing, or nothing new.
    #[error("evidence {index} does not count: {reason}")]
    Evidence {
        /// Index in the body.
        index: usize,
        /// Why.
        reason: EvidenceError,
    },
    /// Two pieces of evidence against one validator.
    #[error("evidence {index} is against a validator that another piece is against")]
    EvidenceTwice {
        /// Index of the second.
        index: usize,
    },
}

/// A failed chain operation.
#[derive(Debug, thiserror::Error)]
pub enum ChainError {
    /// The block breaks a rule; our state is unchanged.
    #[error("invalid block: {0}")]
    Invalid(Box<InvalidBlock>),
    /// The store belongs to another chain.
    #[error(
        "this directory holds chain {found}, but the chain spec is {expected}; use the spec that it was made with, or another directory"
    )]
    WrongChain {
        /// Genesis hash of the spec.
        expected: GenesisHash,
        /// Genesis hash in the store.
        found: GenesisHash,
    },
    /// The store has another layout.
    #[error("this directory has layout {found}, this program reads layout {expected}: {}", other_release(*expected, *found))]
    Schema {
        /// Our layout.
        expected: u32,
        /// In the store.
        found: u32,
    },
    /// A record that must be there is missing or does not decode.
    #[error("the store is damaged: {what}")]
    Damaged {
        /// Which record.
        what: String,
    },
    /// State failed.
    #[error("state failed: {0}")]
    State(#[from] StateError),
    /// The store failed.
    #[error("store failed: {0}")]
    Store(#[from] KvError),
    /// The executor met a broken node.
    #[error("execution failed: {}", chain_of(.0))]
    Execution(#[from] Fault),
    /// The chain's own records cannot be ours.
    #[error(transparent)]
    System(#[from] SystemError),
    /// A block needs the certificate of the one before, which this node does not have: it came here
    /// by a file. The next block that others decide brings it.
    #[error("this node has no certificate of block {height}, on which it would build")]
    NoCertificate {
        /// The head.
        height: Height,
    },
    /// What was decided is not what a quorum signed.
    #[error("the certificate of block {height} does not hold: {what}")]
    BadCertificate {
        /// The block.
        height: Height,
        /// What is wrong.
        what: String,
    },
    /// There is no thread to execute on.
    #[error("no stack to execute on: {0}")]
    Stack(#[from] StackError),
    /// A candidate was committed on another head than it was made for.
    #[error("candidate was made for another head")]
    StaleCandidate,
    /// It was there once; this node does not keep it that long.
    #[error("no longer kept; the oldest height that can be read is {oldest_height}")]
    Pruned {
        /// The oldest height at which the same can be read.
        oldest_height: Height,
    },
    /// The state of an earlier block takes a while to build, and enough readers do or wait.
    #[error("too many read the state of earlier blocks at once")]
    Busy,
    /// The directory no longer has what it is to keep from now on.
    #[error(
        "this directory keeps {found}, from height {oldest_height} on, and cannot become one that keeps {wanted}: make that anew with the same setting from a directory with every block, `argosyd replay --from OLD --into NEW`"
    )]
    Retention {
        /// What it keeps.
        found: Retention,
        /// Its oldest block.
        oldest_height: Height,
        /// What it was asked to keep.
        wanted: Retention,
    },
    /// Only a development chain in memory does what was asked for.
    #[error("this is no development chain in memory, whose state can be set and put back")]
    NotDev,
    /// A fork's state root commits to what differs from its origin, which no verifier knows.
    #[error("this chain is a fork: its state cannot be proven")]
    Fork,
    /// What a transaction reads of a fork's origin did not come. Nothing changed.
    #[error("transaction {id} reads what did not come: {}", chain_of(.fault))]
    Unread {
        /// The transaction that ran.
        id: TxId,
        /// What was read, and why it did not come.
        #[source]
        fault: Box<Fault>,
    },
}

impl From<InvalidBlock> for ChainError {
    fn from(rule: InvalidBlock) -> ChainError {
        ChainError::Invalid(Box::new(rule))
    }
}

impl ChainError {
    /// `true`: the block is bad and its sender to blame. `false`: this node is broken and stops.
    pub fn is_block_fault(&self) -> bool {
        match self {
            ChainError::Invalid(_) => true,
            ChainError::WrongChain { .. }
            | ChainError::Schema { .. }
            | ChainError::Damaged { .. }
            | ChainError::State(_)
            | ChainError::Store(_)
            | ChainError::Execution(_)
            | ChainError::System(_)
            | ChainError::NoCertificate { .. }
            | ChainError::BadCertificate { .. }
            | ChainError::Stack(_)
            | ChainError::StaleCandidate
            | ChainError::Pruned { .. }
            | ChainError::Busy
            | ChainError::Retention { .. }
            | ChainError::NotDev
            | ChainError::Fork
            | ChainError::Unread { .. } => false,
        }
    }

    /// What the operator has to do with, where disk or store are to blame.
    pub fn cause(&self) -> Option<Cause> {
        if let Some(store) = KvError::among(self) {
            return Some(store.cause());
        }
        let damaged = match self {
            ChainError::Damaged { .. }
            | ChainError::State(_)
            | ChainError::System(_)
            | ChainError::Execution(Fault::State(_) | Fault::System(_)) => true,
            ChainError::Invalid(_)
            | ChainError::WrongChain { .. }
            | ChainError::Schema { .. }
            | ChainError::Store(_)
            | ChainError::Execution(_)
            | ChainError::NoCertificate { .. }
            | ChainError::BadCertificate { .. }
            | ChainError::Stack(_)
            | ChainError::StaleCandidate
            | ChainError::Pruned { .. }
            | ChainError::Busy
            | ChainError::Retention { .. }
            | ChainError::NotDev
            | ChainError::Fork
            | ChainError::Unread { .. } => false,
        };
        damaged.then_some(Cause::Damaged)
    }

    pub(crate) fn damaged(what: impl Into<String>) -> ChainError {
        ChainError::Damaged { what: what.into() }
    }

    pub(crate) fn from_apply(index: usize, id: TxId, error: ApplyError) -> ChainError {
        match error {
            ApplyError::Inadmissible(reason) => {
                InvalidBlock::Inadmissible { index, id, reason }.into()
            }
            ApplyError::Fault(fault) => {
                let store = KvError::among(&fault);
                match store.map(KvError::cause) == Some(Cause::Beneath) {
                    true => ChainError::Unread {
                        id,
                        fault: Box::new(fault),
                    },
                    false => fault.into(),
                }
            }
        }
    }
}

/// Why a simulation has no answer.
#[derive(Debug, thiserror::Error)]
pub enum InadmissibleOr {
    /// The transaction breaks a rule whatever it does.
    #[error(transparent)]
    Inadmissible(Inadmissible),
    /// This node is broken.
    #[error(transparent)]
    Chain(#[from] ChainError),
}

/// What helps with a directory of another release.
fn other_release(expected: u32, found: u32) -> &'static str {
    match found > expected {
        true => "a newer release wrote it; use that one, or another directory",
        // What genesis makes changed with the layout: this release has other roots from the first block on.
        false => {
            "an older release made its chain, whose state keeps no supply, and none of its blocks is valid here; go on with that release, or begin a new chain in another directory"
        }
    }
}

/// A fault with its causes, since most sinks print one line.
fn chain_of(fault: &Fault) -> String {
    let causes = std::iter::successors(std::error::Error::source(fault), |cause| cause.source());
    causes.fold(fault.to_string(), |text, cause| format!("{text}: {cause}"))
}
