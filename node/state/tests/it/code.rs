//! Modules and the hot set.

use crate::support::{Head, account, address};
use argosy_kv::Bytes;
use argosy_primitives::{AbiKind, CodeHash};
use argosy_state::{CodeBlobs, CodeRecord, HOT_WINDOW_BLOCKS, State};
use proptest::prelude::*;
use std::collections::BTreeMap;

pub(crate) fn hash(number: u8) -> CodeHash {
    CodeHash::from_bytes([number; 32])
}

pub(crate) fn record(number: u8) -> CodeRecord {
    CodeRecord {
        sha256: [number; 32],
        code_id: 0,
        abi: AbiKind::Native,
        size_bytes: 3,
        instrumented_bytes: 4,
        uploader: address(1),
        deposit: 5,
        users: 0,
        abi_hash: None,
        capabilities: 0,
        storage_version: None,
    }
}

pub(crate) fn blobs(number: u8) -> CodeBlobs {
    CodeBlobs {
        original: Bytes::from([number; 3]),
        instrumented: Bytes::from([number; 4]),
    }
}

pub(crate) fn add(state: &mut State, number: u8) -> u64 {
    state
        .add_code(&hash(number), record(number), blobs(number))
        .expect("the store works")
}

fn add_all(state: &mut State, numbers: std::ops::RangeInclusive<u8>) {
    numbers.for_each(|number| assert!(add(state, number) > 0));
}

#[test]
fn modules_are_numbered_from_one_and_numbers_are_not_reused() {
    let mut head = Head::default();
    head.block(|state| assert_eq!((add(state, 7), add(state, 8)), (1, 2)));
    head.block(|state| {
        state.remove_code(&hash(8)).expect("the store works");
        assert_eq!(add(state, 9), 3);
        assert_eq!(add(state, 8), 4);
    });
    let state = head.state();
    let by_id = |id| state.code_by_id(id).expect("the store works");
    let found = [by_id(0), by_id(1), by_id(2), by_id(3), by_id(4), by_id(5)];
    assert_eq!(
        found,
        [
            None,
            Some(hash(7)),
            None,
            Some(hash(9)),
            Some(hash(8)),
            None
        ]
    );
    let code = state
        .code(&hash(9))
        .expect("the store works")
        .expect("it is there");
    assert_eq!(
        code,
        CodeRecord {
            code_id: 3,
            ..record(9)
        }
    );
}

#[test]
fn bytes_come_and_go_with_the_record() {
    let mut head = Head::default();
    let read = |state: &State| {
        let original = state.code_original(&hash(7)).expect("the store works");
        let instrumented = state.code_instrumented(&hash(7)).expect("the store works");
        assert_eq!(
            original.is_some(),
            state.code(&hash(7)).expect("the store works").is_some()
        );
        original
            .zip(instrumented)
            .map(|(original, instrumented)| CodeBlobs {
                original,
                instrumented,
            })
    };
    head.block(|state| {
        let savepoint = state.savepoint();
        add(state, 7);
        assert_eq!(read(state), Some(blobs(7)));
        state.rollback(savepoint);
        assert_eq!(read(state), None);
        add(state, 7);
    });
    assert_eq!(read(&head.state()), Some(blobs(7)));
    let removed = {
        let mut state = head.state();
        state.remove_code(&hash(7)).expect("the store works");
        assert_eq!(read(&state), None);
        head.commit(state)
    };
    assert_eq!(read(&head.state()), None);
    let mut state = head.state();
    state.apply_undo(removed.undo()).expect("it is sound");
    assert_eq!(read(&state), Some(blobs(7)));
}

/// Blocks of (height, modules used); each module is as large as ten times its number.
#[track_caller]
fn check(bytes_max: u64, blocks: &[(u64, &[u8])], expected: &[u8]) {
    let mut head = Head::default();
    head.block(|state| add_all(state, 1..=9));
    for (height, used) in blocks {
        let used = used
            .iter()
            .map(|&number| (hash(number), u32::from(number) * 10))
            .collect();
        head.block(|state| {
            state
                .hot_touch_all(*height, &used, bytes_max)
                .expect("the store works");
        });
    }
    let state = head.state();
    let hot = state.hot_codes().expect("the store works");
    assert_eq!(
        hot,
        expected
            .iter()
            .map(|&number| hash(number))
            .collect::<Vec<_>>()
    );
    for number in 0..=20 {
        let is_hot = state.hot_contains(&hash(number)).expect("the store works");
        assert_eq!(is_hot, expected.contains(&number));
    }
}

