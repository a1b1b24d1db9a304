//! The same methods over one socket.

use std::collections::BTreeSet;
use std::time::Duration;

use argosy_rpc::{RateConfig, RpcConfig, Stopped};
use argosy_rpc_api::{
    BlockDetail, BlockSelector, Bytes, ChainApiClient, RpcError, SystemApiClient, TxApiClient,
};
use jsonrpsee::core::ClientError;
use jsonrpsee::core::client::ClientT;
use jsonrpsee::core::params::BatchRequestBuilder;
use jsonrpsee::ws_client::{WsClient, WsClientBuilder};
use parity_scale_codec::Encode;
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt;
use tokio::time::timeout;

use crate::fake::{self, FakeNode};
use crate::metrics::{figure, until, until_any};
use crate::net::{Rig, plain_rig, rig};
use crate::raw;

const SOON: Duration = Duration::from_secs(15);

async fn client(rig: &Rig) -> WsClient {
    let url = format!("ws://{}", rig.address());
    WsClientBuilder::default()
        .max_request_size(64 * 1024 * 1024)
        .build(url)
        .await
        .unwrap()
}

fn typed(error: ClientError) -> RpcError {
    match error {
        ClientError::Call(object) => RpcError::from_object(&object).unwrap(),
        other => panic!("{other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn calls_run_side_by_side_on_one_socket() {
    let rig = plain_rig().await;
    let client = client(&rig).await;
    let calls = (0..40).map(|it| client.header(Some(BlockSelector::Height(it))));
    for (it, answer) in (0..).zip(futures::future::join_all(calls).await) {
        assert_eq!(answer.unwrap().at.height.0, it);
    }
    let error = typed(
        client
            .header(Some(BlockSelector::Height(99)))
            .await
            .unwrap_err(),
    );
    assert_eq!(error, RpcError::not_found("block", 99));
}

#[tokio::test]
async fn batches_are_for_http() {
    let rig = plain_rig().await;
    let client = client(&rig).await;
    let mut batch = BatchRequestBuilder::new();
    let nothing: [u8; 0] = [];
    batch.insert("system_health", nothing).unwrap();
    let answer = client.batch_request::<serde_json::Value>(batch);
    let answer = timeout(Duration::from_millis(500), answer).await;
    // The error has no id, so a client cannot tell which batch it is for: it may only time out.
    assert!(!matches!(answer, Ok(Ok(_))));
}

#[tokio::test]
async fn answers_that_are_not_taken_count_as_open_calls() {
    let config = RpcConfig {
        max_calls_per_connection: 2,
        ..RpcConfig::on_free_port()
    };
    let rig = rig(FakeNode::default(), config).await;
    let client = client(&rig).await;
    let wait = |nonce| {
        let tx = Bytes(fake::signed(nonce).encode());
        client.submit_and_wait(tx, Some(400))
    };
    let late = async {
        tokio::time::sleep(Duration::from_millis(100)).await;
        client.health().await
    };
    let (one, two, refused) = tokio::join!(wait(1), wait(2), late);
    assert!(matches!(
        typed(one.unwrap_err()),
        RpcError::WaitTimeout { .. }
    ));
    assert!(matches!(
        typed(two.unwrap_err()),
        RpcError::WaitTimeout { .. }
    ));
    assert!(matches!(
        typed(refused.unwrap_err()),
        RpcError::Overloaded { .. }
    ));
    // Places come back once the answers are out, again and again.
    for _ in 0..20 {
        client.health().await.unwrap();
    }
}

/// By HTTP it is acknowledged, but here its client would wait for ever.
#[tokio::test]
async fn a_call_whose_id_is_none_is_answered() {
    let rig = plain_rig().await;
    let (mut frames, mut writer) = raw::open(rig.address()).await;
    let call = r#"{"jsonrpc":"2.0","id":-1,"method":"system_health"}"#;
    writer.write_all(&raw::frame(call)).await.unwrap();
    let answer = timeout(SOON, frames.text()).await.unwrap().unwrap();
    let answer: Value = serde_json::from_str(&answer).unwrap();
    assert_eq!(
        (&answer["id"], &answer["error"]["code"]),
        (&Value::Null, &json!(-32600))
    );
}

/// A client that asks for large answers and reads none of them: the server computes as many as it
/// may keep for this socket, refuses the rest, and serves everybody else.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_asks_and_does_not_read_is_refused() {
    let node = FakeNode {
        transactions: 5000,
        ..FakeNode::default()
    };
    let config = RpcConfig {
        max_calls_per_connection: 4,
        ..RpcConfig::on_free_port()
    };
    let rig = rig(node, config).await;
    let (mut frames, mut writer) = raw::open(rig.address()).await;
    for id in 0..40 {
        let call = json!({"jsonrpc": "2.0", "id": id, "method": "chain_getBlock",
            "params": ["latest", "full"]});
        let frame = raw::frame(&call.to_string());
        writer.write_all(&frame).await.unwrap();
    }
    until_any(&rig, "delayed_websocket_messages_total").await;
    let health = rig.call("system_health", json!([])).await;
    assert_eq!(health["status"], "ok");
    assert!(figure(&rig, "open_calls") <= 4);
    assert!(figure(&rig, "websocket_messages") <= 20);

    let (mut ids, mut answered) = (BTreeSet::new(), 0);
    for _ in 0..40 {
        let text = timeout(SOON, frames.text()).await.unwrap().unwrap();
        let answer: Value = serde_json::from_str(&text).unwrap();
        ids.insert(answer["id"].as_u64().unwrap());
        match answer["error"]["data"]["kind"].as_str() {
            Some(kind) => assert_eq!(kind, "OVERLOADED"),
            None => answered += 1,
        }
        assert!(figure(&rig, "open_calls") <= 4);
    }
    assert_eq!(ids.len(), 40, "each call has its answer");
    assert!((1..40).contains(&answered), "{answered} were not refused");
}

/// It comes in pieces, so that pings need not wait for its end; a client that asks meanwhile whether the
/// server is there hears of that behind it, as its library wants it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_long_answer_is_read_by_clients_of_every_kind() {
    let node = FakeNode {
        transactions: 5000,
        ..FakeNode::default()
    };
    let rig = rig(node, RpcConfig::on_free_port()).await;
    let client = client(&rig).await;
    let blocks = (0..3).map(|_| client.block(None, Some(BlockDetail::Full)));
    for block in futures::future::join_all(blocks).await {
        assert_eq!(block.unwrap().transactions.unwrap().len(), 5000);
    }

    let (mut frames, mut writer) = raw::open(rig.address()).await;
    let call = json!({"jsonrpc": "2.0", "id": 1, "method": "chain_getBlock",
        "params": ["latest", "full"]});
    let call = raw::frame(&call.to_string());
    writer.write_all(&call).await.unwrap();
    // It leaves, and nobody reads yet.
    until_any(&rig, "unsent_bytes").await;
    writer.write_all(&raw::ping()).await.unwrap();
    let answer = timeout(SOON, frames.text()).await.unwrap().unwrap();
    assert!(answer.len() > 1024 * 1024, "{} bytes", answer.len());
    assert!(serde_json::from_str::<Value>(&answer).unwrap()["result"].is_object());
    assert_eq!((frames.pieces > 1, frames.pongs_within), (true, 0));
}

