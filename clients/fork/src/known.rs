//! What was read of the origin, in memory and, as far as it fits, on disk.
//!
//! Always: what is proven counts before what a node only said; what a node said counts with `--trust`, and
//! only where that same node is asked again.

use std::collections::{BTreeMap, BTreeSet};

use argosy_kv::{Bytes, Direction, KeyRange};
use argosy_primitives::{Address, CodeHash};
use argosy_proof::StateKey;

use super::cache::{Cache, Entry, Found, Teller};

/// What is known.
#[derive(Default)]
pub(super) struct Known {
    /// By whole key.
    values: BTreeMap<Vec<u8>, Option<Bytes>>,
    /// Addresses of which every value is known.
    whole: BTreeSet<Address>,
    /// Modules, as they were uploaded.
    uploads: BTreeMap<CodeHash, Bytes>,
    cache: Option<Cache>,
    /// Values that are only said.
    pub(super) unproven: u64,
}

/// What is known of a key.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Held {
    /// What it holds, if anything.
    Known(Option<Bytes>),
    /// It was not read.
    Unknown,
}

impl Known {
    /// What was kept from earlier, and what `trusted` said then, if anybody is.
    pub(super) fn new(found: Found, trusted: Option<Teller>) -> Known {
        let mut known = Known {
            cache: found.cache,
            ..Known::default()
        };
        let (proven, said): (Vec<Entry>, Vec<Entry>) =
            (found.entries.into_iter()).partition(|it| it.told_by().is_none());
        let said = said.into_iter().filter(|it| it.told_by() == trusted);
        for entry in proven.into_iter().chain(said) {
            known.learn(entry);
        }
        known
    }

    /// Values that are known.
    pub(super) fn count(&self) -> usize {
        self.values.len()
    }

    pub(super) fn value(&self, key: &[u8]) -> Held {
        if let Some(value) = self.values.get(key) {
            return Held::Known(value.clone());
        }
        match StateKey::of_whole(key) {
            Some((address, _)) if !self.is_whole(&address) => Held::Unknown,
            Some(_) | None => Held::Known(None), // All is known of it, or it is no key of state.
        }
    }

    /// Whether all that is kept under an address is known.
    pub(super) fn is_whole(&self, address: &Address) -> bool {
        self.whole.contains(address)
    }

    /// A module, as it was uploaded.
    pub(super) fn upload(&self, code: &CodeHash) -> Option<Bytes> {
        self.uploads.get(code).cloned()
    }

    /// The first entries of a range, from the end where the direction begins.
    pub(super) fn entries(
        &self,
        range: &KeyRange,
        direction: Direction,
        count_max: usize,
    ) -> Vec<(Vec<u8>, Bytes)> {
        if range.is_empty() {
            return Vec::new();
        }
        let bounds = (range.start.clone(), range.end.clone());
        let found = self.values.range::<Vec<u8>, _>(bounds);
        let there = found.filter_map(|(key, value)| Some((key, value.as_ref()?)));
        let owned = |(key, value): (&Vec<u8>, &Bytes)| (key.clone(), Bytes::clone(value));
        match direction {
            Direction::Ascending => there.take(count_max).map(owned).collect(),
            Direction::Descending => there.rev().take(count_max).map(owned).collect(),
        }
    }

    /// Keeps what was read, here and on disk.
    pub(super) fn keep(&mut self, entries: Vec<Entry>) {
        self.write(&entries);
        for entry in entries {
            self.learn(entry);
        }
    }

    /// What is known already stays as it is.
    fn learn(&mut self, entry: Entry) {
        match entry {
            Entry::Value {
                key,
                value,
                told_by,
            } => {
                if self.value(&key) == Held::Unknown {
                    self.unproven += u64::from(told_by.is_some());
                    self.values.insert(key, value.map(Bytes::from));
                }
            }
            Entry::Whole { address, .. } => {
                self.whole.insert(address);
            }
            Entry::Code { bytes } => {
                let code = CodeHash::of(&bytes);
                self.uploads.insert(code, bytes.into());
            }
        }
    }

