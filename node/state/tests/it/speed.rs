//! What is done for speed never shows: two threads find what one does, errors included, and a trie
//! that was loaded in one pass is the one that grew.

use argosy_kv::{
    Batch, Bytes, Cause, Column, Direction, Durability, Entries, KeyRange, KvError, MemoryStore,
    Store, View,
};
use argosy_primitives::StateRoot;
use argosy_proof::{Path, trie};
use argosy_state::{LeafChange, PathTrie, StateCommitment, StateError, TrieDelta, TrieLoader};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use std::thread::{self, ThreadId};

type Leaves = BTreeMap<Path, [u8; 32]>;

/// Paths as hashing spreads them, `shift` bytes behind a common beginning.
fn path(number: u32, shift: usize) -> Path {
    let half = Path::key_half(&number.to_le_bytes());
    let mut bytes = [0x5a; 64];
    bytes[shift..].copy_from_slice(&[half, half].as_flattened()[..64 - shift]);
    Path::from_bytes(bytes)
}

fn changes(leaves: &Leaves, value: impl Fn(&[u8; 32]) -> Option<[u8; 32]>) -> Vec<LeafChange> {
    let change = |(path, hash): (&Path, &[u8; 32])| LeafChange {
        path: *path,
        value_hash: value(hash),
    };
    leaves.iter().map(change).collect()
}

fn update(view: &dyn View, changes: &[LeafChange]) -> TrieDelta {
    PathTrie.update(view, changes).expect("the store works")
}

fn write(store: &MemoryStore, delta: &TrieDelta) {
    let mut batch = Batch::new();
    for change in &delta.nodes {
        match &change.node {
            Some(node) => batch.put(Column::Trie, &*change.key, Bytes::clone(node)),
            None => batch.delete(Column::Trie, &*change.key),
        }
    }
    store
        .commit(batch, Durability::Buffered)
        .expect("memory does not fail");
}

fn nodes(view: &dyn View) -> BTreeMap<Vec<u8>, Bytes> {
    let entries = view.range(Column::Trie, KeyRange::all(), Direction::Ascending);
    entries
        .map(|entry| entry.expect("memory does not fail"))
        .collect()
}

fn root_of(leaves: &Leaves) -> StateRoot {
    let leaves: Vec<_> = leaves.iter().map(|(path, hash)| (*path, *hash)).collect();
    StateRoot::from_bytes(trie::root_of(&leaves).expect("a map's keys rise"))
}

/// Notes which threads read, and fails at some keys.
struct Watched {
    inner: Arc<dyn View>,
    threads: Mutex<BTreeSet<String>>,
    main: ThreadId,
    broken: BTreeSet<Vec<u8>>,
}

impl Watched {
    fn new(inner: Arc<dyn View>) -> Watched {
        Watched {
            inner,
            threads: Mutex::default(),
            main: thread::current().id(),
            broken: BTreeSet::new(),
        }
    }

    fn other_threads(&self) -> usize {
        self.threads.lock().expect("no panic").len()
    }
}

impl View for Watched {
    fn get(&self, column: Column, key: &[u8]) -> Result<Option<Bytes>, KvError> {
        let thread = thread::current().id();
        if thread != self.main {
            let mut threads = self.threads.lock().expect("no panic");
            threads.insert(format!("{thread:?}"));
        }
        if self.broken.contains(key) {
            return Err(KvError::Read {
                column,
                cause: Cause::Damaged,
                source: format!("{key:02x?}").into(),
            });
        }
        self.inner.get(column, key)
    }

    fn range(&self, column: Column, range: KeyRange, direction: Direction) -> Entries<'_> {
        self.inner.range(column, range, direction)
    }
}

