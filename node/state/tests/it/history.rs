//! Random histories of a state: writes, savepoints, blocks, roots, ranges, proofs of one key, many
//! keys and ranges, reads of earlier blocks and the way back, against a map and the definition of the
//! root. The same seeds give the same histories.

use crate::support::{Head, address};
use argosy_kv::{Column, Direction, KeyRange, View};
use argosy_primitives::{Address, StateRoot};
use argosy_proof::{Path, RangeEnd, trie, verify_range, verify_state, verify_states};
use argosy_state::{
    Account, LeafChange, NodeChange, PastBlock, PastView, State, StateCommitment, StateError,
    StateKey, StorageStep, TrieDelta, UndoRecord, committed_root, prove, prove_many, prove_range,
};
use proptest::prelude::*;
use proptest::test_runner::{RngAlgorithm, TestRng, TestRunner};
use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::Arc;

/// Whole keys to values.
type Model = BTreeMap<Vec<u8>, Vec<u8>>;

#[derive(Clone, Debug)]
enum Step {
    Account(u8, Option<u8>),
    Storage(u8, Vec<u8>, Option<Vec<u8>>),
    Range(u8, Bound<Vec<u8>>, Bound<Vec<u8>>, bool),
    Open,
    Rollback(u8),
    Release(u8),
    Root,
    Block,
    Prove(Vec<(u8, Vec<u8>)>),
    ProveRange([(u8, Vec<u8>); 2], usize),
    Past(prop::sample::Index, (u8, Vec<u8>)),
}

fn key() -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec(prop_oneof![Just(0u8), Just(1), Just(0xff)], 0..4)
}

fn bound() -> impl Strategy<Value = Bound<Vec<u8>>> {
    let unbounded = Just(Bound::Unbounded);
    prop_oneof![
        unbounded,
        key().prop_map(Bound::Included),
        key().prop_map(Bound::Excluded)
    ]
}

fn step() -> impl Strategy<Value = Step> {
    let value = || prop::option::weighted(0.6, prop::collection::vec(0u8..3, 0..3));
    prop_oneof![
        4 => (0u8..5, prop::option::weighted(0.7, 0u8..4)).prop_map(|(a, b)| Step::Account(a, b)),
        12 => (0u8..3, key(), value()).prop_map(|(c, k, v)| Step::Storage(c, k, v)),
        2 => (0u8..3, bound(), bound(), any::<bool>()).prop_map(|(c, s, e, d)| Step::Range(c, s, e, d)),
        3 => Just(Step::Open),
        1 => (0u8..4).prop_map(Step::Rollback),
        1 => (0u8..4).prop_map(Step::Release),
        1 => Just(Step::Root),
        1 => Just(Step::Block),
        1 => prop::collection::vec(place(), 0..6).prop_map(Step::Prove),
        1 => ([place(), place()], 0usize..6).prop_map(|(ends, most)| Step::ProveRange(ends, most)),
        1 => (any::<prop::sample::Index>(), place()).prop_map(|(at, it)| Step::Past(at, it)),
    ]
}

/// A key of a contract, or of an address that never has any.
fn place() -> impl Strategy<Value = (u8, Vec<u8>)> {
    (0u8..4, key())
}

/// Address and the rest of a whole key.
fn parts(whole: &[u8]) -> (Address, StateKey<'_>) {
    let (address, rest) = whole
        .split_first_chunk()
        .expect("keys begin with an address");
    let key = match rest.split_first().expect("and a kind") {
        (0, _) => StateKey::Account,
        (2, key) => StateKey::Storage(key),
        other => panic!("unexpected kind {other:?}"),
    };
    (Address::from_bytes(*address), key)
}

fn leaves(model: &Model) -> BTreeMap<Path, [u8; 32]> {
    let leaf = |(whole, value): (&Vec<u8>, &Vec<u8>)| {
        let (address, key) = parts(whole);
        (Path::of(&address, key), trie::value_hash(value))
    };
    model.iter().map(leaf).collect()
}

fn root_of(model: &Model) -> StateRoot {
    let leaves: Vec<_> = leaves(model).into_iter().collect();
    StateRoot::from_bytes(trie::root_of(&leaves).expect("a map's keys rise"))
}

fn stored(view: &dyn View) -> Model {
    let entries = view.range(Column::State, KeyRange::all(), Direction::Ascending);
    let entries = entries.map(|entry| entry.expect("memory does not fail"));
    entries.map(|(key, value)| (key, value.to_vec())).collect()
}

