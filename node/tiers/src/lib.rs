//! Compiled code for a node: what is called often is compiled in the background, kept on disk, and
//! run in place of the interpreter.
//!
//! ```text
//! engine ─find─► uses counted ─often─► queue ─► one thread ─► artefact on disk? ─no─► child process
//!    ▲                                              │                                  compiles
//!    └───────────────── ready code ◄────load────────┴──────────── sealed, kept ◄──────────┘
//! ```
//!
//! Start reading at [`Tiers`].
//!
//! Always holds: nothing here changes a result, only how fast it comes; what fails here leaves the
//! contract on the interpreter; code that this node did not seal is never loaded; memory, disk,
//! queue, and the child's time and memory are bounded.
//! Not here: running compiled code (`argosy-vm-compiled`), choosing between the tiers for a frame
//! (`argosy-vm-engine`).

mod cache; // artefacts on disk
mod compiler; // the child process
mod metrics; // what it counts
mod mode; // what the operator chose
mod table; // which module is where on its way
mod tiers; // the whole

pub use cache::CacheError;
pub use compiler::{CompileFailure, WORKER_COMMAND, Worker, run_worker};
pub use metrics::Metrics;
pub use mode::{TierMode, UnknownMode};
pub use tiers::{OpenError, Tiers};
