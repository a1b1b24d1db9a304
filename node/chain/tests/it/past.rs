//! State at earlier heads: every height of the window is as it was, with proofs; nothing else is.

use std::sync::Arc;

use argosy_chain::{Chain, ChainError, ChainView, QueryRequest, STATE_HEIGHTS, Selector};
use argosy_kv::{Batch, Column, Durability, MemoryStore, Store};
use argosy_primitives::{Action, Height};
use argosy_proof::verify_state;
use argosy_state::UndoRecord;

use crate::diary::{Seen, contract, next_block, proven_keys, see, storage_keys, write};
use crate::world::{address, block, next_tx, spec};

const BLOCKS: Height = 40;

/// A store with so many blocks, and what was seen after each.
fn filled(heights: Height) -> (Arc<MemoryStore>, Chain, Vec<Seen>) {
    let store = Arc::new(MemoryStore::new());
    let mut chain = Chain::open(store.clone(), Arc::new(spec())).unwrap();
    let seen = write(&mut chain, heights);
    (store, chain, seen)
}

fn at(view: &ChainView, height: Height) -> ChainView {
    view.at(Selector::Height(height)).unwrap().unwrap()
}

#[track_caller]
fn check_pruned(view: &ChainView, selector: Selector, oldest: Height) {
    match view.at(selector).err() {
        Some(ChainError::Pruned { oldest_height }) => assert_eq!(oldest_height, oldest),
        other => panic!("{selector:?}: {other:?}"),
    }
}

/// Compares every height with what was seen then; those below the window are pruned.
#[track_caller]
fn check_window(view: &ChainView, seen: &[Seen]) {
    let heights = seen.len() as Height - 1;
    let head = view.head().header.height;
    let oldest = head.saturating_sub(STATE_HEIGHTS);
    assert_eq!(view.oldest_state().unwrap(), oldest);
    for then in &seen[..=head as usize] {
        let height = then.header.height;
        if height < oldest {
            check_pruned(view, Selector::Height(height), oldest);
            check_pruned(view, Selector::Hash(then.header.hash()), oldest);
            continue;
        }
        let past = at(view, height);
        assert_eq!(see(&past, heights), *then);
        assert_eq!(past.head().hash, then.header.hash());
        let by_hash = view.at(Selector::Hash(then.header.hash()));
        assert_eq!(see(&by_hash.unwrap().unwrap(), heights), *then);
        check_proofs(&past, then, heights);
    }
    assert!(view.at(Selector::Height(head + 1)).unwrap().is_none());
    let newest = view.at(Selector::Latest).unwrap().unwrap();
    assert_eq!(newest.head(), view.head());
}

/// Proves every key, and that the proof holds against that block's header and no other value.
fn check_proofs(past: &ChainView, then: &Seen, heights: Height) {
    let root = then.header.state_root;
    let storage = storage_keys(heights);
    for (owner, key) in proven_keys(&storage) {
        let proven = past.prove_state(&owner, key).unwrap();
        let value = proven.value.as_deref();
        assert_eq!(
            verify_state(&root, &owner, key, value, &proven.proof),
            Ok(()),
            "{} {key:?}",
            then.header.height
        );
        let lie = verify_state(&root, &owner, key, Some(b"lie"), &proven.proof);
        assert!(lie.is_err());
    }
}

#[test]
fn every_height_of_the_window_is_as_it_was_also_after_a_reopening() {
    let (store, chain, seen) = filled(BLOCKS);
    check_window(&chain.view(), &seen);
    let oldest = BLOCKS - STATE_HEIGHTS;
    check_pruned(&chain.view(), Selector::Earliest, oldest);
    drop(chain);
    let chain = Chain::open(store, Arc::new(spec())).unwrap();
    check_window(&chain.view(), &seen);
}

#[test]
fn a_young_chain_has_all_of_its_past() {
    for heights in [0, 1, 2, STATE_HEIGHTS - 1, STATE_HEIGHTS] {
        let (_, chain, seen) = filled(heights);
        check_window(&chain.view(), &seen);
        assert_eq!(chain.view().oldest_state().unwrap(), 0);
    }
    let (_, chain, _) = filled(STATE_HEIGHTS + 1);
    assert_eq!(chain.view().oldest_state().unwrap(), 1);
}

