//! Blocks that validators agree on: this node's part of it.
//!
//! ```text
//! Propose ─► build, keep on disk ─► Proposed        the engine votes
//! Judge ───► execute, keep on disk ─► Judged        on header hashes,
//! Decided ─► commit what was executed ─► Committed  never on bodies
//! ```
//!
//! Always: a block is executed before this node says that it is valid, and kept on disk before
//! anybody hears so; a certified block that executes differently here is a fault, since then this
//! node's state is wrong or two thirds of the others' are.
//! Not here: votes, rounds and time-outs (the engine), signatures (`signer`).

use std::sync::Arc;

use argosy_chain::{
    BuildRequest, Built, Candidate, ChainError, Durability, InvalidBlock, Undecided, crash_point,
};
use argosy_primitives::{
    Address, Block, BlockHash, CommitCertificate, Evidence, Height, Round, TimestampMs,
};

use crate::event::{Action, ReplicaFault};
use crate::replica::{Replica, Waiting};

/// Executed proposals that are kept in memory: the usual one, and one that competes with it.
pub(crate) const CANDIDATES_MAX: usize = 2;
/// Pieces of evidence that wait for this node's own block.
pub(crate) const EVIDENCE_MAX: usize = 64;

/// A block that somebody proposes, or that was decided elsewhere.
#[derive(Clone, Debug)]
pub struct Proposed {
    /// The round in which it is proposed.
    pub round: Round,
    /// Who proposes it in that round.
    pub proposer: Address,
    /// How it came.
    pub origin: Origin,
    /// The block.
    pub block: Block,
}

/// How a block came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// It is proposed for the first time, now.
    New {
        /// The driver's clock.
        now_ms: TimestampMs,
    },
    /// It is proposed again, since two thirds found it valid in an earlier round.
    Again {
        /// That round.
        valid_round: Round,
        /// The driver's clock.
        now_ms: TimestampMs,
    },
    /// Others decided it.
    Decided {
        /// Who did.
        certificate: CommitCertificate,
    },
}

/// Why this node finds a proposal invalid.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Invalid {
    /// Of another height than the next.
    #[error("it is of height {found}, the next block is {next}")]
    NotNext {
        /// The next height.
        next: Height,
        /// Of the block.
        found: Height,
    },
    /// Not from the one whose turn it is.
    #[error("it was not the turn of who proposed it in round {round}")]
    NotTheirTurn {
        /// The round.
        round: Round,
    },
    /// The header names another round than the one in which it was first proposed.
    #[error("its header names round {found}, it is proposed in round {round}")]
    Round {
        /// In which it is proposed.
        round: Round,
        /// In the header.
        found: Round,
    },
    /// Its time is too far from this node's clock.
    #[error("its time is {off_ms} ms off this node's clock, at most {off_ms_max} are allowed")]
    Clock {
        /// How far.
        off_ms: u64,
        /// The chain's limit.
        off_ms_max: u64,
    },
    /// It breaks a rule of blocks.
    #[error("{0}")]
    Block(String),
    /// The certificate that it came with proves nothing.
    #[error("{0}")]
    Certificate(String),
}

impl Replica {
    /// A block for a round in which it is this node's turn: always the same one for one round.
    pub(crate) fn propose(
        &mut self,
        (height, round): (Height, Round),
        now_ms: TimestampMs,
    ) -> Result<Vec<Action>, ReplicaFault> {
        let next = self.chain.view().next_height();
        if height != next {
            let reason = format!("height {height} was asked for, the next block is {next}");
            return Ok(vec![Action::NotProposed { round, reason }]);
        }
        let own = self.config.proposer;
        let mut kept = self.chain.undecided(height, round)?.into_iter();
        if let Some(kept) = kept.find(|it| it.proposer == own && it.valid_round.is_none()) {
            return Ok(vec![proposed(round, kept.block)]);
        }
        let request = BuildRequest {
            now_ms,
            proposer: own,
            round,
            txs_max: self.config.txs_per_block_max,
            evidence: self.evidence.clone(),
        };
        let mut source = Waiting {
            picker: self.pool.pick(),
        };
        let Built { candidate, refused } = match self.chain.build(request, &mut source) {
            Err(error @ ChainError::NoCertificate { .. }) => {
                let reason = error.to_string();
                return Ok(vec![Action::NotProposed { round, reason }]);
            }
            built => built?,
        };
        crash_point!("propose::built");
        self.chain.keep_undecided(&Undecided {
            round,
            valid_round: None,
            proposer: own,
            block: candidate.block().clone(),
        })?;
        crash_point!("propose::kept");
        // What could not be taken may be possible in the block that is decided: nothing is dropped yet.
        drop(refused);
        let action = proposed(round, candidate.block().clone());
        self.remember(candidate);
        Ok(vec![action])
    }

    /// Executes a block and says whether it is valid.
    pub(crate) fn judge(&mut self, proposed: Proposed) -> Result<Vec<Action>, ReplicaFault> {
        let (hash, round) = (proposed.block.header.hash(), proposed.round);
        let verdict = self.examine(proposed)?;
        crash_point!("judge::done");
        Ok(vec![Action::Judged {
            hash,
            round,
            verdict,
        }])
    }

