//! Votes and proposals, as the engine reads them, around ours, as they are signed.

use argosy_primitives as ours;
use argosy_primitives::{GenesisHash, VoteKind};
use malachitebft_core_types::{NilOrVal, Proposal, Round, SignedExtension, Vote, VoteType};

use crate::context::{BftContext, BlockHeight, BlockValue};
use crate::validators::ValidatorAddress;

/// A vote.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BftVote {
    vote: ours::Vote,
    value: NilOrVal<BlockValue>,
    validator: ValidatorAddress,
}

/// A proposal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BftProposal {
    proposal: ours::Proposal,
    value: BlockValue,
    proposer: ValidatorAddress,
}

/// The number of a round. The engine knows "before the first round", which nothing that is signed
/// names; it becomes the last round there is, which is never reached.
pub fn round_number(round: Round) -> ours::Round {
    round.as_u32().unwrap_or(u32::MAX)
}

impl BftVote {
    /// A prevote.
    pub fn prevote(
        chain: GenesisHash,
        at: (BlockHeight, Round),
        value: NilOrVal<BlockValue>,
        validator: ValidatorAddress,
    ) -> BftVote {
        BftVote::new(VoteKind::Prevote, chain, at, value, validator)
    }

    /// A precommit.
    pub fn precommit(
        chain: GenesisHash,
        at: (BlockHeight, Round),
        value: NilOrVal<BlockValue>,
        validator: ValidatorAddress,
    ) -> BftVote {
        BftVote::new(VoteKind::Precommit, chain, at, value, validator)
    }

    fn new(
        kind: VoteKind,
        chain: GenesisHash,
        (height, round): (BlockHeight, Round),
        value: NilOrVal<BlockValue>,
        validator: ValidatorAddress,
    ) -> BftVote {
        BftVote::from(ours::Vote {
            kind,
            chain,
            height: height.0,
            round: round_number(round),
            value: match value {
                NilOrVal::Nil => None,
                NilOrVal::Val(value) => Some(value.0),
            },
            validator: validator.0,
        })
    }

    /// As it is signed.
    pub fn vote(&self) -> &ours::Vote {
        &self.vote
    }
}

impl From<ours::Vote> for BftVote {
    fn from(vote: ours::Vote) -> BftVote {
        BftVote {
            value: match vote.value {
                None => NilOrVal::Nil,
                Some(value) => NilOrVal::Val(BlockValue(value)),
            },
            validator: ValidatorAddress(vote.validator),
            vote,
        }
    }
}

impl Vote<BftContext> for BftVote {
    fn height(&self) -> BlockHeight {
        BlockHeight(self.vote.height)
    }

    fn round(&self) -> Round {
        Round::new(self.vote.round)
    }

    fn value(&self) -> &NilOrVal<BlockValue> {
        &self.value
    }

    fn take_value(self) -> NilOrVal<BlockValue> {
        self.value
    }

    fn vote_type(&self) -> VoteType {
        match self.vote.kind {
            VoteKind::Prevote => VoteType::Prevote,
            VoteKind::Precommit => VoteType::Precommit,
        }
    }

    fn validator_address(&self) -> &ValidatorAddress {
        &self.validator
    }

    fn extension(&self) -> Option<&SignedExtension<BftContext>> {
        None
    }

    fn take_extension(&mut self) -> Option<SignedExtension<BftContext>> {
        None
    }

    /// Votes carry nothing besides: the engine is told not to ask for it.
    fn extend(self, _: SignedExtension<BftContext>) -> BftVote {
        self
    }
}

impl BftProposal {
    pub(crate) fn new(
        chain: GenesisHash,
        (height, round): (BlockHeight, Round),
        value: BlockValue,
        pol_round: Round,
        proposer: ValidatorAddress,
    ) -> BftProposal {
        BftProposal::from(ours::Proposal {
            chain,
            height: height.0,
            round: round_number(round),
            value: value.0,
            valid_round: pol_round.as_u32(),
            proposer: proposer.0,
        })
    }

    /// As it is signed.
    pub fn proposal(&self) -> &ours::Proposal {
        &self.proposal
    }
}

impl From<ours::Proposal> for BftProposal {
    fn from(proposal: ours::Proposal) -> BftProposal {
        BftProposal {
            value: BlockValue(proposal.value),
            proposer: ValidatorAddress(proposal.proposer),
            proposal,
        }
    }
}

impl Proposal<BftContext> for BftProposal {
    fn height(&self) -> BlockHeight {
        BlockHeight(self.proposal.height)
    }

    fn round(&self) -> Round {
        Round::new(self.proposal.round)
    }

    fn value(&self) -> &BlockValue {
        &self.value
    }

    fn take_value(self) -> BlockValue {
        self.value
    }

    fn pol_round(&self) -> Round {
        Round::from(self.proposal.valid_round)
    }

    fn validator_address(&self) -> &ValidatorAddress {
        &self.proposer
    }
}
