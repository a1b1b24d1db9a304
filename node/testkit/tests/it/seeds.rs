//! Runs in which everything that honest nodes must bear may happen.

use std::ops::Range;

use argosy_testkit::{Counts, Plan, run, run_told};

use crate::asked;

/// Runs the seeds; all must end well.
#[track_caller]
fn check(seeds: Range<u64>) -> Counts {
    let mut counts = Counts::default();
    for seed in seeds {
        println!("seed {seed}");
        let outcome = run(&Plan::of_seed(seed));
        println!("{outcome:?}");
        assert_eq!(outcome.violation, None, "seed {seed}");
        // With one more validator away that height would never be decided.
        assert_eq!(outcome.counts.sat_out_open, 0, "seed {seed}");
        counts = counts.and(outcome.counts);
    }
    counts
}

/// Fifty, in parts that run side by side.
macro_rules! fifty_seeds {
    ($($name:ident: $first:literal),* $(,)?) => {
        $(
            #[test]
            fn $name() {
                let counts = check($first..$first + 10);
                // A run in which nothing happens would prove nothing.
                assert!(counts.crashes > 5 && counts.lost > 100, "{counts:?}");
                assert!(counts.transactions > 100 && counts.round_max > 0, "{counts:?}");
            }
        )*
    };
}

fifty_seeds! {
    seeds_0: 0, seeds_10: 10, seeds_20: 20, seeds_30: 30, seeds_40: 40,
}

#[test]
fn a_calm_network_decides_nearly_every_block_at_once() {
    let outcome = run(&Plan::calm(1));
    assert_eq!(outcome.violation, None);
    let height = outcome.heights.iter().min().copied().unwrap_or(0);
    // Four blocks a second are the target.
    assert!(height * 300 > outcome.ended_ms, "{outcome:?}");
    assert!(outcome.counts.round_max <= 1, "{outcome:?}");
}

#[test]
fn the_same_seed_gives_the_same_run_and_another_seed_another() {
    let runs = |seed| [run(&Plan::of_seed(seed)), run(&Plan::of_seed(seed))];
    let mut traces = Vec::new();
    for seed in 100..104 {
        let [first, second] = runs(seed);
        assert_eq!(first, second, "seed {seed}");
        assert!(!traces.contains(&first.trace), "seed {seed}");
        traces.push(first.trace);
    }
}

#[test]
#[ignore = "as many seeds as ARGOSY_SEEDS says, 50 if nothing; ./x test --full"]
fn many_seeds() {
    let counts = check(asked());
    println!("{counts:?}");
}

#[test]
#[ignore = "tells all that happens in the first seed of ARGOSY_SEEDS"]
fn one_seed() {
    let plan = Plan::of_seed(asked().start);
    println!("{plan:?}");
    let outcome = run_told(&plan, Some(Box::new(|line| println!("{line}"))));
    println!("{outcome:?}");
}
