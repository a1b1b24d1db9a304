//! What a directory keeps of its past, and how that may change.
//!
//! ```text
//! Archive ──► Everything ──► Blocks(n) ──► Blocks(m), m < n       pruning catches up, block by block
//! Blocks(m) ──► Blocks(n), Everything       while nothing is gone that these keep, else refused
//! anything ──► Archive                      before the first block only, else refused
//! ```
//!
//! Always: the record in the store says what can be read; what it does not promise is not read, also
//! where it is still there.
//! Not here: deleting (`prune`) and old values (`history`).

use std::fmt;

use argosy_kv::{Batch, Column, Direction, KeyRange, View};
use argosy_primitives::Height;
use parity_scale_codec::{Decode, DecodeWithMemTracking, Encode};

use crate::commit::UNDO_HEIGHTS;
use crate::error::ChainError;
use crate::keys;
use crate::view::read;

/// The fewest blocks that a directory keeps: those whose state can be read.
pub const KEEP_BLOCKS_MIN: Height = UNDO_HEIGHTS;

/// What is kept of the past. Headers and certificates always are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking)]
pub enum Retention {
    /// Every block, and the state of the last few heights.
    Everything,
    /// Every block, and every value that the state ever had.
    Archive,
    /// The last so many blocks, at least [`KEEP_BLOCKS_MIN`].
    Blocks(Height),
}

impl Retention {
    /// As little as a validator needs.
    pub const VALIDATOR: Retention = Retention::Blocks(KEEP_BLOCKS_MIN);

    /// The oldest block that is kept, seen from a head.
    pub(crate) fn floor(self, head: Height) -> Height {
        match self {
            Retention::Everything | Retention::Archive => 0,
            Retention::Blocks(count) => {
                let count = count.max(KEEP_BLOCKS_MIN);
                head.saturating_add(1).saturating_sub(count)
            }
        }
    }

    pub(crate) fn has_history(self) -> bool {
        match self {
            Retention::Archive => true,
            Retention::Everything | Retention::Blocks(_) => false,
        }
    }
}

impl fmt::Display for Retention {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Retention::Everything => f.write_str("every block"),
            Retention::Archive => f.write_str("an archive"),
            Retention::Blocks(count) => write!(f, "the last {count} blocks"),
        }
    }
}

/// How a chain is opened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ChainConfig {
    /// What is kept from now on; `None`: what the directory was made to keep, and every block if it
    /// is new.
    pub retention: Option<Retention>,
    /// Whether transactions are found by account, and contracts are listed; `None`: as the directory has
    /// it, which is no if it is new.
    pub index: Option<bool>,
}

/// What a store keeps, and how far it is with deleting the rest.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking)]
pub(crate) struct Kept {
    pub(crate) retention: Retention,
    /// Blocks below it are gone, or are about to go.
    pub(crate) floor: Height,
    /// Everything before it is deleted.
    pub(crate) sweep: Sweep,
    /// Old values up to and including this key are deleted; `None`: they are kept, or there are none.
    pub(crate) history_sweep: Option<Vec<u8>>,
}

/// A place among the parts of blocks: an event, or behind the last of its transaction.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Encode,
    Decode,
    DecodeWithMemTracking,
)]
pub(crate) struct Sweep {
    pub(crate) height: Height,
    pub(crate) index: u32,
    pub(crate) event: u32,
}

impl Kept {
    /// What a new store keeps.
    pub(crate) fn new(retention: Retention) -> Kept {
        Kept {
            retention,
            floor: 0,
            sweep: Sweep::default(),
            history_sweep: None,
        }
    }

    /// What a new store keeps that begins with block `first`.
    pub(crate) fn since(first: Height, retention: Retention) -> Kept {
        let sweep = Sweep {
            height: first,
            ..Sweep::default()
        };
        Kept {
            floor: first,
            sweep,
            ..Kept::new(retention)
        }
    }

    /// What a store says of itself; one that says nothing keeps everything.
    pub(crate) fn read(view: &dyn View) -> Result<Kept, ChainError> {
        if let Some(kept) = read(view, Column::Meta, keys::META_RETENTION)? {
            return Ok(kept);
        }
        // The record goes with the first block that is deleted or whose values are kept.
        let is_whole = view.get(Column::Blocks, &keys::height(0))?.is_some();
        let mut history = view.range(Column::Hist, KeyRange::all(), Direction::Ascending);
        match (is_whole, history.next()) {
            (true, None) => Ok(Kept::new(Retention::Everything)),
            (false, _) | (true, Some(_)) => {
                Err(ChainError::damaged("the record of what is kept is missing"))
            }
        }
    }

    pub(crate) fn put(&self, batch: &mut Batch) {
        batch.put(Column::Meta, keys::META_RETENTION, self.encode());
    }

    /// The same store, with the wish of whoever opens it; refused if what it asks for is gone. What
    /// lies before `first` never was here, and is missed by nobody but an archive.
    pub(crate) fn change(
        mut self,
        wanted: Retention,
        head: Height,
        first: Height,
    ) -> Result<Kept, ChainError> {
        let has_history = self.retention.has_history() || head == 0;
        let is_gone = wanted.floor(head).max(first) < self.floor;
        if is_gone || (wanted.has_history() && !has_history) {
            let (found, oldest_height) = (self.retention, self.floor);
            return Err(ChainError::Retention {
                found,
                oldest_height,
                wanted,
            });
        }
        match (self.retention.has_history(), wanted.has_history()) {
            (true, false) => self.history_sweep = Some(Vec::new()),
            (_, true) => self.history_sweep = None,
            (false, false) => {}
        }
        self.retention = wanted;
        self.advance(head);
        Ok(self)
    }

    /// Moves the floor to where it is at a head.
    pub(crate) fn advance(&mut self, head: Height) {
        self.floor = self.floor.max(self.retention.floor(head));
    }

    /// Refuses what lies below the floor.
    pub(crate) fn check(&self, height: Height) -> Result<(), ChainError> {
        match height < self.floor {
            true => Err(ChainError::Pruned {
                oldest_height: self.floor,
            }),
            false => Ok(()),
        }
    }
}
