//! States of earlier blocks, seen from the head: each shows what was there right after its block,
//! by key, by range and with proofs.

use crate::code::{add, hash};
use crate::support::{Head, account, address};
use argosy_kv::{Cause, Column, Direction, KeyRange, KvError, View};
use argosy_primitives::{Height, StateRoot};
use argosy_proof::verify_state;
use argosy_state::{
    PastBlock, PastView, State, StateError, StateKey, UndoRecord, committed_root, prove,
};
use parity_scale_codec::Encode;
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::Arc;

/// The columns that a past view must show as they were.
const SHOWN: [Column; 3] = [Column::State, Column::Code, Column::Trie];

type Entries = Vec<(Vec<u8>, Vec<u8>)>;

fn read(view: &dyn View, column: Column, range: KeyRange, direction: Direction) -> Entries {
    let entries = view.range(column, range, direction);
    let entry = |it: Result<_, KvError>| it.expect("the store works");
    let entries = entries.map(entry);
    entries.map(|(key, value)| (key, value.to_vec())).collect()
}

fn all(view: &dyn View, column: Column) -> Entries {
    read(view, column, KeyRange::all(), Direction::Ascending)
}

/// A block after which everything was written down.
struct Recorded {
    view: Arc<dyn View>,
    root: StateRoot,
}

fn past(head: &Head, height: Height, root: StateRoot) -> PastView {
    let block = PastBlock {
        head: head.height - 1,
        height,
        state_root: root,
    };
    let past = PastView::new(head.view(), block).expect("the store works");
    past.expect("every record is kept")
}

/// Compares a past view with the real one of that time.
fn check(past: &PastView, then: &Recorded, ranges: &[KeyRange]) {
    assert_eq!(past.check_root().expect("it is sound"), then.root);
    assert_eq!(committed_root(past).expect("it is sound"), then.root);
    for column in SHOWN {
        let expected = all(&*then.view, column);
        assert_eq!(all(past, column), expected, "{column}");
        for (key, value) in &expected {
            let found = past.get(column, key).expect("the store works");
            assert_eq!(found.as_deref(), Some(value.as_slice()));
        }
        for range in ranges {
            for direction in [Direction::Ascending, Direction::Descending] {
                let expected = read(&*then.view, column, range.clone(), direction);
                assert_eq!(read(past, column, range.clone(), direction), expected);
            }
        }
    }
}

#[derive(Clone, Debug)]
enum Write {
    Account(u8, Option<u8>),
    Storage(u8, u8, Option<u8>),
    Code(u8),
    NoCode(u8),
}

fn write() -> impl Strategy<Value = Write> {
    prop_oneof![
        3 => (0u8..5, any::<Option<u8>>()).prop_map(|(a, b)| Write::Account(a, b)),
        9 => (0u8..3, 0u8..20, any::<Option<u8>>()).prop_map(|(c, k, v)| Write::Storage(c, k, v)),
        1 => (0u8..4).prop_map(Write::Code),
        1 => (0u8..4).prop_map(Write::NoCode),
    ]
}

fn apply(state: &mut State, write: &Write) {
    match *write {
        Write::Account(number, Some(balance)) => {
            state.set_account(&address(number), &account(balance.into()));
        }
        Write::Account(number, None) => state.remove_account(&address(number)),
        Write::Storage(contract, key, Some(value)) => {
            state.storage_set(&address(contract), &[key], [value]);
        }
        Write::Storage(contract, key, None) => state.storage_remove(&address(contract), &[key]),
        Write::Code(number) => {
            if state
                .code(&hash(number))
                .expect("the store works")
                .is_none()
            {
                add(state, number);
            }
        }
        Write::NoCode(number) => {
            let removed = state.remove_code(&hash(number));
            removed.expect("the store works");
        }
    }
}

fn bound() -> impl Strategy<Value = Bound<Vec<u8>>> {
    let key = (0u8..4, 0u8..3, 0u8..20).prop_map(|(address, kind, key)| {
        let mut whole = vec![address; 32];
        whole.extend([kind, key]);
        whole
    });
    prop_oneof![
        Just(Bound::Unbounded),
        key.clone().prop_map(Bound::Included),
        key.prop_map(Bound::Excluded),
    ]
}

fn range() -> impl Strategy<Value = KeyRange> {
    (bound(), bound()).prop_map(|(start, end)| KeyRange { start, end })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn every_earlier_block_is_shown_as_it_was(
        blocks in prop::collection::vec(prop::collection::vec(write(), 0..25), 1..10),
        ranges in prop::collection::vec(range(), 4),
    ) {
        let (mut head, mut recorded) = (Head::default(), Vec::new());
        for writes in &blocks {
            let root = head.block(|state| writes.iter().for_each(|it| apply(state, it)));
            recorded.push(Recorded { view: head.view(), root });
        }
        for (height, then) in recorded.iter().enumerate() {
            check(&past(&head, height as Height, then.root), then, &ranges);
        }
    }
}

/// Ten blocks; in each, one key is written, one removed, one never touched again.
fn ten_blocks() -> (Head, Vec<StateRoot>) {
    let mut head = Head::default();
    let block = |number: u8| {
        head.block(|state| {
            state.set_account(&address(1), &account(number.into()));
            state.storage_set(&address(2), &[number], [number]);
            state.storage_remove(&address(2), &[number.wrapping_sub(1)]);
            state.storage_set(&address(3), &[number], [number]);
        })
    };
    let roots = (0..10).map(block).collect();
    (head, roots)
}

