//! The words of the protocol and their bytes: hashes, keys, addresses, transactions, blocks,
//! votes, receipts, events.
//!
//! Invariant: the SCALE bytes of every type here are frozen by golden files, and only
//! [`codec::decode_untrusted`] turns foreign bytes into a value.
//! Not here: limits and prices (`argosy-spec`), proofs (`argosy-proof`), JSON (`argosy-rpc-api`).
//!
//! Start reading at [`Transaction`], then [`Header`] and [`Receipt`].
//!
//! Bytes are SCALE: fields in the order of their declaration, integers little endian in their full
//! width, arrays as they are, lists after a compact count, an enum's index as its first byte, an
//! option as 0, or 1 and its value.
//!
//! Features: `hashing` gives ids and roots, `signing` keys that sign and verify; contracts switch
//! both off. Without `std` the crate needs only `alloc`.

#![cfg_attr(not(feature = "std"), no_std)]

extern crate alloc;

mod action; // what a transaction may do
mod address; // who: accounts, contracts, the chain itself
mod block; // header, body, roots over the body
pub mod codec; // the only way in for foreign bytes
mod consensus; // votes, proposals, certificates, evidence, validators
mod cursor; // position of an event
#[cfg(feature = "hashing")]
mod domain; // one hash function per kind of object
mod hash; // hash newtypes
mod key; // public keys, signatures, secret keys
#[cfg(feature = "hashing")]
pub mod merkle; // trees over a block's lists
mod receipt; // what a transaction did
mod status; // how a frame ended
mod text; // error of reading text
mod transaction; // unsigned, signed, verified
mod turns; // whose turn it is to propose

pub use action::{AbiKind, Action, ActionKind};
pub use address::{Address, AddressError, Hrp};
pub use block::{Block, Body, Header};
#[cfg(feature = "hashing")]
pub use block::{evidence_root, tx_root};
pub use codec::{DecodeError, Limits, decode_untrusted};
pub use consensus::{
    CommitCertificate, CommitSignature, Evidence, PeerProof, Proposal, ProposalParts,
    SignedProposal, SignedVote, Validator, ValidatorSet, Vote, VoteKind,
};
pub use cursor::{EventCursor, TxCursor};
#[cfg(feature = "hashing")]
pub use domain::{Domain, blake3, blake3_keyed};
pub use hash::{
    AbiHash, BlockHash, CertificateHash, CodeHash, EventsRoot, EvidenceRoot, GenesisHash, Hash32,
    ReceiptsRoot, StateRoot, TxId, TxRoot, ValidatorSetHash,
};
#[cfg(feature = "signing")]
pub use key::SecretKey;
pub use key::{PublicKey, Signature, SignatureError};
#[cfg(feature = "hashing")]
pub use merkle::MerkleProof;
#[cfg(feature = "hashing")]
pub use receipt::receipts_root;
pub use receipt::{Event, Receipt, ReceiptSummary};
pub use status::StatusCode;
pub use text::TextError;
#[cfg(feature = "signing")]
pub use transaction::VerifiedTransaction;
pub use transaction::{ACTIONS_MAX, SignedTransaction, Transaction, TxError};
pub use turns::Turns;

/// Number of a block; genesis is 0.
pub type Height = u64;
/// Amount of work, see the price tables of the chain spec.
pub type Gas = u64;
/// Amount of the native token in its smallest unit.
pub type Balance = u128;
/// Number of transactions that an account has sent.
pub type Nonce = u64;
/// Milliseconds since the Unix epoch.
pub type TimestampMs = u64;
/// Attempt to agree on one height, from 0.
pub type Round = u32;
