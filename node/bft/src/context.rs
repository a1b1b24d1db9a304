//! The engine's types: which of ours stands for which of its.

use std::fmt;

use argosy_primitives::{BlockHash, GenesisHash, Height, PublicKey, SecretKey, Signature};
use malachitebft_core_types::{Context, LinearTimeouts, NilOrVal, Round, SigningScheme, ValueId};

use crate::message::{BftProposal, BftVote};
use crate::part::Part;
use crate::validators::{Member, Members, ValidatorAddress};

/// Consensus on one chain, which every message names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BftContext {
    /// The chain.
    pub chain: GenesisHash,
}

/// The height of a block.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BlockHeight(pub Height);

impl fmt::Display for BlockHeight {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl malachitebft_core_types::Height for BlockHeight {
    const ZERO: BlockHeight = BlockHeight(0);
    const INITIAL: BlockHeight = BlockHeight(1);

    fn increment_by(&self, n: u64) -> BlockHeight {
        BlockHeight(self.0.saturating_add(n))
    }

    fn decrement_by(&self, n: u64) -> Option<BlockHeight> {
        self.0.checked_sub(n).map(BlockHeight)
    }

    fn as_u64(&self) -> u64 {
        self.0
    }
}

/// What is agreed on: the hash of a header. It is its own id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BlockValue(pub BlockHash);

impl fmt::Display for BlockValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl malachitebft_core_types::Value for BlockValue {
    type Id = BlockValue;

    fn id(&self) -> BlockValue {
        *self
    }
}

/// What votes could carry besides; here they never do.
pub type Extension = ();

/// The signature scheme of validators.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ed25519;

/// A signature by its bytes, which order it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct SignatureBytes(pub Signature);

/// Bytes that are no key or no signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected {expected} bytes, found {found}")]
pub struct WrongLength {
    expected: usize,
    found: usize,
}

impl SigningScheme for Ed25519 {
    type DecodingError = WrongLength;
    type Signature = SignatureBytes;
    type PublicKey = PublicKey;
    type PrivateKey = SecretKey;

    fn decode_signature(bytes: &[u8]) -> Result<SignatureBytes, WrongLength> {
        let bytes = exactly(bytes)?;
        Ok(SignatureBytes(Signature::Ed25519(bytes)))
    }

    fn encode_signature(signature: &SignatureBytes) -> Vec<u8> {
        let Signature::Ed25519(bytes) = signature.0;
        bytes.to_vec()
    }

    fn decode_public_key(bytes: &[u8]) -> Result<PublicKey, WrongLength> {
        Ok(PublicKey::Ed25519(exactly(bytes)?))
    }

    fn encode_public_key(key: &PublicKey) -> Vec<u8> {
        let PublicKey::Ed25519(bytes) = key;
        bytes.to_vec()
    }
}

fn exactly<const N: usize>(bytes: &[u8]) -> Result<[u8; N], WrongLength> {
    bytes.try_into().map_err(|_| WrongLength {
        expected: N,
        found: bytes.len(),
    })
}

impl Context for BftContext {
    type Address = ValidatorAddress;
    type Height = BlockHeight;
    type ProposalPart = Part;
    type Proposal = BftProposal;
    type Validator = Member;
    type ValidatorSet = Members;
    type Timeouts = LinearTimeouts;
    type Value = BlockValue;
    type Vote = BftVote;
    type Extension = Extension;
    type SigningScheme = Ed25519;

    fn select_proposer<'a>(
        &self,
        validators: &'a Members,
        height: BlockHeight,
        round: Round,
    ) -> &'a Member {
        validators.proposer(height, round)
    }

    fn new_proposal(
        &self,
        height: BlockHeight,
        round: Round,
        value: BlockValue,
        pol_round: Round,
        address: ValidatorAddress,
    ) -> BftProposal {
        BftProposal::new(self.chain, (height, round), value, pol_round, address)
    }

    fn new_prevote(
        &self,
        height: BlockHeight,
        round: Round,
        value: NilOrVal<ValueId<BftContext>>,
        address: ValidatorAddress,
    ) -> BftVote {
        BftVote::prevote(self.chain, (height, round), value, address)
    }

    fn new_precommit(
        &self,
        height: BlockHeight,
        round: Round,
        value: NilOrVal<ValueId<BftContext>>,
        address: ValidatorAddress,
    ) -> BftVote {
        BftVote::precommit(self.chain, (height, round), value, address)
    }
}
