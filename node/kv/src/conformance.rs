//! What every [`Store`] must do, as one function that panics with the broken rule.
//!
//! Called by the tests of each implementation, so that all of them mean the same by a batch, a view
//! and a range. Not here: durability, which needs a process to kill.

use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::Arc;

use crate::{Batch, Bytes, Column, Direction, Durability, KeyRange, Store, View};

/// Checks every rule, each on a fresh store from `make_store`.
pub fn check<S: Store>(make_store: impl Fn() -> S) {
    check_empty(&make_store());
    check_batch_order(&make_store());
    check_columns_are_apart(&make_store());
    check_keys_and_values(&make_store());
    check_ranges(&make_store());
    check_views_stay(&make_store());
    for seed in 1..=8 {
        check_against_model(&make_store(), seed);
    }
}

fn check_empty(store: &impl Store) {
    commit(store, Batch::new());
    let view = store.view();
    for column in Column::ALL {
        assert_eq!(get(&*view, column, b""), None, "new store, {column}");
        assert!(read(&*view, column, &KeyRange::all(), Direction::Ascending).is_empty());
        assert!(read(&*view, column, &KeyRange::all(), Direction::Descending).is_empty());
    }
}

fn check_batch_order(store: &impl Store) {
    let mut batch = Batch::new();
    batch.put(Column::State, *b"a", *b"1");
    batch.put(Column::State, *b"a", *b"2");
    batch.put(Column::State, *b"b", *b"1");
    batch.delete(Column::State, *b"b");
    batch.delete(Column::State, *b"c");
    batch.put(Column::State, *b"c", *b"1");
    commit(store, batch);
    let view = store.view();
    assert_eq!(
        get(&*view, Column::State, b"a"),
        Some(b"2".to_vec()),
        "the last put wins"
    );
    assert_eq!(
        get(&*view, Column::State, b"b"),
        None,
        "a delete behind a put wins"
    );
    assert_eq!(
        get(&*view, Column::State, b"c"),
        Some(b"1".to_vec()),
        "a put behind a delete wins"
    );
}

fn check_columns_are_apart(store: &impl Store) {
    let mut batch = Batch::new();
    for column in Column::ALL {
        batch.put(column, *b"key", column.as_str().as_bytes());
    }
    batch.delete(Column::Trie, *b"key");
    commit(store, batch);
    let view = store.view();
    for column in Column::ALL {
        let expected = (column != Column::Trie).then(|| column.as_str().as_bytes().to_vec());
        assert_eq!(get(&*view, column, b"key"), expected, "{column}");
    }
}

fn check_keys_and_values(store: &impl Store) {
    let long = vec![0xab; 1 << 20];
    let keys: [&[u8]; 6] = [b"", b"\0", b"\0\0", b"\xff", b"\xff\xff", &[7; 300]];
    let mut batch = Batch::new();
    for key in keys {
        batch.put(Column::Blocks, key, key);
    }
    batch.put(Column::Code, *b"empty", []);
    batch.put(Column::Code, *b"long", long.clone());
    commit(store, batch);
    let view = store.view();
    for key in keys {
        assert_eq!(
            get(&*view, Column::Blocks, key),
            Some(key.to_vec()),
            "{key:?}"
        );
    }
    assert_eq!(get(&*view, Column::Blocks, b"\0\0\0"), None);
    assert_eq!(
        get(&*view, Column::Code, b"empty"),
        Some(Vec::new()),
        "an empty value is a value"
    );
    assert_eq!(get(&*view, Column::Code, b"long"), Some(long));
}

fn check_ranges(store: &impl Store) {
    let keys: [&[u8]; 7] = [b"", b"\0", b"a", b"a\0", b"ab", b"b", b"\xff\xff"];
    let mut batch = Batch::new();
    for key in keys.iter().rev() {
        batch.put(Column::Events, *key, *key);
    }
    commit(store, batch);
    let view = store.view();
    let mut bounds = vec![Bound::Unbounded];
    for key in keys
        .iter()
        .copied()
        .chain([b"aa".as_slice(), b"\xff\xff\xff"])
    {
        bounds.extend([Bound::Included(key.to_vec()), Bound::Excluded(key.to_vec())]);
    }
    let model = keys
        .iter()
        .map(|key| (key.to_vec(), key.to_vec()))
        .collect();
    for start in &bounds {
        for end in &bounds {
            let range = KeyRange {
                start: start.clone(),
                end: end.clone(),
            };
            check_range(&*view, &model, Column::Events, &range);
        }
    }
    for prefix in [b"".as_slice(), b"a", b"ab", b"z", b"\xff", b"\xff\xff"] {
        check_range(&*view, &model, Column::Events, &KeyRange::prefix(prefix));
    }
    let first = view
        .range(Column::Events, KeyRange::all(), Direction::Descending)
        .next();
    let (key, _) = first.expect("there are keys").expect("the store works");
    assert_eq!(key, b"\xff\xff", "a range may be left half read");
}