const W: u64 = HOT_WINDOW_BLOCKS;

#[test]
fn the_least_recently_used_modules_leave_first() {
    check(60, &[(0, &[1]), (W, &[2]), (2 * W, &[3])], &[3, 2, 1]);
    check(59, &[(0, &[1]), (W, &[2]), (2 * W, &[3])], &[3, 2]);
    check(
        59,
        &[(0, &[1]), (W, &[2]), (2 * W, &[1]), (3 * W, &[3])],
        &[3, 1],
    );
    check(30, &[(0, &[1, 2]), (W, &[3])], &[3]);
    check(0, &[(0, &[1, 2])], &[]);
}

#[test]
fn a_module_larger_than_the_set_evicts_nobody() {
    check(30, &[(0, &[1, 2]), (W, &[4])], &[2, 1]);
}

#[test]
fn unknown_modules_do_not_enter() {
    check(1000, &[(0, &[1, 20])], &[1]);
}

#[test]
fn use_within_a_window_is_written_once() {
    let mut head = Head::default();
    head.block(|state| add_all(state, 1..=1));
    let used = BTreeMap::from([(hash(1), 10)]);
    let mut roots = Vec::new();
    for height in [0, 1, W - 1, W, W + 1] {
        roots.push(head.block(|state| {
            state
                .hot_touch_all(height, &used, 100)
                .expect("the store works");
        }));
    }
    assert!(
        roots[0] == roots[1] && roots[1] == roots[2],
        "one window, one moment"
    );
    assert!(
        roots[2] != roots[3] && roots[3] == roots[4],
        "a new window is a new moment"
    );
}

#[test]
fn removing_a_module_frees_its_place() {
    let mut head = Head::default();
    head.block(|state| {
        add_all(state, 1..=2);
        let used = BTreeMap::from([(hash(1), 30), (hash(2), 30)]);
        state.hot_touch_all(0, &used, 60).expect("the store works");
        state.remove_code(&hash(1)).expect("the store works");
        state
            .remove_code(&hash(1))
            .expect("removing twice is nothing");
        add(state, 3);
        let used = BTreeMap::from([(hash(3), 30)]);
        state.hot_touch_all(0, &used, 60).expect("the store works");
    });
    assert_eq!(
        head.state().hot_codes().expect("the store works"),
        [hash(3), hash(2)]
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn the_hot_set_equals_a_plain_list(
        blocks in prop::collection::vec((0u64..3, prop::collection::btree_map(1u8..10, 1u32..40, 0..4)), 1..25),
        bytes_max in 20u64..120,
        gone in 1u8..10,
    ) {
        let mut head = Head::default();
        head.block(|state| add_all(state, 1..=9));
        let mut model: Vec<(u64, u8, u32)> = Vec::new(); // Window, module, bytes; oldest first.
        let mut window = 0;
        for (index, (passed, used)) in blocks.iter().enumerate() {
            window += passed;
            let mut state = head.state();
            if index == blocks.len() / 2 {
                state.remove_code(&hash(gone)).expect("the store works");
                model.retain(|(_, number, _)| *number != gone);
            }
            let modules = used.iter().map(|(&number, &bytes)| (hash(number), bytes)).collect();
            let height = window * HOT_WINDOW_BLOCKS + 5;
            state.hot_touch_all(height, &modules, bytes_max).expect("the store works");
            head.commit(state);
            for (&number, &bytes) in used {
                if u64::from(bytes) <= bytes_max && (number != gone || index < blocks.len() / 2) {
                    model.retain(|(_, other, _)| *other != number);
                    model.push((window, number, bytes));
                }
            }
            model.sort_unstable();
            while model.iter().map(|(_, _, bytes)| u64::from(*bytes)).sum::<u64>() > bytes_max {
                model.remove(0);
            }
            let hot = head.state().hot_codes().expect("the store works");
            let expected: Vec<_> = model.iter().rev().map(|(_, number, _)| hash(*number)).collect();
            prop_assert_eq!(hot, expected);
        }
        // Nothing but the set itself depends on how it came about.
        let mut state = head.state();
        state.hot_touch_all(0, &BTreeMap::new(), 0).expect("the store works");
        state.set_account(&address(1), &account(1));
        prop_assert_eq!(state.hot_codes().expect("the store works"), []);
    }
}
