//! A block in parts, as it travels beside the votes.
//!
//! ```text
//! Init   height, round, valid round, proposer, block hash, number of parts, signature
//! Data   up to PART_BYTES_MAX of SCALE(block); the last one says so
//! ```
//!
//! Always: the proposer of the round signs for everything in the first part, so that nobody else can
//! make a node take anything in, or take it for something else; what the parts make must have the
//! hash that is named there.

use argosy_primitives::{
    Address, Block, BlockHash, GenesisHash, Height, ProposalParts, PublicKey, Round, Signature,
};
use malachitebft_core_types::ProposalPart;
use parity_scale_codec::{Decode, DecodeWithMemTracking, Encode};

use crate::context::BftContext;

/// Bytes of a block in one part.
pub const PART_BYTES_MAX: usize = 128 * 1024;

/// One part.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking)]
pub enum Part {
    /// What the others are of.
    #[codec(index = 0)]
    Init(PartInit),
    /// A piece of the block.
    #[codec(index = 1)]
    Data {
        /// Whether it is the end.
        last: bool,
        /// The piece.
        bytes: Vec<u8>,
    },
}

/// What the parts are of.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking)]
pub struct PartInit {
    /// The block's height.
    pub height: Height,
    /// The round in which it is proposed.
    pub round: Round,
    /// The round in which two thirds found it valid before; none: it is new.
    pub valid_round: Option<Round>,
    /// Who proposes it in that round.
    pub proposer: Address,
    /// Hash of its header.
    pub block: BlockHash,
    /// How many pieces follow.
    pub pieces: u32,
    /// The proposer's, over [`ProposalParts`].
    pub signature: Signature,
}

impl PartInit {
    /// What the proposer signs.
    pub fn signed(&self, chain: GenesisHash) -> ProposalParts {
        ProposalParts {
            chain,
            height: self.height,
            round: self.round,
            valid_round: self.valid_round,
            block: self.block,
            pieces: self.pieces,
        }
    }

    /// Whether the proposer, whose key is `key`, signed it.
    pub fn holds(&self, chain: GenesisHash, key: &PublicKey) -> bool {
        let hash = self.signed(chain).sign_hash();
        key.verify(hash.as_bytes(), &self.signature).is_ok()
    }
}

impl ProposalPart<BftContext> for Part {
    fn is_first(&self) -> bool {
        matches!(self, Part::Init(_))
    }

    fn is_last(&self) -> bool {
        matches!(self, Part::Data { last: true, .. })
    }
}

/// How many pieces a block of so many bytes makes; at least one.
pub(crate) fn pieces(block_bytes: usize) -> u32 {
    let pieces = block_bytes.div_ceil(PART_BYTES_MAX).max(1);
    u32::try_from(pieces).unwrap_or(u32::MAX)
}

/// How many pieces follow the first part of this block.
pub fn piece_count(block: &Block) -> u32 {
    pieces(block.encoded_size())
}

/// The parts of a block, in order. `init` names the block, and [`piece_count`] of it.
pub fn proposal_parts(init: PartInit, block: &Block) -> Vec<Part> {
    let bytes = block.encode();
    let mut parts = vec![Part::Init(init)];
    let mut chunks = bytes.chunks(PART_BYTES_MAX).peekable();
    while let Some(chunk) = chunks.next() {
        parts.push(Part::Data {
            last: chunks.peek().is_none(),
            bytes: chunk.to_vec(),
        });
    }
    parts
}