#[test]
fn the_past_stays_what_it_was_while_the_chain_goes_on() {
    let (_, mut chain, seen) = filled(BLOCKS);
    let (view, past) = (chain.view(), at(&chain.view(), BLOCKS - STATE_HEIGHTS));
    for _ in 0..STATE_HEIGHTS + 2 {
        next_block(&mut chain);
    }
    let oldest = &seen[(BLOCKS - STATE_HEIGHTS) as usize];
    assert_eq!(see(&past, BLOCKS), *oldest);
    check_proofs(&past, oldest, BLOCKS);
    // An older snapshot answers for its own window still, and its views do not get into others'.
    check_window(&view, &seen);
    let newest = &seen[BLOCKS as usize];
    check_pruned(&chain.view(), Selector::Height(BLOCKS), BLOCKS + 2);
    assert_eq!(see(&view, BLOCKS), *newest);
}

#[test]
fn a_past_head_knows_its_own_past_and_no_later_block() {
    let (_, chain, seen) = filled(BLOCKS);
    let past = at(&chain.view(), 30);
    assert!(past.at(Selector::Height(31)).unwrap().is_none());
    let later = Selector::Hash(seen[31].header.hash());
    assert!(past.at(later).unwrap().is_none());
    for height in 8..=30 {
        let found = see(&at(&past, height), BLOCKS);
        assert_eq!(found, seen[height as usize]);
    }
    // What is needed for older ones went when the newer blocks came.
    check_pruned(&past, Selector::Height(7), 8);
}

#[test]
fn queries_and_simulations_run_on_the_past() {
    let (_, chain, seen) = filled(BLOCKS);
    let query = QueryRequest {
        contract: contract(),
        caller: address(1),
        funds: 0,
        message: &[],
        gas_max: 10_000_000,
    };
    let mut expected = 0;
    for height in 6..=BLOCKS {
        if !height.is_multiple_of(7) {
            expected = height;
        }
        if height < BLOCKS - STATE_HEIGHTS {
            continue;
        }
        let past = at(&chain.view(), height);
        let answer = past.query(&query).unwrap();
        assert_eq!(answer.data, expected.to_le_bytes(), "{height}");
        let call = Action::Call {
            contract: contract(),
            funds: 0,
            message: Vec::new(),
            abi_hash: None,
        };
        let tx = next_tx(&chain, 1, 0, call);
        let done = past.simulate(&tx.signed().transaction).unwrap();
        assert!(done.receipt.status.is_success(), "{:?}", done.trace);
        assert_eq!(past.head().header, seen[height as usize].header);
    }
}

#[test]
fn a_removed_module_is_there_in_the_past() {
    let store = Arc::new(MemoryStore::new());
    let mut chain = Chain::open(store, Arc::new(spec())).unwrap();
    let code = wat::parse_str(r#"(module (memory (export "memory") 1) (func (export "init")))"#);
    let code = code.unwrap();
    let hash = argosy_primitives::CodeHash::of(&code);
    let stored = next_tx(&chain, 1, 0, Action::StoreCode { code: code.clone() });
    block(&mut chain, vec![stored]);
    let removed = next_tx(&chain, 1, 1, Action::RemoveCode { code: hash });
    let removed = block(&mut chain, vec![removed]);
    assert!(removed.receipts[0].status.is_success());
    let there = |height| {
        let past = at(&chain.view(), height);
        let bytes = past.code_bytes(&hash).unwrap();
        (past.code(&hash).unwrap().is_some(), bytes)
    };
    assert_eq!(there(0), (false, None));
    assert_eq!(there(1), (true, Some(code.into())));
    assert_eq!(there(2), (false, None));
}

#[test]
fn a_gap_in_the_window_is_damage_and_no_answer() {
    let (store, chain, _) = filled(BLOCKS);
    drop(chain);
    let mut batch = Batch::new();
    batch.delete(Column::Undo, UndoRecord::key(20));
    store.commit(batch, Durability::Synced).unwrap();
    let chain = Chain::open(store, Arc::new(spec())).unwrap();
    assert!(chain.view().at(Selector::Height(20)).is_ok());
    let found = chain.view().at(Selector::Height(19)).err();
    assert!(
        matches!(found, Some(ChainError::Damaged { .. })),
        "{found:?}"
    );
}
