//! Mempool: admitted transactions that wait for a block. Start reading at [`Mempool`].
//!
//! Holds verified transactions by sender and nonce, hands them out by what they pay, replaces
//! and evicts with a reason, and is bounded in bytes, count, per sender and nonce gap.
//!
//! Always: no transaction leaves without a [`Dropped`] that says why, except by being picked up
//! again through [`Mempool::update`] after its block was committed.
//! Not here: signatures (the type remembers them), the protocol's admission rules (`executor`),
//! gossip (`network`), and durable status (`replica`).

mod account; // what the pool must know of a sender
mod error; // why a transaction is refused or dropped
mod limits; // the bounds
mod pick;
mod pool; // the pool: insert, replace, evict, update
mod queue; // one sender's transactions in nonce order // handing transactions to the block builder

pub use account::AccountView;
pub use error::{DropReason, Dropped, Reject};
pub use limits::{Limits, LimitsError};
pub use pick::Picker;
pub use pool::{Inserted, Mempool};
