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
        assert_eq!(outcome.counts.sat_out_open, 0, "seed {seed}");
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

/// As many seeds as are asked for.
macro_rules! many {
    ($($name:ident: $misdeed:ident),* $(,)?) => {
        $(
            #[test]
            #[ignore = "as many seeds as ARGOSY_SEEDS says, 50 if nothing; ./x test --full"]
            fn $name() {
                println!("{:?}", check(Misdeed::$misdeed, asked()));
            }
        )*
    };
}

many! {
    many_silent: Silent, many_two_faced: TwoFaced, many_with_rubbish: ProposesRubbish, many_liars: Lies,
}
