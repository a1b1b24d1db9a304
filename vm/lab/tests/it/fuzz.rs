//! Random contracts on both tiers. More of them: `./x fuzz vm --modules N`.

use argosy_vm_engine::on_big_stack;
use argosy_vm_lab::{Tally, fuzz_one};

/// Modules of one test; five tests run side by side.
const MODULES: u64 = 1_000;

#[track_caller]
fn check(first: u64) {
    let mut tally = Tally::default();
    let found =
        on_big_stack(|| (first..first + MODULES).try_for_each(|seed| fuzz_one(seed, &mut tally)));
    if let Err(found) = found.expect("a thread") {
        panic!("seed {}: {}\n{:?}", found.seed, found.what, found.module);
    }
    // The generator is worth something only while most modules are accepted and get somewhere.
    assert!(tally.modules > MODULES * 8 / 10, "{tally}");
    assert!(tally.succeeded > MODULES / 20, "{tally}");
    assert!(tally.entries > 0, "{tally}");
}

#[test]
fn random_contracts_agree_0() {
    check(0);
}

#[test]
fn random_contracts_agree_1() {
    check(MODULES);
}

#[test]
fn random_contracts_agree_2() {
    check(2 * MODULES);
}

#[test]
fn random_contracts_agree_3() {
    check(3 * MODULES);
}

#[test]
fn random_contracts_agree_4() {
    check(4 * MODULES);
}
