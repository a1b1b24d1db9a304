//! The programs of `examples/`, run against a development chain in this process.

#![allow(dead_code)] // Their `main` is for people.

use argosy_replica::BlockMode;

use crate::chain::{DevChain, start};

#[path = "../../examples/check_proof.rs"]
mod check_proof;
#[path = "../../examples/contract.rs"]
mod contract;
#[path = "../../examples/follow_events.rs"]
mod follow_events;
#[path = "../../examples/offline_signing.rs"]
mod offline_signing;
#[path = "../../examples/transfer.rs"]
mod transfer;

async fn chain() -> DevChain {
    start(BlockMode::Instant).await
}

/// Every line is there, in its order.
#[track_caller]
fn check(said: &[u8], lines: &[&str]) {
    let said = std::str::from_utf8(said).unwrap();
    let found: Vec<&str> = said.lines().collect();
    assert_eq!(found.len(), lines.len(), "{said}");
    for (found, expected) in found.iter().zip(lines) {
        assert!(found.contains(expected), "no {expected:?} in {said}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn transfer_pays() {
    let (chain, mut said) = (chain().await, Vec::new());
    transfer::run(chain.client.url(), &mut said).await.unwrap();
    check(&said, &["transaction 0x", "fee 0.", "bob has "]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn contract_is_spoken_to_in_types() {
    let (chain, mut said) = (chain().await, Vec::new());
    contract::run(chain.client.url(), &mut said).await.unwrap();
    let lines = [
        "token dargo1",
        "3000 were transferred",
        "bob has 3000",
        "refused: 3000 of 9900",
    ];
    check(&said, &lines);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn follow_events_goes_on_behind_its_cursor() {
    let (chain, mut said) = (chain().await, Vec::new());
    follow_events::run(chain.client.url(), &mut said)
        .await
        .unwrap();
    let lines = [
        "bob got 1",
        "bob got 2",
        "away for a while, at ",
        "bob got 3",
        "bob got 4",
    ];
    check(&said, &lines);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn offline_signing_needs_no_network_for_the_key() {
    let (chain, mut said) = (chain().await, Vec::new());
    offline_signing::run(chain.client.url(), &mut said)
        .await
        .unwrap();
    check(&said, &["in block 1"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn check_proof_finds_a_lie() {
    let (chain, mut said) = (chain().await, Vec::new());
    check_proof::run(chain.client.url(), &mut said)
        .await
        .unwrap();
    let lines = [
        "transaction proven in block 1",
        "proven in block 1",
        "a changed answer: the node's proof does not hold",
    ];
    check(&said, &lines);
}
