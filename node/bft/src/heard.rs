//! Votes, proposals and certificates of others, looked at before the engine holds any of them.
//!
//! Always: what passes is signed by who decides this height or the next; each thing passes once in
//! [`AGAIN_MS`]; one validator's word in one round has at most two forms (the second proves that it
//! lies); of rounds far ahead a validator has few. So what the engine holds of a height is bounded by its
//! validators and by the rounds that have passed, whatever is sent.

use std::collections::BTreeMap;

use argosy_primitives::{
    Address, BlockHash, GenesisHash, Hash32, Height, Proposal, Round, Signature, Vote, VoteKind,
};
use malachitebft_core_types::{self as engine, Validator as _, ValidatorSet as _};

use crate::context::{BftContext, BlockHeight, SignatureBytes};
use crate::inbox::Place;
use crate::message::round_number;
use crate::validators::{Members, ValidatorAddress};

/// The same thing passes again after this: the engine may have begun the height anew meanwhile.
pub const AGAIN_MS: u64 = 1_000;
/// Rounds ahead of this node's from which everything passes.
const ROUNDS_NEAR: Round = 16;
/// Words of one validator from rounds beyond those, until this node's round changes.
const FAR_MAX: u32 = 64;
/// Forms of one word that pass.
const FORMS_MAX: usize = 2;

/// What is to be done with a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Heard {
    /// It is for the engine.
    New,
    /// It came before, or is for another height, or of somebody who has no say: no lie.
    Useless,
    /// Its signature does not hold, or it names another chain: who sends it lies.
    False,
}

/// What a validator says in a round, or what is shown of several.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Word {
    Vote(bool, Address),
    Proposal,
    Polka,
    Rounds(bool),
}

/// A form of a word, and when it passed last.
type Form = ((Option<BlockHash>, Option<Round>), u64);

/// What was heard of this height and the next.
#[derive(Debug)]
pub struct Hearing {
    chain: GenesisHash,
    said: BTreeMap<(Height, Round, Word), Vec<Form>>,
    /// Words from far rounds, by who said them, while this node is in one round.
    far: BTreeMap<Address, u32>,
    at: (Height, Round),
}

impl Hearing {
    /// On one chain.
    pub fn new(chain: GenesisHash) -> Hearing {
        Hearing {
            chain,
            said: BTreeMap::new(),
            far: BTreeMap::new(),
            at: (0, 0),
        }
    }

    /// A height begins, perhaps once more: what was heard of it before counts no more.
    pub fn enter(&mut self, height: Height) {
        self.said.retain(|(said, _, _), _| *said > height);
        self.far.clear();
    }

    /// Words that are remembered.
    pub fn len(&self) -> usize {
        self.said.len()
    }

    /// Whether none is.
    pub fn is_empty(&self) -> bool {
        self.said.is_empty()
    }

    /// A vote. `now_ms` is this node's, from any beginning.
    pub fn vote(
        &mut self,
        place: &Place,
        (vote, signature): (&Vote, &Signature),
        now_ms: u64,
    ) -> Heard {
        if vote.chain != self.chain {
            return Heard::False;
        }
        let Some(members) = members(place, vote.height) else {
            return Heard::Useless;
        };
        let is_precommit = vote.kind == VoteKind::Precommit;
        let word = Word::Vote(is_precommit, vote.validator);
        let said = (vote.height, vote.round, word);
        let form = (vote.value, None);
        if !self.may_pass(place, said, (form, Some(vote.validator)), now_ms) {
            return Heard::Useless;
        }
        match holds(members, &vote.validator, vote.sign_hash(), signature) {
            None => return Heard::Useless,
            Some(false) => return Heard::False,
            Some(true) => {}
        }
        self.passes(place, said, (form, Some(vote.validator)), now_ms)
    }

    /// A proposal.
    pub fn proposal(
        &mut self,
        place: &Place,
        (proposal, signature): (&Proposal, &Signature),
        now_ms: u64,
    ) -> Heard {
        if proposal.chain != self.chain {
            return Heard::False;
        }
        let (height, round) = (proposal.height, proposal.round);
        let Some(members) = members(place, height) else {
            return Heard::Useless;
        };
        let turn = members.proposer(BlockHeight(height), engine::Round::new(round));
        if turn.address().0 != proposal.proposer {
            return Heard::Useless;
        }
        let said = (height, round, Word::Proposal);
        let form = (Some(proposal.value), proposal.valid_round);
        if !self.may_pass(place, said, (form, Some(proposal.proposer)), now_ms) {
            return Heard::Useless;
        }
        let hash = proposal.sign_hash();
        if holds(members, &proposal.proposer, hash, signature) != Some(true) {
            return Heard::False;
        }
        self.passes(place, said, (form, Some(proposal.proposer)), now_ms)
    }

    /// Prevotes of two thirds for a block.
    pub fn polka(
        &mut self,
        place: &Place,
        polka: &engine::PolkaCertificate<BftContext>,
        now_ms: u64,
    ) -> Heard {
        let (height, round) = (polka.height.0, round_number(polka.round));
        let vote = |address: &ValidatorAddress| Vote {
            kind: VoteKind::Prevote,
            chain: self.chain,
            height,
            round,
            value: Some(polka.value_id.0),
            validator: address.0,
        };
        let votes = polka.polka_signatures.iter();
        let votes: Vec<_> = votes.map(|it| (vote(&it.address), &it.signature)).collect();
        let said = (height, round, Word::Polka);
        let form = (Some(polka.value_id.0), None);
        self.shown(place, said, form, (&votes, Share::TwoThirds), now_ms)
    }