    fn examine(&mut self, proposed: Proposed) -> Result<Result<(), Invalid>, ReplicaFault> {
        if let Err(reason) = self.check_place(&proposed) {
            return Ok(Err(reason));
        }
        let Proposed {
            round,
            proposer,
            origin,
            block,
        } = proposed;
        let hash = block.header.hash();
        // The hash is that of the header: another body under it is nobody's proposal.
        if !block.body_fits() {
            let reason = "its body is not the one that its header names";
            return Ok(Err(Invalid::Block(reason.into())));
        }
        if let Origin::Decided { certificate } = &origin {
            match self.chain.check_decided(hash, &block.header, certificate) {
                Err(error @ ChainError::BadCertificate { .. }) => {
                    return Ok(Err(Invalid::Certificate(error.to_string())));
                }
                checked => checked?,
            }
        }
        if !self.candidates.iter().any(|it| it.hash() == hash) {
            match self.chain.verify(block.clone()) {
                Ok(candidate) => self.remember(candidate),
                Err(ChainError::Invalid(rule)) => return self.broken(&block, &origin, &rule),
                Err(error) => return Err(error.into()),
            }
        }
        crash_point!("judge::executed");
        let valid_round = match origin {
            Origin::New { .. } => None,
            Origin::Again { valid_round, .. } => Some(valid_round),
            // Who decided it can give it again.
            Origin::Decided { .. } => return Ok(Ok(())),
        };
        self.chain.keep_undecided(&Undecided {
            round,
            valid_round,
            proposer,
            block,
        })?;
        Ok(Ok(()))
    }

    /// A block that breaks a rule here: a bad proposal, unless a quorum signed for it. Then one of us
    /// is broken, and it is not for this node to say that it is the others.
    fn broken(
        &self,
        block: &Block,
        origin: &Origin,
        rule: &InvalidBlock,
    ) -> Result<Result<(), Invalid>, ReplicaFault> {
        match origin {
            Origin::New { .. } | Origin::Again { .. } => Ok(Err(Invalid::Block(rule.to_string()))),
            Origin::Decided { .. } => Err(ReplicaFault::Divergence {
                height: block.header.height,
                reason: rule.to_string(),
            }),
        }
    }

    /// What can be said of a proposal before it is executed.
    fn check_place(&self, proposed: &Proposed) -> Result<(), Invalid> {
        let (round, header) = (proposed.round, &proposed.block.header);
        let next = self.chain.view().next_height();
        if header.height != next {
            let found = header.height;
            return Err(Invalid::NotNext { next, found });
        }
        let found = header.round;
        let off_ms_max = self.chain.spec().consensus.clock_drift_ms_max;
        let (round_holds, clock) = match proposed.origin {
            Origin::New { now_ms } => (
                found == round,
                Some((header.time_ms.abs_diff(now_ms), off_ms_max)),
            ),
            // It grows old while rounds pass; that it is not from the future others have seen, by
            // clocks that may be off as well.
            Origin::Again {
                valid_round,
                now_ms,
            } => (
                found <= valid_round && valid_round < round,
                Some((
                    header.time_ms.saturating_sub(now_ms),
                    off_ms_max.saturating_mul(2),
                )),
            ),
            Origin::Decided { .. } => (found <= round, None),
        };
        if !round_holds {
            return Err(Invalid::Round { round, found });
        }
        let Some((off_ms, off_ms_max)) = clock else {
            return Ok(());
        };
        if self.chain.proposer(round).map(|it| it.address) != Some(proposed.proposer) {
            return Err(Invalid::NotTheirTurn { round });
        }
        // Where the head's time is ahead of the clock, the block cannot be earlier.
        let is_forced = header.time_ms == self.chain.head().header.time_ms;
        if off_ms > off_ms_max && !is_forced {
            return Err(Invalid::Clock { off_ms, off_ms_max });
        }
        Ok(())
    }

    /// Commits what a quorum decided, from the execution that came before.
    pub(crate) fn decided(
        &mut self,
        certificate: CommitCertificate,
        durability: Durability,
    ) -> Result<Vec<Action>, ReplicaFault> {
        let (height, hash) = (certificate.height, certificate.block);
        if height < self.chain.view().next_height() {
            return Ok(Vec::new()); // Heard again after a restart.
        }
        crash_point!("decide::begin");
        let Some(candidate) = self.decided_candidate(height, hash)? else {
            return Ok(vec![Action::Missing { height, hash }]);
        };
        let committed = self.chain.decide(candidate, certificate, durability)?;
        crash_point!("decide::committed");
        self.candidates.clear();
        self.barren = false;
        let chain = &self.chain;
        self.evidence.retain(|it| chain.evidence_may_count(it));
        let mut actions = self.follow(&committed)?;
        actions.push(Action::Committed(committed));
        Ok(actions)
    }

    /// The decided block as it was executed; none: this node has no body for it.
    fn decided_candidate(
        &mut self,
        height: Height,
        hash: BlockHash,
    ) -> Result<Option<Candidate>, ReplicaFault> {
        if let Some(index) = self.candidates.iter().position(|it| it.hash() == hash) {
            return Ok(Some(self.candidates.swap_remove(index)));
        }
        let Some(block) = self.chain.undecided_block(height, &hash)? else {
            return Ok(None);
        };
        match self.chain.verify(block) {
            Ok(candidate) => Ok(Some(candidate)),
            Err(ChainError::Invalid(rule)) => Err(ReplicaFault::Divergence {
                height,
                reason: rule.to_string(),
            }),
            Err(error) => Err(error.into()),
        }
    }

    /// Keeps evidence for this node's next own block; what is too much is dropped, the newest first.
    pub(crate) fn accuse(&mut self, evidence: Vec<Evidence>) {
        for piece in evidence {
            let known = self.evidence.contains(&piece);
            if !known && self.evidence.len() < EVIDENCE_MAX {
                self.evidence.push(piece);
            }
        }
    }

    fn remember(&mut self, candidate: Candidate) {
        while self.candidates.len() >= CANDIDATES_MAX {
            self.candidates.remove(0);
        }
        self.candidates.push(candidate);
    }
}

fn proposed(round: Round, block: Block) -> Action {
    let block = Arc::new(block);
    Action::Proposed { round, block }
}
