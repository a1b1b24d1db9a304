//! Who holds sockets without using them does not keep others out.

use std::time::Duration;

use argosy_rpc::RpcConfig;
use argosy_rpc_api::Bytes;
use parity_scale_codec::Encode;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{sleep, timeout};

use crate::fake::{self, FakeNode};
use crate::net::{Rig, plain_rig, rig};

/// Far less than any time after which a socket would be closed by itself.
const SOON: Duration = Duration::from_secs(15);
const HALF_HEAD: &str = "POST / HTTP/1.1\r\nHost: localhost\r\n";
const HALF_BODY: &str = "POST / HTTP/1.1\r\nHost: localhost\r\n\
    Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{\"jsonrpc\"";

async fn hold(rig: &Rig, begin: &str) -> TcpStream {
    let mut stream = TcpStream::connect(rig.address()).await.unwrap();
    stream.write_all(begin.as_bytes()).await.unwrap();
    stream
}

async fn health(rig: &Rig) -> Value {
    let answer = timeout(SOON, rig.call("system_health", json!([]))).await;
    answer.expect("sockets that are only held keep others out")
}

/// Writes a byte now and then until the other side closes; returns what it said.
async fn drip(rig: &Rig, begin: &str) -> String {
    let (mut reader, mut writer) = hold(rig, begin).await.into_split();
    let mut said = Vec::new();
    let dripping = async {
        while writer.write_all(b"x").await.is_ok() {
            sleep(Duration::from_millis(20)).await;
        }
    };
    let cut = async {
        tokio::select! {
            _ = reader.read_to_end(&mut said) => {}
            () = dripping => {}
        }
    };
    timeout(SOON, cut).await.expect("patience has an end");
    String::from_utf8(said).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn half_sent_requests_make_room_for_whole_ones() {
    let rig = plain_rig().await;
    let mut held = Vec::new();
    for begin in ["", HALF_HEAD, HALF_BODY] {
        for _ in 0..150 {
            held.push(timeout(SOON, hold(&rig, begin)).await.unwrap());
        }
        assert_eq!(health(&rig).await["status"], "ok");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn idle_websockets_make_room_too() {
    let rig = plain_rig().await;
    let upgrade = "GET / HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\n\
        Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
        Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
    let mut held = Vec::new();
    for _ in 0..140 {
        let mut stream = timeout(SOON, hold(&rig, upgrade)).await.unwrap();
        let mut status = [0; 12];
        timeout(SOON, stream.read_exact(&mut status))
            .await
            .unwrap()
            .unwrap();
        assert_eq!(&status, b"HTTP/1.1 101");
        held.push(stream);
    }
    assert_eq!(health(&rig).await["status"], "ok");
}

#[tokio::test]
async fn a_socket_with_a_call_in_progress_is_not_cut() {
    let config = RpcConfig {
        max_connections: 2,
        ..RpcConfig::on_free_port()
    };
    let rig = rig(FakeNode::default(), config).await;
    let waiting = |it| {
        let tx = Bytes(fake::signed(it).encode());
        rig.response("tx_submitAndWait", json!([tx, 2500]))
    };
    let third = async {
        while rig.node.submitted.lock().unwrap().len() < 2 {
            sleep(Duration::from_millis(5)).await;
        }
        let third = rig.call("system_health", json!([]));
        tokio::pin!(third);
        let early = timeout(Duration::from_millis(200), &mut third).await;
        assert!(early.is_err(), "all seats are taken, all are busy");
        timeout(SOON, third).await.unwrap()
    };
    let (one, two, third) = tokio::join!(waiting(0), waiting(1), third);
    for answer in [one, two] {
        assert_eq!(answer["error"]["data"]["kind"], "WAIT_TIMEOUT", "{answer}");
    }
    assert_eq!(third["status"], "ok");
}

#[tokio::test]
async fn dripping_bytes_buy_no_time() {
    let config = RpcConfig {
        max_head_ms: 300,
        max_body_ms: 300,
        ..RpcConfig::on_free_port()
    };
    let rig = rig(FakeNode::default(), config).await;
    let body = HALF_BODY.replace("100", "100000");
    let head = format!("{HALF_HEAD}X: ");
    let (in_head, in_body) = tokio::join!(drip(&rig, &head), drip(&rig, &body));
    assert_eq!(in_head, "");
    assert!(in_body.starts_with("HTTP/1.1 408 "), "{in_body}");
    // A call may take longer than its request.
    let tx = Bytes(fake::signed(0).encode());
    let answer = rig.response("tx_submitAndWait", json!([tx, 900])).await;
    assert_eq!(answer["error"]["data"]["kind"], "WAIT_TIMEOUT", "{answer}");
}
