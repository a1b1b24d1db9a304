//! Who holds sockets without using them does not keep others out.

use std::time::Duration;

use argosy_rpc::RpcConfig;
use argosy_rpc_api::Bytes;
use parity_scale_codec::Encode;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio::time::{sleep, timeout};

use crate::fake::{self, FakeNode};
use crate::metrics::{figure, until, until_any};
use crate::net::{Rig, plain_rig, rig};
use crate::raw;

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

/// A stream of events whose client has sent more behind its request: nothing is read of that before the stream
/// ends, which it does not by itself, and all that is written is taken at once.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stream_that_is_neither_read_from_nor_written_to_makes_room() {
    let config = RpcConfig {
        max_connections: 1,
        ..RpcConfig::on_free_port()
    };
    let rig = rig(FakeNode::default(), config).await;
    let request = "GET /v1/events HTTP/1.1\r\nHost: localhost\r\n\r\n";
    let mut stream = hold(&rig, &format!("{request}{request}")).await;
    let mut status = [0; 12];
    stream.read_exact(&mut status).await.unwrap();
    assert_eq!(&status, b"HTTP/1.1 200");
    assert_eq!(health(&rig).await["status"], "ok");
    let cut = "cut_sockets_total{reason=\"room\"}";
    until(&rig, cut, 1).await;
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

/// Its answers are ready: it is quiet, as one is that reads slowly.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_websocket_that_takes_no_answers_makes_room() {
    let node = FakeNode {
        transactions: 5000,
        ..FakeNode::default()
    };
    let config = RpcConfig {
        max_connections: 1,
        max_calls_per_connection: 4,
        ..RpcConfig::on_free_port()
    };
    let rig = rig(node, config).await;
    let (_frames, mut writer) = raw::open(rig.address()).await;
    let call = r#"{"jsonrpc":"2.0","id":1,"method":"chain_getBlock","params":["latest","full"]}"#;
    for _ in 0..40 {
        writer.write_all(&raw::frame(call)).await.unwrap();
    }
    until_any(&rig, "delayed_websocket_messages_total").await;
    assert_eq!(health(&rig).await["status"], "ok");
    assert_eq!(figure(&rig, "cut_sockets_total{reason=\"room\"}"), 1);
    until(&rig, "websocket_messages", 0).await;
}

#[tokio::test]
async fn requests_on_one_socket_are_served_one_after_the_other() {
    const REQUESTS: usize = 1000;
    let rig = plain_rig().await;
    let stream = TcpStream::connect(rig.address()).await.unwrap();
    let (reader, mut writer) = stream.into_split();
    let sending = tokio::spawn(async move {
        for id in 0..REQUESTS {
            let body = json!({"jsonrpc": "2.0", "id": id, "method": "chain_getHeader"}).to_string();
            let head = HALF_BODY.split("\r\n\r\n").next().unwrap();
            let head = head.replace("100", &body.len().to_string());
            let request = format!("{head}\r\n\r\n{body}");
            writer.write_all(request.as_bytes()).await.unwrap();
        }
        writer
    });
    let mut parts = BufReader::new(reader).split(b'}');
    let mut answered = Vec::new();
    while answered.len() < REQUESTS {
        let part = timeout(SOON, parts.next_segment()).await.unwrap();
        let part = String::from_utf8(part.unwrap().unwrap()).unwrap();
        if let Some((_, rest)) = part.split_once(r#""id":"#) {
            let id = rest.split(',').next().unwrap();
            answered.push(id.parse::<usize>().unwrap());
        }
        assert!(figure(&rig, "open_calls") <= 1);
    }
    assert!(answered.iter().copied().eq(0..REQUESTS), "in their order");
    drop(sending.await.unwrap());
}

#[tokio::test]
async fn http2_is_not_spoken() {
    let rig = plain_rig().await;
    let preface = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
    let settings = [0, 0, 0, 4, 0, 0, 0, 0, 0];
    let answer = rig.raw(&[&preface[..], &settings[..]].concat()).await;
    assert!([0, 400].contains(&answer.status), "{}", answer.head);
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
