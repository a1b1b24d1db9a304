//! The in-memory store keeps every promise of [`argosy_kv::Store`], alone and between threads.

mod cached;

use argosy_kv::{
    Batch, Cached, Column, Direction, Durability, KeyRange, MemoryStore, Store, View, conformance,
};
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::Arc;

#[test]
fn memory_store_conforms() {
    conformance::check(MemoryStore::new);
    conformance::check(|| MemoryStore::over(MemoryStore::new().view()));
}

#[test]
fn a_cache_tells_what_the_store_behind_it_lies_over() {
    let over = MemoryStore::over(MemoryStore::new().view());
    let (plain, cached) = (MemoryStore::new(), Cached::new(Arc::new(over), 1 << 20));
    assert!(cached.view().beneath().is_some() && plain.view().beneath().is_none());
}

type Writes = Vec<(u8, Option<u8>)>;

fn writes() -> impl Strategy<Value = Writes> {
    prop::collection::vec((0u8..24, any::<Option<u8>>()), 0..20)
}

fn commit(store: &MemoryStore, writes: &Writes) {
    let mut batch = Batch::new();
    for (key, value) in writes {
        match value {
            Some(value) => batch.put(Column::State, [*key], [*value]),
            None => batch.delete(Column::State, [*key]),
        }
    }
    store
        .commit(batch, Durability::Buffered)
        .expect("memory does not fail");
}

fn shown(view: &dyn View, range: &KeyRange, direction: Direction) -> Vec<(Vec<u8>, Vec<u8>)> {
    let entries = view.range(Column::State, range.clone(), direction);
    entries
        .map(|entry| entry.expect("memory does not fail"))
        .map(|(key, value)| (key, value.to_vec()))
        .collect()
}

proptest! {
    #[test]
    fn what_is_laid_over_a_view_reads_as_one_store_that_took_all_of_it(
        beneath in writes(),
        blocks in prop::collection::vec(writes(), 0..6),
        bounds in (0u8..25, 0u8..25),
        back in any::<prop::sample::Index>(),
    ) {
        let (one, below) = (MemoryStore::new(), MemoryStore::new());
        commit(&one, &beneath);
        commit(&below, &beneath);
        let laid = MemoryStore::over(below.view());
        let mut moments = vec![(laid.moment(), one.moment())];
        let mut views = vec![(laid.view(), one.view())];
        for block in &blocks {
            commit(&laid, block);
            commit(&one, block);
            moments.push((laid.moment(), one.moment()));
            views.push((laid.view(), one.view()));
        }
        let (ours, theirs) = back.get(&moments);
        laid.restore(ours);
        one.restore(theirs);
        views.push((laid.view(), one.view()));
        let part = KeyRange {
            start: Bound::Excluded(vec![bounds.0]),
            end: Bound::Included(vec![bounds.1]),
        };
        let keys: Vec<[u8; 1]> = (0u8..24).map(|key| [key]).collect();
        let keys: Vec<&[u8]> = keys.iter().map(<[u8; 1]>::as_slice).collect();
        for (ours, theirs) in &views {
            for range in [KeyRange::all(), part.clone()] {
                for direction in [Direction::Ascending, Direction::Descending] {
                    let found = shown(&**ours, &range, direction);
                    prop_assert_eq!(found, shown(&**theirs, &range, direction));
                }
            }
            let read = |view: &dyn View| view.get_many(Column::State, &keys).expect("in memory");
            prop_assert_eq!(read(&**ours), read(&**theirs));
            for key in &keys {
                let read = |view: &dyn View| view.get(Column::State, key).expect("in memory");
                prop_assert_eq!(read(&**ours), read(&**theirs));
            }
        }
    }
}

/// A step of a random history: a batch of puts and deletes, then perhaps a view taken or dropped.
#[derive(Clone, Debug)]
struct Step {
    writes: Vec<(u16, Option<u8>)>,
    take_view: bool,
    drop_view: Option<prop::sample::Index>,
}

fn step() -> impl Strategy<Value = Step> {
    let writes = prop::collection::vec((0u16..500, any::<Option<u8>>()), 0..60);
    let drop_view = any::<Option<prop::sample::Index>>();
    (writes, any::<bool>(), drop_view).prop_map(|(writes, take_view, drop_view)| Step {
        writes,
        take_view,
        drop_view,
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn each_view_shows_its_own_moment(steps in prop::collection::vec(step(), 1..40)) {
        let store = MemoryStore::new();
        let mut model = BTreeMap::new();
        let mut views = Vec::new();
        for step in steps {
            let mut batch = Batch::new();
            for (key, value) in step.writes {
                let key = key.to_be_bytes().to_vec();
                match value {
                    Some(value) => {
                        batch.put(Column::State, key.clone(), [value]);
                        model.insert(key, vec![value]);
                    }
                    None => {
                        batch.delete(Column::State, key.clone());
                        model.remove(&key);
                    }
                }
            }
            store.commit(batch, Durability::Buffered).expect("memory does not fail");
            if step.take_view {
                views.push((store.view(), model.clone()));
            }
            if let Some(index) = step.drop_view && !views.is_empty() {
                views.swap_remove(index.index(views.len()));
            }
        }
        views.push((store.view(), model));
        for (view, model) in views {
            let entries = view.range(Column::State, KeyRange::all(), Direction::Ascending);
            let shown: BTreeMap<_, _> = entries
                .map(|entry| entry.expect("memory does not fail"))
                .map(|(key, value)| (key, value.to_vec()))
                .collect();
            prop_assert_eq!(shown, model);
        }
    }
}

#[test]
fn readers_never_see_half_a_batch() {
    let store = MemoryStore::new();
    let write = |round: u32| {
        let mut batch = Batch::new();
        for key in 0..200u8 {
            batch.put(Column::State, [key], round.to_le_bytes());
        }
        store
            .commit(batch, Durability::Buffered)
            .expect("memory does not fail");
    };
    write(0);
    std::thread::scope(|scope| {
        scope.spawn(|| (1..300).for_each(write));
        scope.spawn(|| (1000..1300).for_each(write));
        for _ in 0..300 {
            let view = store.view();
            let entries = view.range(Column::State, KeyRange::all(), Direction::Descending);
            let values = entries.map(|entry| entry.expect("memory does not fail").1);
            let values: Vec<_> = values.collect();
            assert_eq!(values.len(), 200);
            assert!(values.iter().all(|value| *value == values[0]));
        }
    });
}
