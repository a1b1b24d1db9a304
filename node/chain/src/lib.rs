//! The chain: builds, verifies, commits and replays blocks, and answers questions about them.
//! Start reading at [`Chain`].
//!
//! Always: a block's whole effect reaches the store in one batch, or not at all; a block that
//! this crate built passes the checks that it makes of others' blocks; the same blocks give the
//! same roots on every node.
//! Not here: which transactions wait (`mempool`), who may propose (`replica`), sockets and clocks.

mod agreement; // what a block says of those who decide
mod build; // candidate from transactions
mod chain; // the head and its store
mod check; // everything looked at once
mod commit; // one batch
mod dev; // what only development chains do
mod diff; // what a block changed
mod dump; // everything as a file
mod error;
mod events; // events by cursor
mod export; // blocks as a file
mod fork; // a chain over the state of another one
mod genesis; // the first block
mod history; // old values, of an archive
mod index; // transactions by account, contracts by age
mod keys; // where things lie
mod layered; // a store in front of a view
mod past; // the chain at an earlier head
mod proofs; // proofs against a header
mod prune; // what is no longer kept goes
mod reexecute; // from any height again
mod replay; // from genesis again
mod restore; // a chain from the parts of a snapshot
mod retention; // what is kept of the past
mod retrace; // a transaction again, listened to
mod running; // which transaction is being executed
mod simulate; // the real executor on a view
mod snapshot; // what a snapshot takes
mod storage; // what contracts keep, in pages
mod undecided; // proposals on disk
mod verify; // candidate from someone's block
mod view; // reads at one head

pub use build::{BuildRequest, Built, Candidates, Refused};
pub use chain::Chain;
pub use check::{CheckReport, CheckStep, check};
pub use commit::Committed;
pub use dev::{EditFailure, Moment};
pub use diff::{DiffPage, DiffQuery};
pub use dump::{DumpError, DumpReport, Loaded, dump, load, load_notes};
pub use error::{ChainError, InadmissibleOr, InvalidBlock};
pub use events::{EventFilter, EventPage, FoundEvent, PageBounds};
pub use export::{BlocksFileError, ImportReport, export_blocks, import_blocks};
pub use history::HistoryView;
pub use index::{AccountEntry, AccountPage, ContractPage};
pub use past::STATE_HEIGHTS;
pub use prune::KEYS_MIN as PRUNED_KEYS_MIN;
pub use reexecute::{ReexecuteError, reexecute};
pub use replay::{ReplayReport, replay, replay_with};
pub use restore::{PlacedRecord, Restore, RestoreError, RestoreTerms};
pub use retention::{ChainConfig, KEEP_BLOCKS_MIN, Retention};
pub use retrace::RetraceError;
pub use running::Running;
pub use snapshot::SNAPSHOT_BLOCKS;
pub use storage::{StoragePage, StorageQuery};
pub use undecided::{BODIES_MAX as UNDECIDED_BODIES_MAX, Undecided};
pub use verify::Candidate;
pub use view::{ChainView, Head, Location, Selector, StateEntry};

pub use argosy_executor::{
    Ask, Changed, EDITED_BALANCE_MAX, Edit, EditRefusal, Engine, FailedFrame, FrameEntry,
    FunctionNames, ImportUse, Inadmissible, LogLine, Place, ProfileNode, QueryOutcome,
    QueryRequest, RefusedCode, Simulated, StackError, Step, Trace, Traced, TracedAction,
    TracedFrame, function_names, functions_hash, likely_abi, on_big_stack,
};
pub use argosy_kv::{Cause, Durability, crash_point};
pub use argosy_state::{Account, CodeRecord, ContractRecord};
pub use argosy_system::{
    EvidenceError, Standing, ValidatorSets, genesis_set as validator_set, make_evidence,
};
