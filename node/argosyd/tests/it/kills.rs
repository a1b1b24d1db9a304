//! Killed at random instants under load: a short run of what `./x crash` does for longer.

use argosy_testnet::{CrashOptions, crash};

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
