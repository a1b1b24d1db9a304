//! Blocks in and out, in parts.

use std::collections::BTreeMap;

use argosy_bft::{
    Assembled, Assembly, BlockHeight, Members, Part, PartInit, StreamError, proposal_parts,
};
use argosy_primitives::{Block, BlockHash, GenesisHash, Height, Round};
use malachitebft_app_channel::app::types::PeerId;
use malachitebft_app_channel::app::types::core::{self as engine, Validator as _};
use malachitebft_app_channel::app::types::streaming::{StreamId, StreamMessage};
use malachitebft_engine::util::streaming::StreamContent;

/// Blocks of the next height but one, from those who are ahead.
const EARLY_MAX: usize = 4;
/// Different blocks of one round that are executed: one, and one that proves misbehaviour.
const PER_ROUND_MAX: usize = 2;
/// Rounds ahead of this node's from which proposals are taken.
const ROUNDS_AHEAD_MAX: Round = 2;

/// Who decides, and where the engine is.
pub(crate) struct Place {
    pub(crate) height: Height,
    pub(crate) round: Round,
    pub(crate) members: Members,
    pub(crate) next_members: Members,
}

/// Blocks that come in.
pub(crate) struct Inbox {
    chain: GenesisHash,
    assembly: Assembly,
    early: Vec<Assembled>,
    height: Height,
    /// Blocks of this height that were taken, by round.
    taken: BTreeMap<Round, Vec<BlockHash>>,
}

impl Inbox {
    pub(crate) fn new(chain: GenesisHash, block_bytes_max: usize) -> Inbox {
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
    pub(crate) fn enter(&mut self, height: Height) -> Vec<Assembled> {
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

    /// Takes a part; gives a block of this height that was not taken before, once it is whole.
    pub(crate) fn take(
        &mut self,
        place: &Place,
        publisher: &PeerId,
        message: StreamMessage<Part>,
    ) -> Result<Option<Assembled>, StreamError> {
        let StreamContent::Data(part) = message.content else {
            return Ok(None); // An end without content says nothing that the parts do not.
        };
        let (chain, taken, early) = (self.chain, &self.taken, self.early.len());
        let accept = |init: &PartInit| accepts(place, chain, (taken, early), init);
        let stream = message.stream_id.to_bytes();
        let whole = self.assembly.insert(
            (&publisher.to_bytes(), &stream),
            (message.sequence, part),
            accept,
        )?;
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
    pub(crate) fn note(&mut self, whole: &Assembled) -> bool {
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

/// The messages that carry a block, in order, in a stream of its own.
pub(crate) fn messages(stream: u128, init: PartInit, block: &Block) -> Vec<StreamMessage<Part>> {
    let id = StreamId::new(stream.to_be_bytes().to_vec().into());
    let parts = proposal_parts(init, block);
    let message =
        |(sequence, part)| StreamMessage::new(id.clone(), sequence, StreamContent::Data(part));
    (0..).zip(parts).map(message).collect()
}
