//! The consensus engine's types, filled with ours. Start reading at [`BftContext`].
//!
//! The engine is Malachite: Tendermint as in Buchman, Kwon and Milosevic, "The latest gossip on BFT
//! consensus" (arXiv:1807.04938). It agrees on 32 bytes, the hash of a header; the block travels as
//! parts beside the votes, and only those who vote look into it.
//!
//! Always: every signature names the chain (the engine adds no domain of its own); whose turn it is
//! follows from committed data alone.
//! Not here: the engine's network, log and timers (`consensus`), what makes a block valid (`replica`).

mod claim; // what a message says
mod context; // the engine's types
mod convert; // certificates, proofs and times in the other's words
mod heard; // what of others' words reaches the engine
mod inbox; // which blocks are waited for
mod message; // votes and proposals
mod part; // a block in parts
mod stream; // parts put together again
mod validators; // who decides, whose turn it is
mod verify; // signatures

pub use claim::Claim;
pub use context::{BftContext, BlockHeight, BlockValue, Ed25519, Extension, SignatureBytes};
pub use convert::{engine_certificate, our_certificate, our_evidence, target_time, timeouts};
pub use heard::{AGAIN_MS, Heard, Hearing};
pub use inbox::{CheckedPart, Inbox, Place};
pub use message::{BftProposal, BftVote, round_number};
pub use part::{PART_BYTES_MAX, Part, PartInit, piece_count, proposal_parts};
pub use stream::{
    Assembled, Assembly, Pieces, STREAMS_MAX, STREAMS_PER_PUBLISHER_MAX, StreamError,
};
pub use validators::{Member, Members, SetError, ValidatorAddress};
pub use verify::BftVerifier;
