//! Runs a replica on a thread of its own: gives it time and transactions, performs its actions,
//! and answers the RPC server from snapshots. Start reading at [`Driver::start`].
//!
//! ```text
//! rpc ──submit──► inbox (bounded) ──► thread: Replica::step ──► shared: view, statuses, changes
//!  ▲                                                                    │
//!  └───────────────────────── reads, waits ◄────────────────────────────┘
//! ```
//!
//! Always: one thread owns the replica; readers never wait for it; when the replica fails or
//! panics the driver stops, says why, and admits nothing more.
//! Not here: rules of any kind (`replica`, `chain`), sockets (`rpc`), process life (the binaries).

mod agreed; // what the consensus engine asks
mod dev; // what the thread of a development chain does
mod driver; // the handle to the thread
mod error; // refusals in the RPC's words
mod explain; // why an execution failed, by the contracts' ABIs
mod fault; // how it ends
mod json_words; // messages of contracts that speak JSON
mod metrics;
mod node; // the RPC server's port, by group
mod read; // what all answers from a view need
mod shared; // what readers see
mod state_file; // a development chain's state on disk
mod statuses; // what became of transactions that are in no block
mod traced; // what a transaction did, as an answer
mod waiters; // who waits for which transaction
mod worker; // what the thread does

pub use agreed::{Decision, Gone};
pub use driver::{Driver, DriverConfig, SubmitError};
pub use fault::{DriverFault, DriverStopped, FaultKind};
pub use metrics::Metrics;
pub use node::{KnownHeight, LocalNode, Relay};
pub use state_file::{StateFile, StateFileError};

pub use argosy_chain::{Durability, Undecided};
pub use argosy_replica::{Invalid, Origin, Proposed};
