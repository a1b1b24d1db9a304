//! Runs in which everything that honest nodes must bear may happen.

use argosy_testkit::{Counts, Plan, run};

/// Runs the seeds; all must end well.
#[track_caller]
fn check(seeds: std::ops::Range<u64>) -> Counts {
    let mut counts = Counts::default();
    for seed in seeds {
        println!("seed {seed}");
        let outcome = run(&Plan::of_seed(seed));
        println!("{outcome:?}");
        assert_eq!(outcome.violation, None, "seed {seed}");
        counts = counts.and(outcome.counts);
    }
    counts
}

#[test]
fn calm() {
    let outcome = run(&Plan::calm(1));
    println!("{outcome:?}");
    assert_eq!(outcome.violation, None);
}

#[test]
fn seeds_1() {
    check(0..5);
}
