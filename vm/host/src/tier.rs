//! The `Code` port: a module that some tier made ready to run.
//!
//! Always holds: whichever tier runs a frame, what comes out is the same; a tier that cannot run a
//! frame to its end says so and gives no result.

use argosy_primitives::Gas;

use crate::adapter::Invocation;
use crate::execution::Execution;
use crate::fault::HostFault;
use crate::port::Host;

/// A module ready to run, shared between frames and threads.
pub trait Code: Send + Sync {
    /// Runs one frame in a fresh instance: pays for its initial memory, serves its imports by
    /// `host`, says how it ended. What the frame did is kept or undone by the caller.
    fn run(
        &self,
        invocation: Invocation,
        gas_limit: Gas,
        host: &mut dyn Host,
    ) -> Result<Execution, TierError>;
}

/// Why a tier gave no result.
#[derive(Debug, thiserror::Error)]
pub enum TierError {
    /// The node is broken.
    #[error(transparent)]
    Fault(#[from] HostFault),
    /// There was no room for an instance. Nothing has happened: another tier may run the frame.
    #[error("no room for an instance: {0}")]
    NoRoom(String),
    /// The machine had no more stack or memory, which the definition of execution does not know, in
    /// the middle of the frame. What the frame did must be undone; then another tier may run it.
    #[error("the frame needs more of the machine than this tier has")]
    Exhausted,
}