fn check_views_stay(store: &impl Store) {
    let write = |key: &'static [u8], value: &'static [u8]| {
        let mut batch = Batch::new();
        batch.put(Column::State, key, value);
        commit(store, batch);
    };
    let empty = store.view();
    write(b"a", b"1");
    let one = store.view();
    let mut reading = one.range(Column::State, KeyRange::all(), Direction::Ascending);
    write(b"a", b"2");
    write(b"b", b"2");
    let first = reading.next().expect("one entry").expect("the store works");
    assert_eq!(
        (first.0.as_slice(), &*first.1),
        (b"a".as_slice(), b"1".as_slice())
    );
    assert!(
        reading.next().is_none(),
        "a range under way does not see later commits"
    );
    assert_eq!(get(&*empty, Column::State, b"a"), None);
    assert_eq!(get(&*one, Column::State, b"a"), Some(b"1".to_vec()));
    assert_eq!(get(&*one, Column::State, b"b"), None);
    assert_eq!(
        get(&*store.view(), Column::State, b"a"),
        Some(b"2".to_vec())
    );
}

type Model = BTreeMap<Vec<u8>, Vec<u8>>;

/// Random batches over two columns, with views kept from in between, against the standard map.
fn check_against_model(store: &impl Store, seed: u64) {
    let mut dice = Dice(seed);
    let columns = [Column::State, Column::Trie];
    let mut models = [Model::new(), Model::new()];
    let mut kept: Vec<(Arc<dyn View>, [Model; 2])> = Vec::new();
    for round in 0..60u8 {
        let mut batch = Batch::new();
        for _ in 0..dice.below(40) {
            let which = dice.below(2) as usize;
            let key = dice.key();
            if dice.below(3) == 0 {
                batch.delete(columns[which], key.clone());
                models[which].remove(&key);
            } else {
                let value = vec![round; dice.below(4) as usize];
                batch.put(columns[which], key.clone(), value.clone());
                models[which].insert(key, value);
            }
        }
        commit(store, batch);
        if dice.below(2) == 0 {
            kept.push((store.view(), models.clone()));
        }
        if kept.len() > 5 {
            kept.swap_remove(dice.below(6) as usize);
        }
        let now = (store.view(), models.clone());
        for (view, models) in kept.iter().chain([&now]) {
            let range = KeyRange {
                start: dice.bound(),
                end: dice.bound(),
            };
            for (column, model) in columns.into_iter().zip(models) {
                check_range(&**view, model, column, &KeyRange::all());
                check_range(&**view, model, column, &range);
                let key = dice.key();
                assert_eq!(
                    get(&**view, column, &key),
                    model.get(&key).cloned(),
                    "{key:?}"
                );
                check_many(&**view, model, column, &dice.keys());
            }
        }
    }
}

/// Any keys, absent and repeated ones among them.
fn check_many(view: &dyn View, model: &Model, column: Column, keys: &[Vec<u8>]) {
    let wanted: Vec<&[u8]> = keys.iter().map(Vec::as_slice).collect();
    let found = view.get_many(column, &wanted);
    let found = found.expect("the store under test reads");
    let expected: Vec<_> = wanted.iter().map(|key| model.get(*key)).collect();
    let found: Vec<_> = found.iter().map(|it| it.as_deref()).collect();
    let expected: Vec<_> = expected.iter().map(|it| it.map(Vec::as_slice)).collect();
    assert_eq!(found, expected, "{keys:?}");
}

#[track_caller]
fn check_range(view: &dyn View, model: &Model, column: Column, range: &KeyRange) {
    let inside = model.iter().filter(|(key, _)| range.contains(key));
    let mut expected: Vec<_> = inside
        .map(|(key, value)| (key.clone(), value.clone()))
        .collect();
    assert_eq!(
        read(view, column, range, Direction::Ascending),
        expected,
        "{range:?}"
    );
    expected.reverse();
    assert_eq!(
        read(view, column, range, Direction::Descending),
        expected,
        "{range:?} backwards"
    );
}

fn commit(store: &impl Store, batch: Batch) {
    store
        .commit(batch, Durability::Buffered)
        .expect("the store under test commits");
}

fn get(view: &dyn View, column: Column, key: &[u8]) -> Option<Vec<u8>> {
    let value = view.get(column, key).expect("the store under test reads");
    value.map(|value| value.to_vec())
}

fn read(
    view: &dyn View,
    column: Column,
    range: &KeyRange,
    order: Direction,
) -> Vec<(Vec<u8>, Vec<u8>)> {
    let owned = |entry: (Vec<u8>, Bytes)| (entry.0, entry.1.to_vec());
    let entries = view.range(column, range.clone(), order);
    entries
        .map(|entry| owned(entry.expect("the store under test reads")))
        .collect()
}

/// Pseudo-random choices that are the same in every run (xorshift64).
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 16) % limit
    }

    fn key(&mut self) -> Vec<u8> {
        let letters = [0x00, 0x01, 0x7f, 0xff];
        (0..self.below(4))
            .map(|_| letters[self.below(4) as usize])
            .collect()
    }

    /// At times more than a database takes in one go.
    fn keys(&mut self) -> Vec<Vec<u8>> {
        let count = self.below(8) * self.below(60);
        (0..count).map(|_| self.key()).collect()
    }

    fn bound(&mut self) -> Bound<Vec<u8>> {
        match self.below(3) {
            0 => Bound::Unbounded,
            1 => Bound::Included(self.key()),
            _ => Bound::Excluded(self.key()),
        }
    }
}
