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

mod driver; // the thread
mod error;
mod node; // the RPC server's port
mod read; // answers from a view
mod shared; // what readers see // refusals in the RPC's words

pub use driver::{Driver, DriverConfig, DriverStopped, SubmitError};
pub use node::LocalNode;