/// A state that runs beside its model.
struct Pair {
    head: Head,
    state: State,
    model: Model,
    /// Open savepoints with copies of the model.
    open: Vec<(argosy_state::Savepoint, Model)>,
    /// The model before each block.
    past: Vec<Model>,
}

impl Pair {
    fn new() -> Pair {
        let head = Head::default();
        let state = head.state();
        Pair {
            head,
            state,
            model: Model::new(),
            open: Vec::new(),
            past: vec![Model::new()],
        }
    }

    fn run(&mut self, step: Step) {
        match step {
            Step::Account(number, balance) => self.account(number, balance),
            Step::Storage(contract, key, value) => self.storage(contract, &key, value),
            Step::Range(contract, start, end, ascending) => {
                self.check_range(&address(contract), &KeyRange { start, end }, ascending);
            }
            Step::Open => {
                let savepoint = self.state.savepoint();
                self.open.push((savepoint, self.model.clone()));
            }
            Step::Rollback(levels) => {
                if let Some((savepoint, model)) = self.outermost(levels) {
                    self.state.rollback(savepoint);
                    self.model = model;
                }
            }
            Step::Release(levels) => {
                if let Some((savepoint, _)) = self.outermost(levels) {
                    self.state.release(savepoint);
                }
            }
            Step::Root => {
                let root = self.state.root().expect("the store works");
                assert_eq!(root, root_of(&self.model));
            }
            Step::Block => self.block(),
            Step::Prove(places) => self.prove(&places),
            Step::ProveRange([a, b], leaves_max) => self.prove_range(&a, &b, leaves_max),
            Step::Past(at, place) => self.look_back(at, &place),
        }
    }

    /// The outermost of the innermost `levels` savepoints.
    fn outermost(&mut self, levels: u8) -> Option<(argosy_state::Savepoint, Model)> {
        let index = self.open.len().saturating_sub(usize::from(levels));
        self.open.drain(index..).next()
    }

    fn account(&mut self, number: u8, balance: Option<u8>) {
        let key = StateKey::Account.under(&address(number));
        match balance {
            Some(balance) => {
                let account = Account {
                    nonce: 0,
                    balance: balance.into(),
                    deposit: 1,
                };
                self.state.set_account(&address(number), &account);
                self.model.insert(key, account.to_value());
                let found = self
                    .state
                    .account(&address(number))
                    .expect("the store works");
                assert_eq!(found, Some(account));
            }
            None => {
                self.state.remove_account(&address(number));
                self.model.remove(&key);
                assert_eq!(
                    self.state
                        .account(&address(number))
                        .expect("the store works"),
                    None
                );
            }
        }
    }

    fn storage(&mut self, contract: u8, key: &[u8], value: Option<Vec<u8>>) {
        let contract = address(contract);
        let whole = StateKey::Storage(key).under(&contract);
        let found = self
            .state
            .storage_get(&contract, key)
            .expect("the store works");
        assert_eq!(found.as_deref(), self.model.get(&whole).map(Vec::as_slice));
        match value {
            Some(value) => {
                self.state.storage_set(&contract, key, value.as_slice());
                self.model.insert(whole, value);
            }
            None => {
                self.state.storage_remove(&contract, key);
                self.model.remove(&whole);
            }
        }
    }

    fn check_range(&self, contract: &Address, range: &KeyRange, ascending: bool) {
        let prefix = StateKey::Storage(&[]).under(contract);
        let inside = self.model.iter().filter_map(|(whole, value)| {
            let key = whole.strip_prefix(prefix.as_slice())?;
            range.contains(key).then(|| (key.to_vec(), value.clone()))
        });
        let mut expected: Vec<_> = inside.collect();
        let direction = if ascending {
            Direction::Ascending
        } else {
            Direction::Descending
        };
        if !ascending {
            expected.reverse();
        }
        let steps = self.state.storage_range(contract, range, direction);
        let entry = |step| match step {
            StorageStep::Entry { key, value } => Some((key, value.to_vec())),
            StorageStep::Removed => None,
        };
        let found: Vec<_> = steps
            .filter_map(|it| entry(it.expect("the store works")))
            .collect();
        assert_eq!(found, expected);
    }

