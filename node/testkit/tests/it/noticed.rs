//! The checks can fail: a rule is broken, and the run says so.

use argosy_testkit::{Crash, Memory, Misdeed, Partition, Plan, Violation, run};

/// The first violation among the seeds that is of the kind.
#[track_caller]
fn found(plan: impl Fn(u64) -> Plan, is_it: impl Fn(&Violation) -> bool) -> Violation {
    let violations = (0..40).filter_map(|seed| run(&plan(seed)).violation);
    let mut other = Vec::new();
    for violation in violations {
        if is_it(&violation) {
            return violation;
        }
        other.push(violation);
    }
    panic!("not found; others: {other:?}");
}

#[test]
fn a_key_whose_record_is_lost_in_crashes_signs_twice() {
    let plan = |seed| Plan {
        memory: Memory::Lost,
        ..Plan::of_seed(seed)
    };
    let is_it = |it: &Violation| matches!(it, Violation::DoubleSign { .. });
    println!("{}", found(plan, is_it));
}

#[test]
fn two_of_four_with_two_faces_fork_the_chain() {
    let plan = |seed| Plan {
        misdeeds: [None, None, Some(Misdeed::TwoFaced), Some(Misdeed::TwoFaced)],
        ..Plan::calm(seed)
    };
    let is_it = |it: &Violation| matches!(it, Violation::Fork { .. });
    println!("{}", found(plan, is_it));
}

#[test]
fn two_of_four_that_never_come_back_stop_the_chain() {
    let crash = |node| Crash {
        node,
        at_ms: 3_000,
        steps: 5,
        down_ms: u64::MAX >> 1,
    };
    let outcome = run(&Plan {
        crashes: vec![crash(1), crash(2)],
        ..Plan::calm(1)
    });
    let stalled = matches!(outcome.violation, Some(Violation::Stalled { .. }));
    assert!(stalled, "{outcome:?}");
}

#[test]
fn a_vote_signed_before_its_reasons_are_on_disk_may_stop_the_chain() {
    let plan = |seed| Plan {
        misdeeds: [None, None, None, Some(Misdeed::Silent)],
        logs_first: false,
        ..Plan::of_seed(seed)
    };
    let is_it = |it: &Violation| matches!(it, Violation::Stalled { .. });
    println!("{}", found(plan, is_it));
}

/// How often somebody sat out an open height, where node 2 is cut off, catches up, votes for nothing
/// while the others are two and two, and loses its power.
fn sat_out_open(blocks_first: bool) -> u64 {
    let count = |seed| {
        let parted_ms = 4_000 + seed * 50;
        let alone = Partition {
            from_ms: 1_000,
            until_ms: 4_000,
            side: [false, false, true, false],
        };
        let in_halves = Partition {
            from_ms: parted_ms,
            until_ms: 8_000,
            side: [false, true, true, false],
        };
        let crash = Crash {
            node: 2,
            at_ms: parted_ms + 900,
            steps: 1,
            down_ms: 500,
        };
        let plan = Plan {
            partitions: vec![alone, in_halves],
            crashes: vec![crash],
            heal_ms: 8_000,
            blocks_first,
            ..Plan::calm(seed)
        };
        run(&plan).counts.sat_out_open
    };
    (0..12).map(count).sum()
}

#[test]
fn a_vote_on_blocks_that_are_not_on_disk_may_be_one_too_few() {
    // So it was with a signer in another process, which syncs nothing in the node's store.
    assert!(sat_out_open(false) > 0);
    assert_eq!(sat_out_open(true), 0);
}
