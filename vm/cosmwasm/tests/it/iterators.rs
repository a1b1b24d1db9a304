//! Walks over storage.

use argosy_vm_cosmwasm::Import;
use argosy_vm_host::{Stop, TrapKind};

use crate::fake::{SPEC, Stage};

fn filled(count: u8) -> Stage {
    let mut stage = Stage::new();
    for byte in 1..=count {
        let entry = (vec![byte], vec![byte, 0xff].into());
        stage.host.storage.extend([entry]);
    }
    stage
}

/// Keys that an iterator shows, by `db_next`.
fn walk(stage: &mut Stage, start: Option<&[u8]>, end: Option<&[u8]>, order: i64) -> Vec<u8> {
    let mut bound = |it: Option<&[u8]>| it.map_or(0, |it| stage.put(it));
    let (start, end) = (bound(start), bound(end));
    let scan = stage.run(Import::DbScan, &[start, end, order]);
    let mut keys = Vec::new();
    loop {
        let entry = stage.run(Import::DbNext, &[scan]);
        match stage.at(entry) {
            [0, 0, 0, 0, 0, 0, 0, 0] => return keys,
            [key, 0, 0, 0, 1, value, 0xff, 0, 0, 0, 2] if key == value => keys.push(*key),
            other => panic!("{other:?}"),
        }
    }
}

#[track_caller]
fn check(start: Option<&[u8]>, end: Option<&[u8]>, expected: std::ops::Range<u8>) {
    let mut stage = filled(100);
    let ascending: Vec<_> = expected.clone().collect();
    assert_eq!(walk(&mut stage, start, end, 1), ascending);
    let descending: Vec<_> = expected.rev().collect();
    assert_eq!(walk(&mut stage, start, end, 2), descending);
}

#[test]
fn ranges_hold_their_start_and_not_their_end() {
    check(None, None, 1..101);
    check(Some(&[10]), None, 10..101);
    check(None, Some(&[10]), 1..10);
    check(Some(&[10]), Some(&[12]), 10..12);
    check(Some(&[9, 1]), Some(&[12, 0]), 10..13);
    check(Some(&[10]), Some(&[10]), 10..10);
    check(Some(&[12]), Some(&[10]), 10..10);
    check(Some(&[]), Some(&[]), 0..0);
}

#[test]
fn keys_and_values_alone_advance_too_and_end_with_nothing() {
    let mut stage = filled(3);
    let scan = stage.run(Import::DbScan, &[0, 0, 1]);
    let key = stage.run(Import::DbNextKey, &[scan]);
    assert_eq!(stage.at(key), [1]);
    let value = stage.run(Import::DbNextValue, &[scan]);
    assert_eq!(stage.at(value), [2, 0xff]);
    let key = stage.run(Import::DbNextKey, &[scan]);
    assert_eq!(stage.at(key), [3]);
    for import in [Import::DbNextKey, Import::DbNextValue, Import::DbNextKey] {
        assert_eq!(stage.run(import, &[scan]), 0, "after the end is the end");
    }
}

#[test]
fn looking_is_paid_behind_the_last_entry_too() {
    let import = SPEC.host_prices.import.base;
    let mut stage = filled(1);
    let scan = stage.run(Import::DbScan, &[0, 0, 1]);
    stage.run(Import::DbNextKey, &[scan]);
    stage.run(Import::DbNextKey, &[scan]);
    let before = stage.guest.gas;
    assert_eq!(stage.run(Import::DbNextKey, &[scan]), 0);
    // As an import, and for looking.
    assert_eq!(before - stage.guest.gas, 2 * import);
}

#[test]
fn a_long_walk_reads_a_few_times() {
    let mut stage = filled(200);
    assert_eq!(walk(&mut stage, None, None, 1).len(), 200);
    assert!(stage.host.reads <= 11, "{}", stage.host.reads);
    let mut stage = filled(200);
    let scan = stage.run(Import::DbScan, &[0, 0, 1]);
    stage.run(Import::DbNext, &[scan]);
    assert_eq!(stage.host.reads, 1);
}

#[test]
fn an_iterator_shows_what_is_there_when_it_comes_by() {
    let mut stage = filled(10);
    let scan = stage.run(Import::DbScan, &[0, 0, 1]);
    for expected in 1..=4 {
        let key = stage.run(Import::DbNextKey, &[scan]);
        assert_eq!(stage.at(key), [expected]);
    }
    // Removes what comes next, and what was shown; adds one behind.
    stage.run_on(Import::DbRemove, &[&[5]]);
    stage.run_on(Import::DbRemove, &[&[4]]);
    stage.run_on(Import::DbWrite, &[&[6, 1], b"new"]);
    let mut next = || {
        let key = stage.run(Import::DbNextKey, &[scan]);
        stage.at(key).to_vec()
    };
    assert_eq!([next(), next(), next()], [vec![6], vec![6, 1], vec![7]]);
}

#[test]
fn iterators_are_known_by_number_and_bounded() {
    let mut stage = filled(1);
    let bad = |stop: Result<i64, Stop>| {
        assert!(
            matches!(stop, Err(Stop::Trapped(TrapKind::BadArgument))),
            "{stop:?}"
        );
    };
    for number in [0, 1, -1, i64::from(u32::MAX)] {
        bad(stage.import(Import::DbNext, &[number]));
    }
    for order in [0, 3, -1] {
        bad(stage.import(Import::DbScan, &[0, 0, order]));
    }
    let first = stage.run(Import::DbScan, &[0, 0, 1]);
    let second = stage.run(Import::DbScan, &[0, 0, 1]);
    assert_ne!(first, second);
    for _ in 2..4_096 {
        stage.run(Import::DbScan, &[0, 0, 1]);
    }
    let stop = stage.import(Import::DbScan, &[0, 0, 1]);
    assert!(matches!(stop, Err(Stop::Refused(_))));
}