    fn block(&mut self) {
        let next = State::new(self.head.view());
        let delta = self.head.commit(std::mem::replace(&mut self.state, next));
        self.open.clear();
        assert_eq!(delta.root(), root_of(&self.model));
        let view = self.head.view();
        assert_eq!(
            committed_root(&*view).expect("the store works"),
            delta.root()
        );
        assert_eq!(stored(&*view), self.model);
        for change in delta.records() {
            assert_ne!(change.old, change.new, "only real changes are written");
            let (address, key) = parts(&change.key);
            assert_eq!(
                change.new.as_deref(),
                self.model.get(&*change.key).map(Vec::as_slice)
            );
            check_proof(&*view, &delta.root(), &self.model, &address, key);
        }
        self.state = State::new(view);
        self.past.push(self.model.clone());
    }

    /// What the last block left.
    fn committed(&self) -> &Model {
        self.past.last().expect("there is always one")
    }

    /// Proves keys that are there and keys that are not, one by one and together.
    fn prove(&self, places: &[(u8, Vec<u8>)]) {
        let (view, model) = (self.head.view(), self.committed());
        let root = root_of(model);
        let mut claims = Vec::new();
        for (number, key) in places {
            let (owner, key) = (address(*number), StateKey::Storage(key));
            let value = model.get(&key.under(&owner)).map(Vec::as_slice);
            check_proof(&*view, &root, model, &owner, key);
            claims.push((owner, key, value));
        }
        let keys: Vec<_> = claims.iter().map(|it| (it.0, it.1)).collect();
        let proven = prove_many(&*view, &keys).expect("the store works");
        let values: Vec<_> = proven.values.iter().map(|it| it.as_deref()).collect();
        assert_eq!(values, claims.iter().map(|it| it.2).collect::<Vec<_>>());
        assert_eq!(verify_states(&root, &claims, &proven.proof), Ok(()));
        for index in 0..claims.len() {
            let mut lies = claims.clone();
            lies[index].2 = lie(lies[index].2);
            assert!(verify_states(&root, &lies, &proven.proof).is_err());
        }
    }

    /// Proves all that lies between two keys, or as much of it as may be.
    fn prove_range(&self, a: &(u8, Vec<u8>), b: &(u8, Vec<u8>), leaves_max: usize) {
        let path =
            |(number, key): &(u8, Vec<u8>)| Path::of(&address(*number), StateKey::Storage(key));
        let (first, asked) = (path(a).min(path(b)), path(a).max(path(b)));
        let (view, leaves) = (self.head.view(), leaves(self.committed()));
        let root = root_of(self.committed());
        let proven = prove_range(&*view, &first, &asked, leaves_max).expect("the store works");
        let inside = leaves.range(first..=asked).take(leaves_max.max(1));
        let inside: Vec<_> = inside.map(|(path, hash)| (*path, *hash)).collect();
        assert_eq!(proven.leaves, inside);
        let next = leaves.keys().find(|path| **path > proven.last);
        let end = next.map_or(RangeEnd::End, |next| RangeEnd::More { next: *next });
        let verify =
            |leaves: &[_]| verify_range(&root, &first, &proven.last, leaves, &proven.proof);
        assert_eq!(verify(&proven.leaves), Ok(end));
        for index in 0..proven.leaves.len() {
            let mut lies = proven.leaves.clone();
            lies[index].1 = [9; 32];
            assert!(verify(&lies).is_err());
            lies.remove(index);
            assert!(verify(&lies).is_err());
        }
    }

    /// Shows the state after an earlier block, from the head.
    fn look_back(&self, at: prop::sample::Index, (number, key): &(u8, Vec<u8>)) {
        if self.head.height == 0 {
            return;
        }
        let index = at.index(self.past.len() - 1);
        let model = &self.past[index + 1];
        let root = root_of(model);
        let block = PastBlock {
            head: self.head.height - 1,
            height: index as u64,
            state_root: root,
        };
        let view = PastView::new(self.head.view(), block).expect("the store works");
        let view = view.expect("every record is kept");
        assert_eq!(&stored(&view), model);
        assert_eq!(committed_root(&view).expect("it is sound"), root);
        check_proof(
            &view,
            &root,
            model,
            &address(*number),
            StateKey::Storage(key),
        );
    }

