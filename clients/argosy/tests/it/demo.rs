//! The demo, and that the commands with which it ends do work.

use crate::world::{Dev, argosy};

#[test]
fn every_check_holds_and_what_to_try_next_works() {
    let demo = argosy(&["demo"]).ok().shows(&[
        " 1  A chain in memory",
        "InsufficientBalance { have: 225, need: 5000 }",
        " 8  A replay",
        "All 12 checks hold",
    ]);
    assert!(!demo.stdout.contains("WRONG"));
    let lines = demo
        .stdout
        .lines()
        .skip_while(|it| !it.contains("checks hold"));
    let next: Vec<&str> = lines
        .filter_map(|it| it.trim().split_once("argosy "))
        .map(|(_, words)| words)
        .collect();
    assert_eq!(next.first(), Some(&"dev"));
    let dev = Dev::start();
    for line in &next[1..] {
        dev.line(&line.replace(
            "contracts/artifacts",
            concat!(env!("CARGO_MANIFEST_DIR"), "/../../contracts/artifacts"),
        ))
        .ok();
    }
    let query = next.iter().find(|it| it.contains("balance-of")).unwrap();
    assert_eq!(dev.line(query).stdout, "250\n");
}

#[test]
fn programs_get_the_checks() {
    let document = argosy(&["demo", "-o", "json"]).ok().json();
    assert_eq!(document["checks"].as_array().unwrap().len(), 12);
    assert_eq!(document["failed"].as_array().unwrap().len(), 0);
}
