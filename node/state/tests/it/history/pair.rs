//! A state that runs beside its model: whatever one does the other does, and both say the same.

use argosy_kv::{Column, Direction, KeyRange, View};
use argosy_primitives::{Address, StateRoot};
use argosy_proof::{Path, RangeEnd, verify_range, verify_state, verify_states};
use argosy_state::{
    Account, PastBlock, PastView, State, StateKey, StorageStep, UndoRecord, committed_root, prove,
    prove_many, prove_range,
};
use proptest::prelude::prop;

use super::Step;
use crate::model::{Model, leaves, parts, root_of, stored};
use crate::support::{Head, address};

/// A state that runs beside its model.
pub(super) struct Pair {
    head: Head,
    state: State,
    model: Model,
    /// Open savepoints with copies of the model.
    open: Vec<(argosy_state::Savepoint, Model)>,
    /// The model before each block.
    past: Vec<Model>,
}

impl Pair {
    pub(super) fn new() -> Pair {
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

    pub(super) fn run(&mut self, step: Step) {
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

    pub(super) fn block(&mut self) {
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
    pub(super) fn unwind(&mut self) {
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
