//! A development chain over the state of another chain: what `argosy dev --fork URL[@HEIGHT]` runs, and what tests of
//! contracts can run on. Start reading at [`Fork`].
//!
//! ```text
//! chain (fork) ─ a key that was not written here ─► Base ─ known already? ─► the value
//!                                                     └──► Origin: its thread asks the node
//!                                                            └─ proof ─ header ─ certificate
//! ```
//!
//! Always: what is read is proven against the header from which the fork goes on, or it was asked for
//! with `--trust` and is counted; an answer that does not hold is an error that names the node, never a
//! value; each key is asked for once, and kept for the next time.
//! Not here: what a fork is to the chain (`argosy_chain::Chain::open_fork`).

mod anchor; // the header that everything is proven against
mod asker; // the node, asked and checked
mod base; // what the chain reads
mod cache; // what was read, on disk
mod codes; // modules from a node
mod error; // why something was not read
mod fork; // the chain and what it lies over
mod known; // what was read, in memory
mod origin; // the thread that asks
mod place; // URL[@HEIGHT]
mod range; // entries in order

pub use codes::{AddressError, Codes, Fetched, NoModule};
pub use error::{ForkError, OriginError, Trouble};
pub use fork::{Fork, ForkFacts, ForkTerms};
pub use place::ForkPlace;
