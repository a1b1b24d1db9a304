//! What goes into the replica and what comes out.

use std::sync::Arc;

use argosy_chain::Durability;
use argosy_chain::{Cause, ChainError, Committed, Inadmissible};
use argosy_mempool::{Dropped, Reject};
use argosy_primitives::{
    Address, Block, BlockHash, CommitCertificate, Evidence, Height, Round, TimestampMs, TxId,
    VerifiedTransaction,
};

use crate::agreed::{Invalid, Proposed};

/// Something that happened outside.
#[derive(Clone, Debug)]
pub enum Event {
    /// A client handed in a transaction; its signature was checked on the way.
    Submitted {
        /// The transaction.
        tx: Arc<VerifiedTransaction>,
    },
    /// Nothing more is in the inbox, or a batch of submissions is complete: the time for a block of
    /// what is ready. Makes one at most: come again until nothing follows.
    Settled {
        /// The driver's clock.
        now_ms: TimestampMs,
    },
    /// Time passed.
    Tick {
        /// The driver's clock.
        now_ms: TimestampMs,
    },
    /// The engine asks for a block: it is this node's turn.
    Propose {
        /// The height that is being decided.
        height: Height,
        /// The round.
        round: Round,
        /// The driver's clock.
        now_ms: TimestampMs,
    },
    /// The engine asks whether a block is valid.
    Judge(Box<Proposed>),
    /// Validators decided.
    Decided {
        /// Who did, and what.
        certificate: CommitCertificate,
        /// Whether it must be on disk before anybody hears of it.
        durability: Durability,
    },
    /// More validators have signed the head.
    Extended {
        /// A certificate with all of them.
        certificate: CommitCertificate,
    },
    /// Validators were seen signing what contradicts itself.
    Accused {
        /// The proofs.
        evidence: Vec<Evidence>,
    },
    /// An operator of a dev chain asks for a block, empty or not.
    Mine {
        /// The driver's clock.
        now_ms: TimestampMs,
    },
}

/// Something that the driver must do or tell.
#[derive(Clone)]
pub enum Action {
    /// The transaction waits in the mempool.
    Admitted {
        /// Its id.
        id: TxId,
        /// Its sender.
        sender: Address,
    },
    /// The transaction was not admitted; nothing changed.
    Refused {
        /// Its id.
        id: TxId,
        /// Why.
        reason: Refusal,
    },
    /// An admitted transaction left the mempool unexecuted.
    Dropped(Dropped),
    /// A block was committed; it is in the store.
    Committed(Committed),
    /// This node's block for a round; it is in the store.
    Proposed {
        /// The round.
        round: Round,
        /// The block.
        block: Arc<Block>,
    },
    /// This node has no block for a round, and lets its turn pass.
    NotProposed {
        /// The round.
        round: Round,
        /// Why.
        reason: String,
    },
    /// A block was executed and compared; if it is valid, it is in the store.
    Judged {
        /// Its header's hash.
        hash: BlockHash,
        /// The round in which it was proposed.
        round: Round,
        /// What is wrong with it.
        verdict: Result<(), Invalid>,
    },
    /// A block was decided that this node does not have.
    Missing {
        /// Its height.
        height: Height,
        /// Its header's hash.
        hash: BlockHash,
    },
}

/// Why a submitted transaction was not admitted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// It breaks a rule of the protocol.
    #[error(transparent)]
    Protocol(#[from] Inadmissible),
    /// The mempool has no place for it.
    #[error(transparent)]
    Pool(#[from] Reject),
    /// This node stopped while it executed this transaction, and leaves it out since.
    #[error(
        "transaction {id} was running when this node failed; this node leaves it out, others may take it"
    )]
    Quarantined {
        /// Its id.
        id: TxId,
    },
    /// It was executed already.
    #[error("transaction {id} was executed in block {height}")]
    Executed {
        /// Its id.
        id: TxId,
        /// The block.
        height: argosy_primitives::Height,
    },
}

impl ReplicaFault {
    /// What the operator has to do with, where disk or store are to blame.
    pub fn cause(&self) -> Option<Cause> {
        match self {
            ReplicaFault::Chain(error) => error.cause(),
            ReplicaFault::Divergence { .. } => None,
        }
    }
}

/// The node is broken: it must stop, say why, and sign nothing more.
#[derive(Debug, thiserror::Error)]
pub enum ReplicaFault {
    /// The store or the executor failed.
    #[error(transparent)]
    Chain(#[from] ChainError),
    /// Executing our own block a second time, or one that a quorum certified, gave something else.
    #[error(
        "block {height} has another result here than it was certified or first executed with: {reason}"
    )]
    Divergence {
        /// The block's height.
        height: argosy_primitives::Height,
        /// The first difference.
        reason: String,
    },
}
