//! Killed at random instants under load: short runs of what `./x crash` and `./x faults` do for longer.

use argosy_testnet::{CrashOptions, DamageOptions, FaultOptions, crash, damage, faults};

fn check(kills: u32, seed: u64) {
    let options = CrashOptions {
        daemon: env!("CARGO_BIN_EXE_argosyd").into(),
        kills,
        seed,
        is_loud: false,
    };
    let report = crash::run(&options).unwrap_or_else(|error| panic!("{error:#}"));
    assert_eq!(report.kills, kills);
    assert!(report.transactions > 0 && report.height > 0, "{report:?}");
}

#[test]
fn a_few_kills_lose_nothing() {
    check(5, 20_261_126);
}

#[test]
#[ignore = "25 s; ./x test --full"]
fn twenty_kills_lose_nothing() {
    check(20, 1);
}

fn check_network(kills: u32, seed: u64) {
    let options = FaultOptions {
        daemon: env!("CARGO_BIN_EXE_argosyd").into(),
        kills,
        seed,
        validators: 4,
        full_nodes: 1,
        is_loud: false,
    };
    let report = faults::run(&options).unwrap_or_else(|error| panic!("{error:#}"));
    assert_eq!(report.kills, kills);
    assert!(report.transactions > 0, "{report:?}");
    assert!(report.signatures > 0, "{report:?}");
}

#[test]
fn validators_that_are_killed_lose_nothing_and_sign_nothing_twice() {
    check_network(1, 20_261_127);
}

#[test]
#[ignore = "100 s; ./x test --full"]
fn ten_kills_of_validators_lose_nothing() {
    check_network(10, 3);
}

#[test]
fn a_validator_with_damaged_files_signs_nothing_twice() {
    let options = DamageOptions {
        daemon: env!("CARGO_BIN_EXE_argosyd").into(),
        flips: 200,
        seed: 20_261_127,
        wounds_max: 4,
        is_loud: false,
    };
    let report = damage::run(&options).unwrap_or_else(|error| panic!("{error:#}"));
    assert_eq!(report.fates.values().sum::<u32>(), 4, "{report:?}");
}
