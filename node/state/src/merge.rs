//! Ordered reads of overlay and view together.
//!
//! Always holds: each key comes once, with what the overlay says about it if it says anything. A
//! removed key comes too, so that whoever pays for reading can be charged for passing over it.

use std::cmp::Ordering;
use std::iter::Peekable;

use argosy_kv::{Bytes, Direction, Entries, KvError};

use crate::overlay::Changes;

/// Keys with their values; `None` for a key that the overlay removes.
pub(crate) struct Merge<'a> {
    changes: Peekable<InOrder<'a>>,
    entries: Peekable<Entries<'a>>,
    direction: Direction,
}

/// The overlay's changes in the direction of the whole.
struct InOrder<'a> {
    changes: Changes<'a>,
    direction: Direction,
}

impl<'a> Iterator for InOrder<'a> {
    type Item = (&'a Bytes, &'a Option<Bytes>);

    fn next(&mut self) -> Option<Self::Item> {
        match self.direction {
            Direction::Ascending => self.changes.next(),
            Direction::Descending => self.changes.next_back(),
        }
    }
}

impl<'a> Merge<'a> {
    /// Both must cover the same range; `entries` already run in `direction`.
    pub(crate) fn new(changes: Changes<'a>, entries: Entries<'a>, direction: Direction) -> Self {
        let changes = InOrder { changes, direction }.peekable();
        let entries = entries.peekable();
        Merge {
            changes,
            entries,
            direction,
        }
    }

    /// How the next change and the next entry lie; an error of the store comes first.
    fn next_order(&mut self) -> Option<Ordering> {
        match (self.changes.peek(), self.entries.peek()) {
            (None, None) => None,
            (Some(_), None) => Some(Ordering::Less),
            (_, Some(Err(_))) | (None, Some(Ok(_))) => Some(Ordering::Greater),
            (Some((changed, _)), Some(Ok((stored, _)))) => {
                let order = (***changed).cmp(stored.as_slice());
                Some(match self.direction {
                    Direction::Ascending => order,
                    Direction::Descending => order.reverse(),
                })
            }
        }
    }
}

impl Iterator for Merge<'_> {
    type Item = Result<(Vec<u8>, Option<Bytes>), KvError>;

    fn next(&mut self) -> Option<Self::Item> {
        let order = self.next_order()?;
        if order == Ordering::Greater {
            let stored = |(key, value): (Vec<u8>, Bytes)| (key, Some(value));
            return self.entries.next().map(|entry| entry.map(stored));
        }
        if order == Ordering::Equal {
            self.entries.next(); // Replaced by the change.
        }
        self.changes
            .next()
            .map(|(key, value)| Ok((key.to_vec(), value.clone())))
    }
}
