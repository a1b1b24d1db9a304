//! Random contracts on both tiers. More of them: `./x fuzz vm --modules N`.

use argosy_vm_engine::on_big_stack;
use argosy_vm_lab::{Tally, fuzz_cosmwasm, fuzz_one};

/// Modules of one of ten tests.
const MODULES: u64 = 500;

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

macro_rules! parts {
    ($($name:ident: $part:literal,)*) => {
        $(
            #[test]
            fn $name() {
                check($part * MODULES);
            }
        )*
    };
}

parts! {
    random_contracts_agree_0: 0,
    random_contracts_agree_1: 1,
    random_contracts_agree_2: 2,
    random_contracts_agree_3: 3,
    random_contracts_agree_4: 4,
    random_contracts_agree_5: 5,
    random_contracts_agree_6: 6,
    random_contracts_agree_7: 7,
    random_contracts_agree_8: 8,
    random_contracts_agree_9: 9,
}

/// Modules that import `env`. A run of 10 000: `./x fuzz vm --abi cosmwasm`.
#[test]
fn random_cosmwasm_contracts_agree() {
    const MODULES: u64 = 200;
    let mut tally = Tally::default();
    let found = on_big_stack(|| (0..MODULES).try_for_each(|seed| fuzz_cosmwasm(seed, &mut tally)));
    if let Err(found) = found.expect("a thread") {
        panic!("seed {}: {}\n{:?}", found.seed, found.what, found.module);
    }
    assert_eq!(tally.modules, MODULES, "{tally}: {:?}", tally.reasons);
    assert!(tally.succeeded > MODULES / 20, "{tally}");
    assert!(tally.entries > 0, "{tally}");
}
