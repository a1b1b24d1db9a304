//! What only a development chain's replica does: blocks that edit state, another pace, going back.
//!
//! These are methods and no events: nothing of them is part of what validators do, and the simulator
//! of networks must not be able to say them.
//!
//! Always: on any other chain the chain itself refuses; after a fault the replica must not be stepped
//! again, as after one of `step`, but for those that [`Replica::leave_out`] knows.

use argosy_chain::{Cause, ChainError, Edit, EditFailure, EditRefusal, Moment};
use argosy_mempool::Mempool;
use argosy_primitives::TimestampMs;

use crate::event::{Action, ReplicaFault};
use crate::replica::Replica;
use crate::solo::BlockMode;

/// A moment of chain and mempool, to go back to.
#[derive(Clone)]
pub struct Mark {
    moment: Moment,
    pool: Mempool,
}

impl Replica {
    /// When blocks are made.
    pub fn blocks(&self) -> BlockMode {
        self.config.blocks
    }

    /// Makes blocks at another pace from now on; an interval begins now.
    pub fn set_blocks(&mut self, blocks: BlockMode, now_ms: TimestampMs) {
        self.config.blocks = blocks;
        self.last_block_ms = now_ms;
        self.barren = false;
    }

    /// Commits a block with these changes and no transactions. `Err` inside: it cannot be made, and
    /// nothing happened.
    pub fn edit(
        &mut self,
        now_ms: TimestampMs,
        edits: &[Edit],
    ) -> Result<Result<Vec<Action>, EditRefusal>, ReplicaFault> {
        // A fork that cannot read these accounts has to say so before there is a block.
        for edit in edits {
            self.account(&edit.address())?;
        }
        let proposer = self.config.proposer;
        let committed = match self.chain.edit(now_ms, proposer, edits) {
            Ok(committed) => committed,
            Err(EditFailure::Refused(reason)) => return Ok(Err(reason)),
            Err(EditFailure::Chain(error)) => return Err(self.divergence(error)),
        };
        self.last_block_ms = now_ms;
        self.barren = false;
        let mut changed = Vec::new();
        for edit in edits {
            changed.push((edit.address(), self.account(&edit.address())?));
        }
        let mut actions = self.follow_accounts(&committed, &changed)?;
        actions.push(Action::Committed(committed));
        Ok(Ok(actions))
    }

    /// After a fault of `step` or [`Self::edit`] that is none of this node's: what a fork read of its
    /// origin did not come, so nothing was done. The transaction that asked for it, if it was one, leaves
    /// the mempool, and all may go on; an interval begins now. `None`: any other fault.
    pub fn leave_out(&mut self, fault: &ReplicaFault, now_ms: TimestampMs) -> Option<Vec<Action>> {
        if !self.chain.is_dev() || fault.cause() != Some(Cause::Beneath) {
            return None;
        }
        self.last_block_ms = now_ms;
        let ReplicaFault::Chain(ChainError::Unread { id, .. }) = fault else {
            // Not of one transaction: what waits would meet it again at once.
            self.barren = true;
            return Some(Vec::new());
        };
        let dropped = self.pool.drop_inadmissible(id);
        Some(dropped.map(Action::Dropped).into_iter().collect())
    }

    /// This moment.
    pub fn mark(&self) -> Result<Mark, ChainError> {
        Ok(Mark {
            moment: self.chain.moment()?,
            pool: self.pool.clone(),
        })
    }

    /// Goes back: the chain and what waited are as they were; an interval begins now.
    pub fn go_back(&mut self, mark: &Mark, now_ms: TimestampMs) -> Result<(), ChainError> {
        self.chain.restore(&mark.moment)?;
        self.pool = mark.pool.clone();
        self.begin_again(now_ms);
        Ok(())
    }

    /// Goes to a moment of another chain of the same spec; nothing waits then.
    pub fn go_to(&mut self, moment: &Moment, now_ms: TimestampMs) -> Result<(), ChainError> {
        self.chain.restore(moment)?;
        self.pool = Mempool::new(self.config.pool, self.chain.view().next_base_price());
        self.begin_again(now_ms);
        Ok(())
    }

    fn begin_again(&mut self, now_ms: TimestampMs) {
        self.candidates.clear();
        self.evidence.clear();
        self.last_block_ms = now_ms;
        self.barren = false;
    }
}
