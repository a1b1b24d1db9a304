//! The cache in front of a store never shows: it conforms, it agrees with a twin that has none, and
//! readers see one moment, whatever is committed meanwhile.

use argosy_kv::{
    Batch, Bytes, Cached, Cause, Column, Direction, Durability, Entries, KeyRange, KvError,
    MemoryStore, Store, View, conformance,
};
use proptest::prelude::*;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

fn cached(bytes_max: usize) -> Cached {
    Cached::new(Arc::new(MemoryStore::new()), bytes_max)
}

fn put(store: &impl Store, entries: &[(Column, &[u8], &[u8])]) {
    let mut batch = Batch::new();
    for (column, key, value) in entries {
        batch.put(*column, *key, *value);
    }
    store
        .commit(batch, Durability::Buffered)
        .expect("memory does not fail");
}

fn get(view: &dyn View, column: Column, key: &[u8]) -> Option<Bytes> {
    view.get(column, key).expect("memory does not fail")
}

#[test]
fn conforms_whatever_there_is_room_for() {
    for bytes_max in [0, 1, 10_000, 1 << 26] {
        conformance::check(|| cached(bytes_max));
    }
}

#[test]
fn conforms_in_front_of_itself() {
    conformance::check(|| Cached::new(Arc::new(cached(1 << 20)), 1 << 16));
}

/// One thing done to both stores.
#[derive(Clone, Debug)]
enum Step {
    Commit(Vec<(u8, u8, Option<u16>)>),
    View,
    Drop(prop::sample::Index),
    Read(prop::sample::Index, u8, u8),
    Range(prop::sample::Index, u8),
}

const COLUMNS: [Column; 4] = [Column::State, Column::Trie, Column::Code, Column::Meta];

fn step() -> impl Strategy<Value = Step> {
    let write = (0u8..4, 0u8..30, prop::option::weighted(0.7, 0u16..900));
    prop_oneof![
        2 => prop::collection::vec(write, 0..12).prop_map(Step::Commit),
        2 => Just(Step::View),
        1 => any::<prop::sample::Index>().prop_map(Step::Drop),
        12 => (any::<prop::sample::Index>(), 0u8..4, 0u8..30).prop_map(|(v, c, k)| Step::Read(v, c, k)),
        1 => (any::<prop::sample::Index>(), 0u8..4).prop_map(|(v, c)| Step::Range(v, c)),
    ]
}

fn batch(writes: &[(u8, u8, Option<u16>)]) -> Batch {
    let mut batch = Batch::new();
    for (column, key, value) in writes {
        let column = COLUMNS[usize::from(*column)];
        match value {
            Some(len) => batch.put(column, [*key], vec![*key; usize::from(*len)]),
            None => batch.delete(column, [*key]),
        }
    }
    batch
}

fn all(view: &dyn View, column: Column) -> Vec<(Vec<u8>, Bytes)> {
    let entries = view.range(column, KeyRange::all(), Direction::Ascending);
    entries
        .map(|entry| entry.expect("memory does not fail"))
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    #[test]
    fn agrees_with_a_twin_without_a_cache(
        steps in prop::collection::vec(step(), 1..200),
        bytes_max in prop_oneof![Just(0usize), 3_000usize..40_000, Just(1 << 22)],
    ) {
        let (store, twin) = (cached(bytes_max), MemoryStore::new());
        let mut views = vec![(store.view(), twin.view())];
        for step in steps {
            match step {
                Step::Commit(writes) => {
                    let batch = batch(&writes);
                    twin.commit(batch.clone(), Durability::Buffered).expect("memory does not fail");
                    store.commit(batch, Durability::Buffered).expect("memory does not fail");
                }
                Step::View => views.push((store.view(), twin.view())),
                Step::Drop(index) if views.len() > 1 => {
                    views.swap_remove(index.index(views.len()));
                }
                Step::Drop(_) => {}
                Step::Read(index, column, key) => {
                    let (ours, theirs) = index.get(&views);
                    let column = COLUMNS[usize::from(column)];
                    prop_assert_eq!(get(&**ours, column, &[key]), get(&**theirs, column, &[key]));
                }
                Step::Range(index, column) => {
                    let (ours, theirs) = index.get(&views);
                    let column = COLUMNS[usize::from(column)];
                    prop_assert_eq!(all(&**ours, column), all(&**theirs, column));
                }
            }
            prop_assert!(store.figures().bytes <= bytes_max as u64);
        }
    }
}

