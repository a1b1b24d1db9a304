//! What validators sign, and what their signatures prove.
//!
//! ```text
//! vote      sign hash = H(VoteSign,     SCALE(vote))
//! proposal  sign hash = H(ProposalSign, SCALE(proposal))
//! parts     sign hash = H(PartsSign,    SCALE(proposal parts))
//! peer      sign hash = H(PeerSign,     SCALE(peer proof))
//! ```
//!
//! Invariant: a signature for one chain, height, round or kind means nothing for another.
//! Not here: counting power (`argosy-proof`), agreement (`bft`), punishment (`system`).

use alloc::vec::Vec;

use parity_scale_codec::{Decode, DecodeWithMemTracking, Encode};

use crate::{Address, BlockHash, GenesisHash, Height, PublicKey, Round, Signature};
#[cfg(feature = "hashing")]
use crate::{CertificateHash, Domain, Hash32, ValidatorSetHash};

/// The two votes of a round.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode, DecodeWithMemTracking,
)]
#[repr(u8)]
pub enum VoteKind {
    /// The block is valid.
    Prevote = 0,
    /// Two thirds found it valid: decide.
    Precommit = 1,
}

/// A validator's word in one round.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking)]
pub struct Vote {
    /// Which of the two.
    pub kind: VoteKind,
    /// Which chain.
    pub chain: GenesisHash,
    /// Block to be decided.
    pub height: Height,
    /// Attempt.
    pub round: Round,
    /// The block voted for; none = none of them.
    pub value: Option<BlockHash>,
    /// Who votes.
    pub validator: Address,
}

/// A vote and a signature that nobody has checked yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking)]
pub struct SignedVote {
    /// What was signed.
    pub vote: Vote,
    /// Over the sign hash.
    pub signature: Signature,
}

/// A proposer's word in one round.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking)]
pub struct Proposal {
    /// Which chain.
    pub chain: GenesisHash,
    /// Block to be decided.
    pub height: Height,
    /// Attempt.
    pub round: Round,
    /// The block proposed.
    pub value: BlockHash,
    /// Earlier round in which two thirds had found it valid.
    pub valid_round: Option<Round>,
    /// Who proposes.
    pub proposer: Address,
}

/// A proposal and a signature that nobody has checked yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking)]
pub struct SignedProposal {
    /// What was signed.
    pub proposal: Proposal,
    /// Over the sign hash.
    pub signature: Signature,
}

/// A proposer's word that the parts of a block are its own. It binds to nothing: who signs two
/// for one round has proposed nothing twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking)]
pub struct ProposalParts {
    /// Which chain.
    pub chain: GenesisHash,
    /// Block to be decided.
    pub height: Height,
    /// Attempt for which the parts are sent.
    pub round: Round,
    /// Earlier attempt in which two thirds found the block valid; none: it is new.
    pub valid_round: Option<Round>,
    /// The block that they make.
    pub block: BlockHash,
    /// How many of them there are.
    pub pieces: u32,
}

/// A validator's word that a node of the network is its own.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking)]
pub struct PeerProof {
    /// Which chain.
    pub chain: GenesisHash,
    /// The node's peer id, as libp2p encodes it.
    pub peer: Vec<u8>,
}

/// One validator's precommit inside a certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking)]
pub struct CommitSignature {
    /// Who voted.
    pub validator: Address,
    /// Over the sign hash of the precommit.
    pub signature: Signature,
}

/// Claims that a block was decided: precommits of more than two thirds of the power.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking)]
pub struct CommitCertificate {
    /// Which height.
    pub height: Height,
    /// Round of the precommits.
    pub round: Round,
    /// The decided block.
    pub block: BlockHash,
    /// The precommits.
    pub signatures: Vec<CommitSignature>,
}

/// Two signatures that no honest validator gives.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking)]
pub enum Evidence {
    /// Two different votes of one kind in one round.
    #[codec(index = 0)]
    DuplicateVote {
        /// One.
        first: SignedVote,
        /// The other.
        second: SignedVote,
    },
    /// Two different proposals in one round.
    #[codec(index = 1)]
    DuplicateProposal {
        /// One.
        first: SignedProposal,
        /// The other.
        second: SignedProposal,
    },
}

/// A member of a validator set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking)]
pub struct Validator {
    /// Account that holds the stake.
    pub address: Address,
    /// Key that signs votes.
    pub key: PublicKey,
    /// Weight of its vote.
    pub power: u64,
    /// It has signed no block for so long that it is passed over as a proposer; its vote counts.
    pub absent: bool,
}

/// Who decides a block, in the order given by the chain.
#[derive(Debug, Clone, PartialEq, Eq, Default, Encode, Decode, DecodeWithMemTracking)]
pub struct ValidatorSet(pub Vec<Validator>);

#[cfg(feature = "hashing")]
impl Vote {
    /// What the validator signs.
    pub fn sign_hash(&self) -> Hash32 {
        Hash32::from_bytes(Domain::VoteSign.hash_encoded(self))
    }
}

#[cfg(feature = "hashing")]
impl Proposal {
    /// What the proposer signs.
    pub fn sign_hash(&self) -> Hash32 {
        Hash32::from_bytes(Domain::ProposalSign.hash_encoded(self))
    }
}

#[cfg(feature = "hashing")]
impl ProposalParts {
    /// What the proposer signs.
    pub fn sign_hash(&self) -> Hash32 {
        Hash32::from_bytes(Domain::PartsSign.hash_encoded(self))
    }
}

#[cfg(feature = "hashing")]
impl PeerProof {
    /// What the validator signs.
    pub fn sign_hash(&self) -> Hash32 {
        Hash32::from_bytes(Domain::PeerSign.hash_encoded(self))
    }
}

impl CommitCertificate {
    /// The vote that `validator` must have signed to be counted here.
    pub fn precommit_of(&self, chain: GenesisHash, validator: Address) -> Vote {
        Vote {
            kind: VoteKind::Precommit,
            chain,
            height: self.height,
            round: self.round,
            value: Some(self.block),
            validator,
        }
    }

    /// What the next block's header says about it; covers the signatures.
    #[cfg(feature = "hashing")]
    pub fn hash(&self) -> CertificateHash {
        CertificateHash::from_bytes(Domain::CertificateHash.hash_encoded(self))
    }
}

#[cfg(feature = "hashing")]
impl Evidence {
    /// Its leaf under the block's evidence root.
    pub fn leaf(&self) -> [u8; 32] {
        Domain::EvidenceLeaf.hash_encoded(self)
    }
}

impl ValidatorSet {
    /// The member with this address.
    pub fn get(&self, address: &Address) -> Option<&Validator> {
        self.0
            .iter()
            .find(|validator| validator.address == *address)
    }

    /// Sum of all powers; cannot overflow, since a set has fewer than 2^64 members.
    pub fn total_power(&self) -> u128 {
        self.0
            .iter()
            .map(|validator| u128::from(validator.power))
            .sum()
    }

    /// What headers say about it.
    #[cfg(feature = "hashing")]
    pub fn hash(&self) -> ValidatorSetHash {
        ValidatorSetHash::from_bytes(Domain::ValidatorSet.hash_encoded(self))
    }
}