    /// Votes that let others enter a round.
    pub fn rounds(
        &mut self,
        place: &Place,
        rounds: &engine::RoundCertificate<BftContext>,
        now_ms: u64,
    ) -> Heard {
        let (height, round) = (rounds.height.0, round_number(rounds.round));
        let is_skip = rounds.cert_type == engine::RoundCertificateType::Skip;
        let vote = |it: &engine::RoundSignature<BftContext>| Vote {
            kind: match it.vote_type {
                engine::VoteType::Prevote => VoteKind::Prevote,
                engine::VoteType::Precommit => VoteKind::Precommit,
            },
            chain: self.chain,
            height,
            round,
            value: match it.value_id {
                engine::NilOrVal::Nil => None,
                engine::NilOrVal::Val(value) => Some(value.0),
            },
            validator: it.address.0,
        };
        let votes = rounds.round_signatures.iter();
        let votes: Vec<_> = votes.map(|it| (vote(it), &it.signature)).collect();
        let share = match is_skip {
            true => Share::Third,
            false => Share::TwoThirds,
        };
        let said = (height, round, Word::Rounds(is_skip));
        self.shown(place, said, (None, None), (&votes, share), now_ms)
    }

    /// A certificate: of use only if enough validators, each counted once, signed it.
    fn shown(
        &mut self,
        place: &Place,
        said: (Height, Round, Word),
        form: (Option<BlockHash>, Option<Round>),
        (votes, share): (&[(Vote, &SignatureBytes)], Share),
        now_ms: u64,
    ) -> Heard {
        let Some(members) = members(place, said.0) else {
            return Heard::Useless;
        };
        // A validator may have two votes in it, of both kinds.
        let is_long = votes.len() > members.count().saturating_mul(2);
        if is_long || !self.may_pass(place, said, (form, None), now_ms) {
            return Heard::Useless;
        }
        let mut power: BTreeMap<Address, u64> = BTreeMap::new();
        for (vote, signature) in votes {
            match holds(members, &vote.validator, vote.sign_hash(), &signature.0) {
                None => return Heard::Useless,
                Some(false) => return Heard::False,
                Some(true) => {}
            }
            let member = members.get_by_address(&ValidatorAddress(vote.validator));
            let its = member.map_or(0, engine::Validator::voting_power);
            power.insert(vote.validator, its);
        }
        let signed: u128 = power.values().map(|it| u128::from(*it)).sum();
        if !share.is_passed(signed, members.total_voting_power()) {
            return Heard::Useless;
        }
        self.passes(place, said, (form, None), now_ms)
    }

    /// Whether a form of a word would pass, if its signature holds.
    fn may_pass(
        &mut self,
        place: &Place,
        said: (Height, Round, Word),
        (form, who): ((Option<BlockHash>, Option<Round>), Option<Address>),
        now_ms: u64,
    ) -> bool {
        let at = (place.height, place.round);
        if self.at != at {
            self.at = at;
            self.far.clear();
        }
        match self.said.get(&said) {
            Some(forms) => match forms.iter().find(|(it, _)| *it == form) {
                Some((_, last)) => now_ms.saturating_sub(*last) >= AGAIN_MS,
                None => forms.len() < FORMS_MAX,
            },
            None => match who.filter(|_| is_far(place, said)) {
                Some(who) => self.far.get(&who).is_none_or(|it| *it < FAR_MAX),
                None => true,
            },
        }
    }

    /// Notes that a form of a word passes.
    fn passes(
        &mut self,
        place: &Place,
        said: (Height, Round, Word),
        (form, who): ((Option<BlockHash>, Option<Round>), Option<Address>),
        now_ms: u64,
    ) -> Heard {
        let is_new = !self.said.contains_key(&said);
        if let Some(who) = who.filter(|_| is_new && is_far(place, said)) {
            let count = self.far.entry(who).or_default();
            *count = count.saturating_add(1);
        }
        let forms = self.said.entry(said).or_default();
        match forms.iter_mut().find(|(it, _)| *it == form) {
            Some((_, last)) => *last = now_ms,
            None => forms.push((form, now_ms)),
        }
        Heard::New
    }
}

/// How much of the power must have signed.
#[derive(Clone, Copy)]
enum Share {
    Third,
    TwoThirds,
}

impl Share {
    fn is_passed(self, signed: u128, total: u64) -> bool {
        let thirds = match self {
            Share::Third => 1,
            Share::TwoThirds => 2,
        };
        signed * 3 > u128::from(total) * thirds
    }
}

/// Who decides a height, if it is this one or the next.
fn members(place: &Place, height: Height) -> Option<&Members> {
    if height == place.height {
        return Some(&place.members);
    }
    (height == place.height.saturating_add(1)).then_some(&place.next_members)
}

fn is_far(place: &Place, (height, round, _): (Height, Round, Word)) -> bool {
    let near = match height == place.height {
        true => place.round.saturating_add(ROUNDS_NEAR),
        false => ROUNDS_NEAR,
    };
    round > near
}

/// Whether a signature holds; none: who is said to have signed decides nothing here.
fn holds(members: &Members, who: &Address, hash: Hash32, signature: &Signature) -> Option<bool> {
    let member = members.get_by_address(&ValidatorAddress(*who))?;
    Some(
        member
            .public_key()
            .verify(hash.as_bytes(), signature)
            .is_ok(),
    )
}
