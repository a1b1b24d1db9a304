//! Ordered columns of bytes, atomic batches and read views: all that Argosy asks of a database.
//!
//! Start reading at [`Store`]. Always holds: a [`Batch`] takes effect as a whole or not at all, and
//! a [`View`] shows one moment and never changes.
//! Not here: what the bytes mean (`argosy-state`, `argosy-chain`) and RocksDB (`argosy-store`).

mod batch; // what a commit changes
mod cached; // a cache in front of another store
mod column; // the columns
mod crash; // where tests end the process
mod memory; // the in-memory implementation
mod range; // which keys, in which order
mod store; // the port: Store, View, errors
mod tree; // its copy-on-write ordered map

pub mod conformance;

pub use batch::{Batch, Op};
pub use cached::{CacheFigures, Cached};
pub use column::Column;
pub use memory::{MemoryMoment, MemoryStore};
pub use range::{Direction, KeyRange};
pub use store::{Bytes, Cause, Durability, Entries, KvError, Store, View};

#[doc(hidden)]
pub use fail;
