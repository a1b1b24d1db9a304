//! The line between contracts and chain: what a contract may ask for, and who answers.
//!
//! ```text
//!  contract ──import──► Session (one ABI) ──Host port──► executor (one chain)
//!                           │
//!                         Guest: memory and gas of the running instance, given by a tier
//! ```
//!
//! Start reading at [`Host`], then [`AbiAdapter`], then [`Native`].
//!
//! Always holds: an import pays before it acts; nothing outside the guest's memory is touched;
//! a [`HostFault`] stops the node and is never turned into a result.
//! Not here: running Wasm (`argosy-vm-interpreter`), choosing a tier (`argosy-vm-engine`), balances,
//! storage and rollback (`argosy-executor`).

mod adapter; // the seam for ABIs: from import to port
mod execution; // how a run ended
mod fault; // the node is broken
mod frame; // one frame on any tier
mod guest; // what a tier offers to an import
mod memory; // what memory costs
mod meter; // the gas counter while an import has it
mod native; // the ABI of the import table
mod port; // what the chain offers to a frame
mod registry; // what a contract may learn of others
mod tier; // a module ready to run
mod watch; // a frame that tells what it does

pub use adapter::{AbiAdapter, Invocation, Invoke, Session, Stop, forwardable};
pub use execution::{Diagnostic, Execution, TrapKind};
pub use fault::HostFault;
pub use frame::{Budget, Instance, enter, leave, play, serve};
pub use guest::{Guest, OutOfGas};
pub use memory::MemoryPrices;
pub use meter::Meter;
pub use native::Native;
pub use port::{
    CallContext, CallOutcome, CallRequest, Direction, Host, HostError, InstantiateOutcome,
    InstantiateRequest, Place, RangeRequest, RangeStep, RangeVisitor, ReplyRequest, UpgradeRequest,
};
pub use registry::{CodeFacts, ContractFacts, Facts, MigrationFacts, Question, SeenEvent};
pub use tier::{Code, TierError};
pub use watch::{Observed, Watched};
