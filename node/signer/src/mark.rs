//! Where a signature stands in the chain's time, and what was signed there.
//!
//! Invariant: positions are ordered as an honest validator signs them: by height, round, and in one
//! round proposal, prevote, precommit.
//! Not here: what may be signed after what (`history`).

use std::fmt;

use argosy_primitives::{Hash32, Height, PublicKey, Round, Signature, VoteKind};
use parity_scale_codec::{Decode, DecodeWithMemTracking, Encode};

/// What a validator signs in one round, in this order.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode, DecodeWithMemTracking,
)]
#[repr(u8)]
pub enum Step {
    /// It proposes a block.
    #[codec(index = 0)]
    Proposal = 0,
    /// It finds a block valid, or none.
    #[codec(index = 1)]
    Prevote = 1,
    /// It decides a block, or none.
    #[codec(index = 2)]
    Precommit = 2,
}

/// One place for one signature.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode, DecodeWithMemTracking,
)]
pub struct Position {
    /// Block to be decided.
    pub height: Height,
    /// Attempt.
    pub round: Round,
    /// What is signed in it.
    pub step: Step,
}

/// A signature that was given, and where.
///
/// Its SCALE bytes are fit for storing: [`crate::MarkKeeper`]s may keep them as they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking)]
pub struct Mark {
    /// Where.
    pub at: Position,
    /// The hash under the signature.
    pub sign_hash: Hash32,
    /// What was handed out.
    pub signature: Signature,
}

impl Mark {
    /// `true` if `key` gave this signature. It proves the hash, not the position: a hash does not
    /// tell what it was made of.
    pub fn is_by(&self, key: &PublicKey) -> bool {
        key.verify(self.sign_hash.as_bytes(), &self.signature)
            .is_ok()
    }
}

impl Step {
    /// The one spelling in messages, exports and logs.
    pub const fn as_str(self) -> &'static str {
        match self {
            Step::Proposal => "proposal",
            Step::Prevote => "prevote",
            Step::Precommit => "precommit",
        }
    }
}

impl From<VoteKind> for Step {
    fn from(kind: VoteKind) -> Step {
        match kind {
            VoteKind::Prevote => Step::Prevote,
            VoteKind::Precommit => Step::Precommit,
        }
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Position {
            height,
            round,
            step,
        } = self;
        write!(f, "height {height} round {round} {step}")
    }
}
