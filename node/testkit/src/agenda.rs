//! What is to happen, by time; at one time in the order in which it was planned.
//!
//! Invariant: time never goes back.

use std::collections::BTreeMap;

/// Simulated milliseconds since the run began.
pub(crate) type Millis = u64;

/// Things to happen.
#[derive(Debug)]
pub(crate) struct Agenda<T> {
    now: Millis,
    planned: u64,
    entries: BTreeMap<(Millis, u64), T>,
}

impl<T> Agenda<T> {
    pub(crate) fn new() -> Agenda<T> {
        Agenda {
            now: 0,
            planned: 0,
            entries: BTreeMap::new(),
        }
    }

    pub(crate) fn now(&self) -> Millis {
        self.now
    }

    /// Plans something for a time, or for now if that is over.
    pub(crate) fn at(&mut self, time: Millis, what: T) {
        self.planned += 1;
        self.entries
            .insert((time.max(self.now), self.planned), what);
    }

    /// The next thing; time goes on to it.
    pub(crate) fn next(&mut self) -> Option<T> {
        let ((time, _), what) = self.entries.pop_first()?;
        self.now = time;
        Some(what)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gives_things_by_time_and_then_by_order() {
        let mut agenda = Agenda::new();
        for (time, what) in [(5, 'c'), (1, 'a'), (5, 'd'), (2, 'b')] {
            agenda.at(time, what);
        }
        let mut given = String::new();
        while let Some(what) = agenda.next() {
            given.push(what);
            if what == 'd' {
                agenda.at(0, 'e');
            }
        }
        assert_eq!(given, "abcde");
        assert_eq!(agenda.now(), 5);
    }
}