#[test]
fn answers_again_from_memory() {
    let store = cached(1 << 20);
    let view = store.view();
    for _ in 0..3 {
        assert_eq!(get(&*view, Column::State, b"absent"), None);
        assert_eq!(get(&*view, Column::Blocks, b"absent"), None, "not cached");
    }
    let figures = store.figures();
    assert_eq!((figures.hits, figures.misses, figures.entries), (2, 1, 1));

    put(&store, &[(Column::State, b"absent", b"no more")]);
    assert_eq!(
        get(&*store.view(), Column::State, b"absent").as_deref(),
        Some(b"no more".as_slice())
    );
    assert_eq!(get(&*view, Column::State, b"absent"), None);
    let figures = store.figures();
    assert_eq!((figures.hits, figures.misses), (3, 1));
}

#[test]
fn many_are_read_where_they_are() {
    let store = cached(1 << 20);
    put(&store, &[(Column::State, b"written", b"1")]);
    let view = store.view();
    let keys: [&[u8]; 4] = [b"written", b"absent", b"written", b"other"];
    let read = |view: &dyn View, column| {
        let values = view.get_many(column, &keys).expect("memory does not fail");
        let values = values.into_iter().map(|it| it.map(|it| it.to_vec()));
        values.collect::<Vec<_>>()
    };
    let one = Some(b"1".to_vec());
    let expected = [one.clone(), None, one, None];
    for _ in 0..2 {
        assert_eq!(read(&*view, Column::State), expected);
        assert_eq!(read(&*view, Column::Blocks), [None, None, None, None]);
    }
    let figures = store.figures();
    let counts = (figures.hits, figures.misses, figures.entries);
    assert_eq!(counts, (4, 4, 1), "what was not there is not kept");

    put(&store, &[(Column::State, b"other", b"2")]);
    assert_eq!(read(&*view, Column::State), expected, "its own moment");
    assert_eq!(read(&*store.view(), Column::State)[3], Some(b"2".to_vec()));
}

/// What a view does once, between its reading and its answer.
type Trap = Arc<Mutex<Option<Box<dyn FnOnce() + Send>>>>;

/// A store that can be told to fail, and whose views have a trap.
#[derive(Default)]
struct Odd {
    inner: MemoryStore,
    fails: AtomicBool,
    panics: AtomicBool,
    before_answer: Trap,
}

struct OddView(Arc<dyn View>, Trap);

impl Store for Odd {
    fn view(&self) -> Arc<dyn View> {
        if self.panics.swap(false, Ordering::SeqCst) {
            panic!("between the inner commit and the cache");
        }
        Arc::new(OddView(self.inner.view(), Arc::clone(&self.before_answer)))
    }

    fn commit(&self, batch: Batch, durability: Durability) -> Result<(), KvError> {
        if self.fails.load(Ordering::SeqCst) {
            return Err(KvError::Commit {
                cause: Cause::NoSpace,
                source: "full".into(),
            });
        }
        self.inner.commit(batch, durability)
    }
}

impl View for OddView {
    fn get(&self, column: Column, key: &[u8]) -> Result<Option<Bytes>, KvError> {
        let value = self.0.get(column, key);
        if let Some(act) = self.1.lock().expect("no panic").take() {
            act();
        }
        value
    }

    fn range(&self, column: Column, range: KeyRange, direction: Direction) -> Entries<'_> {
        self.0.range(column, range, direction)
    }
}

#[test]
fn a_failed_commit_changes_nothing() {
    let inner = Arc::new(Odd::default());
    let store = Cached::new(Arc::clone(&inner) as Arc<dyn Store>, 1 << 20);
    put(&store, &[(Column::State, b"a", b"1")]);
    let before = store.view();
    inner.fails.store(true, Ordering::SeqCst);
    let mut batch = Batch::new();
    batch.put(Column::State, *b"a", *b"2");
    let refused = store.commit(batch, Durability::Synced);
    assert_eq!(refused.map_err(|error| error.cause()), Err(Cause::NoSpace));
    for view in [&before, &store.view()] {
        assert_eq!(
            get(&**view, Column::State, b"a").as_deref(),
            Some(b"1".as_slice())
        );
    }
    assert_eq!(store.figures().hits, 2, "the cache is still in use");
}

/// As many keys as make a commit take a second thread.
fn large(value: u8) -> Batch {
    let mut batch = Batch::new();
    for key in 0..2_000u16 {
        batch.put(Column::State, key.to_be_bytes(), [value]);
    }
    batch
}

