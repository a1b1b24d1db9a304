//! What the server counts, as monitoring reads it.

use std::time::Duration;

use argosy_rpc::{RateConfig, RpcConfig};
use argosy_rpc_api::Bytes;
use parity_scale_codec::Encode;
use prometheus_client::encoding::text::encode;
use prometheus_client::registry::Registry;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{sleep, timeout};

use crate::fake::{self, FakeNode};
use crate::net::{Rig, kind, plain_rig, rig};

const SOON: Duration = Duration::from_secs(15);
const POST: &str =
    "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: ";

fn figures(rig: &Rig) -> String {
    let mut registry = Registry::default();
    rig.server.metrics().register(&mut registry);
    let mut text = String::new();
    encode(&mut text, &registry).unwrap();
    text
}

/// A figure by its name and labels, without `rpc_`; 0: it is not told.
pub(crate) fn figure(rig: &Rig, name: &str) -> u64 {
    let text = figures(rig);
    let start = format!("rpc_{name} ");
    let value = text
        .lines()
        .find_map(|it| it.strip_prefix(start.as_str()))
        .unwrap_or("0");
    value.parse().unwrap()
}

pub(crate) async fn until(rig: &Rig, name: &str, expected: u64) {
    until_it_is(rig, name, |it| it == expected).await;
}

/// Until there is any of it.
pub(crate) async fn until_any(rig: &Rig, name: &str) {
    until_it_is(rig, name, |it| it > 0).await;
}

/// Until there is some of it, and for a while no more; answers with how much.
pub(crate) async fn until_stuck(rig: &Rig, name: &str) -> u64 {
    let (mut seen, mut same) = (0, 0);
    let stuck = async {
        while seen == 0 || same < 40 {
            sleep(Duration::from_millis(5)).await;
            let now = figure(rig, name);
            same = if now == seen { same + 1 } else { 0 };
            seen = now;
        }
    };
    assert!(timeout(SOON, stuck).await.is_ok(), "{name} goes on");
    seen
}

async fn until_it_is(rig: &Rig, name: &str, as_expected: impl Fn(u64) -> bool) {
    let reached = async {
        while !as_expected(figure(rig, name)) {
            sleep(Duration::from_millis(5)).await;
        }
    };
    let reached = timeout(SOON, reached).await;
    assert!(reached.is_ok(), "{name} is {}", figure(rig, name));
}

#[track_caller]
fn check_calls(rig: &Rig, expected: &[(&str, &str, u64)]) {
    for (method, result, count) in expected {
        let name = format!("calls_total{{method=\"{method}\",result=\"{result}\"}}");
        assert_eq!(figure(rig, &name), *count, "{name}");
    }
    let told = figures(rig).matches("\nrpc_calls_total{").count();
    assert_eq!(told, expected.len(), "nothing else was called");
}

fn request(method: &str, params: Value) -> Value {
    json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": params})
}

/// Parameters of a call that waits in vain.
fn waits(ms: u32) -> Value {
    json!([Bytes(fake::signed(0).encode()), ms])
}

#[tokio::test]
async fn calls_are_counted_by_method_and_result() {
    let rig = plain_rig().await;
    rig.call("system_health", json!([])).await;
    rig.call("system_health", json!({})).await;
    let health = rig.http("GET /health", "Host: localhost\r\n", "").await;
    assert_eq!(health.status, 200);
    rig.call("chain_getHeader", json!([5])).await;
    rig.fail("chain_getHeader", json!([99])).await;
    let panics = json!([fake::PANIC_HEIGHT]);
    rig.fail("chain_getHeader", panics).await;
    rig.fail("chain_getHeader", json!({"att": 5})).await;
    rig.fail("no_such", json!([])).await;
    check_calls(
        &rig,
        &[
            ("system_health", "ok", 3),
            ("chain_getHeader", "ok", 1),
            ("chain_getHeader", "NOT_FOUND", 1),
            ("chain_getHeader", "INTERNAL", 1),
            ("chain_getHeader", "INVALID_PARAMS", 1),
            ("other", "METHOD_NOT_FOUND", 1),
        ],
    );
    // What was not let in took no time.
    for (method, count) in [("system_health", 3), ("chain_getHeader", 3), ("other", 0)] {
        let name = format!("call_seconds_count{{method=\"{method}\"}}");
        assert_eq!(figure(&rig, &name), count, "{name}");
    }
    let longest = "call_seconds_bucket{le=\"10.0\",method=\"system_health\"}";
    assert_eq!(figure(&rig, longest), 3);
    assert_eq!(figure(&rig, "open_calls"), 0);
    let sent = figure(&rig, "sent_bytes_total");
    let least = (health.head.len() + health.body.len()) as u64;
    assert!(sent > least, "{sent} bytes, one answer has {least}");
}

