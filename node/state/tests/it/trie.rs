//! The stored trie against its definition: same roots, same proofs, and nodes that depend on the
//! leaves alone.

use argosy_kv::{
    Batch, Bytes, Column, Direction, Durability, Entries, KeyRange, KvError, MemoryStore, Store,
    View,
};
use argosy_primitives::StateRoot;
use argosy_proof::{Path, trie};
use argosy_state::{LeafChange, PathTrie, StateCommitment, TrieDelta};
use proptest::prelude::*;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

type Leaves = BTreeMap<Path, [u8; 32]>;

fn root_of(leaves: &Leaves) -> StateRoot {
    let leaves: Vec<_> = leaves.iter().map(|(path, hash)| (*path, *hash)).collect();
    StateRoot::from_bytes(trie::root_of(&leaves).expect("a map's keys rise"))
}

/// Random changes, later ones on a path replacing earlier ones, sorted.
fn sorted(changes: Vec<(Path, Option<u8>)>) -> Vec<LeafChange> {
    let changes: BTreeMap<_, _> = changes.into_iter().collect();
    let value_hash = |byte: u8| [byte % 3; 32]; // Often the value that was there.
    let change = |(path, value): (Path, Option<u8>)| LeafChange {
        path,
        value_hash: value.map(value_hash),
    };
    changes.into_iter().map(change).collect()
}

fn apply(leaves: &mut Leaves, changes: &[LeafChange]) {
    for change in changes {
        match change.value_hash {
            Some(value_hash) => leaves.insert(change.path, value_hash),
            None => leaves.remove(&change.path),
        };
    }
}

