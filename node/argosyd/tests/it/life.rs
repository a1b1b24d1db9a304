//! A node's life: a new directory, a clean stop, a kill, a restart, a replay.

use std::time::Duration;

use argosy_rpc_api::{Height, RpcError};
use argosy_sdk::api::BlockSelector;
use argosy_sdk::{Client, SdkError};
use serde_json::Value;
use tempfile::tempdir;

use crate::world::{Daemon, Ended, account, argosyd, history, pay, transfer};

#[tokio::test]
async fn goes_on_after_a_stop_where_it_was() {
    let folder = tempdir().unwrap();
    let daemon = Daemon::start(folder.path(), &["--dev"]);
    let client = daemon.client().await;
    let receipt = pay(&client).await;
    let before = history(&client).await;
    let told: Value =
        serde_json::from_slice(&std::fs::read(folder.path().join("endpoints.json")).unwrap())
            .unwrap();
    assert_eq!(told, daemon.endpoints);
    let log = daemon.stop();
    assert!(log.contains("new directory"), "{log}");
    assert!(!folder.path().join("endpoints.json").exists());

    let daemon = Daemon::start(folder.path(), &["--dev"]);
    assert_eq!(daemon.endpoints["height"], 1);
    let client = daemon.client().await;
    assert_eq!(history(&client).await, before);
    assert_eq!(client.receipt(receipt.tx_id.0).await.unwrap(), receipt);
    assert_eq!(pay(&client).await.at.height.0, 2);
    let log = daemon.stop();
    assert!(
        log.contains("opening the database") && log.contains("height=1"),
        "{log}"
    );
}

#[tokio::test]
async fn a_kill_loses_nothing_that_anybody_was_told() {
    let folder = tempdir().unwrap();
    let daemon = Daemon::start(folder.path(), &["--dev"]);
    let client = daemon.client().await;
    for _ in 0..5 {
        pay(&client).await;
    }
    let before = history(&client).await;
    daemon.kill();
    let daemon = Daemon::start(folder.path(), &["--dev"]);
    let client = daemon.client().await;
    assert_eq!(history(&client).await, before);
    pay(&client).await;
}

/// How many transactions of alice's the node finds; none: it keeps no index.
async fn found(client: &Client) -> Option<usize> {
    let alice = account("alice").address();
    match client.account_history(alice, None, 10).await {
        Ok(page) => Some(page.entries.len()),
        Err(SdkError::Rpc { error }) if matches!(*error, RpcError::MethodDisabled { .. }) => None,
        Err(error) => panic!("{error}"),
    }
}

#[tokio::test]
async fn transactions_are_found_by_account_where_the_operator_says_so_and_after_kills_too() {
    let folder = tempdir().unwrap();
    let start = |words: &[&str]| Daemon::start(folder.path(), &[&["--dev"][..], words].concat());
    let daemon = start(&[]);
    let client = daemon.client().await;
    pay(&client).await;
    assert_eq!(found(&client).await, None);
    assert_eq!(client.node_info().await.unwrap().oldest_indexed, None);
    daemon.stop();

    // From the next block on.
    let daemon = start(&["--state.index", "on"]);
    let client = daemon.client().await;
    assert_eq!(found(&client).await, Some(0));
    let paid = pay(&client).await;
    let alice = account("alice").address();
    let page = client.account_history(alice, None, 10).await.unwrap();
    assert_eq!(
        (page.entries[0].tx_id, page.from),
        (Some(paid.tx_id), Height(2))
    );
    let info = client.node_info().await.unwrap();
    assert_eq!(info.oldest_indexed, Some(Height(2)));
    daemon.kill();

    // The directory remembers it, until somebody says otherwise.
    let daemon = start(&[]);
    let client = daemon.client().await;
    assert_eq!(found(&client).await, Some(1));
    pay(&client).await;
    assert_eq!(found(&client).await, Some(2));
    daemon.stop();
    for words in [&["--state.index", "off"][..], &[]] {
        let daemon = start(words);
        assert_eq!(found(&daemon.client().await).await, None);
        daemon.stop();
    }
}

