//! Proofs about many keys and ranges, made from what is stored: each holds, none holds for anything
//! else, and nodes are read no more than needed.

use crate::support::{Head, account, address};
use argosy_kv::{
    Batch, Bytes, Column, Direction, Durability, Entries, KeyRange, KvError, MemoryStore, Store,
    View,
};
use argosy_primitives::{Address, Limits, StateRoot, decode_untrusted};
use argosy_proof::{
    MULTI_KEYS_MAX, Path, RangeEnd, RangeProof, StateMultiproof, trie, verify_multi, verify_range,
    verify_states,
};
use argosy_state::{
    LeafChange, PathTrie, ProvenRange, State, StateCommitment, StateKey, committed_root, prove,
    prove_many, prove_many_within, prove_range,
};
use parity_scale_codec::Encode;
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::{Arc, Mutex};

type Leaves = BTreeMap<Path, [u8; 32]>;
type Keys = Vec<(Path, Option<[u8; 32]>)>;

const FIRST: Path = Path::from_bytes([0; 64]);
const LAST: Path = Path::from_bytes([0xff; 64]);

/// A store whose trie holds these leaves, and its root.
fn stored(leaves: &Leaves) -> (Arc<dyn View>, StateRoot) {
    let change = |(path, value_hash): (&Path, &[u8; 32])| LeafChange {
        path: *path,
        value_hash: Some(*value_hash),
    };
    let (store, changes) = (MemoryStore::new(), leaves.iter().map(change));
    let delta = PathTrie.update(&*store.view(), &changes.collect::<Vec<_>>());
    let delta = delta.expect("the store works");
    let mut batch = Batch::new();
    for change in &delta.nodes {
        let node = change.node.as_deref().expect("nothing is deleted");
        batch.put(Column::Trie, &*change.key, node);
    }
    let committed = store.commit(batch, Durability::Buffered);
    committed.expect("memory does not fail");
    (store.view(), delta.root)
}

/// Paths that part at every depth, and at every place in a nibble.
fn path() -> impl Strategy<Value = Path> {
    let byte = || prop_oneof![3 => Just(0u8), 2 => Just(0x80), 3 => any::<u8>()];
    (byte(), byte(), 0usize..64, any::<u8>()).prop_map(|(first, middle, index, last)| {
        let mut bytes = [0; 64];
        (bytes[0], bytes[32]) = (first, middle);
        bytes[index] ^= last;
        Path::from_bytes(bytes)
    })
}

fn leaves() -> impl Strategy<Value = Leaves> {
    prop::collection::btree_map(path(), (0u8..4).prop_map(|byte| [byte; 32]), 0..200)
}

fn multiproof(view: &dyn View, keys: &Keys) -> StateMultiproof {
    let paths: Vec<_> = keys.iter().map(|(path, _)| *path).collect();
    PathTrie.prove_many(view, &paths).expect("the store works")
}

fn range(view: &dyn View, first: &Path, last: &Path, leaves_max: usize) -> ProvenRange {
    prove_range(view, first, last, leaves_max).expect("the store works")
}