#[test]
fn proofs_from_the_past_hold_against_that_blocks_root() {
    let (head, roots) = ten_blocks();
    for (height, root) in roots.iter().enumerate() {
        let (past, number) = (past(&head, height as Height, *root), height as u8);
        let later = [number + 1];
        for (owner, key, is_there) in [
            (address(1), StateKey::Account, true),
            (address(2), StateKey::Storage(&[number]), true),
            (address(3), StateKey::Storage(&later), false),
            (address(9), StateKey::Account, false),
        ] {
            let proven = prove(&past, &owner, key).expect("it is sound");
            assert_eq!(proven.value.is_some(), is_there, "{height} {key:?}");
            let value = proven.value.as_deref();
            assert_eq!(
                verify_state(root, &owner, key, value, &proven.proof),
                Ok(())
            );
            for other in roots.iter().filter(|it| *it != root) {
                assert!(verify_state(other, &owner, key, value, &proven.proof).is_err());
            }
        }
        let state = State::new(Arc::new(past));
        let found = state.account(&address(1)).expect("the store works");
        assert_eq!(found.expect("it is there").balance, u128::from(number));
    }
}

#[test]
fn a_state_may_go_on_from_the_past() {
    let (head, roots) = ten_blocks();
    let mut state = State::new(Arc::new(past(&head, 4, roots[4])));
    assert_eq!(state.root().expect("it is sound"), roots[4]);
    state.set_account(&address(1), &account(5));
    state.storage_set(&address(2), &[5], [5]);
    state.storage_remove(&address(2), &[4]);
    state.storage_set(&address(3), &[5], [5]);
    assert_eq!(state.root().expect("it is sound"), roots[5]);
}

#[test]
fn the_past_of_a_past_is_the_past() {
    let (head, roots) = ten_blocks();
    let later: Arc<dyn View> = Arc::new(past(&head, 7, roots[7]));
    let block = PastBlock {
        head: 7,
        height: 2,
        state_root: roots[2],
    };
    let earlier = PastView::new(later, block).expect("the store works");
    let earlier = earlier.expect("every record is kept");
    assert_eq!(earlier.check_root().expect("it is sound"), roots[2]);
    let expected = past(&head, 2, roots[2]);
    for column in SHOWN {
        assert_eq!(all(&earlier, column), all(&expected, column));
    }
}

#[test]
fn what_is_kept_in_memory_is_what_was_replaced() {
    let (head, roots) = ten_blocks();
    assert_eq!(past(&head, 9, roots[9]).overridden(), 0);
    // An account, and two keys of storage; the removed one is the one before.
    assert_eq!(past(&head, 8, roots[8]).overridden(), 4);
    let past = past(&head, 8, roots[8]);
    assert!(past.get(Column::Trie, &[]).expect("it is sound").is_some());
    assert!(past.overridden() > 4, "nodes are computed when asked for");
}

#[test]
fn without_a_record_there_is_no_view() {
    let (head, roots) = ten_blocks();
    let view = |height: Height| {
        let block = PastBlock {
            head: 9,
            height,
            state_root: roots[height as usize],
        };
        let found = PastView::new(head.view(), block);
        found.expect("the store works").is_some()
    };
    assert!((0..10).all(view));
    head.delete(Column::Undo, &UndoRecord::key(5));
    let there: Vec<Height> = (0..10).filter(|height| view(*height)).collect();
    assert_eq!(there, [5, 6, 7, 8, 9]);
}

#[test]
fn a_record_that_lies_gives_no_proof() {
    let (head, roots) = ten_blocks();
    let mut undo = UndoRecord::read(&*head.view(), 9)
        .expect("the store works")
        .expect("it is kept");
    let (_, value) = &mut undo.records[0];
    *value = Some(b"never".to_vec());
    head.put(Column::Undo, &UndoRecord::key(9), &undo.encode());
    let past = past(&head, 8, roots[8]);
    let found = past.check_root();
    assert!(matches!(found, Err(StateError::Inconsistent { .. })));
    let found = prove(&past, &address(1), StateKey::Account);
    let error = found.expect_err("the trie has another root");
    let store = KvError::among(&error).expect("the column is named");
    assert_eq!(store.cause(), Cause::Damaged);
    let mut entries = past.range(Column::Trie, KeyRange::all(), Direction::Ascending);
    assert!(entries.next().is_some_and(|it| it.is_err()) && entries.next().is_none());
}

#[test]
fn a_record_without_an_address_is_refused() {
    let (head, roots) = ten_blocks();
    let undo = UndoRecord {
        records: vec![(vec![1; 32], None)],
        blobs: Vec::new(),
    };
    head.put(Column::Undo, &UndoRecord::key(9), &undo.encode());
    let block = PastBlock {
        head: 9,
        height: 8,
        state_root: roots[8],
    };
    let found = PastView::new(head.view(), block);
    assert!(matches!(found, Err(StateError::Inconsistent { .. })));
}

#[test]
fn other_columns_are_those_of_the_head() {
    let (head, roots) = ten_blocks();
    head.put(Column::Headers, b"header", b"of a later block");
    let past = past(&head, 3, roots[3]);
    let counted: BTreeMap<Column, usize> = Column::ALL
        .into_iter()
        .filter(|it| !SHOWN.contains(it))
        .map(|it| (it, all(&past, it).len()))
        .collect();
    assert_eq!((counted[&Column::Headers], counted[&Column::Undo]), (1, 10));
}
