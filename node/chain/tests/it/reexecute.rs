//! Blocks of a store executed again: all comes out as it is stored, or the difference is named.

use std::sync::Arc;

use argosy_chain::{
    Chain, ChainView, ReexecuteError, ReplayReport, Retention, STATE_HEIGHTS, reexecute,
};
use argosy_kv::{Batch, Column, Direction, Durability, KeyRange, MemoryStore, Store};
use argosy_primitives::{Height, Limits, Receipt, decode_untrusted};
use parity_scale_codec::Encode;

use crate::diary::write;
use crate::retention::{open, try_open};

const BLOCKS: Height = 60;

fn filled(retention: Retention) -> (Arc<MemoryStore>, Chain) {
    let store = Arc::new(MemoryStore::new());
    let mut chain = open(&store, retention);
    write(&mut chain, BLOCKS);
    (store, chain)
}

/// Executes from a height, and counts what is told of on the way.
fn run(view: &ChainView, from: Height) -> Result<ReplayReport, ReexecuteError> {
    let mut heights = Vec::new();
    let report = reexecute(view, from, |report| heights.push(report.height))?;
    let expected: Vec<Height> = (from.max(1)..=view.head().header.height).collect();
    assert_eq!(heights, expected);
    Ok(report)
}

#[track_caller]
fn check_oldest(retention: Retention, oldest: Height) {
    let (_, chain) = filled(retention);
    let view = chain.view();
    assert_eq!(view.oldest_executable().unwrap(), oldest, "{retention}");
    for from in [oldest, oldest + 1, BLOCKS - 1, BLOCKS] {
        let report = run(&view, from).unwrap();
        assert_eq!(report.height, BLOCKS);
        assert_eq!(report.state_root, view.head().header.state_root);
        let count = |height| view.block(height).unwrap().unwrap().body.transactions.len();
        let transactions: usize = (from..=BLOCKS).map(count).sum();
        assert_eq!(report.transactions, transactions as u64, "from {from}");
    }
    if let Some(earlier) = oldest.checked_sub(1) {
        let error = run(&view, earlier).unwrap_err();
        let found = matches!(error, ReexecuteError::Gone { from, oldest: it } if from == earlier && it == oldest);
        assert!(found, "{error}");
    }
    let error = run(&view, BLOCKS + 1).unwrap_err();
    assert!(matches!(
        error,
        ReexecuteError::NoBlock { head: BLOCKS, .. }
    ));
}

#[test]
fn an_archive_executes_from_any_height_and_others_from_the_last_few() {
    check_oldest(Retention::Archive, 0);
    check_oldest(Retention::Everything, BLOCKS - STATE_HEIGHTS + 1);
    check_oldest(Retention::VALIDATOR, BLOCKS - STATE_HEIGHTS + 1);
    check_oldest(Retention::Blocks(50), BLOCKS - STATE_HEIGHTS + 1);
}

#[test]
fn a_young_chain_is_executed_whole_whatever_it_keeps() {
    let store = Arc::new(MemoryStore::new());
    let mut chain = open(&store, Retention::VALIDATOR);
    assert_eq!(run(&chain.view(), 0).unwrap().height, 0);
    write(&mut chain, 9);
    let before = all(&store);
    assert_eq!(run(&chain.view(), 0).unwrap().height, 9);
    assert_eq!(run(&chain.view(), 4).unwrap().height, 9);
    assert!(all(&store) == before, "nothing is written");
}

type Entry = (Column, Vec<u8>, Vec<u8>);

fn all(store: &MemoryStore) -> Vec<Entry> {
    Column::ALL
        .iter()
        .flat_map(|it| entries(store, *it))
        .collect()
}

fn entries(store: &MemoryStore, column: Column) -> Vec<Entry> {
    let view = store.view();
    let entries = view.range(column, KeyRange::all(), Direction::Ascending);
    let entry = |entry: Result<(Vec<u8>, _), _>| {
        let (key, value): (_, argosy_kv::Bytes) = entry.unwrap();
        (column, key, value.to_vec())
    };
    entries.map(entry).collect()
}

fn put(store: &MemoryStore, column: Column, key: &[u8], value: &[u8]) {
    let mut batch = Batch::new();
    batch.put(column, key, value);
    store.commit(batch, Durability::Synced).unwrap();
}

/// The key of a height's first receipt.
fn first_receipt(height: Height) -> Vec<u8> {
    [height.to_be_bytes().as_slice(), &[0; 5]].concat()
}

#[test]
fn a_changed_receipt_is_named_with_its_block() {
    let (store, _) = filled(Retention::Archive);
    let key = first_receipt(20);
    let bytes = store.view().get(Column::Receipts, &key).unwrap().unwrap();
    let mut receipt: Receipt = decode_untrusted(&bytes, Limits::for_size(bytes.len())).unwrap();
    receipt.gas_used += 1;
    put(&store, Column::Receipts, &key, &receipt.encode());
    let view = try_open(store, None).unwrap().view();
    let error = run(&view, 11).unwrap_err();
    let text = error.to_string();
    assert!(matches!(error, ReexecuteError::Differs { height: 20, .. }));
    assert!(
        text.contains("block 20") && text.contains("receipt 0"),
        "{text}"
    );
    run(&view, 21).unwrap();
}

#[test]
fn another_block_with_a_true_header_chain_is_found_by_executing_it() {
    let (store, chain) = filled(Retention::Archive);
    // A body that lost its last transaction.
    let mut body = chain.view().block(33).unwrap().unwrap().body;
    body.transactions.pop();
    put(&store, Column::Blocks, &33u64.to_be_bytes(), &body.encode());
    let view = try_open(store, None).unwrap().view();
    let error = run(&view, 30).unwrap_err();
    let ReexecuteError::Differs { height, what } = error else {
        panic!("{error}");
    };
    assert!(height == 33 && what.contains("header field"), "{what}");
}

#[test]
fn a_record_of_the_state_that_no_block_wrote_is_found() {
    let (store, _) = filled(Retention::Everything);
    let mut tried = 0;
    for (column, key, mut value) in entries(&store, Column::State) {
        let whole = value.clone();
        let Some(last) = value.last_mut() else {
            continue;
        };
        *last ^= 1;
        put(&store, column, &key, &value);
        let view = try_open(store.clone(), None).unwrap().view();
        // What these blocks never wrote is not theirs to compare: a check does.
        if let Err(error) = run(&view, BLOCKS - 8) {
            assert!(!error.to_string().is_empty());
            tried += 1;
        }
        put(&store, column, &key, &whole);
    }
    assert!(tried >= 5, "only {tried}");
    run(&try_open(store, None).unwrap().view(), BLOCKS - 8).unwrap();
}
