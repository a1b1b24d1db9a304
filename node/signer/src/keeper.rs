//! The second copy of the highest mark, kept elsewhere than the record.
//!
//! ```text
//! sign:  record synced ──▶ second copy saved ──▶ signature leaves
//! open:  second copy == record's mark           agree
//!        second copy == record's mark before    agree: stopped between the two, brought up to date
//!        anything else                          differ: one of them was rolled back, lost or swapped
//! ```
//!
//! Where they differ the higher mark holds and the key sits out its whole height: with the copy the
//! engine's log may have been rolled back too, and with it what the validator was locked on.
//! A rollback of one copy by just one mark looks like a stop between the two; the other copy is
//! right, so it does no harm.
//!
//! Not here: where the second copy lives; the caller says.

use crate::history::History;
use crate::{Mark, Position};

/// Why the second copy could not be read or written.
pub type KeeperFailure = Box<dyn std::error::Error + Send + Sync>;

/// Keeps the highest mark of one key on one chain a second time.
///
/// It must live where a restored backup of the record does not reach, such as in the database.
pub trait MarkKeeper: Send + Sync {
    /// The mark that was saved last, if any. A mark that cannot be read is an error, not none.
    fn load(&self) -> Result<Option<Mark>, KeeperFailure>;

    /// Saves a mark in place of the last one; on disk when it returns.
    fn save(&self, mark: &Mark) -> Result<(), KeeperFailure>;
}

/// How record and second copy compared when the signer was opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Copies {
    /// There is no second copy to compare with.
    Single,
    /// Both say the same.
    Agree,
    /// One of them was rolled back, lost or swapped. The higher one holds, and its height is sat out.
    Differ {
        /// The highest mark in the record.
        record: Option<Position>,
        /// The second copy.
        keeper: Option<Position>,
    },
}

/// Compares the two.
pub(crate) fn compare(history: &History, keeper: Option<&Mark>) -> Copies {
    let record = history.last();
    let is_one_behind = record.is_some() && keeper == history.previous();
    if record == keeper || is_one_behind {
        return Copies::Agree;
    }
    Copies::Differ {
        record: record.map(|mark| mark.at),
        keeper: keeper.map(|mark| mark.at),
    }
}

/// What holds when they differ: the higher mark, and nothing more at or below its height.
pub(crate) fn reconcile(history: &History, keeper: Option<&Mark>) -> History {
    let is_above = |mark: &&Mark| history.last().is_none_or(|last| last.at < mark.at);
    let merged = match keeper.filter(is_above) {
        Some(mark) => history.with(*mark),
        None => history.clone(),
    };
    merged.held_until(merged.last().map_or(0, |mark| mark.at.height))
}
