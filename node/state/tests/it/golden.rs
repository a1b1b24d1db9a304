//! Bytes on disk that never change again. `ARGOSY_BLESS=1` writes the files anew.

use crate::code::{add, hash};
use crate::support::{Head, account, address};
use argosy_kv::{Column, Direction, KeyRange};
use argosy_primitives::{AbiKind, CodeHash};
use argosy_state::{ContractRecord, State};
use std::collections::BTreeMap;
use std::fmt::Write;

#[track_caller]
pub(crate) fn check(file: &str, found: &str) {
    let path = format!("{}/tests/golden/{file}", env!("CARGO_MANIFEST_DIR"));
    if std::env::var_os("ARGOSY_BLESS").is_some() {
        std::fs::write(&path, found).expect("the golden folder is writable");
    }
    let expected = std::fs::read_to_string(&path).expect("the golden file is there");
    assert_eq!(found, expected, "{file} is frozen");
}

/// Everything in the columns that state writes, one entry per line.
fn dump(head: &Head) -> String {
    let mut text = String::new();
    for column in [Column::State, Column::Trie, Column::Code, Column::Undo] {
        let view = head.view();
        for entry in view.range(column, KeyRange::all(), Direction::Ascending) {
            let (key, value) = entry.expect("memory does not fail");
            let (key, value) = (const_hex::encode(key), const_hex::encode(value));
            writeln!(text, "{column} {key} {value}").expect("a string takes all");
        }
    }
    text
}

fn fill(state: &mut State) {
    state.set_account(&address(1), &account(1_000));
    add(state, 7);
    let used = BTreeMap::from([(hash(7), 4)]);
    state
        .hot_touch_all(100, &used, 1_000)
        .expect("the store works");
    let contract = ContractRecord {
        abi: AbiKind::Native,
        code: CodeHash::from_bytes([7; 32]),
        admin: None,
        creator: address(1),
        deposit: 9,
        storage_bytes: 4,
        storage_items: 1,
        created_at: 100,
    };
    state.set_contract(&address(2), &contract);
    state.storage_set(&address(2), b"key", *b"value");
    state.system_set(&argosy_primitives::Address::STAKING, b"epoch", &[1]);
}

#[test]
fn an_empty_block_leaves_an_undo_record_only() {
    let mut head = Head::default();
    head.block(|_| {});
    check("empty.txt", &dump(&head));
}

#[test]
fn one_account_is_a_leaf_without_nodes() {
    let mut head = Head::default();
    head.block(|state| state.set_account(&address(1), &account(1_000)));
    check("one_account.txt", &dump(&head));
}

#[test]
fn a_block_of_everything_is_frozen() {
    let mut head = Head::default();
    let root = head.block(fill);
    check("everything.txt", &format!("root {root}\n{}", dump(&head)));
}

#[test]
fn a_second_block_is_frozen() {
    let mut head = Head::default();
    head.block(fill);
    let root = head.block(|state| {
        state.storage_set(&address(2), b"key", *b"other");
        state.storage_set(&address(2), b"kez", *b"value");
        state.remove_account(&address(1));
        state.remove_code(&hash(7)).expect("the store works");
    });
    check("second_block.txt", &format!("root {root}\n{}", dump(&head)));
}

#[test]
fn a_hundred_keys_are_frozen() {
    let mut head = Head::default();
    let root = head.block(|state| {
        for number in 0..100 {
            state.storage_set(&address(number % 3), &[number], [number; 4]);
        }
    });
    check("hundred_keys.txt", &format!("root {root}\n{}", dump(&head)));
}