#[tokio::test]
#[ignore = "takes half a minute: so long a client may be silent"]
async fn a_websocket_that_answers_no_pings_is_cut_and_counted() {
    let rig = plain_rig().await;
    let (_frames, _writer) = raw::open(rig.address()).await;
    let cut = "cut_sockets_total{reason=\"silent\"}";
    let counted = async {
        while figure(&rig, cut) == 0 {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    };
    timeout(Duration::from_secs(45), counted).await.unwrap();
    until(&rig, "websockets", 0).await;
    assert_eq!(figure(&rig, cut), 1);
}

/// A place is free again before its answer can be there: who has it may call again.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_waits_for_each_answer_is_never_refused() {
    let node = FakeNode {
        transactions: 500,
        ..FakeNode::default()
    };
    let config = RpcConfig {
        max_calls_per_connection: 1,
        ..RpcConfig::on_free_port()
    };
    let rig = rig(node, config).await;
    let (mut frames, mut writer) = raw::open(rig.address()).await;
    for (method, count) in [("system_health", 1000), ("chain_getBlock", 100)] {
        let call = json!({"jsonrpc": "2.0", "id": 1, "method": method});
        let frame = raw::frame(&call.to_string());
        for _ in 0..count {
            writer.write_all(&frame).await.unwrap();
            let answer = timeout(SOON, frames.text()).await.unwrap().unwrap();
            assert!(answer.contains(r#""result""#), "{answer}");
        }
    }
}

/// A share that does not flow back while a test runs.
fn share(burst: u32) -> Option<RateConfig> {
    Some(RateConfig {
        per_second: 1,
        burst,
    })
}

#[tokio::test]
async fn a_websocket_that_asks_too_much_must_wait_and_others_of_its_address_need_not() {
    let config = RpcConfig {
        websocket_rate: share(400),
        ..RpcConfig::on_free_port()
    };
    let rig = rig(FakeNode::default(), config.clone()).await;
    let (greedy, modest) = (client(&rig).await, client(&rig).await);
    let mut refused = None;
    for _ in 0..500 {
        if let Err(error) = greedy.health().await {
            refused = Some(typed(error));
            break;
        }
    }
    let Some(RpcError::RateLimited { retry_after_ms }) = refused else {
        panic!("it asked for more than its share: {refused:?}");
    };
    assert!((1..=1000).contains(&retry_after_ms), "{retry_after_ms}");
    modest.health().await.unwrap();
    rig.call("system_health", json!([])).await;

    // The same sockets have another share, and none in the end.
    let shares = rig.server.shares();
    let more = RpcConfig {
        websocket_rate: None,
        rate: share(300),
        ..config.clone()
    };
    shares.set(&more).unwrap();
    greedy.health().await.unwrap();
    let told = rig.call("system_limits", json!([])).await;
    assert_eq!(told["share"], json!({"perSecond": 1, "burst": 300}));
    let wrong = RpcConfig {
        rate: share(1),
        ..config
    };
    assert_eq!(shares.set(&wrong).unwrap_err().key, "rate.burst");
    greedy.health().await.unwrap();
}

#[tokio::test]
async fn messages_are_bounded() {
    let rig = plain_rig().await;
    let client = client(&rig).await;
    let answer = client.submit(Bytes(vec![0; 2_000_000]));
    let answer = timeout(Duration::from_millis(500), answer).await;
    assert!(!matches!(answer, Ok(Ok(_))));
    let other = self::client(&rig).await;
    assert!(other.health().await.is_ok());
}

#[tokio::test]
async fn an_open_socket_does_not_hold_up_the_end() {
    let rig = plain_rig().await;
    let client = client(&rig).await;
    client.health().await.unwrap();
    assert_eq!(rig.server.stop().await, Stopped::Graceful);
    assert!(client.health().await.is_err());
}
