//! The same methods over one socket.

use std::time::Duration;

use argosy_rpc::{RpcConfig, Stopped};
use argosy_rpc_api::{
    BlockSelector, Bytes, ChainApiClient, RpcError, SystemApiClient, TxApiClient,
};
use jsonrpsee::core::ClientError;
use jsonrpsee::core::client::ClientT;
use jsonrpsee::core::params::BatchRequestBuilder;
use jsonrpsee::ws_client::{WsClient, WsClientBuilder};
use parity_scale_codec::Encode;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::fake::{self, FakeNode};
use crate::net::{Rig, plain_rig, rig};

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
    let mut stream = TcpStream::connect(rig.address()).await.unwrap();
    let handshake = "GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
        Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
    stream.write_all(handshake.as_bytes()).await.unwrap();
    let call = br#"{"jsonrpc":"2.0","id":1,"method":"chain_getBlock","params":["latest","full"]}"#;
    let length = 0x80 | u8::try_from(call.len()).unwrap();
    let frame = [&[0x81, length, 0, 0, 0, 0][..], &call[..]].concat();
    for _ in 0..40 {
        stream.write_all(&frame).await.unwrap();
    }
    tokio::time::sleep(Duration::from_millis(500)).await;
    assert_eq!(
        rig.call("system_health", serde_json::json!([])).await["status"],
        "ok"
    );

    let mut taken = Vec::new();
    let mut part = vec![0; 1 << 20];
    while let Ok(Ok(1..)) = timeout(Duration::from_millis(700), async {
        let read = stream.read(&mut part).await;
        taken.extend_from_slice(&part[..*read.as_ref().unwrap_or(&0)]);
        read
    })
    .await
    {}
    let text = String::from_utf8_lossy(&taken);
    let (answered, refused) = (
        text.matches("\"txIds\"").count(),
        text.matches("OVERLOADED").count(),
    );
    assert_eq!(answered + refused, 40);
    assert!(
        answered <= 20,
        "{answered} large answers were kept for one socket"
    );
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
