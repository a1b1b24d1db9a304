//! What the engine's questions become, once they are about blocks. The node answers them.

use argosy_primitives::{
    Address, Block, BlockHash, CommitCertificate, Evidence, Round, TimestampMs, ValidatorSet,
};
use async_trait::async_trait;

pub use argosy_primitives::Height;

/// The node is going down and answers no more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the node has stopped")]
pub struct Gone;

/// What is to be decided.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Upcoming {
    /// The next height.
    pub height: Height,
    /// Who decides it.
    pub validators: ValidatorSet,
    /// Who decides the one after it.
    pub next_validators: ValidatorSet,
}

/// How a block came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Way {
    /// Proposed for the first time, and heard at this time.
    New {
        /// This node's clock.
        now_ms: TimestampMs,
    },
    /// Proposed again, after two thirds found it valid in an earlier round.
    Again {
        /// That round.
        valid_round: Round,
        /// This node's clock.
        now_ms: TimestampMs,
    },
    /// Decided by others.
    Decided {
        /// Who did.
        certificate: CommitCertificate,
    },
}

/// A block to be judged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proposal {
    /// The round in which it is proposed, or was decided.
    pub round: Round,
    /// Who proposes it in that round.
    pub proposer: Address,
    /// How it came.
    pub way: Way,
    /// The block.
    pub block: Block,
}

/// What the node finds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It was executed, and kept on disk unless others decided it.
    Valid,
    /// It breaks a rule.
    Invalid(String),
    /// It is not for the next height: this node is elsewhere by now.
    Elsewhere(String),
}

/// A proposal that is on disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// The round in which it was proposed.
    pub round: Round,
    /// The round in which it was found valid before.
    pub valid_round: Option<Round>,
    /// Who proposed it in that round.
    pub proposer: Address,
    /// Hash of its header.
    pub hash: BlockHash,
}

/// What became of a decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decided {
    /// The block is committed.
    Committed,
    /// This node has no body for it.
    Missing,
}

/// The node, as the engine's agent sees it. One thing is asked at a time, but for reads.
#[async_trait]
pub trait Application: Send + Sync + 'static {
    /// What is to be decided.
    fn upcoming(&self) -> Result<Upcoming, Gone>;

    /// This node's block for a round, on disk; the same one for one round. `Err(reason)`: it lets its
    /// turn pass.
    async fn propose(&self, height: Height, round: Round) -> Result<Result<Block, String>, Gone>;

    /// Whether a block is valid.
    async fn judge(&self, proposal: Proposal) -> Result<Verdict, Gone>;

    /// Proposals of a round that are on disk.
    async fn kept(&self, height: Height, round: Round) -> Result<Vec<Kept>, Gone>;

    /// A block that was proposed in any round of a height, if it is on disk.
    async fn kept_block(&self, height: Height, hash: BlockHash) -> Result<Option<Block>, Gone>;

    /// Commits what was decided. `catching_up`: it may be had again from others, so that it need not
    /// be on disk yet.
    async fn decide(
        &self,
        certificate: CommitCertificate,
        catching_up: bool,
    ) -> Result<Decided, Gone>;

    /// Takes a certificate of the head that may have more signatures.
    fn extend(&self, certificate: CommitCertificate);

    /// Takes proofs of misbehaviour.
    fn accuse(&self, evidence: Vec<Evidence>);

    /// The oldest block that others can get here.
    fn oldest(&self) -> Result<Height, Gone>;

    /// A committed block with a certificate of it; none: it is not here, or has none.
    async fn block(&self, height: Height) -> Result<Option<(Block, CommitCertificate)>, Gone>;

    /// This node's clock.
    fn now_ms(&self) -> TimestampMs;
}