#[tokio::test]
async fn each_call_of_a_batch_is_counted() {
    let rig = plain_rig().await;
    let batch = json!([
        request("system_health", json!([])),
        request("no_such", json!([])),
        7,
        {"jsonrpc": "2.0", "method": "system_health"},
        request("system_health", json!([])),
    ]);
    rig.post(&batch.to_string()).await;
    check_calls(
        &rig,
        &[("system_health", "ok", 2), ("other", "METHOD_NOT_FOUND", 1)],
    );
}

#[tokio::test]
async fn made_up_methods_share_one_label() {
    let config = RpcConfig {
        max_batch_calls: 1000,
        ..RpcConfig::on_free_port()
    };
    let rig = rig(FakeNode::default(), config).await;
    rig.fail("made_up", json!([])).await;
    let before = figures(&rig).lines().count();
    let made_up = |it: u32| request(&format!("made_up_{it}"), json!([it]));
    let batch: Vec<Value> = (0..1000).map(made_up).collect();
    let answer = rig.post(&json!(batch).to_string()).await;
    assert_eq!(answer.body.matches("METHOD_NOT_FOUND").count(), 1000);
    check_calls(&rig, &[("other", "METHOD_NOT_FOUND", 1001)]);
    let text = figures(&rig);
    assert_eq!(text.lines().count(), before);
    assert!(!text.contains("made_up"), "{text}");
}

#[tokio::test]
async fn an_answer_that_is_too_large_is_told_by_its_name() {
    let node = FakeNode {
        transactions: 200,
        ..FakeNode::default()
    };
    let config = RpcConfig {
        max_response_bytes: 64 * 1024,
        ..RpcConfig::on_free_port()
    };
    let rig = rig(node, config).await;
    rig.fail("chain_getBlock", json!({"detail": "full"})).await;
    check_calls(&rig, &[("chain_getBlock", "RESPONSE_TOO_LARGE", 1)]);
}

#[tokio::test]
async fn a_share_that_is_used_up_is_told() {
    let config = RpcConfig {
        rate: Some(RateConfig {
            per_second: 1,
            burst: 50,
        }),
        ..RpcConfig::on_free_port()
    };
    let rig = rig(FakeNode::default(), config).await;
    let query = json!({"contract": fake::address(7), "message": "0x0102"});
    rig.call("contract_query", query.clone()).await;
    rig.fail("contract_query", query).await;
    assert_eq!(figure(&rig, "refused_calls_total{reason=\"rate\"}"), 1);
    check_calls(
        &rig,
        &[
            ("contract_query", "ok", 1),
            ("contract_query", "RATE_LIMITED", 1),
        ],
    );
}

#[tokio::test]
async fn a_call_too_many_says_which_limit_it_met() {
    let config = RpcConfig {
        max_calls: 1,
        ..RpcConfig::on_free_port()
    };
    let rig = rig(FakeNode::default(), config).await;
    let late = async {
        until(&rig, "open_calls", 1).await;
        rig.fail("system_health", json!([])).await
    };
    let (_, error) = tokio::join!(rig.response("tx_submitAndWait", waits(1000)), late);
    assert_eq!(kind(&error), "OVERLOADED");
    let refused =
        |reason: &str| figure(&rig, &format!("refused_calls_total{{reason=\"{reason}\"}}"));
    assert_eq!((refused("max_calls"), refused("max_connections")), (1, 0));
    check_calls(
        &rig,
        &[
            ("tx_submitAndWait", "WAIT_TIMEOUT", 1),
            ("system_health", "OVERLOADED", 1),
        ],
    );
}

