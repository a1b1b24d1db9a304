//! Whom to ask first, and what was refused, in bounded space.
//!
//! Always: every source is asked before a chunk is given up; who gave the last good one comes first, who
//! failed again and again comes last.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::error::Refused;

/// A source that failed so often in a row is asked last.
const FAILURES_MAX: u32 = 3;
/// Refusals of one source that are kept in full.
const KEPT_MAX: usize = 8;

/// How sources did so far.
pub(crate) struct Standing(Mutex<Table>);

struct Table {
    /// Index of the source that is asked first.
    first: usize,
    /// Failures in a row, of each.
    failures: Vec<u32>,
}

impl Standing {
    /// Before anything was asked, but for the manifest, which `first` gave.
    pub(crate) fn new(first: usize, count: usize) -> Standing {
        let failures = vec![0; count];
        Standing(Mutex::new(Table { first, failures }))
    }

    /// Indexes of the sources, in the order in which they are to be asked.
    pub(crate) fn order(&self) -> Vec<usize> {
        let table = self.table();
        let mut order: Vec<usize> = (0..table.failures.len()).collect();
        let is_tried = |it: usize| table.failures.get(it).is_some_and(|it| *it >= FAILURES_MAX);
        order.sort_by_key(|it| (is_tried(*it), *it != table.first, *it));
        order
    }

    /// A source had a chunk right, or it had not.
    pub(crate) fn note(&self, index: usize, is_good: bool) {
        let mut table = self.table();
        if is_good {
            table.first = index;
        }
        if let Some(failures) = table.failures.get_mut(index) {
            *failures = match is_good {
                true => 0,
                false => failures.saturating_add(1),
            };
        }
    }

    fn table(&self) -> MutexGuard<'_, Table> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The first few refusals of each source, and how many more there were.
#[derive(Default)]
pub(crate) struct Refusals {
    kept: Vec<Refused>,
    more: BTreeMap<String, u64>,
}

impl Refusals {
    pub(crate) fn push(&mut self, refused: Refused) {
        let of_source = self.kept.iter().filter(|it| it.source == refused.source);
        if of_source.count() < KEPT_MAX {
            self.kept.push(refused);
        } else {
            *self.more.entry(refused.source).or_default() += 1;
        }
    }

    /// In their order; what is left out is said at the end.
    pub(crate) fn into_vec(self) -> Vec<Refused> {
        let mut all = self.kept;
        all.extend(self.more.into_iter().map(|(source, count)| Refused {
            source,
            chunk: None,
            reason: format!("and {count} more, which the log has"),
        }));
        all
    }
}

#[cfg(test)]
mod tests {
    use super::{FAILURES_MAX, KEPT_MAX, Refusals, Standing};
    use crate::error::Refused;

    #[test]
    fn who_did_well_is_asked_first_and_who_fails_again_and_again_last() {
        let standing = Standing::new(1, 3);
        assert_eq!(standing.order(), [1, 0, 2]);
        standing.note(1, false);
        standing.note(2, true);
        assert_eq!(standing.order(), [2, 0, 1]);
        for _ in 0..FAILURES_MAX {
            standing.note(0, false);
        }
        assert_eq!(standing.order(), [2, 1, 0]);
        standing.note(0, true);
        assert_eq!(standing.order(), [0, 1, 2]);
    }

    #[test]
    fn refusals_are_bounded_for_each_source() {
        let mut refusals = Refusals::default();
        for (source, count) in [("a", KEPT_MAX + 5), ("b", 1)] {
            for index in 0..count {
                refusals.push(Refused {
                    source: source.into(),
                    chunk: u32::try_from(index).ok(),
                    reason: "wrong".into(),
                });
            }
        }
        let told = refusals.into_vec();
        assert_eq!(told.len(), KEPT_MAX + 2);
        let last = told.last().map(ToString::to_string);
        assert_eq!(last.as_deref(), Some("a: and 5 more, which the log has"));
    }
}
