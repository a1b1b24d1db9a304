//! One contract: what it answers, what it costs, what fails and why.

use argosy_testing::{Contract, Deploy, Person, World, WorldError};
use serde_json::json;

use crate::artifact;

fn counter(start: &str) -> (World, Person, Contract) {
    let mut world = World::new().unwrap();
    let alice = world.person("alice").unwrap();
    let wasm = artifact("counter");
    let counter = world.deploy(&alice, &wasm, "init", json!({ "start": start }));
    (world, alice, counter.unwrap())
}

#[test]
fn a_contract_counts_and_says_so() {
    let (mut world, alice, counter) = counter("40");
    let added = world
        .call(&alice, &counter, "add", json!({ "add": 2 }))
        .unwrap();
    assert_eq!(added.ok(), json!("42"));
    assert_eq!(
        world.query(&counter, "value", json!({})).unwrap(),
        json!("42")
    );
    let [raised] = added.events() else {
        panic!("one event: {:?}", added.events());
    };
    assert_eq!(
        (raised.name.as_str(), &raised.fields["value"]),
        ("Raised", &json!("42"))
    );
    let by = alice.address().to_text(world.hrp());
    assert_eq!(raised.fields["by"], json!(by));
    added.at_most(500_000);
    assert!(added.gas() > 45_000, "a transaction is paid for");
}

#[test]
fn a_failure_has_its_reason_and_its_frames() {
    let (mut world, alice, counter) = counter("18446744073709551615");
    let failed = world
        .call(&alice, &counter, "add", json!({ "add": 1 }))
        .unwrap();
    failed.fails("TooLarge").fails("18446744073709551615");
    assert!(failed.events().is_empty() && failed.value().is_none());
    assert_eq!(failed.stack().len(), 1);
    assert!(
        failed.stack()[0].starts_with("1 counter.add: reverted: TooLarge"),
        "{failed}"
    );
    let paid = world
        .pay(&alice, &counter, 5, "add", json!({ "add": 0 }))
        .unwrap();
    paid.fails("funds were sent to a method that takes none");
}

#[test]
fn what_cannot_be_said_is_an_error() {
    let (mut world, alice, counter) = counter("0");
    let text = |error: WorldError| error.to_string();
    let unknown = world.call(&alice, &counter, "ad", json!({})).unwrap_err();
    assert!(text(unknown).contains("counter.ad"));
    let wrong = world
        .call(&alice, &counter, "add", json!({ "add": "many" }))
        .unwrap_err();
    assert!(matches!(wrong, WorldError::Message { .. }), "{wrong}");
    let missing = world
        .query(&counter, "value", json!({ "more": 1 }))
        .unwrap_err();
    assert!(matches!(missing, WorldError::Message { .. }), "{missing}");
    let bare = world
        .deploy(&alice, b"\0asm\x01\0\0\0", "init", json!({}))
        .unwrap_err();
    assert!(matches!(bare, WorldError::NoAbi), "{bare}");
}

#[test]
fn time_passes_as_told_and_a_mark_brings_it_back() {
    let (mut world, alice, counter) = counter("0");
    let mark = world.mark().unwrap();
    let (height, time) = (world.height(), world.time());
    world.pass(60_000).unwrap();
    assert_eq!(world.height(), height + 1);
    assert!(world.time() >= time + 60_000);
    world
        .call(&alice, &counter, "increment", json!({}))
        .unwrap()
        .ok();
    assert_eq!(
        world.query(&counter, "value", json!({})).unwrap(),
        json!("1")
    );
    world.back(&mark).unwrap();
    assert_eq!((world.height(), world.time()), (height, time));
    assert_eq!(
        world.query(&counter, "value", json!({})).unwrap(),
        json!("0")
    );
    // And on from there.
    world
        .call(&alice, &counter, "increment", json!({}))
        .unwrap()
        .ok();
}

#[test]
fn whoever_came_after_a_mark_is_gone_and_can_come_again() {
    let (mut world, alice, counter) = counter("0");
    let mark = world.mark().unwrap();
    let before = world.person("zoe").unwrap();
    let wasm = artifact("counter");
    let start = json!({"start": "1"});
    let second = world.deploy(&alice, &wasm, "init", start.clone()).unwrap();
    assert_ne!(second.name(), counter.name());
    world.back(&mark).unwrap();
    assert_eq!(world.balance(before.address()).unwrap(), 0);
    // The same person, with what everybody has at first; the same contract by the same name.
    let zoe = world.person("zoe").unwrap();
    assert_eq!(zoe.address(), before.address());
    world
        .call(&zoe, &counter, "increment", json!({}))
        .unwrap()
        .ok();
    let again = world.deploy(&alice, &wasm, "init", start).unwrap();
    assert_eq!(
        (again.name(), again.address()),
        (second.name(), second.address())
    );
}

#[test]
fn only_the_admin_upgrades_and_fees_are_paid() {
    let mut world = World::new().unwrap();
    let [alice, bob] = ["alice", "bob"].map(|it| world.person(it).unwrap());
    let deploy = Deploy {
        admin: Some(alice.address()),
        ..Deploy::default()
    };
    let before = world.balance(alice.address()).unwrap();
    let wasm = artifact("probe");
    let made = world.deploy_with(&alice, &wasm, deploy, "init", json!({ "note": "first" }));
    let (probe, outcome) = made.unwrap();
    let probe = probe.unwrap_or_else(|| panic!("{outcome}"));
    assert!(
        world.balance(alice.address()).unwrap() < before,
        "fee and deposits"
    );
    let method = probe
        .abi()
        .messages
        .iter()
        .find(|it| it.kind.entry().export_name() == "upgrade");
    let method = method.unwrap().clone();
    let args: serde_json::Map<_, _> = method
        .args
        .iter()
        .map(|it| (it.name.clone(), json!("second")))
        .collect();
    let args = serde_json::Value::Object(args);
    // Other code of the same words: a custom section more.
    let other = [&wasm[..], b"\0\x05\x04test"].concat();
    let (none, refused) = world
        .upgrade(&bob, &probe, &other, &method.name, args.clone())
        .unwrap();
    assert!(none.is_none() && !refused.is_success(), "{refused}");
    let (upgraded, done) = world
        .upgrade(&alice, &probe, &other, &method.name, args)
        .unwrap();
    assert!(upgraded.is_some(), "{done}");
}