#[test]
fn a_large_commit_that_fails_changes_nothing() {
    let inner = Arc::new(Odd::default());
    let store = Cached::new(Arc::clone(&inner) as Arc<dyn Store>, 1 << 20);
    let check = |view: &dyn View, value: u8| {
        for key in 0..2_000u16 {
            let found = get(view, Column::State, &key.to_be_bytes());
            assert_eq!(found.as_deref(), Some([value].as_slice()));
        }
    };
    store
        .commit(large(1), Durability::Synced)
        .expect("it works");
    let one = store.view();
    check(&*one, 1);
    inner.fails.store(true, Ordering::SeqCst);
    assert!(store.commit(large(2), Durability::Synced).is_err());
    check(&*one, 1);
    check(&*store.view(), 1);
    inner.fails.store(false, Ordering::SeqCst);
    put(&store, &[(Column::Meta, b"", b"")]);
    check(&*store.view(), 1);
    store
        .commit(large(3), Durability::Synced)
        .expect("it works");
    check(&*store.view(), 3);
    check(&*one, 1);
    assert!(store.figures().hits > 4_000, "the cache is in use again");
}

#[test]
fn a_slow_reader_does_not_bring_back_an_old_value() {
    check_slow_reader(|view| get(view, Column::State, b"a"));
    check_slow_reader(|view| {
        let values = view.get_many(Column::State, &[b"a"]);
        values.expect("memory does not fail").remove(0)
    });
}

fn check_slow_reader(read: impl Fn(&dyn View) -> Option<Bytes>) {
    let inner = Arc::new(Odd::default());
    let store = Arc::new(Cached::new(Arc::clone(&inner) as Arc<dyn Store>, 1 << 20));
    let view = store.view();
    let meanwhile = {
        let store = Arc::clone(&store);
        move || put(&*store, &[(Column::State, b"a", b"1")])
    };
    *inner.before_answer.lock().expect("no panic") = Some(Box::new(meanwhile));
    assert_eq!(read(&*view), None, "its own moment");
    assert_eq!(read(&*store.view()).as_deref(), Some(b"1".as_slice()));
}

#[test]
fn a_commit_that_panics_leaves_no_old_value() {
    let inner = Arc::new(Odd::default());
    let store = Cached::new(Arc::clone(&inner) as Arc<dyn Store>, 1 << 20);
    put(
        &store,
        &[(Column::State, b"a", b"1"), (Column::State, b"b", b"1")],
    );
    inner.panics.store(true, Ordering::SeqCst);
    let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        put(&store, &[(Column::State, b"a", b"2")]);
    }));
    assert!(panicked.is_err());
    put(&store, &[(Column::State, b"b", b"2")]);
    let view = store.view();
    for key in [b"a", b"b"] {
        assert_eq!(
            get(&*view, Column::State, key).as_deref(),
            Some(b"2".as_slice())
        );
    }
}

#[test]
fn readers_never_see_two_moments() {
    check_threads(60, 2_000);
    check_threads(1_000, 200); // So many that commits take a second thread.
}

fn check_threads(keys: u16, rounds: u32) {
    // Room for a part, so that hits and misses mix.
    let store = cached(usize::from(keys) * 70);
    let write = |round: u32| {
        let value = round.to_le_bytes();
        let mut batch = Batch::new();
        for key in 0..keys {
            batch.put(Column::State, key.to_be_bytes(), value);
        }
        store
            .commit(batch, Durability::Buffered)
            .expect("memory does not fail");
    };
    write(0);
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            (1..rounds).for_each(write);
            done.store(true, Ordering::SeqCst);
        });
        for _ in 0..2 {
            scope.spawn(|| {
                let mut old = store.view();
                let mut last = 0;
                while !done.load(Ordering::SeqCst) {
                    let new = store.view();
                    for view in [&old, &new] {
                        let first = get(&**view, Column::State, &[0, 0]);
                        for key in 1..keys {
                            let value = get(&**view, Column::State, &key.to_be_bytes());
                            assert_eq!(value, first);
                        }
                    }
                    let value = get(&*new, Column::State, &[0, 0]).expect("always there");
                    let round = u32::from_le_bytes((*value).try_into().expect("four bytes"));
                    assert!(round >= last, "time does not run backwards");
                    (old, last) = (new, round);
                }
            });
        }
    });
    let view = store.view();
    for key in 0..keys {
        let value = get(&*view, Column::State, &key.to_be_bytes());
        let last = (rounds - 1).to_le_bytes();
        assert_eq!(value.as_deref(), Some(last.as_slice()));
    }
}
