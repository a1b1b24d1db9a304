//! Starting and stopping.

use std::sync::Arc;
use std::time::Duration;

use argosy_rpc::{RpcConfig, RpcServer, StartError, Stopped};
use argosy_rpc_api::Bytes;
use parity_scale_codec::Encode;
use serde_json::json;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::runtime::Handle;
use tokio::time::timeout;

use crate::fake::{self, FakeNode};
use crate::net::{kind, plain_rig, rig};

#[tokio::test]
async fn says_why_it_cannot_start() {
    let rig = plain_rig().await;
    let config = RpcConfig {
        listen: rig.address(),
        ..RpcConfig::default()
    };
    let node = Arc::new(FakeNode::default());
    let error = RpcServer::start(config, node.clone(), &Handle::current())
        .await
        .unwrap_err();
    assert!(matches!(error, StartError::Listen { address, .. } if address == rig.address()));
    assert!(
        error.to_string().contains("is another node running?"),
        "{error}"
    );
    let config = RpcConfig {
        max_connections: 0,
        ..RpcConfig::on_free_port()
    };
    let error = RpcServer::start(config, node, &Handle::current())
        .await
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "rpc.max_connections is 0, it must be at least 1"
    );
}

#[tokio::test]
async fn a_stopped_server_leaves_its_port_free() {
    let rig = plain_rig().await;
    let address = rig.address();
    assert_ne!(address.port(), 0);
    assert_eq!(rig.server.stop().await, Stopped::Graceful);
    assert!(TcpStream::connect(address).await.is_err());
    let config = RpcConfig {
        listen: address,
        ..RpcConfig::default()
    };
    let again = RpcServer::start(config, rig.node, &Handle::current())
        .await
        .unwrap();
    assert_eq!(again.address(), address);
}

#[tokio::test]
async fn who_waits_is_told_that_the_node_stops() {
    let rig = plain_rig().await;
    let url = format!("http://{}", rig.address());
    let client = jsonrpsee::http_client::HttpClientBuilder::default()
        .build(url)
        .unwrap();
    let tx = Bytes(fake::signed(0).encode());
    let waiting = tokio::spawn(async move {
        use jsonrpsee::core::client::ClientT;
        let answer: Result<serde_json::Value, _> = client
            .request("tx_submitAndWait", jsonrpsee::rpc_params![tx, 30_000])
            .await;
        answer
    });
    while rig.node.submitted.lock().unwrap().is_empty() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    // Within the time that open calls have, which is less than it would have waited for.
    assert_eq!(rig.server.stop().await, Stopped::Graceful);
    let error = waiting.await.unwrap().unwrap_err();
    assert!(
        error.to_string().contains("the node is stopping"),
        "{error}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn open_reads_finish_first() {
    let node = FakeNode {
        read_takes: Duration::from_millis(300),
        ..FakeNode::default()
    };
    let rig = rig(node, RpcConfig::on_free_port()).await;
    let url = format!("http://{}", rig.address());
    let client = jsonrpsee::http_client::HttpClientBuilder::default()
        .build(url)
        .unwrap();
    let reading = tokio::spawn(async move {
        use argosy_rpc_api::{BlockSelector, ChainApiClient};
        client
            .header(Some(BlockSelector::Height(fake::SLOW_HEIGHT)))
            .await
    });
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert_eq!(rig.server.stop().await, Stopped::Graceful);
    assert_eq!(
        reading.await.unwrap().unwrap().at.height.0,
        fake::SLOW_HEIGHT
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_call_that_takes_too_long_is_cut() {
    let node = FakeNode {
        read_takes: Duration::from_secs(4),
        ..FakeNode::default()
    };
    let config = RpcConfig {
        max_stop_ms: 100,
        ..RpcConfig::on_free_port()
    };
    let rig = rig(node, config).await;
    let mut stream = TcpStream::connect(rig.address()).await.unwrap();
    let body = json!({"jsonrpc": "2.0", "id": 1, "method": "chain_getHeader", "params": [fake::SLOW_HEIGHT]});
    let body = body.to_string();
    let head = "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n";
    let text = format!("{head}Content-Length: {}\r\n\r\n{body}", body.len());
    stream.write_all(text.as_bytes()).await.unwrap();
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert_eq!(rig.server.stop().await, Stopped::Cut);
}

#[tokio::test]
async fn half_a_request_does_not_hold_up_the_end() {
    let config = RpcConfig {
        max_stop_ms: 200,
        ..RpcConfig::on_free_port()
    };
    let rig = rig(FakeNode::default(), config).await;
    let mut stream = TcpStream::connect(rig.address()).await.unwrap();
    stream
        .write_all(b"POST / HTTP/1.1\r\nHost: loc")
        .await
        .unwrap();
    let error = rig.fail("no_such", json!([])).await;
    assert_eq!(kind(&error), "METHOD_NOT_FOUND");
    // It might go on for 30 s.
    let stopped = timeout(Duration::from_secs(15), rig.server.stop()).await;
    assert!(stopped.is_ok(), "it waits for the rest");
}
