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
mod driver; // the handle to the thread
mod error; // refusals in the RPC's words
mod fault; // how it ends
mod metrics;
mod node; // the RPC server's port, by group
mod read; // what all answers from a view need
mod shared; // what readers see
mod statuses; // what became of transactions that are in no block
mod worker; // what the thread does

pub use agreed::{Decision, Gone};
pub use driver::{Driver, DriverConfig, SubmitError};
pub use fault::{DriverFault, DriverStopped, FaultKind};
pub use metrics::Metrics;
pub use node::{LocalNode, Relay};

pub use argosy_chain::{Durability, Undecided};
pub use argosy_replica::{Invalid, Origin, Proposed};
