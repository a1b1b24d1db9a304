//! A broken store: errors, never a panic, never an endless loop.

use crate::code::{add, hash};
use crate::support::{Head, account, address};
use argosy_kv::{
    Batch, Bytes, Cause, Column, Direction, Durability, Entries, KeyRange, KvError, Store, View,
};
use argosy_proof::Path;
use argosy_state::{
    Account, LeafChange, PathTrie, State, StateCommitment, StateError, StateKey, UndoRecord,
    committed_root, prove, prove_many, prove_range,
};
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::sync::Arc;

/// A little of everything, in a few blocks.
fn filled() -> Head {
    let mut head = Head::default();
    for block in 0..3u8 {
        head.block(|state| {
            add(state, block + 1);
            state.set_supply(block.into());
            let used = BTreeMap::from([(hash(block + 1), 50)]);
            state
                .hot_touch_all(u64::from(block) * 64, &used, 100)
                .expect("the store works");
            for number in 0..12 {
                state.set_account(&address(number), &account(block.into()));
                state.storage_set(&address(number % 2), &[block, number], [number]);
            }
        });
    }
    head
}

/// Uses everything; errors are fine.
fn exercise(head: &Head) {
    let view = head.view();
    let mut state = head.state();
    let _ = committed_root(&*view);
    for number in 0..14 {
        let _ = state.account(&address(number));
        let _ = state.contract(&address(number));
        let _ = state.code(&hash(number));
        let _ = state.code_by_id(number.into());
        let _ = state.hot_contains(&hash(number));
        let _ = prove(&*view, &address(number), StateKey::Account);
        let _ = prove(
            &*view,
            &address(number % 2),
            StateKey::Storage(&[number % 3, number]),
        );
    }
    let keys: Vec<_> = (0..14).map(|it| (address(it), StateKey::Account)).collect();
    let _ = prove_many(&*view, &keys);
    let (first, last) = (Path::from_bytes([0x30; 64]), Path::from_bytes([0xd0; 64]));
    let _ = prove_range(&*view, &first, &last, usize::MAX);
    let _ = state.supply();
    let _ = state.hot_codes();
    let _ = state.hot_touch_all(1_000, &BTreeMap::from([(hash(1), 60), (hash(2), 7)]), 80);
    let _ = state.remove_code(&hash(2));
    let _ = state.add_code(&hash(9), crate::code::record(9), crate::code::blobs(9));
    let steps = state.storage_range(&address(1), &KeyRange::all(), Direction::Descending);
    let _ = steps.filter_map(Result::ok).count();
    for number in 0..12 {
        state.remove_account(&address(number));
        state.storage_set(&address(1), &[number, 200], *b"new");
    }
    let _ = state.root();
    let _ = state.into_delta();
    for height in 0..4 {
        if let Ok(Some(undo)) = UndoRecord::read(&*view, height) {
            let mut state = head.state();
            if state.apply_undo(undo).is_ok() {
                let _ = state.into_delta();
            }
        }
    }
}

#[derive(Clone, Debug)]
enum Damage {
    Flip(prop::sample::Index, u8),
    Cut(prop::sample::Index),
    Extend(u8),
    Replace(Vec<u8>),
    Swap(prop::sample::Index),
    Delete,
}

