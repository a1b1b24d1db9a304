//! Blocks that come in: which are waited for, and which were taken before.
//!
//! Always: nothing is held of a block that no proposer of its round signed for; of one round few
//! different blocks are taken, and none of rounds that are far ahead.

use std::collections::BTreeMap;

use argosy_primitives::{BlockHash, GenesisHash, Height, Round};
use malachitebft_core_types::{self as engine, Validator as _};

use crate::context::BlockHeight;
use crate::part::{Part, PartInit};
use crate::stream::{Assembled, Assembly, StreamError};
use crate::validators::Members;

/// Blocks of the next height but one, from those who are ahead.
const EARLY_MAX: usize = 4;
/// Different blocks of one round that are executed: one, and one that proves misbehaviour.
const PER_ROUND_MAX: usize = 2;
/// Rounds ahead of this node's from which proposals are taken.
const ROUNDS_AHEAD_MAX: Round = 2;

/// Who decides, and where the engine is.
#[derive(Clone, Debug)]
pub struct Place {
    /// What is being decided.
    pub height: Height,
    /// The attempt.
    pub round: Round,
    /// Who decides it.
    pub members: Members,
    /// Who decides the height after it.
    pub next_members: Members,
}

/// Blocks that come in.
#[derive(Debug)]
pub struct Inbox {
    chain: GenesisHash,
    assembly: Assembly,
    early: Vec<Assembled>,
    height: Height,
    /// Blocks of this height that were taken, by round.
    taken: BTreeMap<Round, Vec<BlockHash>>,
}

impl Inbox {
    /// Of one chain, whose blocks take up to so many bytes, header and body.
    pub fn new(chain: GenesisHash, block_bytes_max: usize) -> Inbox {
        Inbox {
            chain,
            assembly: Assembly::new(block_bytes_max),
            early: Vec::new(),
            height: 0,
            taken: BTreeMap::new(),
        }
    }

    /// A new height: what was taken for the last one does not count any more. Gives the blocks that
    /// came early.
    pub fn enter(&mut self, height: Height) -> Vec<Assembled> {
        // What is on its way for this very height stays.
        if self.height != height {
            self.height = height;
            self.taken.clear();
            self.assembly.forget_before(height);
        }
        let early = std::mem::take(&mut self.early);
        early
            .into_iter()
            .filter(|it| it.init.height == height)
            .collect()
    }

    /// Takes a part of a stream, which its publisher and its name tell from others; gives a block of
    /// this height that was not taken before, once it is whole.
    pub fn take(
        &mut self,
        place: &Place,
        stream: (&[u8], &[u8]),
        part: (u64, Part),
    ) -> Result<Option<Assembled>, StreamError> {
        let (chain, taken, early) = (self.chain, &self.taken, self.early.len());
        let accept = |init: &PartInit| accepts(place, chain, (taken, early), init);
        let whole = self.assembly.insert(stream, part, accept)?;
        let Some(whole) = whole else {
            return Ok(None);
        };
        if whole.init.height != place.height {
            self.early.push(whole);
            return Ok(None);
        }
        Ok(self.note(&whole).then_some(whole))
    }

    /// Notes that a block is taken; `false`: it was before.
    pub fn note(&mut self, whole: &Assembled) -> bool {
        let round = self.taken.entry(whole.init.round).or_default();
        let is_new = !round.contains(&whole.init.block) && round.len() < PER_ROUND_MAX;
        if is_new {
            round.push(whole.init.block);
        }
        is_new
    }
}

/// Whether a block that begins like this is waited for, and is from the one whose turn it is.
fn accepts(
    place: &Place,
    chain: GenesisHash,
    (taken, early): (&BTreeMap<Round, Vec<BlockHash>>, usize),
    init: &PartInit,
) -> bool {
    let (members, round_max) = if init.height == place.height {
        (&place.members, place.round.saturating_add(ROUNDS_AHEAD_MAX))
    } else if init.height == place.height.saturating_add(1) && early < EARLY_MAX {
        (&place.next_members, ROUNDS_AHEAD_MAX)
    } else {
        return false;
    };
    let known = init.height == place.height
        && taken
            .get(&init.round)
            .is_some_and(|it| it.contains(&init.block) || it.len() >= PER_ROUND_MAX);
    if init.round > round_max || known {
        return false;
    }
    let proposer = members.proposer(BlockHeight(init.height), engine::Round::new(init.round));
    proposer.address().0 == init.proposer && init.holds(chain, proposer.public_key())
}
