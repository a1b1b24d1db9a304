//! Proposals that are not decided yet, on disk before anybody is told that they are good.
//!
//! A validator that voted for a block must be able to give it again after a crash: otherwise all who
//! have it may lose it at once, and nobody can decide anything else.
//!
//! Always: at most [`BODIES_MAX`] bodies per height are kept, those of the latest rounds; what is
//! decided takes all of its height along.

use std::collections::BTreeSet;

use argosy_kv::{Batch, Column, Direction, Durability, KeyRange, View, crash_point};
use argosy_primitives::{Address, Block, BlockHash, Height, Round};
use parity_scale_codec::{Decode, DecodeWithMemTracking, Encode};

use crate::chain::Chain;
use crate::error::ChainError;
use crate::keys;
use crate::view::{decode, read};

/// Bodies that are kept of one height.
pub const BODIES_MAX: usize = 16;

/// A proposal in one round.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Undecided {
    /// The round.
    pub round: Round,
    /// The round in which it was found valid before; none: it is new.
    pub valid_round: Option<Round>,
    /// Who proposed it in that round.
    pub proposer: Address,
    /// The block.
    pub block: Block,
}

/// What is kept of it beside the block.
#[derive(Encode, Decode, DecodeWithMemTracking)]
struct Mark {
    valid_round: Option<Round>,
    proposer: Address,
}

impl Chain {
    /// Keeps a proposal, durably.
    pub fn keep_undecided(&self, proposal: &Undecided) -> Result<(), ChainError> {
        let Undecided {
            round,
            valid_round,
            proposer,
            block,
        } = proposal;
        let (height, hash) = (block.header.height, block.header.hash());
        let mut batch = Batch::new();
        let view = self.store.view();
        let body = keys::undecided(height, &hash);
        if view.get(Column::Undecided, &body)?.is_none() {
            make_room(view.as_ref(), height, &mut batch)?;
            batch.put(Column::Undecided, body, block.encode());
        }
        let mark = Mark {
            valid_round: *valid_round,
            proposer: *proposer,
        };
        let key = keys::undecided_mark(height, *round, &hash);
        batch.put(Column::Undecided, key, mark.encode());
        crash_point!("undecided::before_write");
        self.store.commit(batch, Durability::Synced)?;
        crash_point!("undecided::written");
        Ok(())
    }

    /// The proposals of one round that are kept.
    pub fn undecided(&self, height: Height, round: Round) -> Result<Vec<Undecided>, ChainError> {
        let view = self.store.view();
        let mut found = Vec::new();
        for (at, hash, mark) in marks(view.as_ref(), height)? {
            if at != round {
                continue;
            }
            if let Some(block) = read(
                view.as_ref(),
                Column::Undecided,
                &keys::undecided(height, &hash),
            )? {
                found.push(Undecided {
                    round,
                    valid_round: mark.valid_round,
                    proposer: mark.proposer,
                    block,
                });
            }
        }
        Ok(found)
    }

    /// A block that was proposed in any round of its height, if it is kept.
    pub fn undecided_block(
        &self,
        height: Height,
        hash: &BlockHash,
    ) -> Result<Option<Block>, ChainError> {
        let view = self.store.view();
        read(
            view.as_ref(),
            Column::Undecided,
            &keys::undecided(height, hash),
        )
    }
}

/// With a block of `height` decided, nothing that was proposed up to there is needed.
pub(crate) fn forget_undecided(
    view: &dyn View,
    height: Height,
    batch: &mut Batch,
) -> Result<(), ChainError> {
    for range in keys::undecided_until(height) {
        for entry in view.range(Column::Undecided, range, Direction::Ascending) {
            batch.delete(Column::Undecided, entry?.0);
        }
    }
    Ok(())
}

/// Drops the body that was last proposed the longest ago, if there are enough.
fn make_room(view: &dyn View, height: Height, batch: &mut Batch) -> Result<(), ChainError> {
    let marks = marks(view, height)?;
    let mut latest = Vec::new();
    let mut bodies = BTreeSet::new();
    for (_, hash, _) in marks.iter().rev() {
        if bodies.insert(*hash) {
            latest.push(*hash);
        }
    }
    for hash in latest.iter().skip(BODIES_MAX.saturating_sub(1)) {
        batch.delete(Column::Undecided, keys::undecided(height, hash));
        for (round, of, _) in marks.iter().filter(|it| it.1 == *hash) {
            batch.delete(Column::Undecided, keys::undecided_mark(height, *round, of));
        }
    }
    Ok(())
}

/// Every proposal of a height, by round.
fn marks(view: &dyn View, height: Height) -> Result<Vec<(Round, BlockHash, Mark)>, ChainError> {
    let range = KeyRange::prefix(&keys::undecided_marks(height));
    let mut marks = Vec::new();
    for entry in view.range(Column::Undecided, range, Direction::Ascending) {
        let (key, bytes) = entry?;
        let parsed = keys::parse_undecided_mark(&key);
        let (round, hash) = parsed.ok_or_else(|| {
            ChainError::damaged("a mark of a proposal has a wrong key".to_string())
        })?;
        marks.push((round, hash, decode(Column::Undecided, &key, &bytes)?));
    }
    Ok(marks)
}
