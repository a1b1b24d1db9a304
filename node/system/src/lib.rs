//! What the chain does with itself, as pure functions over state: who decides its blocks, who was
//! there, who broke the rules. Start reading at [`ValidatorSets`].
//!
//! ```text
//! state after block h:   last      decided h
//!                        current   decides h+1
//!                        next      decides h+2: what executing h led to
//!                        standing  per validator: missed since, proposed last, convicted up to
//! ```
//!
//! Always: a chain whose spec says `solo` has none of these records, one that says `bft` has all of
//! them from genesis on; nothing here verifies a certificate (`chain` does, before it executes).
//! Not here: stake, rewards and punishment, which protocol version 1 does not have.

mod carried; // what a block's agreement part does to the records
mod error; // records that cannot be
mod evidence; // proofs that a validator signed twice
mod sets; // who decides which block
mod standing; // who was there, who proposed, who was convicted

pub use carried::{Carried, carry};
pub use error::SystemError;
pub use evidence::{EvidenceError, check_evidence, make_evidence};
pub use sets::{ValidatorSets, genesis_set, write_genesis};
pub use standing::Standing;
