//! Transactions of blocks executed once more: each comes out as its receipt says, where the state before
//! is kept; elsewhere it is said from where on it is.

use std::sync::Arc;

use argosy_chain::{
    Ask, Chain, ChainError, ChainView, Location, Retention, RetraceError, STATE_HEIGHTS,
};
use argosy_kv::{Batch, Column, Durability, MemoryStore, Store};
use argosy_primitives::{Height, Limits, Receipt, StatusCode, decode_untrusted};
use argosy_proof::StateKey;
use parity_scale_codec::Encode;

use crate::diary::{contract, write};
use crate::retention::{open, try_open};
use crate::world::{address, block, transfer};

const BLOCKS: Height = 60;

fn filled(retention: Retention) -> (Arc<MemoryStore>, Chain) {
    let store = Arc::new(MemoryStore::new());
    let mut chain = open(&store, retention);
    write(&mut chain, BLOCKS);
    (store, chain)
}

fn transactions(view: &ChainView, height: Height) -> u32 {
    let block = view.block(height).unwrap().unwrap();
    u32::try_from(block.body.transactions.len()).unwrap()
}

#[track_caller]
fn check_all(retention: Retention, oldest: Height) {
    let (_, chain) = filled(retention);
    let view = chain.view();
    assert_eq!(view.oldest_traceable().unwrap(), oldest, "{retention}");
    let mut traced = 0;
    for height in oldest..=BLOCKS {
        for index in 0..transactions(&view, height) {
            let at = Location { height, index };
            let stored = view.receipt(at).unwrap().unwrap();
            for ask in [Ask::Frames, Ask::Profile] {
                let found = view.retrace(at, ask, || true).unwrap();
                assert_eq!(found.receipt, stored, "{height}.{index}");
                let gas = match ask {
                    Ask::Frames => {
                        let own = found.frames.iter().map(|it| it.own_gas).sum::<u64>();
                        own + found.outside_gas
                    }
                    Ask::Profile => found.profile.iter().map(|it| it.gas).sum(),
                };
                assert_eq!(gas, stored.gas_used, "{height}.{index} {ask:?}");
            }
            traced += 1;
        }
    }
    assert!(traced > 40, "only {traced}");
    let earlier = Location {
        height: oldest - 1,
        index: 0,
    };
    match view.retrace(earlier, Ask::Frames, || true) {
        Err(RetraceError::Gone { height, oldest: it }) => {
            assert_eq!((height, it), (oldest - 1, oldest));
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn an_archive_traces_every_transaction_and_others_those_of_the_last_blocks() {
    check_all(Retention::Archive, 1);
    let oldest = BLOCKS - STATE_HEIGHTS + 1;
    check_all(Retention::Everything, oldest);
    check_all(Retention::VALIDATOR, oldest);
}

#[test]
fn what_a_transaction_changed_is_what_the_next_state_has() {
    let (_, chain) = filled(Retention::Archive);
    let view = chain.view();
    // A call and a transfer of others in one block: the first is told alone.
    let at = Location {
        height: 20,
        index: 0,
    };
    let traced = view.retrace(at, Ask::Frames, || true).unwrap();
    let after = view
        .at(argosy_chain::Selector::Height(20))
        .unwrap()
        .unwrap();
    let mut storage = 0;
    for change in &traced.changes {
        let Some((owner, StateKey::Storage(key))) = change.place() else {
            continue;
        };
        assert_eq!(owner, contract());
        let value = after.storage(&owner, key).unwrap();
        assert_eq!(change.after, value);
        storage += 1;
    }
    assert_eq!(storage, 3, "two writes and a removal");
    let paid = (traced.changes.iter())
        .find(|it| matches!(it.place(), Some((owner, StateKey::Account)) if owner == address(1)));
    assert_eq!(
        paid.unwrap().after.as_deref(),
        after
            .state_value(&address(1), StateKey::Account)
            .unwrap()
            .as_deref()
    );
}

#[test]
fn transactions_before_it_count() {
    let store = Arc::new(MemoryStore::new());
    let mut chain = open(&store, Retention::Everything);
    // Each can pay only because of the one before.
    let txs: Vec<_> = (0..5)
        .map(|nonce| transfer(&chain, 1, nonce, 3, 1))
        .collect();
    block(&mut chain, txs);
    let view = chain.view();
    for index in 0..5 {
        let at = Location { height: 1, index };
        let traced = view.retrace(at, Ask::Frames, || true).unwrap();
        assert_eq!(traced.receipt.status, StatusCode::Success);
    }
    let at = |index| Location { height: 1, index };
    let missing = view.retrace(at(5), Ask::Frames, || true);
    assert!(matches!(
        missing,
        Err(RetraceError::NoTransaction {
            height: 1,
            index: 5
        })
    ));
    let mut left = 3;
    let patience = || {
        left -= 1;
        left > 0
    };
    let given_up = view.retrace(at(4), Ask::Frames, patience);
    assert!(matches!(
        given_up,
        Err(RetraceError::GivenUp { done: 2, before: 4 })
    ));
    let beyond = Location {
        height: 2,
        index: 0,
    };
    let missing = view.retrace(beyond, Ask::Frames, || true);
    assert!(matches!(missing, Err(RetraceError::NoTransaction { .. })));
}

#[test]
fn a_receipt_that_is_not_what_comes_out_is_told() {
    let (store, _) = filled(Retention::Archive);
    // 20.0, and 21 has no transactions.
    let key = [20u64.to_be_bytes().as_slice(), &[0; 5]].concat();
    let bytes = store.view().get(Column::Receipts, &key).unwrap().unwrap();
    let mut receipt: Receipt = decode_untrusted(&bytes, Limits::for_size(bytes.len())).unwrap();
    receipt.gas_used += 1;
    let mut batch = Batch::new();
    batch.put(Column::Receipts, key.as_slice(), receipt.encode());
    store.commit(batch, Durability::Synced).unwrap();
    let view = try_open(store, None).unwrap().view();
    for index in [0, 1] {
        let at = Location { height: 20, index };
        match view.retrace(at, Ask::Frames, || true) {
            Err(RetraceError::Differs {
                height: 20,
                index: 0,
                what,
            }) => assert!(what.contains("gas"), "{what}"),
            other => panic!("{other:?}"),
        }
    }
    let at = Location {
        height: 19,
        index: 0,
    };
    view.retrace(at, Ask::Frames, || true).unwrap();
}

#[test]
fn a_call_is_tried_at_any_height_that_is_kept() {
    let (_, chain) = filled(Retention::Everything);
    let view = chain.view();
    let action = || argosy_primitives::Action::Call {
        contract: contract(),
        funds: 0,
        message: Vec::new(),
        abi_hash: None,
    };
    for height in [BLOCKS, BLOCKS - 5] {
        let selector = argosy_chain::Selector::Height(height);
        let then = view.at(selector).unwrap().unwrap();
        let traced = then.trace_action(address(7), action(), 20_000_000, Ask::Frames);
        let traced = traced.unwrap();
        assert_eq!(traced.receipt.status, StatusCode::Success);
        assert_eq!(traced.frames.len(), 1);
        assert_eq!(traced.frames[0].steps.len(), 3);
    }
    let old = view.at(argosy_chain::Selector::Height(3));
    assert!(matches!(old, Err(ChainError::Pruned { .. })));
}