#[tokio::test]
async fn who_goes_away_before_the_answer_is_counted() {
    let rig = plain_rig().await;
    let body = request("tx_submitAndWait", waits(30_000)).to_string();
    let mut stream = TcpStream::connect(rig.address()).await.unwrap();
    let text = format!("{POST}{}\r\n\r\n{body}", body.len());
    stream.write_all(text.as_bytes()).await.unwrap();
    until(&rig, "open_calls", 1).await;
    assert_eq!(figure(&rig, "sockets"), 1);
    drop(stream);
    until(&rig, "open_calls", 0).await;
    until(&rig, "sockets", 0).await;
    check_calls(&rig, &[("tx_submitAndWait", "abandoned", 1)]);
}

#[tokio::test]
async fn a_socket_that_makes_room_is_told() {
    let config = RpcConfig {
        max_connections: 1,
        ..RpcConfig::on_free_port()
    };
    let rig = rig(FakeNode::default(), config).await;
    let held = TcpStream::connect(rig.address()).await.unwrap();
    until(&rig, "sockets", 1).await;
    timeout(SOON, rig.call("system_health", json!([])))
        .await
        .unwrap();
    assert_eq!(figure(&rig, "delayed_sockets_total"), 1);
    assert_eq!(figure(&rig, "cut_sockets_total{reason=\"room\"}"), 1);
    assert_eq!(figure(&rig, "refused_sockets_total"), 0);
    until(&rig, "sockets", 0).await;
    drop(held);
}

#[tokio::test]
async fn sockets_that_are_too_slow_are_told() {
    let config = RpcConfig {
        max_head_ms: 200,
        max_body_ms: 200,
        ..RpcConfig::on_free_port()
    };
    let rig = rig(FakeNode::default(), config).await;
    let half_body = format!("{POST}100\r\n\r\n{{");
    for (begin, reason) in [(POST, "head"), (half_body.as_str(), "body")] {
        let mut stream = TcpStream::connect(rig.address()).await.unwrap();
        stream.write_all(begin.as_bytes()).await.unwrap();
        let name = format!("cut_sockets_total{{reason=\"{reason}\"}}");
        until(&rig, &name, 1).await;
        // It may be closed with what was sent unread.
        let _ = timeout(SOON, stream.read_to_end(&mut Vec::new()))
            .await
            .unwrap();
    }
    until(&rig, "sockets", 0).await;
    let cuts = figures(&rig).matches("\nrpc_cut_sockets_total{").count();
    assert_eq!(cuts, 7, "each reason is told from the beginning");
}

#[tokio::test]
async fn requests_that_are_turned_away_are_counted() {
    let rig = plain_rig().await;
    for (headers, reason) in [
        ("Host: evil.example\r\n", "host"),
        (
            "Host: localhost\r\nOrigin: https://evil.example\r\n",
            "origin",
        ),
        ("", "malformed"),
    ] {
        rig.http("GET /health", headers, "").await;
        let name = format!("refused_requests_total{{reason=\"{reason}\"}}");
        assert_eq!(figure(&rig, &name), 1, "{name}");
    }
    check_calls(&rig, &[]);
}

/// It asks for large answers and takes none of them.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_websocket_that_does_not_read_is_seen() {
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
    until(&rig, "websockets", 1).await;
    assert_eq!(figure(&rig, "sockets"), 1);

    let call = br#"{"jsonrpc":"2.0","id":1,"method":"chain_getBlock","params":["latest","full"]}"#;
    let length = 0x80 | u8::try_from(call.len()).unwrap();
    let frame = [&[0x81, length, 0, 0, 0, 0][..], &call[..]].concat();
    let asking = async {
        let refused = "refused_calls_total{reason=\"max_calls_per_connection\"}";
        while figure(&rig, "unsent_bytes") == 0 || figure(&rig, refused) == 0 {
            stream.write_all(&frame).await.unwrap();
            sleep(Duration::from_millis(20)).await;
        }
    };
    timeout(SOON, asking).await.unwrap();
    let answered = "calls_total{method=\"chain_getBlock\",result=\"ok\"}";
    assert!(figure(&rig, answered) > 0);
    drop(stream);
    for name in ["unsent_bytes", "open_calls", "websockets", "sockets"] {
        until(&rig, name, 0).await;
    }
}