#[tokio::test]
async fn blocks_come_by_themselves_on_request_or_with_transactions() {
    let folder = tempdir().unwrap();
    let daemon = Daemon::start(&folder.path().join("interval"), &["--dev=20ms"]);
    let client = daemon.client().await;
    while client.finalized_head().await.unwrap().at.height.0 < 3 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let daemon = Daemon::manual(&folder.path().join("manual"));
    let client = daemon.client().await;
    let id = client.submit(&transfer(&client, 0)).await.unwrap();
    assert!(
        client.receipt(id).await.is_err(),
        "nobody asked for a block"
    );
    assert_eq!(client.mine().await.unwrap().at.height.0, 1);
    assert_eq!(client.receipt(id).await.unwrap().at.height.0, 1);
}

#[tokio::test]
async fn a_replay_ends_at_the_same_block_and_goes_on_where_it_was() {
    let folder = tempdir().unwrap();
    let (source, target) = (folder.path().join("source"), folder.path().join("target"));
    for round in 1..=2u64 {
        let daemon = Daemon::start(&source, &["--dev"]);
        let client = daemon.client().await;
        for _ in 0..3 {
            pay(&client).await;
        }
        let head = client.header(BlockSelector::Latest).await.unwrap();
        daemon.stop();
        let mut replay = argosyd();
        replay
            .args(["replay", "--chain", "dev", "--from"])
            .arg(&source);
        let ended = Ended::of(replay.arg("--into").arg(&target));
        assert_eq!(ended.code, Some(0), "{ended:#?}");
        let told: Value = serde_json::from_str(&ended.stdout).unwrap();
        assert_eq!(told["height"], 3 * round);
        assert_eq!(told["transactions"], 3);
        assert_eq!(told["blockHash"], head.at.hash.to_string());
        assert_eq!(told["stateRoot"], head.header.state_root.to_string());
    }
    // The copy is a directory like any other.
    let daemon = Daemon::start(&target, &["--dev"]);
    assert_eq!(pay(&daemon.client().await).await.at.height.0, 7);
}

#[tokio::test]
async fn a_head_in_the_future_does_not_stop_the_chain_nor_turn_time_back() {
    let folder = tempdir().unwrap();
    // The same as a clock that was set back by seventy years.
    let future_ms = 4_000_000_000_000;
    {
        use argosy_chain::{BuildRequest, Chain, validator_set};
        use argosy_store::{DataDir, RocksStore, StoreConfig};
        let directory = DataDir::open(folder.path()).unwrap();
        let store = RocksStore::open(directory, &StoreConfig::default()).unwrap();
        let spec = std::sync::Arc::new(argosy_spec::ChainSpec::dev());
        let mut chain = Chain::open(std::sync::Arc::new(store), spec.clone()).unwrap();
        let request = BuildRequest {
            now_ms: future_ms,
            proposer: validator_set(&spec).0[0].address,
            round: 0,
            txs_max: 0,
            evidence: Vec::new(),
        };
        let built = chain.build(request, &mut Nothing).unwrap();
        chain.commit(built.candidate).unwrap();
    }
    let daemon = Daemon::start(folder.path(), &["--dev=20ms"]);
    let client = daemon.client().await;
    while client.finalized_head().await.unwrap().at.height.0 < 3 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let head = client.finalized_head().await.unwrap();
    assert_eq!(head.header.time_ms.0, future_ms);
    let log = daemon.stop();
    assert!(log.contains("the clock is behind the head"), "{log}");
}

struct Nothing;

impl argosy_chain::Candidates for Nothing {
    fn peek(&mut self) -> Option<std::sync::Arc<argosy_primitives::VerifiedTransaction>> {
        None
    }

    fn take(&mut self) {}

    fn leave(&mut self) {}
}

#[tokio::test]
async fn a_signal_during_a_call_that_waits_ends_it_with_an_answer() {
    let folder = tempdir().unwrap();
    let daemon = Daemon::manual(folder.path());
    let client = daemon.client().await;
    let signed = transfer(&client, 0);
    let id = client.submit(&signed).await.unwrap();
    let waiting = client.clone();
    // Known already; waits until it is in a block, which nobody makes.
    let call = tokio::spawn(async move { waiting.submit_and_wait(&signed).await });
    while client.tx_status(id).await.is_err() {}
    let stopped = tokio::task::spawn_blocking(move || daemon.stop());
    let error = call.await.unwrap().unwrap_err().to_string();
    assert!(
        error.contains("stopping") || error.contains("known"),
        "{error}"
    );
    stopped.await.unwrap();
}