fn damage() -> impl Strategy<Value = Damage> {
    let index = any::<prop::sample::Index>;
    prop_oneof![
        4 => (index(), any::<u8>()).prop_map(|(at, bits)| Damage::Flip(at, bits)),
        1 => index().prop_map(Damage::Cut),
        1 => any::<u8>().prop_map(Damage::Extend),
        1 => prop::collection::vec(any::<u8>(), 0..80).prop_map(Damage::Replace),
        1 => index().prop_map(Damage::Swap),
        1 => Just(Damage::Delete),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    #[test]
    fn damaged_bytes_never_panic(
        hits in prop::collection::vec((0usize..3, any::<prop::sample::Index>(), damage()), 1..4),
    ) {
        let head = filled();
        for (column, which, damage) in hits {
            let column = [Column::State, Column::Trie, Column::Undo][column];
            let entries = head.view();
            let entries = entries.range(column, KeyRange::all(), Direction::Ascending);
            let entries: Vec<_> = entries.map(|entry| entry.expect("memory does not fail")).collect();
            let (key, value) = &entries[which.index(entries.len())];
            let mut value = value.to_vec();
            match damage {
                Damage::Flip(at, bits) if !value.is_empty() => {
                    let at = at.index(value.len());
                    value[at] ^= bits;
                }
                Damage::Cut(at) if !value.is_empty() => value.truncate(at.index(value.len())),
                Damage::Flip(..) | Damage::Cut(_) => {}
                Damage::Extend(byte) => value.push(byte),
                Damage::Replace(bytes) => value = bytes,
                Damage::Swap(with) => value = entries[with.index(entries.len())].1.to_vec(),
                Damage::Delete => {
                    let mut batch = Batch::new();
                    batch.delete(column, key.as_slice());
                    head.store.commit(batch, Durability::Buffered).expect("memory does not fail");
                    continue;
                }
            }
            head.put(column, key, &value);
        }
        exercise(&head);
    }
}

#[test]
fn a_corrupt_record_is_named() {
    let head = filled();
    let key = StateKey::Account.under(&address(3));
    let good = account(1).to_value();
    for bad in [
        &[][..],
        b"short",
        &good[..39],
        &[good.as_slice(), &[0]].concat(),
    ] {
        head.put(Column::State, &key, bad);
        let found = head.state().account(&address(3));
        assert!(matches!(found, Err(StateError::CorruptRecord { key: it, .. }) if it == key));
    }
}

#[test]
fn a_missing_node_is_named() {
    let head = filled();
    let mut batch = Batch::new();
    batch.delete(Column::Trie, [0]); // The node at no nibbles: the topmost one.
    head.store
        .commit(batch, Durability::Buffered)
        .expect("memory does not fail");
    let proven = prove(&*head.view(), &address(1), StateKey::Account);
    assert!(matches!(proven, Err(StateError::MissingNode { key }) if key == [0]));
    let many = prove_many(&*head.view(), &[(address(1), StateKey::Account)]);
    assert!(matches!(many, Err(StateError::MissingNode { key }) if key == [0]));
    let bound = Path::from_bytes([0x80; 64]);
    let range = prove_range(&*head.view(), &bound, &bound, 1);
    assert!(matches!(range, Err(StateError::MissingNode { key }) if key == [0]));
    let mut state = head.state();
    state.set_account(&address(1), &Account::default());
    assert!(matches!(state.root(), Err(StateError::MissingNode { .. })));
}

#[test]
fn an_undo_record_without_kind_is_refused() {
    let head = Head::default();
    let undo = UndoRecord {
        records: vec![(vec![1; 32], None)],
        blobs: Vec::new(),
    };
    let refused = head.state().apply_undo(undo);
    assert!(matches!(refused, Err(StateError::Inconsistent { .. })));
}

/// A view whose disk is gone.
struct Broken;

impl View for Broken {
    fn get(&self, column: Column, _key: &[u8]) -> Result<Option<Bytes>, KvError> {
        Err(KvError::Read {
            column,
            cause: Cause::Other,
            source: "disk is gone".into(),
        })
    }

    fn range(&self, column: Column, _range: KeyRange, _direction: Direction) -> Entries<'_> {
        Box::new(std::iter::once(Err(KvError::Read {
            column,
            cause: Cause::Other,
            source: "disk is gone".into(),
        })))
    }
}