/// Every proof that differs by one bit or byte; none of them may be accepted.
fn check_mutations<T>(proof: &T, at: &[prop::sample::Index], is_accepted: impl Fn(&T) -> bool)
where
    T: Encode + parity_scale_codec::DecodeWithMemTracking,
{
    let bytes = proof.encode();
    for (number, at) in at.iter().enumerate() {
        let (mut bytes, at) = (bytes.clone(), at.index(bytes.len()));
        bytes[at] ^= 1 << (number % 8);
        if let Ok(changed) = decode_untrusted(&bytes, Limits::for_size(1 << 20)) {
            assert!(!is_accepted(&changed), "byte {at}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn what_is_proven_of_many_keys_holds(
        leaves in leaves(),
        inside in prop::collection::vec(any::<prop::sample::Index>(), 0..40),
        outside in prop::collection::vec(path(), 1..20),
        mutations in prop::collection::vec(any::<prop::sample::Index>(), 40),
    ) {
        let (view, root) = stored(&leaves);
        let all: Vec<_> = leaves.keys().chain([&FIRST]).collect();
        let inside = inside.iter().map(|it| *all[it.index(all.len())]);
        let claim = |path: Path| (path, leaves.get(&path).copied());
        let keys: BTreeMap<_, _> = inside.chain(outside).map(claim).collect();
        let mut keys: Keys = keys.into_iter().collect();
        let proof = multiproof(&*view, &keys);
        prop_assert_eq!(verify_multi(&root, &keys, &proof), Ok(()));
        check_mutations(&proof, &mutations, |it| verify_multi(&root, &keys, it).is_ok());
        for index in 0..keys.len() {
            let truth = keys[index].1;
            for lie in [None, Some([0; 32]), Some([1; 32])] {
                keys[index].1 = lie;
                prop_assert_eq!(verify_multi(&root, &keys, &proof).is_ok(), lie == truth);
            }
            keys[index].1 = truth;
        }
    }

    #[test]
    fn what_is_proven_of_ranges_holds(
        leaves in leaves(),
        bounds in prop::collection::vec(path(), 2),
        leaves_max in prop_oneof![0usize..20, Just(usize::MAX)],
        mutations in prop::collection::vec(any::<prop::sample::Index>(), 40),
    ) {
        let (view, root) = stored(&leaves);
        let (first, asked) = (bounds[0].min(bounds[1]), bounds[0].max(bounds[1]));
        let ProvenRange { last, leaves: found, proof } = range(&*view, &first, &asked, leaves_max);
        let inside = leaves.range(first..=asked).take(leaves_max.max(1));
        let inside: Vec<_> = inside.map(|(path, hash)| (*path, *hash)).collect();
        prop_assert_eq!(&found, &inside);
        let is_full = found.len() >= leaves_max.max(1);
        prop_assert_eq!(last, if is_full { found[found.len() - 1].0 } else { asked });

        let next = leaves.keys().find(|path| **path > last);
        let end = next.map_or(RangeEnd::End, |next| RangeEnd::More { next: *next });
        let verify = |leaves: &[_], proof: &RangeProof| verify_range(&root, &first, &last, leaves, proof);
        prop_assert_eq!(verify(&found, &proof), Ok(end));
        check_mutations(&proof, &mutations, |it| verify(&found, it).is_ok());
        for index in 0..found.len() {
            let mut fewer = found.clone();
            let (path, _) = fewer.remove(index);
            prop_assert!(verify(&fewer, &proof).is_err());
            fewer.insert(index, (path, [9; 32]));
            prop_assert!(verify(&fewer, &proof).is_err());
        }
    }

    #[test]
    fn a_trie_is_copied_range_by_range(leaves in leaves(), leaves_max in 1usize..50) {
        let (view, root) = stored(&leaves);
        let (mut first, mut copied) = (FIRST, Leaves::new());
        loop {
            let ProvenRange { last, leaves, proof } = range(&*view, &first, &LAST, leaves_max);
            let end = verify_range(&root, &first, &last, &leaves, &proof);
            copied.extend(leaves);
            match end.expect("the proof is true") {
                RangeEnd::End => break,
                RangeEnd::More { next } => first = next,
            }
        }
        prop_assert_eq!(copied, leaves);
    }
}

/// Counts the reads of each key.
struct Counting {
    inner: Arc<dyn View>,
    reads: Mutex<BTreeMap<Vec<u8>, u32>>,
}

impl View for Counting {
    fn get(&self, column: Column, key: &[u8]) -> Result<Option<Bytes>, KvError> {
        let mut reads = self.reads.lock().expect("one thread");
        *reads.entry(key.to_vec()).or_default() += 1;
        self.inner.get(column, key)
    }

    fn range(&self, column: Column, range: KeyRange, direction: Direction) -> Entries<'_> {
        self.inner.range(column, range, direction)
    }
}

impl Counting {
    fn new(inner: Arc<dyn View>) -> Counting {
        let reads = Mutex::default();
        Counting { inner, reads }
    }

    fn into_counts(self) -> Vec<u32> {
        let reads = self.reads.into_inner().expect("one thread");
        reads.into_values().collect()
    }
}

/// Leaves as hashing spreads them.
fn spread(count: u32) -> Leaves {
    let path = |number: u32| {
        let half = Path::key_half(&number.to_le_bytes());
        Path::join(&half, &half)
    };
    (0..count).map(|number| (path(number), [1; 32])).collect()
}

#[test]
fn a_proof_of_the_most_keys_reads_each_node_once_and_fits_into_a_mebibyte() {
    let leaves = spread(20_000);
    let (view, root) = stored(&leaves);
    let claim = |(path, hash): (&Path, &[u8; 32])| (*path, Some(*hash));
    let keys: Keys = leaves
        .iter()
        .step_by(19)
        .map(claim)
        .take(MULTI_KEYS_MAX)
        .collect();
    assert_eq!(keys.len(), MULTI_KEYS_MAX);
    let counting = Counting::new(Arc::clone(&view));
    let proof = multiproof(&counting, &keys);
    assert!(counting.into_counts().iter().all(|&reads| reads == 1));
    let decoded = decode_untrusted(&proof.encode(), Limits::for_size(1 << 20));
    let decoded: StateMultiproof = decoded.expect("it is within the limits");
    assert_eq!(verify_multi(&root, &keys, &decoded), Ok(()));
    let one = |(path, _): &(Path, _)| PathTrie.prove(&*view, path).expect("the store works");
    let one_by_one: usize = keys.iter().map(|key| one(key).encoded_size()).sum();
    assert!(proof.encoded_size() * 2 < one_by_one);
}

#[test]
fn a_range_reads_its_own_nodes_and_those_on_the_way_to_its_neighbours() {
    let leaves = spread(20_000);
    let (view, _) = stored(&leaves);
    let nodes = view.range(Column::Trie, KeyRange::all(), Direction::Ascending);
    let nodes = nodes.count();
    let first = leaves.keys().nth(7_000).expect("there are more");
    let counting = Counting::new(view);
    let proven = range(&counting, first, &LAST, 200);
    assert_eq!(proven.leaves.len(), 200);
    let reads: u32 = counting.into_counts().iter().sum();
    assert!(reads < 100, "{reads} reads of {nodes} nodes");
    assert!(proven.proof.encoded_size() < 2_000);
}

#[test]
fn the_deepest_trie_is_proven() {
    let leaf = |bit: usize| {
        let mut bytes = [0; 64];
        if let Some(byte) = bytes.get_mut(bit / 8) {
            *byte = 0x80 >> (bit % 8);
        }
        (Path::from_bytes(bytes), [1; 32])
    };
    let leaves: Leaves = (0..=512).map(leaf).collect();
    let (view, root) = stored(&leaves);
    let keys: Keys = leaves
        .iter()
        .map(|(path, hash)| (*path, Some(*hash)))
        .collect();
    assert_eq!(
        verify_multi(&root, &keys, &multiproof(&*view, &keys)),
        Ok(())
    );
    let whole = range(&*view, &FIRST, &LAST, usize::MAX);
    assert_eq!(
        (whole.leaves.len(), &whole.proof),
        (513, &RangeProof::default())
    );
    let second = keys[1].0;
    let rest = range(&*view, &second, &LAST, 1);
    let end = verify_range(&root, &second, &rest.last, &rest.leaves, &rest.proof);
    assert_eq!(end, Ok(RangeEnd::More { next: keys[2].0 }));
}

/// Two accounts, a contract with a hundred keys.
fn filled() -> Head {
    let mut head = Head::default();
    head.block(|state: &mut State| {
        state.set_account(&address(1), &account(1_000));
        state.set_account(&address(2), &account(2_000));
        (0..100).for_each(|key| state.storage_set(&address(3), &[key], [key; 4]));
    });
    head
}

const KEYS: [(u8, StateKey<'_>); 5] = [
    (2, StateKey::Account),
    (3, StateKey::Storage(&[7])),
    (3, StateKey::Account),
    (1, StateKey::Account),
    (3, StateKey::Storage(&[200])),
];

fn keys() -> Vec<(Address, StateKey<'static>)> {
    KEYS.map(|(number, key)| (address(number), key)).to_vec()
}

#[test]
fn state_tells_of_many_keys_what_it_tells_of_each() {
    let head = filled();
    let (view, root) = (head.view(), committed_root(&*head.view()).expect("whole"));
    let mut keys = keys();
    keys.push(keys[0]); // Asking twice is no mistake.
    let proven = prove_many(&*view, &keys).expect("the store works");
    for ((address, key), value) in keys.iter().zip(&proven.values) {
        let one = prove(&*view, address, *key).expect("the store works");
        assert_eq!(one.value, *value);
    }
    let values = proven.values.iter().map(|value| value.as_deref());
    let mut claims: Vec<_> = keys
        .iter()
        .zip(values)
        .map(|(key, it)| (key.0, key.1, it))
        .collect();
    assert_eq!(verify_states(&root, &claims, &proven.proof), Ok(()));
    claims[1].2 = None;
    assert!(verify_states(&root, &claims, &proven.proof).is_err());
    let nothing = prove_many(&*view, &[]).expect("the store works");
    assert_eq!(verify_states(&root, &[], &nothing.proof), Ok(()));
}

#[test]
fn values_that_are_too_much_are_not_read_to_the_end() {
    let head = filled();
    let view = head.view();
    let asked: Vec<_> = [1u8, 2, 3].map(|key| vec![key]).to_vec();
    let keys: Vec<_> = asked
        .iter()
        .map(|key| (address(3), StateKey::Storage(key)))
        .collect();
    let whole = prove_many(&*view, &keys).expect("the store works");
    // Of four bytes each.
    let within = |bytes_max| prove_many_within(&*view, &keys, bytes_max).expect("the store works");
    assert_eq!(within(12), Ok(whole));
    assert_eq!(within(11), Err(12));
    assert_eq!(within(7), Err(8), "the third is not read");
}

#[test]
fn a_contract_is_one_range() {
    let head = filled();
    let (view, root) = (head.view(), committed_root(&*head.view()).expect("whole"));
    let half = Path::address_half(address(3).as_bytes());
    let (first, last) = (Path::join(&half, &[0; 32]), Path::join(&half, &[0xff; 32]));
    let proven = range(&*view, &first, &last, usize::MAX);
    assert_eq!(proven.last, last);
    assert!(verify_range(&root, &first, &last, &proven.leaves, &proven.proof).is_ok());
    let leaf = |key| {
        let path = Path::of(&address(3), StateKey::Storage(&[key]));
        (path, trie::value_hash(&[key; 4]))
    };
    let expected: Leaves = (0..100).map(leaf).collect();
    assert_eq!(Leaves::from_iter(proven.leaves), expected);
}

#[test]
fn proofs_are_frozen() {
    let head = filled();
    let view = head.view();
    let mut text = String::new();
    let mut add = |name: &str, bytes: Vec<u8>| {
        writeln!(text, "{name} {}", const_hex::encode(bytes)).expect("a string takes all");
    };
    let root = committed_root(&*view).expect("whole");
    add("root", root.as_bytes().to_vec());
    let proven = prove_many(&*view, &keys()).expect("the store works");
    add("many", proven.proof.encode());
    let first = Path::of(&address(1), StateKey::Account);
    let proven = range(&*view, &first, &LAST, 3);
    add("range", proven.proof.encode());
    crate::golden::check("proofs.txt", &text);
}
