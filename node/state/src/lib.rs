//! The state of the chain: typed records and contract storage over one view of the store, and the
//! root that commits to them.
//!
//! Start reading at [`State`]: an overlay that collects changes, undoes them by savepoint, knows
//! its root without writing anything, and ends as a [`StateDelta`] for the block's batch.
//! Always holds: the root depends on contents only, never on how they came about; a broken store is
//! a [`StateError`], never a panic and never an answer.
//! Not here: what records mean for fees and rights (`argosy-executor`), when a delta is committed
//! (`argosy-chain`), how proofs are verified and records look (`argosy-proof`).

mod audit; // the root from the records alone
mod changed; // what changed since a savepoint
mod code; // uploaded modules and their bytes
mod commitment; // the port to the trie
mod delta; // what a block changes, and how to take it back
mod error;
mod hot; // which modules every node keeps loaded
mod key; // layout of keys
mod merge; // ordered reads of overlay and view together
mod overlay; // changes over a view, with undo
mod parallel; // two things at once
mod past; // the state right after an earlier block
mod state; // State: accounts, contracts, savepoints, root
mod storage; // contract storage and its ranges
mod supply; // all that there is of the token
mod trie; // the trie: path-keyed nodes of sixteen slots

/// In the signatures here; who reads state need not name the store.
pub use argosy_kv::{Bytes, Direction, KeyRange};
pub use argosy_proof::{Account, CodeRecord, ContractRecord, StateKey, Supply};
pub use audit::{Audit, audit};
pub use changed::Changed;
pub use code::{CodeBlobs, modules};
pub use commitment::{LeafChange, NodeChange, ProvenRange, StateCommitment, TrieDelta};
pub use delta::{Change, StateDelta, UndoRecord};
pub use error::StateError;
pub use hot::HOT_WINDOW_BLOCKS;
pub use key::{Paths, code_of};
pub use past::{PastBlock, PastView};
pub use state::{
    Proven, ProvenMany, Savepoint, State, committed_root, prove, prove_many, prove_many_within,
    prove_range,
};
pub use storage::{StorageRange, StorageStep};
pub use trie::{PathTrie, TrieLoader, prove_between};