    /// Takes all blocks back, one by one.
    fn unwind(&mut self) {
        self.past.pop();
        while let Some(before) = self.past.pop() {
            self.head.height -= 1;
            let height = self.head.height;
            let undo = UndoRecord::read(&*self.head.view(), height).expect("the store works");
            let mut state = self.head.state();
            state
                .apply_undo(undo.expect("every block has one"))
                .expect("it is sound");
            let delta = self.head.commit(state);
            self.head.height = height;
            assert_eq!(delta.root(), root_of(&before));
            assert_eq!(stored(&*self.head.view()), before);
        }
        let view = self.head.view();
        let mut nodes = view.range(Column::Trie, KeyRange::all(), Direction::Ascending);
        assert!(nodes.next().is_none(), "nothing is left of the trie");
    }
}

/// What is said of a key holds, and nothing else does.
fn check_proof(
    view: &dyn View,
    root: &StateRoot,
    model: &Model,
    owner: &Address,
    key: StateKey<'_>,
) {
    let value = model.get(&key.under(owner)).map(Vec::as_slice);
    let proven = prove(view, owner, key).expect("the store works");
    assert_eq!(proven.value.as_deref(), value);
    let verify = |value| verify_state(root, owner, key, value, &proven.proof);
    assert_eq!(verify(value), Ok(()));
    assert!(verify(lie(value)).is_err());
}

/// Something else.
fn lie(value: Option<&[u8]>) -> Option<&'static [u8]> {
    match value {
        Some(_) => None,
        None => Some(b"lie"),
    }
}

/// Runs so many histories, which the seed gives.
fn run_histories(seed: u8, count: u32) {
    let config = ProptestConfig {
        cases: count,
        failure_persistence: None,
        ..ProptestConfig::default()
    };
    let random = TestRng::from_seed(RngAlgorithm::ChaCha, &[seed; 32]);
    let mut runner = TestRunner::new_with_rng(config, random);
    let histories = prop::collection::vec(step(), 0..120);
    let ended = runner.run(&histories, |steps| {
        let mut pair = Pair::new();
        for step in steps {
            pair.run(step);
        }
        pair.block();
        pair.unwind();
        Ok(())
    });
    ended.unwrap_or_else(|error| panic!("seed {seed}: {error}"));
}

#[test]
fn state_equals_its_model_forwards_and_back() {
    run_histories(0, 1_000);
}

/// A hundred thousand histories, in parts that run side by side.
macro_rules! many_histories {
    ($($name:ident: $seed:literal),* $(,)?) => {
        mod many {
            $(
                #[test]
                #[ignore = "10 000 histories; ./x test --full"]
                fn $name() {
                    super::run_histories($seed, 10_000);
                }
            )*
        }
    };
}

many_histories! {
    histories_1: 1, histories_2: 2, histories_3: 3, histories_4: 4, histories_5: 5,
    histories_6: 6, histories_7: 7, histories_8: 8, histories_9: 9, histories_10: 10,
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1500))]

    #[test]
    fn the_root_depends_on_contents_only(
        writes in prop::collection::vec((0u8..3, key(), 0u8..4), 1..60),
        cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..4),
        seed in any::<u64>(),
    ) {
        let contents: BTreeMap<_, _> = writes.iter().map(|(c, k, v)| ((*c, k.clone()), *v)).collect();
        let mut at_once = Head::default();
        let expected = at_once.block(|state| {
            for ((contract, key), value) in &contents {
                state.storage_set(&address(*contract), key, [*value]);
            }
        });
        // The same contents in another order, in several blocks, with rubbish in between.
        let mut shuffled: Vec<_> = contents.iter().collect();
        shuffled.sort_by_key(|((contract, key), _)| {
            let mixed = key.iter().fold(seed ^ u64::from(*contract), |mix, byte| {
                (mix ^ u64::from(*byte)).wrapping_mul(0x9e37_79b9_7f4a_7c15)
            });
            mixed.rotate_left(29)
        });
        let mut cuts: Vec<_> = cuts.iter().map(|cut| cut.index(shuffled.len())).collect();
        cuts.extend([0, shuffled.len()]);
        cuts.sort_unstable();
        let mut slowly = Head::default();
        for cut in cuts.windows(2) {
            slowly.block(|state| {
                state.storage_set(&address(9), &[cut[0] as u8], *b"rubbish");
                for ((contract, key), _) in &shuffled {
                    state.storage_set(&address(*contract), key, *b"not yet");
                }
            });
            slowly.block(|state| {
                for ((contract, key), value) in &shuffled[cut[0]..cut[1]] {
                    state.storage_set(&address(*contract), key, [**value]);
                }
            });
        }
        let root = slowly.block(|state| {
            (0..=255).for_each(|number| state.storage_remove(&address(9), &[number]));
            for ((contract, key), value) in &shuffled {
                state.storage_set(&address(*contract), key, [**value]);
            }
        });
        prop_assert_eq!(root, expected);
    }
}

