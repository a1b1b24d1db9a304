//! Ranges of an earlier height: what is there at the head, and what ever changed, together.
//!
//! Always: each key comes once; a key costs a few seeks, however often it changed.

use std::cmp::Ordering;
use std::iter::Peekable;
use std::ops::Bound;

use argosy_kv::{Bytes, Column, Direction, Entries, KeyRange, KvError};

use super::{HistoryView, damaged, key};

const MALFORMED: &str = "a key of an old value is malformed";

type Entry = (Vec<u8>, Bytes);
/// A key, and what its entries begin with.
type Changed = (Vec<u8>, Vec<u8>);

/// Keys and what they held, in order: those that changed since, and those that did not.
pub(super) struct Shown<'a> {
    view: &'a HistoryView,
    changed: Peekable<Groups<'a>>,
    stored: Peekable<Entries<'a>>,
    direction: Direction,
    has_failed: bool,
}

impl<'a> Shown<'a> {
    /// Both must cover the same keys and run in the same direction.
    pub(super) fn new(changed: Groups<'a>, stored: Entries<'a>) -> Shown<'a> {
        Shown {
            view: changed.view,
            direction: changed.direction,
            changed: changed.peekable(),
            stored: stored.peekable(),
            has_failed: false,
        }
    }

    /// The next key; inner none: it was not there.
    fn step(&mut self) -> Option<Result<Option<Entry>, KvError>> {
        let stored = match self.next_order()? {
            Ordering::Greater => return self.stored.next().map(|entry| entry.map(Some)),
            Ordering::Equal => self.stored.next(),
            Ordering::Less => None,
        };
        let changed = self.changed.next()?;
        Some(self.choose(changed, stored))
    }

    /// How the next key that ever changed and the next that is there lie; errors come first.
    fn next_order(&mut self) -> Option<Ordering> {
        Some(match (self.changed.peek(), self.stored.peek()) {
            (None, None) => return None,
            (Some(_), None) | (Some(Err(_)), Some(_)) => Ordering::Less,
            (None, Some(_)) | (Some(Ok(_)), Some(Err(_))) => Ordering::Greater,
            (Some(Ok((changed, _))), Some(Ok((stored, _)))) => match self.direction {
                Direction::Ascending => changed.cmp(stored),
                Direction::Descending => stored.cmp(changed),
            },
        })
    }

    fn choose(
        &self,
        changed: Result<Changed, KvError>,
        stored: Option<Result<Entry, KvError>>,
    ) -> Result<Option<Entry>, KvError> {
        let ((key, group), stored) = (changed?, stored.transpose()?);
        Ok(match self.view.replaced(&group)? {
            Some(old) => old.map(|old| (key, old)),
            None => stored,
        })
    }
}

impl Iterator for Shown<'_> {
    type Item = Result<Entry, KvError>;

    fn next(&mut self) -> Option<Self::Item> {
        while !self.has_failed {
            match self.step()? {
                Ok(Some(entry)) => return Some(Ok(entry)),
                Ok(None) => match self.view.pass() {
                    Ok(()) => {}
                    Err(error) => {
                        self.has_failed = true;
                        return Some(Err(error));
                    }
                },
                Err(error) => {
                    self.has_failed = true;
                    return Some(Err(error));
                }
            }
        }
        None
    }
}

/// Keys inside a range that ever changed, with what their entries begin with: a seek for each key,
/// however often it changed.
pub(super) struct Groups<'a> {
    pub(super) view: &'a HistoryView,
    /// Where entries are still to be looked for.
    pub(super) entries: KeyRange,
    /// The keys that are wanted.
    pub(super) keys: KeyRange,
    pub(super) direction: Direction,
}

impl Iterator for Groups<'_> {
    type Item = Result<Changed, KvError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let (inner, range) = (&self.view.inner, self.entries.clone());
            let (entry, _) = match inner.range(Column::Hist, range, self.direction).next()? {
                Ok(entry) => entry,
                Err(error) => return Some(Err(error)),
            };
            let Some((group, _)) = entry.split_last_chunk::<{ key::HEIGHT_BYTES }>() else {
                return Some(Err(damaged(MALFORMED)));
            };
            let Some(key) = key::key_of(group) else {
                return Some(Err(damaged(MALFORMED)));
            };
            match self.direction {
                Direction::Ascending => self.entries.start = Bound::Included(key::behind(group)),
                Direction::Descending => self.entries.end = Bound::Excluded(group.to_vec()),
            }
            if self.keys.contains(&key) {
                return Some(Ok((key, group.to_vec())));
            }
        }
    }
}