fn write(store: &MemoryStore, delta: &TrieDelta) {
    let mut batch = Batch::new();
    for change in &delta.nodes {
        match &change.node {
            Some(node) => batch.put(Column::Trie, &*change.key, &**node),
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

/// The nodes of a trie that was built at once.
fn fresh_nodes(leaves: &Leaves) -> BTreeMap<Vec<u8>, Bytes> {
    let change = |(path, value_hash): (&Path, &[u8; 32])| LeafChange {
        path: *path,
        value_hash: Some(*value_hash),
    };
    let store = MemoryStore::new();
    let changes: Vec<_> = leaves.iter().map(change).collect();
    write(
        &store,
        &PathTrie
            .update(&*store.view(), &changes)
            .expect("the store works"),
    );
    nodes(&*store.view())
}

/// Paths that part at every depth: zero but for a few nibbles, or a shared half and any second half.
fn path() -> impl Strategy<Value = Path> {
    let sparse = prop::collection::vec((0usize..64, any::<u8>()), 0..3).prop_map(|spots| {
        let mut bytes = [0; 64];
        spots
            .into_iter()
            .for_each(|(index, byte)| bytes[index] = byte);
        Path::from_bytes(bytes)
    });
    let contract = (0u8..3, any::<[u8; 4]>()).prop_map(|(contract, key)| {
        let mut bytes = [contract.wrapping_mul(0x55); 64];
        bytes[32..36].copy_from_slice(&key);
        Path::from_bytes(bytes)
    });
    let crowded = (0u8..16, 60usize..64, 0u8..4).prop_map(|(first, index, last)| {
        let mut bytes = [0xff; 64];
        (bytes[0], bytes[index]) = (first << 4, last);
        Path::from_bytes(bytes)
    });
    prop_oneof![2 => sparse, 2 => contract, 2 => crowded]
}

fn block() -> impl Strategy<Value = Vec<(Path, Option<u8>)>> {
    prop::collection::vec((path(), any::<Option<u8>>()), 0..25)
}

/// Applies a block's changes to the stored trie and to the plain leaves, and compares them.
fn check_block(store: &MemoryStore, leaves: &mut Leaves, changes: &[LeafChange]) {
    let root = PathTrie.root(&*store.view()).expect("the store works");
    assert_eq!(root, root_of(leaves));
    apply(leaves, changes);
    let delta = PathTrie
        .update(&*store.view(), changes)
        .expect("the store works");
    assert_eq!(delta.root, root_of(leaves));
    let mut keys: Vec<_> = delta.nodes.iter().map(|change| &change.key).collect();
    keys.sort();
    assert!(
        keys.windows(2).all(|pair| pair[0] != pair[1]),
        "each key once"
    );
    write(store, &delta);
    assert_eq!(nodes(&*store.view()), fresh_nodes(leaves));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn every_history_leads_to_the_root_of_its_leaves(
        blocks in prop::collection::vec(block(), 1..8),
        removed in prop::collection::vec(any::<prop::sample::Index>(), 0..30),
        probes in prop::collection::vec(path(), 1..6),
    ) {
        let (store, mut leaves) = (MemoryStore::new(), Leaves::new());
        for block in blocks {
            check_block(&store, &mut leaves, &sorted(block));
        }
        if !leaves.is_empty() {
            let pick = |it: &prop::sample::Index| leaves.keys().nth(it.index(leaves.len()));
            let gone = removed.iter().filter_map(pick).map(|path| (*path, None)).collect();
            check_block(&store, &mut leaves, &sorted(gone));
        }
        let (view, root) = (store.view(), root_of(&leaves));
        for path in leaves.keys().chain(&probes) {
            let proof = PathTrie.prove(&*view, path).expect("the store works");
            prop_assert_eq!(proof.verify(&root, path, leaves.get(path)), Ok(()));
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn one_change_at_a_time_is_the_same_as_all_at_once(changes in block()) {
        let (store, mut leaves) = (MemoryStore::new(), Leaves::new());
        for change in changes {
            let change = sorted(vec![change]);
            apply(&mut leaves, &change);
            write(&store, &PathTrie.update(&*store.view(), &change).expect("the store works"));
        }
        prop_assert_eq!(nodes(&*store.view()), fresh_nodes(&leaves));
    }
}

/// Counts the reads of each key.
struct Counting {
    inner: Arc<dyn View>,
    reads: Mutex<RefCell<BTreeMap<Vec<u8>, u32>>>,
}

impl View for Counting {
    fn get(&self, column: Column, key: &[u8]) -> Result<Option<Bytes>, KvError> {
        let reads = self.reads.lock().expect("one thread");
        *reads.borrow_mut().entry(key.to_vec()).or_default() += 1;
        self.inner.get(column, key)
    }

    fn range(&self, column: Column, range: KeyRange, direction: Direction) -> Entries<'_> {
        self.inner.range(column, range, direction)
    }
}

/// Leaves as hashing spreads them.
fn spread(numbers: std::ops::Range<u32>, value: u8) -> Vec<LeafChange> {
    let path = |number: u32| {
        let half = Path::key_half(&number.to_le_bytes());
        Path::join(&half, &half)
    };
    let mut changes: Vec<_> = numbers
        .map(|number| LeafChange {
            path: path(number),
            value_hash: Some([value; 32]),
        })
        .collect();
    changes.sort_by_key(|change| change.path);
    changes
}

#[test]
fn each_touched_node_is_read_once_and_written_once() {
    let store = MemoryStore::new();
    let all = spread(0..20_000, 1);
    write(
        &store,
        &PathTrie
            .update(&*store.view(), &all)
            .expect("the store works"),
    );
    let counting = Counting {
        inner: store.view(),
        reads: Mutex::default(),
    };
    let delta = PathTrie
        .update(&counting, &spread(0..1_000, 2))
        .expect("the store works");
    let reads = counting
        .reads
        .into_inner()
        .expect("one thread")
        .into_inner();
    assert!(
        reads.values().all(|&count| count == 1),
        "a node is read twice"
    );
    assert!(
        delta
            .nodes
            .iter()
            .all(|change| reads.contains_key(&change.key))
    );
    assert_eq!(
        delta.nodes.len(),
        reads.len(),
        "every node on the way to a change changes"
    );
    assert!(
        reads.len() < 2_500,
        "{} nodes for 1 000 changes",
        reads.len()
    );
}

#[test]
fn a_proof_is_as_long_as_the_trie_is_deep() {
    let store = MemoryStore::new();
    let all = spread(0..20_000, 1);
    write(
        &store,
        &PathTrie
            .update(&*store.view(), &all)
            .expect("the store works"),
    );
    let view = store.view();
    let proof = |change: &LeafChange| {
        PathTrie
            .prove(&*view, &change.path)
            .expect("the store works")
    };
    let total: usize = all
        .iter()
        .step_by(200)
        .map(|it| proof(it).siblings.len())
        .sum();
    let mean = total / 100;
    assert!(
        (14..=17).contains(&mean),
        "log2(20 000) is 14.3, the mean is {mean}"
    );
}

#[test]
fn nothing_changes_without_changes() {
    let store = MemoryStore::new();
    let empty = TrieDelta {
        root: StateRoot::ZERO,
        nodes: Vec::new(),
    };
    assert_eq!(
        PathTrie
            .update(&*store.view(), &[])
            .expect("the store works"),
        empty
    );
    let changes = spread(0..100, 1);
    let removals: Vec<_> = changes
        .iter()
        .map(|it| LeafChange {
            value_hash: None,
            ..*it
        })
        .collect();
    assert_eq!(
        PathTrie
            .update(&*store.view(), &removals)
            .expect("the store works"),
        empty
    );

    let filled = PathTrie
        .update(&*store.view(), &changes)
        .expect("the store works");
    write(&store, &filled);
    let again = PathTrie
        .update(&*store.view(), &changes)
        .expect("the store works");
    assert_eq!(
        again,
        TrieDelta {
            root: filled.root,
            nodes: Vec::new()
        }
    );
    let emptied = PathTrie
        .update(&*store.view(), &removals)
        .expect("the store works");
    assert_eq!(emptied.root, StateRoot::ZERO);
    write(&store, &emptied);
    assert!(nodes(&*store.view()).is_empty());
}
