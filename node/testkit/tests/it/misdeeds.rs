//! One of four is not honest: the others agree, go on, and prove it where it can be proven.

use argosy_testkit::{Counts, Misdeed, NODES, Plan, run};

use crate::asked;

/// Runs the seeds, each with node 3 at its misdeed.
#[track_caller]
fn check(misdeed: Misdeed, seeds: std::ops::Range<u64>) -> Counts {
    let mut counts = Counts::default();
    for seed in seeds {
        println!("seed {seed}");
        let mut misdeeds = [None; NODES];
        misdeeds[NODES - 1] = Some(misdeed);
        let outcome = run(&Plan {
            misdeeds,
            ..Plan::of_seed(seed)
        });
        println!("{outcome:?}");
        assert_eq!(outcome.violation, None, "seed {seed}");
        counts = counts.and(outcome.counts);
    }
    counts
}

#[test]
fn one_who_says_nothing_stops_nobody() {
    assert_eq!(check(Misdeed::Silent, 0..8).evidence, 0);
}

#[test]
fn one_with_two_faces_is_found_out() {
    let counts = check(Misdeed::TwoFaced, 0..8);
    assert!(counts.evidence > 8, "{counts:?}");
}

#[test]
fn one_who_proposes_rubbish_loses_its_turns() {
    assert_eq!(check(Misdeed::ProposesRubbish, 0..8).evidence, 0);
}

#[test]
fn one_who_lies_to_those_behind_holds_up_nobody() {
    let counts = check(Misdeed::Lies, 0..8);
    assert!(counts.synced > 0, "{counts:?}");
}

#[test]
#[ignore = "each misdeed with as many seeds as ARGOSY_SEEDS says, 100 if nothing; ./x test --full"]
fn many_misdeeds() {
    for misdeed in [
        Misdeed::Silent,
        Misdeed::TwoFaced,
        Misdeed::ProposesRubbish,
        Misdeed::Lies,
    ] {
        println!("{misdeed:?}");
        let counts = check(misdeed, asked());
        println!("{counts:?}");
    }
}