    /// Keeps on disk what it can; without it a later fork asks again.
    fn write(&mut self, entries: &[Entry]) {
        if let Some(cache) = &mut self.cache
            && let Err(error) = cache.add(entries)
        {
            tracing::warn!(
                target: "fork",
                code = "fork.cache_failed",
                %error,
                "what is read is no longer kept on disk"
            );
            self.cache = None;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ADDRESS: Address = Address::from_bytes([7; 32]);

    fn key(number: u8) -> Vec<u8> {
        StateKey::Storage(&[number]).under(&ADDRESS)
    }

    fn value(number: u8, value: Option<u8>, told_by: Option<Teller>) -> Entry {
        Entry::Value {
            key: key(number),
            value: value.map(|it| vec![it]),
            told_by,
        }
    }

    fn whole(told_by: Option<Teller>) -> Entry {
        Entry::Whole {
            address: ADDRESS,
            told_by,
        }
    }

    fn known(entries: Vec<Entry>, trusted: Option<Teller>) -> Known {
        let found = Found {
            entries,
            cache: None,
        };
        Known::new(found, trusted)
    }

    fn holds(value: Option<u8>) -> Held {
        Held::Known(value.map(|it| Bytes::from([it])))
    }

    #[test]
    fn what_one_node_said_is_not_the_word_of_another() {
        let (honest, liar) = ([1; 8], [2; 8]);
        let entries = || {
            vec![
                value(1, Some(66), Some(liar)),
                value(2, Some(66), Some(liar)),
                whole(Some(liar)),
                value(1, Some(1), None),
                value(3, Some(3), Some(honest)),
            ]
        };
        let proven = known(entries(), None);
        assert_eq!((proven.count(), proven.unproven), (1, 0));
        assert_eq!(proven.value(&key(1)), holds(Some(1)));
        assert_eq!(proven.value(&key(2)), Held::Unknown);
        let trusting = known(entries(), Some(honest));
        assert_eq!((trusting.count(), trusting.unproven), (2, 1));
        assert_eq!(trusting.value(&key(2)), Held::Unknown);
        assert_eq!(trusting.value(&key(3)), holds(Some(3)));
        let deceived = known(entries(), Some(liar));
        assert_eq!(deceived.value(&key(1)), holds(Some(1)), "it is proven");
        assert_eq!(deceived.value(&key(2)), holds(Some(66)));
        assert_eq!(deceived.value(&key(3)), holds(None), "it said that is all");
    }

    #[test]
    fn what_is_proven_to_be_all_hides_what_was_only_said() {
        let liar = [2; 8];
        let entries = vec![
            value(2, Some(66), Some(liar)),
            value(1, Some(1), None),
            whole(None),
        ];
        let known = known(entries, Some(liar));
        assert_eq!(known.value(&key(2)), holds(None));
        assert_eq!((known.count(), known.unproven), (1, 0));
    }

    #[test]
    fn absent_values_are_no_entries() {
        let mut all: Vec<Entry> = (0..9).map(|it| value(it, Some(it), None)).collect();
        all.push(value(20, None, None));
        let known = known(all, None);
        let numbers = |direction, count_max| -> Vec<u8> {
            let range = KeyRange::half_open(key(2), key(30));
            let entries = known.entries(&range, direction, count_max);
            entries.iter().map(|(_, value)| value[0]).collect()
        };
        assert_eq!(numbers(Direction::Ascending, 3), [2, 3, 4]);
        assert_eq!(numbers(Direction::Descending, 3), [8, 7, 6]);
        let backwards = KeyRange::half_open(key(30), key(2));
        assert!(
            known
                .entries(&backwards, Direction::Ascending, 9)
                .is_empty()
        );
    }
}
