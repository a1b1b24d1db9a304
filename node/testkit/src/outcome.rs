//! What came of a run.

use argosy_primitives::{Height, Round};

use crate::agenda::Millis;
use crate::watch::Violation;

/// What came of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// A hash over all that happened, in order.
    pub trace: [u8; 32],
    /// The nodes' heads at the end.
    pub heights: Vec<Height>,
    /// The first thing that must never be.
    pub violation: Option<Violation>,
    /// When it ended.
    pub ended_ms: Millis,
    /// How often what happened.
    pub counts: Counts,
}

/// How often what happened in a run, to those who are honest.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Things that happened.
    pub events: u64,
    /// Messages that got lost.
    pub lost: u64,
    /// Nodes that lost their memory.
    pub crashes: u64,
    /// Signatures that a signer refused.
    pub refused: u64,
    /// Times that a validator followed without its key.
    pub followed: u64,
    /// Times that it sat out a height which nobody had decided: with one more validator away nobody
    /// ever would.
    pub sat_out_open: u64,
    /// Heights that were begun anew, since the decided block was not there.
    pub begun_anew: u64,
    /// Entries of logs that were read after a crash.
    pub replayed: u64,
    /// Commits of all nodes.
    pub blocks: u64,
    /// Commits of blocks that others had decided before.
    pub synced: u64,
    /// Transactions in them.
    pub transactions: u64,
    /// Proofs of misbehaviour in them.
    pub evidence: u64,
    /// The latest round in which a block was decided.
    pub round_max: Round,
}

impl Counts {
    /// Of two runs together.
    pub fn and(self, other: Counts) -> Counts {
        Counts {
            events: self.events + other.events,
            lost: self.lost + other.lost,
            crashes: self.crashes + other.crashes,
            refused: self.refused + other.refused,
            followed: self.followed + other.followed,
            sat_out_open: self.sat_out_open + other.sat_out_open,
            begun_anew: self.begun_anew + other.begun_anew,
            replayed: self.replayed + other.replayed,
            blocks: self.blocks + other.blocks,
            synced: self.synced + other.synced,
            transactions: self.transactions + other.transactions,
            evidence: self.evidence + other.evidence,
            round_max: self.round_max.max(other.round_max),
        }
    }
}