/// The definition as a commitment: forgets the nodes and reads everything.
struct Definition;

impl StateCommitment for Definition {
    fn root(&self, view: &dyn View) -> Result<StateRoot, StateError> {
        Ok(root_of(&stored(view)))
    }

    fn update(&self, view: &dyn View, changes: &[LeafChange]) -> Result<TrieDelta, StateError> {
        let mut leaves = leaves(&stored(view));
        for change in changes {
            match change.value_hash {
                Some(hash) => leaves.insert(change.path, hash),
                None => leaves.remove(&change.path),
            };
        }
        let leaves: Vec<_> = leaves.into_iter().collect();
        let root = StateRoot::from_bytes(trie::root_of(&leaves).expect("a map's keys rise"));
        Ok(TrieDelta {
            root,
            nodes: Vec::<NodeChange>::new(),
        })
    }

    fn prove(&self, _: &dyn View, _: &Path) -> Result<argosy_proof::StateProof, StateError> {
        Ok(argosy_proof::StateProof::default())
    }

    fn prove_many(
        &self,
        _: &dyn View,
        _: &[Path],
    ) -> Result<argosy_proof::StateMultiproof, StateError> {
        Ok(argosy_proof::StateMultiproof::default())
    }

    fn prove_range(
        &self,
        _: &dyn View,
        _: &Path,
        last: &Path,
        _: usize,
    ) -> Result<argosy_state::ProvenRange, StateError> {
        Ok(argosy_state::ProvenRange {
            last: *last,
            leaves: Vec::new(),
            proof: argosy_proof::RangeProof::default(),
        })
    }
}

#[test]
fn another_commitment_fits_behind_the_port() {
    let mut head = Head::default();
    for block in 0..20u8 {
        let write = |state: &mut State| {
            for number in 0..40 {
                state.storage_set(&address(number % 3), &[block, number], [block]);
            }
            state.storage_remove(&address(1), &[block.wrapping_sub(1), 7]);
        };
        let mut by_definition = State::with_commitment(head.view(), Arc::new(Definition));
        write(&mut by_definition);
        let expected = by_definition.root().expect("the store works");
        assert_eq!(head.block(write), expected);
    }
}

#[test]
fn a_rolled_back_state_has_the_root_it_had() {
    let mut head = Head::default();
    head.block(|state| state.storage_set(&address(1), b"a", *b"1"));
    let mut state = head.state();
    state.storage_set(&address(1), b"b", *b"2");
    let before = state.root().expect("the store works");
    let mut open = Vec::new();
    for number in 0..40u8 {
        open.push(state.savepoint());
        state.storage_set(&address(1), b"a", [number]);
        state.storage_remove(&address(1), b"b");
        state.set_account(&address(number), &Account::default());
    }
    assert_ne!(state.root().expect("the store works"), before);
    while let Some(savepoint) = open.pop() {
        state.rollback(savepoint);
    }
    assert_eq!(state.root().expect("the store works"), before);
    let delta = state.into_delta().expect("the store works");
    assert_eq!((delta.root(), delta.records().len()), (before, 1));
}

#[test]
fn a_state_may_move_to_another_thread() {
    fn moves<T: Send>(_: &T) {}
    moves(&Head::default().state());
}

#[test]
fn a_delta_names_the_accounts_it_touches() {
    let mut head = Head::default();
    head.block(|state| {
        state.set_account(&address(1), &Account::default());
        state.set_account(&address(2), &Account::default());
    });
    let mut state = head.state();
    state.set_account(&address(1), &Account::default()); // As it was.
    state.remove_account(&address(2));
    state.set_account(&address(3), &Account::default());
    state.storage_set(&address(4), b"", *b"");
    let delta = state.into_delta().expect("the store works");
    assert_eq!(
        delta.accounts().into_iter().collect::<Vec<_>>(),
        [address(2), address(3)]
    );
}
