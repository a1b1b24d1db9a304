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

/// Which seeds: `ARGOSY_SEEDS=5000` are the first 5 000, `ARGOSY_SEEDS=17..18` is seed 17 alone.
fn asked() -> std::ops::Range<u64> {
    let text = std::env::var("ARGOSY_SEEDS").unwrap_or_else(|_| "2000".into());
    let (first, end) = text.split_once("..").unwrap_or(("0", &text));
    first.parse().unwrap()..end.parse().unwrap()
}

#[test]
#[ignore = "as many seeds as ARGOSY_SEEDS says, 2 000 if nothing; ./x test --full"]
fn many_seeds() {
    let counts = check(asked());
    println!("{counts:?}");
}
