//! Roots: they depend on what is there, not on how it came there; another commitment gives the same.

use std::collections::BTreeMap;
use std::sync::Arc;

use argosy_kv::View;
use argosy_primitives::StateRoot;
use argosy_proof::{Path, trie};
use argosy_state::{
    Account, LeafChange, NodeChange, State, StateCommitment, StateError, TrieDelta,
};
use proptest::prelude::*;

use crate::history::key;
use crate::model::{leaves, root_of, stored};
use crate::support::{Head, address};

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
