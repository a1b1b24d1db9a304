//! What a message of another node says, and who is said to have signed it.
//!
//! Always: a claim is made only of what the engine would take if the signatures hold, and has one
//! signature of each validator at most, so that to look at it costs no more than it may be worth.

use std::collections::BTreeSet;

use argosy_primitives::{
    Address, BlockHash, GenesisHash, Hash32, Height, Proposal, PublicKey, Round, Signature, Vote,
    VoteKind,
};
use malachitebft_core_types::{self as engine, Validator as _, ValidatorSet as _};

use crate::context::{BftContext, BlockHeight, SignatureBytes};
use crate::heard::Heard;
use crate::inbox::Place;
use crate::message::round_number;
use crate::validators::{Members, ValidatorAddress};

/// Rounds of the next height from which votes and proposals are taken: the engine holds what it is given
/// of it, and who is further on says it again.
const NEXT_ROUNDS_MAX: Round = 2;

/// What a validator says in a round, or what is shown of several.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Word {
    Vote(bool, Address),
    Proposal,
    Polka,
    Rounds(bool),
}

/// One of the forms that a word may take.
pub(crate) type Form = (Option<BlockHash>, Option<Round>);

/// What a message says. Nothing of it is believed before [`Claim::holds`].
#[derive(Debug)]
pub struct Claim<'a> {
    pub(crate) said: (Height, Round, Word),
    pub(crate) form: Form,
    /// Whose word it is; none: it shows the words of several.
    pub(crate) who: Option<Address>,
    signed: Vec<(&'a PublicKey, Hash32, &'a Signature)>,
}

impl<'a> Claim<'a> {
    /// Of a vote.
    pub fn vote(
        chain: GenesisHash,
        place: &'a Place,
        (vote, signature): (&Vote, &'a Signature),
    ) -> Result<Claim<'a>, Heard> {
        if vote.chain != chain {
            return Err(Heard::False);
        }
        let members = members(place, (vote.height, vote.round)).ok_or(Heard::Useless)?;
        let (key, _) = member(members, &vote.validator)?;
        let word = Word::Vote(vote.kind == VoteKind::Precommit, vote.validator);
        Ok(Claim {
            said: (vote.height, vote.round, word),
            form: (vote.value, None),
            who: Some(vote.validator),
            signed: vec![(key, vote.sign_hash(), signature)],
        })
    }

    /// Of a proposal.
    pub fn proposal(
        chain: GenesisHash,
        place: &'a Place,
        (proposal, signature): (&Proposal, &'a Signature),
    ) -> Result<Claim<'a>, Heard> {
        if proposal.chain != chain {
            return Err(Heard::False);
        }
        let (height, round) = (proposal.height, proposal.round);
        let members = members(place, (height, round)).ok_or(Heard::Useless)?;
        let turn = members.proposer(BlockHeight(height), engine::Round::new(round));
        if turn.address().0 != proposal.proposer {
            return Err(Heard::Useless);
        }
        Ok(Claim {
            said: (height, round, Word::Proposal),
            form: (Some(proposal.value), proposal.valid_round),
            who: Some(proposal.proposer),
            signed: vec![(turn.public_key(), proposal.sign_hash(), signature)],
        })
    }

    /// Of prevotes of two thirds for a block.
    pub fn polka(
        chain: GenesisHash,
        place: &'a Place,
        polka: &'a engine::PolkaCertificate<BftContext>,
    ) -> Result<Claim<'a>, Heard> {
        let (height, round) = (polka.height.0, round_number(polka.round));
        let votes = polka.polka_signatures.iter().map(|it| {
            let vote = Vote {
                kind: VoteKind::Prevote,
                chain,
                height,
                round,
                value: Some(polka.value_id.0),
                validator: it.address.0,
            };
            (vote, &it.signature)
        });
        let form = (Some(polka.value_id.0), None);
        shown(
            place,
            ((height, round, Word::Polka), form),
            votes,
            Share::TwoThirds,
        )
    }

    /// Of votes that let others enter a round.
    pub fn rounds(
        chain: GenesisHash,
        place: &'a Place,
        rounds: &'a engine::RoundCertificate<BftContext>,
    ) -> Result<Claim<'a>, Heard> {
        let (height, round) = (rounds.height.0, round_number(rounds.round));
        let is_skip = rounds.cert_type == engine::RoundCertificateType::Skip;
        let signatures = &rounds.round_signatures;
        let is_precommit = |it: &engine::RoundSignature<BftContext>| {
            it.vote_type == engine::VoteType::Precommit
        };
        if !is_skip && !signatures.iter().all(is_precommit) {
            return Err(Heard::Useless);
        }
        let votes = signatures.iter().map(|it| {
            let vote = Vote {
                kind: match it.vote_type {
                    engine::VoteType::Prevote => VoteKind::Prevote,
                    engine::VoteType::Precommit => VoteKind::Precommit,
                },
                chain,
                height,
                round,
                value: match it.value_id {
                    engine::NilOrVal::Nil => None,
                    engine::NilOrVal::Val(value) => Some(value.0),
                },
                validator: it.address.0,
            };
            (vote, &it.signature)
        });
        let share = match is_skip {
            true => Share::Third,
            false => Share::TwoThirds,
        };
        let said = (height, round, Word::Rounds(is_skip));
        shown(place, (said, (None, None)), votes, share)
    }

    /// Whether every signature holds.
    pub fn holds(&self) -> bool {
        let mut signed = self.signed.iter();
        signed.all(|(key, hash, signature)| key.verify(hash.as_bytes(), signature).is_ok())
    }
}

/// Of a certificate: of use only at this height, and if enough validators, each of them once, are said
/// to have signed it. The engine asks for the same.
fn shown<'a>(
    place: &'a Place,
    (said, form): ((Height, Round, Word), Form),
    votes: impl Iterator<Item = (Vote, &'a SignatureBytes)>,
    share: Share,
) -> Result<Claim<'a>, Heard> {
    if said.0 != place.height {
        return Err(Heard::Useless);
    }
    let (mut signers, mut signed, mut power) = (BTreeSet::new(), Vec::new(), 0_u128);
    for (vote, signature) in votes {
        let (key, its) = member(&place.members, &vote.validator)?;
        if !signers.insert(vote.validator) {
            return Err(Heard::Useless);
        }
        power = power.saturating_add(u128::from(its));
        signed.push((key, vote.sign_hash(), &signature.0));
    }
    match share.is_passed(power, place.members.total_voting_power()) {
        true => Ok(Claim {
            said,
            form,
            who: None,
            signed,
        }),
        false => Err(Heard::Useless),
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
        signed.saturating_mul(3) > u128::from(total).saturating_mul(thirds)
    }
}

/// Who decides a height, if it is this one, or the next and not far into it.
fn members(place: &Place, (height, round): (Height, Round)) -> Option<&Members> {
    if height == place.height {
        return Some(&place.members);
    }
    let is_next = height == place.height.saturating_add(1) && round <= NEXT_ROUNDS_MAX;
    is_next.then_some(&place.next_members)
}

/// Key and power of who decides; others have no say here.
fn member<'a>(members: &'a Members, who: &Address) -> Result<(&'a PublicKey, u64), Heard> {
    let member = members.get_by_address(&ValidatorAddress(*who));
    let member = member.ok_or(Heard::Useless)?;
    Ok((member.public_key(), member.voting_power()))
}
