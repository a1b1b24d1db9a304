//! Contracts of Cosmos chains in answers: what they were asked for, and why they gave up, in their own words.

use argosy_primitives::Address;
use argosy_rpc::TxPort;
use argosy_rpc_api::{RevertReason, RpcError};
use serde_json::json;

use crate::explain::{GAS, World, call, deployment, error_of, text};

const MIRROR: &str = include_str!("mirror.wat");
const NOTHING: &[u8] = br#"{"ok":{"messages":[],"attributes":[],"events":[],"data":null}}"#;

/// A chain with a contract that gives back its messages.
async fn mirrored() -> (World, Address) {
    let mut world = World::start();
    let (_, actions) = deployment(&wat::parse_str(MIRROR).unwrap(), NOTHING.to_vec());
    let tx = world.draft(actions, GAS);
    let (_, id) = world.send(tx).await;
    let found = world.node.receipt(&id).unwrap().unwrap();
    assert!(found.receipt.status.is_success(), "{:?}", found.error);
    let address = found.receipt.data[..32].try_into().unwrap();
    (world, Address::from_bytes(address))
}

#[tokio::test]
async fn a_failure_is_told_by_the_message_and_the_contracts_own_words() {
    let (mut world, mirror) = mirrored().await;
    let message = br#"{"error":"not enough"}"#.to_vec();
    let tx = world.draft(vec![call(mirror, message)], GAS);
    let trial = error_of(&world.simulate(tx.clone()));
    let error = world.fail(tx).await;
    assert_eq!(trial, error, "a trial says what the receipt says");
    let RpcError::Reverted {
        call_stack,
        revert_data,
        ..
    } = &error
    else {
        panic!("{error:?}")
    };
    assert_eq!(revert_data.0, b"not enough");
    let frame = &call_stack[0];
    assert_eq!((frame.entry.as_str(), frame.name()), ("call", "error"));
    assert_eq!(frame.args, Some(json!("not enough")));
    assert_eq!(frame.call.as_deref(), Some(r#"error("not enough")"#));
    assert_eq!(text(frame), Some("not enough"));
    let message = "not enough".to_owned();
    let reason = &frame.decoded.as_ref().unwrap().reason;
    assert_eq!(*reason, RevertReason::Message { message });
    assert!(error.to_string().contains("not enough"), "{error}");
}

#[tokio::test]
async fn actions_are_read_as_json() {
    let (world, mirror) = mirrored().await;
    let (_, mut actions) = deployment(&wat::parse_str(MIRROR).unwrap(), NOTHING.to_vec());
    actions.extend([
        call(mirror, br#"{"transfer":{"amount":"5"}}"#.to_vec()),
        call(mirror, b"no document".to_vec()),
    ]);
    let asked = world.node.asked_calls(&actions).unwrap();
    let told: Vec<_> = asked
        .iter()
        .map(|it| (it.action, it.entry.as_str(), it.method.as_str()))
        .collect();
    assert_eq!(told, [(1, "init", "instantiate"), (2, "call", "transfer")]);
    assert_eq!(asked[1].args, Some(json!({"amount": "5"})));
    let call = r#"transfer({"amount":"5"})"#;
    assert_eq!(asked[1].call.as_deref(), Some(call));
}
