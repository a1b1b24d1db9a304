//! The port: a store commits batches and hands out views.

use std::error::Error;
use std::sync::Arc;

use crate::{Batch, Column, Direction, KeyRange};

/// Bytes that clone without copying.
pub type Bytes = Arc<[u8]>;

/// The entries of a range, in the order that was asked for.
pub type Entries<'a> = Box<dyn Iterator<Item = Result<(Vec<u8>, Bytes), KvError>> + 'a>;

/// Ordered columns of bytes.
pub trait Store: Send + Sync + 'static {
    /// What the store holds now, as a snapshot that later commits leave alone.
    fn view(&self) -> Arc<dyn View>;

    /// Applies the whole batch or nothing of it.
    fn commit(&self, batch: Batch, durability: Durability) -> Result<(), KvError>;
}

/// One moment of a store. Cheap to share between threads; release it when done, since it keeps
/// alive what was overwritten after it.
pub trait View: Send + Sync {
    /// The value at `key`, if there is one.
    fn get(&self, column: Column, key: &[u8]) -> Result<Option<Bytes>, KvError>;

    /// The values at `keys`, in their order. Costs a database less than one read per key; least if
    /// the keys rise. For who is about to write to these keys: a cache does not keep what it has to
    /// read for this.
    fn get_many(&self, column: Column, keys: &[&[u8]]) -> Result<Vec<Option<Bytes>>, KvError> {
        keys.iter().map(|key| self.get(column, key)).collect()
    }

    /// The entries inside `range`. After an error the iterator ends.
    fn range(&self, column: Column, range: KeyRange, direction: Direction) -> Entries<'_>;

    /// What this store was laid over, and shows where nothing was written to it: the state of another
    /// chain. `None`, with nearly all of them: what it shows was written to it.
    fn beneath(&self) -> Option<&dyn View> {
        None
    }
}

/// What survives a loss of power once `commit` has returned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Durability {
    /// This batch and all before it.
    Synced,
    /// Perhaps not this batch, but never a part of it, nor a later one without it.
    Buffered,
}

/// The store itself is broken or full; nothing a peer or a user did.
#[derive(Debug, thiserror::Error)]
pub enum KvError {
    /// A key or a range could not be read.
    #[error("cannot read column {column}")]
    Read {
        /// Where.
        column: Column,
        /// What its operator has to do with.
        cause: Cause,
        /// What the database said.
        source: Box<dyn Error + Send + Sync>,
    },
    /// A batch could not be written; nothing of it took effect.
    #[error("cannot commit a batch")]
    Commit {
        /// What its operator has to do with.
        cause: Cause,
        /// What the database said.
        source: Box<dyn Error + Send + Sync>,
    },
}

/// Why a store failed, as far as it decides what helps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// The disk, or this user's share of it, is full. What was committed is whole.
    NoSpace,
    /// Bytes on disk are not those that were written.
    Damaged,
    /// The system does not let us read or write any more: a file system that was set read-only, a
    /// failing disk. What was committed is whole.
    Denied,
    /// What was asked for takes too much of the store; less can be had.
    TooMuch,
    /// What the store was laid over is elsewhere ([`View::beneath`]), and gave no answer, or none that
    /// holds. Nothing is broken here, and the same read may succeed later.
    Beneath,
    /// The system refused in another way.
    Other,
}

impl KvError {
    /// What the operator has to do with.
    pub fn cause(&self) -> Cause {
        match self {
            KvError::Read { cause, .. } | KvError::Commit { cause, .. } => *cause,
        }
    }

    /// The failure of a store among an error and its causes, if that is what it comes from.
    pub fn among<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a KvError> {
        let mut next = Some(error);
        while let Some(error) = next {
            if let Some(found) = error.downcast_ref() {
                return Some(found);
            }
            next = error.source();
        }
        None
    }
}
