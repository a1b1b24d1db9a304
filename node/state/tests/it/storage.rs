//! Contract storage: ranges over overlay and view, bounds, neighbours.

use crate::support::{Head, account, address};
use argosy_kv::{Direction, KeyRange};
use argosy_state::{State, StorageStep};
use std::ops::Bound;

/// Keys in the order read, `-` for a step over a removed one.
fn keys(state: &State, range: &KeyRange, direction: Direction) -> String {
    let step = |step| match step {
        StorageStep::Entry { key, value } => {
            assert_eq!(*key, *value, "each key holds itself");
            String::from_utf8(key).expect("keys are text")
        }
        StorageStep::Removed => "-".to_owned(),
    };
    let steps = state.storage_range(&address(5), range, direction);
    let steps: Vec<_> = steps.map(|it| step(it.expect("the store works"))).collect();
    steps.join(" ")
}

/// Stored: a ab b c, in a neighbourhood of other contracts. Then b goes, aa and d come, c stays.
fn changed() -> State {
    let mut head = Head::default();
    head.block(|state| {
        for key in ["a", "ab", "b", "c"] {
            state.storage_set(&address(5), key.as_bytes(), key.as_bytes());
        }
        for neighbour in [4, 6] {
            state.storage_set(&address(neighbour), b"b", *b"foreign");
            state.set_account(&address(neighbour), &account(1));
        }
        state.set_account(&address(5), &account(1));
    });
    let mut state = head.state();
    state.storage_remove(&address(5), b"b");
    for key in ["aa", "c", "d"] {
        state.storage_set(&address(5), key.as_bytes(), key.as_bytes());
    }
    state.storage_set(&address(6), b"", *b"foreign");
    state.storage_remove(&address(5), b"never there");
    state
}

#[track_caller]
fn check(start: Bound<&str>, end: Bound<&str>, expected: &str) {
    let owned = |bound: Bound<&str>| bound.map(|key| key.as_bytes().to_vec());
    let range = KeyRange {
        start: owned(start),
        end: owned(end),
    };
    let state = changed();
    assert_eq!(keys(&state, &range, Direction::Ascending), expected);
    let backwards: Vec<_> = expected.split(' ').rev().collect();
    assert_eq!(
        keys(&state, &range, Direction::Descending),
        backwards.join(" ")
    );
}

#[test]
fn ranges_merge_changes_and_stored_keys() {
    use Bound::{Excluded, Included, Unbounded};
    check(Unbounded, Unbounded, "a aa ab - c d -");
    check(Included("aa"), Excluded("c"), "aa ab -");
    check(Excluded("aa"), Included("c"), "ab - c");
    check(Included("b"), Included("b"), "-");
    check(Included("bb"), Unbounded, "c d -");
    check(Unbounded, Excluded("a"), "");
    check(Included(""), Included("a"), "a");
    check(Included("e"), Excluded("z"), "-");
}

#[test]
fn inverted_ranges_are_empty() {
    use Bound::{Excluded, Included};
    check(Included("c"), Excluded("a"), "");
    check(Included("c"), Included("a"), "");
    check(Excluded("a"), Excluded("a"), "");
    check(Included("a"), Excluded("a"), "");
}

#[test]
fn a_range_may_be_left_half_read() {
    let state = changed();
    let mut steps = state.storage_range(&address(5), &KeyRange::all(), Direction::Descending);
    assert_eq!(
        steps.next().expect("a step").expect("the store works"),
        StorageStep::Removed
    );
    assert!(matches!(steps.next(), Some(Ok(StorageStep::Entry { key, .. })) if key == b"d"));
}

#[test]
fn contracts_do_not_see_each_other() {
    let state = changed();
    for other in [0, 3, 7, 255] {
        let steps = state.storage_range(&address(other), &KeyRange::all(), Direction::Ascending);
        assert_eq!(steps.count(), 0);
        assert_eq!(
            state
                .storage_get(&address(other), b"b")
                .expect("the store works"),
            None
        );
    }
    assert_eq!(
        state
            .storage_get(&address(5), b"b")
            .expect("the store works"),
        None
    );
}

#[test]
fn the_last_address_has_a_range_too() {
    let mut head = Head::default();
    head.block(|state| state.storage_set(&address(255), &[255, 255], *b"end"));
    let mut state = head.state();
    state.storage_set(&address(255), b"", *b"start");
    for direction in [Direction::Ascending, Direction::Descending] {
        let range = KeyRange {
            start: Bound::Included(Vec::new()),
            end: Bound::Unbounded,
        };
        assert_eq!(
            state
                .storage_range(&address(255), &range, direction)
                .count(),
            2
        );
    }
}
