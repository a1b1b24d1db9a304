//! Everything a client needs to believe a node it does not trust: a header, decided by a
//! certificate, commits to state, transactions, receipts and events.
//!
//! Start reading at [`verify_header`], then [`verify_state`]. Always holds: a verifier answers
//! every input, however hostile, without panic and in time linear in its size, and what it accepts
//! is what the chain committed to.
//! Not here: building proofs (`argosy-state` for state, `argosy_primitives::merkle` for lists) and
//! fetching them (`clients/sdk`).

#![cfg_attr(not(feature = "std"), no_std)]

extern crate alloc;

mod certificate; // did the validators decide this header?
mod error;
mod inclusion; // what a block did: transactions, receipts, events
mod multi; // what state says about many keys at once
mod path; // where a key lives in the trie
mod range; // what state holds between two paths, and nothing else
mod record; // what the values in state mean
mod state; // what state says about a key
pub mod trie; // how the trie hashes
mod whole; // all that state holds under an address

pub use certificate::{verify_certificate, verify_header};
pub use error::{ProofError, Root};
pub use inclusion::{EventProof, ReceiptProof, TxProof};
pub use multi::{MULTI_KEYS_MAX, StateMultiproof, verify_multi, verify_states};
pub use path::{PATH_BITS, Path, StateKey};
pub use range::{Neighbour, RangeEnd, RangeProof, verify_range};
pub use record::{Account, CodeRecord, ContractRecord, RecordError, Supply};
pub use state::{Sibling, StateProof, verify_state};
pub use whole::verify_whole;