/// The same changes in small portions, none of which is worth a second thread.
fn by_portions(store: &MemoryStore, changes: &[LeafChange]) -> StateRoot {
    let mut root = StateRoot::ZERO;
    for portion in changes.chunks(50) {
        let delta = update(&*store.view(), portion);
        write(store, &delta);
        root = delta.root;
    }
    root
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn two_threads_find_what_one_does(
        stored in 0u32..3_000,
        written in prop::collection::vec((0u32..4_000, any::<Option<u8>>()), 600..2_000),
        shift in prop::sample::select(vec![0usize, 1, 31, 32]),
        is_lopsided in any::<bool>(),
    ) {
        let shift_of = |number: u32| if is_lopsided && number.is_multiple_of(8) { 0 } else { shift };
        let at = |number: u32| path(number, shift_of(number));
        let (one, two) = (MemoryStore::new(), MemoryStore::new());
        let mut leaves: Leaves = (0..stored).map(|it| (at(it), [1; 32])).collect();
        let filling = changes(&leaves, |hash| Some(*hash));
        by_portions(&one, &filling);
        write(&two, &update(&*two.view(), &filling));
        prop_assert_eq!(nodes(&*one.view()), nodes(&*two.view()));

        let block: BTreeMap<_, _> = written.into_iter().map(|(it, value)| (at(it), value)).collect();
        let block: Vec<_> = block
            .into_iter()
            .map(|(path, value)| LeafChange { path, value_hash: value.map(|byte| [byte; 32]) })
            .collect();
        for change in &block {
            match change.value_hash {
                Some(hash) => leaves.insert(change.path, hash),
                None => leaves.remove(&change.path),
            };
        }
        let watched = Watched::new(two.view());
        let delta = update(&watched, &block);
        prop_assert_eq!(&delta, &update(&watched, &block), "the same each time");
        write(&two, &delta);
        prop_assert_eq!(delta.root, root_of(&leaves));
        prop_assert_eq!(by_portions(&one, &block), delta.root);
        prop_assert_eq!(nodes(&*one.view()), nodes(&*two.view()));
    }

    #[test]
    fn a_loaded_trie_is_the_one_that_grew(
        numbers in prop::collection::btree_set((0u32..5_000, 0usize..64), 0..600),
        every in 1usize..50,
    ) {
        let leaves: Leaves = numbers
            .iter()
            .map(|(number, shift)| (path(*number, *shift), [*shift as u8; 32]))
            .collect();
        let mut loader = TrieLoader::new();
        let mut taken = Vec::new();
        for (index, (path, hash)) in leaves.iter().enumerate() {
            loader.push(*path, *hash).expect("they rise");
            if index % every == 0 {
                taken.extend(loader.take_nodes());
                prop_assert_eq!(loader.nodes_waiting(), 0);
            }
        }
        let TrieDelta { root, nodes } = loader.finish();
        taken.extend(nodes);
        let loaded = TrieDelta { root, nodes: taken };
        let grown = update(&*MemoryStore::new().view(), &changes(&leaves, |hash| Some(*hash)));
        prop_assert_eq!(loaded, grown);
        prop_assert_eq!(root, root_of(&leaves));
    }
}

fn thousand(store: &MemoryStore, shift: usize) -> Leaves {
    let leaves: Leaves = (0..1_000).map(|it| (path(it, shift), [1; 32])).collect();
    write(
        store,
        &update(&*store.view(), &changes(&leaves, |hash| Some(*hash))),
    );
    leaves
}

#[test]
fn many_changes_take_a_second_thread_and_few_do_not() {
    for shift in [0, 32] {
        let store = MemoryStore::new();
        let leaves = thousand(&store, shift);
        let block = changes(&leaves, |_| Some([2; 32]));
        for (count, threads) in [(1_000, 1), (100, 0)] {
            let watched = Watched::new(store.view());
            update(&watched, &block[..count]);
            assert_eq!(watched.other_threads(), threads, "{count} changes");
        }
    }
}

#[test]
fn of_two_errors_the_lower_slots_is_told() {
    let store = MemoryStore::new();
    let block = changes(&thousand(&store, 0), |_| Some([2; 32]));
    let mut watched = Watched::new(store.view());
    for (low, high) in [(0x10, 0xf0), (0x00, 0x10), (0xc0, 0xf0), (0x70, 0x80)] {
        watched.broken = [vec![low, 1], vec![high, 1]].into();
        for _ in 0..20 {
            match PathTrie.update(&watched, &block) {
                Err(StateError::Store(KvError::Read { source, .. })) => {
                    assert_eq!(source.to_string(), format!("[{low:02x}, 01]"));
                }
                other => panic!("{other:?}"),
            }
        }
    }
}

#[test]
fn a_leaf_that_does_not_rise_is_refused() {
    let mut loader = TrieLoader::new();
    loader.push(path(1, 0), [1; 32]).expect("the first");
    let again = loader.push(path(1, 0), [2; 32]);
    assert!(matches!(again, Err(StateError::Inconsistent { .. })));
    let expected = root_of(&[(path(1, 0), [1; 32])].into());
    assert_eq!(loader.finish().root, expected);
    assert_eq!(TrieLoader::new().finish().root, StateRoot::ZERO);
}
