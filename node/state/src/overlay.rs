//! Changes over a view, with undo.
//!
//! Savepoints nest. Each open one has a section of undo entries, which say what a key held in the
//! overlay before the first change since that savepoint:
//!
//! ```text
//! entries   a = 3 (level 2)   b = 7 (level 1)   c = 1 (level 0)
//! sections  level 1: a was 2, b was absent      level 2: a was 3…
//! ```
//!
//! Always holds: a section mentions a key at most once, and an entry's `level` is the innermost
//! section that does (0: none). So a frame that writes one key a million times keeps one old value,
//! undoing costs as much as was changed, and memory is bounded by what is live in each open level.

use std::collections::BTreeMap;
use std::collections::btree_map;
use std::ops::Bound;

use argosy_kv::{Bytes, KeyRange};

/// Keys to new values; `None` is a removal.
#[derive(Default)]
pub(crate) struct Overlay {
    entries: BTreeMap<Bytes, Entry>,
    sections: Vec<Vec<Undo>>,
}

struct Entry {
    value: Option<Bytes>,
    level: usize,
}

struct Undo {
    key: Bytes,
    previous: Option<Entry>,
}

impl Overlay {
    /// The change to `key`, if there is one.
    pub(crate) fn get(&self, key: &[u8]) -> Option<&Option<Bytes>> {
        self.entries.get(key).map(|entry| &entry.value)
    }

    pub(crate) fn set(&mut self, key: Bytes, value: Option<Bytes>) {
        let level = self.level();
        if let Some(entry) = self.entries.get_mut(&key)
            && entry.level == level
        {
            entry.value = value;
            return;
        }
        let entry = Entry { value, level };
        let previous = self.entries.insert(Bytes::clone(&key), entry);
        if let Some(section) = self.sections.last_mut() {
            section.push(Undo { key, previous });
        }
    }

    /// Every change, by key.
    pub(crate) fn changes(&self) -> impl Iterator<Item = (&Bytes, &Option<Bytes>)> {
        self.entries.iter().map(|(key, entry)| (key, &entry.value))
    }

    /// The changes inside `range`, by key.
    pub(crate) fn range(&self, range: &KeyRange) -> Changes<'_> {
        if range.is_empty() {
            return Changes(btree_map::Range::default());
        }
        let (start, end) = (range.start.as_ref(), range.end.as_ref());
        let bounds = (start.map(Vec::as_slice), end.map(Vec::as_slice));
        Changes(
            self.entries
                .range::<[u8], (Bound<&[u8]>, Bound<&[u8]>)>(bounds),
        )
    }

    /// The keys that were changed since more than `level` savepoints were open, each with what the
    /// overlay held then; `None`: nothing.
    pub(crate) fn since(&self, level: usize) -> BTreeMap<&Bytes, Option<&Option<Bytes>>> {
        let mut since = BTreeMap::new();
        for undo in self.sections.iter().skip(level).flatten() {
            let held = undo.previous.as_ref().map(|it| &it.value);
            since.entry(&undo.key).or_insert(held);
        }
        since
    }

    /// Number of changes.
    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }

    /// Number of open savepoints.
    pub(crate) fn level(&self) -> usize {
        self.sections.len()
    }

    /// Opens a savepoint.
    pub(crate) fn open(&mut self) {
        self.sections.push(Vec::new());
    }

    /// Undoes what was changed since more than `level` savepoints were open.
    pub(crate) fn rollback(&mut self, level: usize) {
        while self.sections.len() > level {
            for Undo { key, previous } in self.sections.pop().into_iter().flatten() {
                match previous {
                    Some(entry) => self.entries.insert(key, entry),
                    None => self.entries.remove(&key),
                };
            }
        }
    }

    /// Closes savepoints until `level` are open; the changes become those of the outer level.
    pub(crate) fn release(&mut self, level: usize) {
        while self.sections.len() > level {
            let closed = self.sections.pop().unwrap_or_default();
            let outer = self.sections.len();
            for undo in closed {
                if let Some(entry) = self.entries.get_mut(&undo.key) {
                    entry.level = outer;
                }
                let known = undo.previous.as_ref().is_some_and(|it| it.level == outer);
                if let Some(section) = self.sections.last_mut()
                    && !known
                {
                    section.push(undo);
                }
            }
        }
    }
}

/// Changes in key order, from either end.
pub(crate) struct Changes<'a>(btree_map::Range<'a, Bytes, Entry>);

