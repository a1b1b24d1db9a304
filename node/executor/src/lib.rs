//! Applies a block to state. Start reading at [`BlockExecutor`].
//!
//! ```text
//! BlockExecutor ─ admit ─► transaction: reserve ─► actions ─► frames ─► engine ─► contract
//!                                                                ▲                    │
//!                                                                └──── FrameHost ◄────┘
//! ```
//!
//! Invariant: the outcome depends on spec, state and block alone. A failed transaction is a receipt,
//! an inadmissible one an [`Inadmissible`], a broken node a [`Fault`].
//! Not here: running Wasm (`argosy-vm-engine`), storing the result (`argosy-chain`), stake and
//! governance (`argosy-system`).

mod actions; // what a transaction may do
mod admit; // which transactions may run
mod block; // transactions in order, end of the block
mod deposits; // how much a change of storage locks or frees
mod edit; // what only development chains do to state
mod error;
mod explain; // why an action failed, in words
mod fees; // what gas costs and who gets it
mod frame; // one run of a contract's code
mod host; // what a running contract asks for
mod ledger; // moving funds, new accounts
mod lifecycle; // creating and upgrading contracts
mod look_up; // what a running contract may learn of others
mod profile; // gas by function
mod query; // questions to contracts
mod recorder; // what a transaction did, for somebody who asks
mod scope; // what the frames of one transaction share
mod simulate; // what a transaction would do
mod storage; // a contract's storage with its deposits
mod stored; // traces on disk
mod supply; // all that there is of the token
mod system_event; // what the chain itself announces
mod trace; // what a node notes for people
mod traced; // a transaction that is listened to
mod transaction; // one transaction: reserve, act, settle

pub use admit::{AccountFacts, Admitted, BlockFacts, admit, intrinsic_gas};
pub use argosy_state::Changed;
/// Whoever executes more than one transaction does so inside [`on_big_stack`]: each that runs a
/// contract outside it costs a thread.
pub use argosy_vm_engine::{
    Engine, FunctionNames, NamesError, StackError, function_names, functions_hash, likely_abi,
    on_big_stack,
};
pub use block::{BlockExecutor, BlockOutcome};
pub use edit::{EDITED_BALANCE_MAX, Edit, EditError, EditRefusal};
pub use error::{ApplyError, Fault, Inadmissible};
pub use fees::{GasPrice, gas_cost, next_base_price};
pub use profile::{Place, ProfileNode};
pub use query::{QueryOutcome, QueryRequest, query, query_profiled};
pub use recorder::{Action as TracedAction, Ask, ImportUse, Step, TracedFrame};
pub use scope::BlockContext;
pub use simulate::{SimulateRequest, Simulated, simulate};
pub use system_event::SystemEvent;
pub use trace::{FailedFrame, FrameEntry, LogLine, RefusedCode, Trace};
pub use traced::{Traced, simulate_traced};