#[test]
fn a_failing_store_is_an_error_everywhere() {
    let mut state = State::new(Arc::new(Broken));
    assert!(matches!(
        state.account(&address(1)),
        Err(StateError::Store(_))
    ));
    assert!(matches!(
        state.storage_get(&address(1), b"k"),
        Err(StateError::Store(_))
    ));
    assert!(matches!(
        state.code_original(&hash(1)),
        Err(StateError::Store(_))
    ));
    assert!(matches!(state.hot_codes(), Err(StateError::Store(_))));
    state.storage_set(&address(1), b"k", *b"v");
    let mut steps = state.storage_range(&address(1), &KeyRange::all(), Direction::Ascending);
    assert!(matches!(steps.next(), Some(Err(StateError::Store(_)))));
    drop(steps);
    assert!(matches!(state.root(), Err(StateError::Store(_))));
    assert!(matches!(committed_root(&Broken), Err(StateError::Store(_))));
    assert!(matches!(
        prove(&Broken, &address(1), StateKey::Account),
        Err(StateError::Store(_))
    ));
    let many = prove_many(&Broken, &[(address(1), StateKey::Account)]);
    assert!(matches!(many, Err(StateError::Store(_))));
    let bound = Path::from_bytes([0; 64]);
    let range = prove_range(&Broken, &bound, &bound, 1);
    assert!(matches!(range, Err(StateError::Store(_))));
}

/// A link of the topmost node to a leaf in `slot`.
fn leaf(slot: u8) -> Vec<u8> {
    [[slot << 4; 64].as_slice(), &[7; 32]].concat()
}

/// A link of the topmost node to a branch of `nibbles` whose first byte is `first`.
fn branch(nibbles: u8, first: u8) -> Vec<u8> {
    [[nibbles, first].as_slice(), &[7; 32]].concat()
}

/// The verdict on a topmost node of these bitmaps and links.
#[track_caller]
fn check_node(leaves: u16, branches: u16, links: &[Vec<u8>], expected: Option<&str>) {
    let head = Head::default();
    let root = [[1, 0].as_slice(), &[9; 32]].concat();
    let bitmaps = [leaves.to_le_bytes(), branches.to_le_bytes()].concat();
    head.put(Column::Trie, &[], &root);
    head.put(Column::Trie, &[0], &[bitmaps, links.concat()].concat());
    let update = LeafChange {
        path: Path::from_bytes([0; 64]),
        value_hash: Some([1; 32]),
    };
    match (PathTrie.update(&*head.view(), &[update]), expected) {
        (Ok(_), None) => {}
        (Err(StateError::CorruptNode { key, reason }), Some(expected)) => {
            assert_eq!((key.as_slice(), reason), ([0].as_slice(), expected));
        }
        (found, _) => panic!("{found:?} instead of {expected:?}"),
    }
}

#[test]
fn each_flaw_of_a_node_is_found() {
    check_node(0b11, 0, &[leaf(0), leaf(1)], None);
    check_node(0b01, 0b10, &[leaf(0), branch(1, 0x10)], None);
    check_node(0, 0, &[], Some("it holds fewer than two links"));
    check_node(0b1, 0, &[leaf(0)], Some("it holds fewer than two links"));
    check_node(
        0b11,
        0b01,
        &[leaf(0), leaf(1)],
        Some("a slot holds both a leaf and a branch"),
    );
    check_node(0b11, 0, &[leaf(0)], Some("a link is malformed"));
    check_node(0b11, 0, &[leaf(0), leaf(2)], Some("a link lies elsewhere"));
    check_node(0b11, 0, &[leaf(1), leaf(0)], Some("a link lies elsewhere"));
    check_node(
        0b11,
        0,
        &[leaf(0), leaf(1), vec![0]],
        Some("bytes are left over"),
    );
    let malformed = Some("a link is malformed");
    check_node(0b01, 0b10, &[leaf(0), branch(0, 0x10)], malformed);
    check_node(0b01, 0b10, &[leaf(0), branch(128, 0x10)], malformed);
    check_node(0b01, 0b10, &[leaf(0), branch(1, 0x11)], malformed);
    check_node(
        0b01,
        0b10,
        &[leaf(0), branch(1, 0x20)],
        Some("a link lies elsewhere"),
    );
}

#[test]
fn a_root_that_is_no_link_is_named() {
    for bad in [
        &[][..],
        &[2],
        &[0],
        &[1, 0],
        &[1, 128],
        &[[1, 0].as_slice(), &[9; 33]].concat(),
    ] {
        let head = Head::default();
        head.put(Column::Trie, &[], bad);
        let root = committed_root(&*head.view());
        assert!(matches!(root, Err(StateError::CorruptNode { key, .. }) if key.is_empty()));
    }
}