impl<'a> Iterator for Changes<'a> {
    type Item = (&'a Bytes, &'a Option<Bytes>);

    fn next(&mut self) -> Option<Self::Item> {
        self.0.next().map(|(key, entry)| (key, &entry.value))
    }
}

impl DoubleEndedIterator for Changes<'_> {
    fn next_back(&mut self) -> Option<Self::Item> {
        self.0.next_back().map(|(key, entry)| (key, &entry.value))
    }
}

#[cfg(test)]
mod tests {
    use super::Overlay;
    use argosy_kv::{Bytes, KeyRange};
    use proptest::prelude::*;
    use std::collections::BTreeMap;
    use std::ops::Bound;

    #[derive(Clone, Debug)]
    enum Step {
        Set(u8, Option<u8>),
        Open,
        Rollback(u8),
        Release(u8),
    }

    fn step() -> impl Strategy<Value = Step> {
        prop_oneof![
            6 => (0u8..12, any::<Option<u8>>()).prop_map(|(key, value)| Step::Set(key, value)),
            3 => Just(Step::Open),
            1 => (0u8..3).prop_map(Step::Rollback),
            1 => (0u8..3).prop_map(Step::Release),
        ]
    }

    type Model = BTreeMap<u8, Option<u8>>;

    fn shown(overlay: &Overlay) -> Model {
        let value = |value: &Option<Bytes>| value.as_ref().map(|value| value[0]);
        overlay
            .changes()
            .map(|(key, it)| (key[0], value(it)))
            .collect()
    }

    /// The promises in the file's head.
    fn audit(overlay: &Overlay) {
        let mut innermost = BTreeMap::new();
        for (index, section) in overlay.sections.iter().enumerate() {
            let mut keys: Vec<_> = section.iter().map(|undo| undo.key.clone()).collect();
            innermost.extend(keys.iter().map(|key| (key.clone(), index + 1)));
            keys.sort();
            assert!(
                keys.windows(2).all(|pair| pair[0] != pair[1]),
                "a key is mentioned once"
            );
        }
        for (key, entry) in &overlay.entries {
            assert_eq!(entry.level, innermost.get(key).copied().unwrap_or(0));
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(400))]

        #[test]
        fn savepoints_restore_copies(steps in prop::collection::vec(step(), 0..120)) {
            let (mut overlay, mut model) = (Overlay::default(), Model::new());
            let mut copies: Vec<Model> = Vec::new();
            for step in steps {
                match step {
                    Step::Set(key, value) => {
                        overlay.set(Bytes::from([key]), value.map(|it| Bytes::from([it])));
                        model.insert(key, value);
                    }
                    Step::Open => {
                        overlay.open();
                        copies.push(model.clone());
                    }
                    Step::Rollback(levels) => {
                        let level = copies.len().saturating_sub(usize::from(levels));
                        overlay.rollback(level);
                        if let Some(copy) = copies.drain(level..).next() {
                            model = copy;
                        }
                    }
                    Step::Release(levels) => {
                        let level = copies.len().saturating_sub(usize::from(levels));
                        overlay.release(level);
                        copies.truncate(level);
                    }
                }
                audit(&overlay);
                prop_assert_eq!(&shown(&overlay), &model);
            }
        }
    }

    #[test]
    fn repeated_writes_keep_one_old_value() {
        let mut overlay = Overlay::default();
        overlay.set(Bytes::from([1]), None);
        overlay.open();
        for number in 0..100u8 {
            overlay.open();
            overlay.set(Bytes::from([1]), Some(Bytes::from([number])));
            overlay.set(Bytes::from([1]), Some(Bytes::from([number; 2])));
            overlay.release(1);
        }
        assert_eq!(overlay.sections[0].len(), 1);
        overlay.rollback(0);
        assert_eq!(overlay.get(&[1]), Some(&None));
    }

    #[test]
    fn an_inverted_range_is_empty() {
        let mut overlay = Overlay::default();
        overlay.set(Bytes::from([2]), None);
        let excluded = |byte: u8| Bound::Excluded(vec![byte]);
        let backwards = KeyRange {
            start: excluded(3),
            end: excluded(1),
        };
        let nothing = KeyRange {
            start: excluded(2),
            end: excluded(2),
        };
        assert_eq!(
            overlay.range(&backwards).count() + overlay.range(&nothing).count(),
            0
        );
        assert_eq!(overlay.range(&KeyRange::all()).count(), 1);
    }
}
