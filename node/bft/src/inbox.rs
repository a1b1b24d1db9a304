//! Blocks that come in: which are waited for, and which were taken before.
//!
//! Always: no block is put together that the proposer of its round did not sign for, and of pieces without
//! a signed first part few are held; of one round few different blocks are taken, and none of rounds that
//! are far ahead. What came early is given when its round begins.

use std::collections::BTreeMap;

use argosy_primitives::{BlockHash, GenesisHash, Height, Round};
use malachitebft_core_types::{self as engine, Validator as _};

use crate::context::BlockHeight;
use crate::heard::Heard;
use crate::part::{Part, PartInit};
use crate::stream::{Assembled, Assembly, Pieces, StreamError};
use crate::validators::{Member, Members};

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

impl Place {
    /// Whose turn it is, if a block that begins like this is waited for.
    fn turn(&self, init: &PartInit) -> Option<&Member> {
        let (members, round_max) = if init.height == self.height {
            (&self.members, self.round.saturating_add(ROUNDS_AHEAD_MAX))
        } else if init.height == self.height.saturating_add(1) {
            (&self.next_members, ROUNDS_AHEAD_MAX)
        } else {
            return None;
        };
        let (height, round) = (BlockHeight(init.height), engine::Round::new(init.round));
        let turn = members.proposer(height, round);
        (init.round <= round_max && turn.address().0 == init.proposer).then_some(turn)
    }
}

/// A part whose signature holds, if it is one that has a signature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckedPart(Part);

impl CheckedPart {
    /// Looks at the signature; `Err`: the part is of no use, or a lie.
    pub fn new(chain: GenesisHash, place: &Place, part: Part) -> Result<CheckedPart, Heard> {
        if let Part::Init(init) = &part {
            let turn = place.turn(init).ok_or(Heard::Useless)?;
            if !init.holds(chain, turn.public_key()) {
                return Err(Heard::False);
            }
        }
        Ok(CheckedPart(part))
    }
}

/// Blocks that come in.
#[derive(Debug)]
pub struct Inbox {
    assembly: Assembly,
    height: Height,
    /// Blocks of this height that were taken, by round.
    taken: BTreeMap<Round, Vec<BlockHash>>,
    /// Whole blocks that came before their height did, until their round begins.
    early: Vec<Assembled>,
}

impl Inbox {
    /// Of blocks that take up to so many bytes, header and body.
    pub fn new(block_bytes_max: usize) -> Inbox {
        Inbox {
            assembly: Assembly::new(block_bytes_max),
            height: 0,
            taken: BTreeMap::new(),
            early: Vec::new(),
        }
    }

    /// A height begins, perhaps once more: then what is on its way for it stays, and what was taken does
    /// not come again.
    pub fn enter(&mut self, height: Height) {
        if self.height != height {
            self.height = height;
            self.taken.clear();
            self.assembly.forget_before(height);
            self.early.retain(|it| it.init.height == height);
        }
    }

    /// A round begins: gives the blocks of it that came early, and of the rounds that were passed over.
    pub fn begin(&mut self, round: Round) -> Vec<Assembled> {
        let height = self.height;
        let is_due = |it: &mut Assembled| it.init.height == height && it.init.round <= round;
        let due: Vec<_> = self.early.extract_if(.., is_due).collect();
        due.into_iter().filter(|it| self.note(it)).collect()
    }

    /// Takes a part of a stream, which its publisher and its name tell from others; gives the pieces of
    /// a block that was not taken before, once they are all there: to be assembled, which takes time, and
    /// [put](Inbox::put).
    pub fn take(
        &mut self,
        place: &Place,
        stream: (&[u8], &[u8]),
        (sequence, CheckedPart(part)): (u64, CheckedPart),
    ) -> Result<Option<Pieces>, StreamError> {
        let here = (self.height, &self.taken, self.early.as_slice());
        let accept = |init: &PartInit| place.turn(init).is_some() && is_wanted(here, init);
        let whole = self.assembly.collect(stream, (sequence, part), accept)?;
        // Another stream may have brought it meanwhile.
        Ok(whole.filter(|it| is_wanted(here, &it.init)))
    }

    /// Takes a whole block; gives it back if it is of this height and was not taken before. One of the
    /// next height waits.
    pub fn put(&mut self, whole: Assembled) -> Option<Assembled> {
        let here = (self.height, &self.taken, self.early.as_slice());
        if !is_wanted(here, &whole.init) {
            return None;
        }
        if whole.init.height > self.height {
            self.early.push(whole);
            return None;
        }
        self.note(&whole).then_some(whole)
    }

    /// Whole blocks that wait for their round.
    pub fn early(&self) -> usize {
        self.early.len()
    }

    /// Notes that a block is taken; `false`: it was before, or is too much.
    fn note(&mut self, whole: &Assembled) -> bool {
        let round = self.taken.entry(whole.init.round).or_default();
        let is_new = !round.contains(&whole.init.block) && round.len() < PER_ROUND_MAX;
        if is_new {
            round.push(whole.init.block);
        }
        is_new
    }
}

/// Whether a block was not taken yet, and its round has room for it.
fn is_wanted(
    (height, taken, early): (Height, &BTreeMap<Round, Vec<BlockHash>>, &[Assembled]),
    init: &PartInit,
) -> bool {
    let of_round = |it: &&Assembled| (it.init.height, it.init.round) == (init.height, init.round);
    let early = early.iter().filter(of_round).map(|it| it.init.block);
    let taken = taken.get(&init.round).filter(|_| init.height == height);
    let here: Vec<_> = early.chain(taken.into_iter().flatten().copied()).collect();
    init.height >= height && !here.contains(&init.block) && here.len() < PER_ROUND_MAX
}
