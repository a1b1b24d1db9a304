//! Clients that send without a pause, and take no answers.

use std::time::Duration;

use argosy_rpc::{RpcConfig, Settled, Stopped};
use argosy_rpc_api::Bytes;
use parity_scale_codec::Encode;
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::net::tcp::OwnedWriteHalf;
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};

use crate::fake::{self, FakeNode};
use crate::metrics::{figure, until, until_any};
use crate::net::{Rig, rig};
use crate::raw;

/// Much more than it takes, and less than the 30 s that a test may.
const SOON: Duration = Duration::from_secs(25);
/// Their answers are more than what systems take that nobody reads.
const MESSAGES: usize = 40_000;
/// Calls in progress on one WebSocket, and 16 refusals: the messages that a server may hold for it.
const CALLS_MAX: u32 = 8;
const HELD_MAX: u64 = 24;

async fn strict_rig() -> Rig {
    let config = RpcConfig {
        max_calls_per_connection: CALLS_MAX,
        ..RpcConfig::on_free_port()
    };
    rig(FakeNode::default(), config).await
}

fn call(id: usize, method: &str) -> String {
    format!(r#"{{"jsonrpc":"2.0","id":{id},"method":"{method}"}}"#)
}

/// Sends messages as fast as the server takes them, until it closes.
fn send(
    mut writer: OwnedWriteHalf,
    count: usize,
    message: fn(usize) -> String,
) -> JoinHandle<OwnedWriteHalf> {
    tokio::spawn(async move {
        for id in 0..count {
            let sent = writer.write_all(&raw::frame(&message(id))).await;
            if sent.is_err() {
                break;
            }
        }
        writer
    })
}

#[track_caller]
fn check_held(rig: &Rig) {
    let held = figure(rig, "websocket_messages");
    assert!(held <= HELD_MAX, "{held} messages are held for one socket");
    let open = figure(rig, "open_calls");
    // One of another client.
    assert!(open <= u64::from(CALLS_MAX) + 1, "{open} calls are open");
}

/// Calls as another client does until the server holds all that it may for the flood; then some more.
async fn while_it_is_full(rig: &Rig) {
    let mut calls_left = 50;
    while calls_left > 0 {
        let health = timeout(SOON, rig.call("system_health", json!([]))).await;
        assert_eq!(health.expect("others are served")["status"], "ok");
        check_held(rig);
        let is_full = figure(rig, "websocket_messages") == HELD_MAX
            && figure(rig, "delayed_websocket_messages_total") > 0;
        if is_full || calls_left < 50 {
            calls_left -= 1;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_sends_without_a_pause_and_reads_late_gets_every_answer() {
    let rig = strict_rig().await;
    let (mut frames, writer) = raw::open(rig.address()).await;
    let sending = send(writer, MESSAGES, |id| call(id, "system_health"));
    timeout(SOON, while_it_is_full(&rig)).await.unwrap();

    let mut is_answered = vec![false; MESSAGES];
    let reading = async {
        for number in 0..MESSAGES {
            let text = frames.text().await.expect("the server has not closed");
            let answer: Value = serde_json::from_str(&text).unwrap();
            let id = answer["id"].as_u64().unwrap() as usize;
            assert!(!is_answered[id], "{id} is answered twice");
            is_answered[id] = true;
            let is_refused = answer["error"]["data"]["kind"] == "OVERLOADED";
            assert!(is_refused || answer["result"]["status"] == "ok", "{answer}");
            if number % 1000 == 0 {
                check_held(&rig);
            }
        }
    };
    timeout(SOON, reading).await.expect("all is answered");
    drop(sending.await.unwrap());
    for name in ["websocket_messages", "open_calls", "unsent_bytes"] {
        until(&rig, name, 0).await;
    }
}

/// What never gets to a method is answered, too, and bounded in the same way.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_no_call_piles_up_no_more_than_calls() {
    let kinds: [fn(usize) -> String; 4] = [
        |_| "x".to_owned(),
        |_| "{}".to_owned(),
        |id| format!("[{}]", call(id, "system_health")),
        |id| call(id, "no_such"),
    ];
    for message in kinds {
        let rig = strict_rig().await;
        let (frames, writer) = raw::open(rig.address()).await;
        let sending = send(writer, usize::MAX, message);
        timeout(SOON, while_it_is_full(&rig)).await.unwrap();
        sending.abort();
        drop((frames, sending.await));
        for name in ["websocket_messages", "websockets"] {
            until(&rig, name, 0).await;
        }
    }
}

fn news(_: usize) -> String {
    r#"{"jsonrpc":"2.0","method":"system_health"}"#.to_owned()
}

/// News has no answer: whatever comes of it is over when it is read.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn news_without_end_holds_nothing() {
    let rig = strict_rig().await;
    let (mut frames, writer) = raw::open(rig.address()).await;
    let mut writer = send(writer, 10_000, news).await.unwrap();
    let last = raw::frame(&call(7, "system_health"));
    writer.write_all(&last).await.unwrap();
    let answer = timeout(SOON, frames.text()).await.unwrap().unwrap();
    assert!(answer.contains(r#""id":7"#), "{answer}");
    until(&rig, "websocket_messages", 0).await;
}

/// A waiting call of more than a megabyte, most of it spaces: a socket has room for twice the largest request.
fn large(id: usize) -> String {
    let tx = Bytes(fake::signed(0).encode());
    let call = json!({"jsonrpc": "2.0", "id": id, "method": "tx_submitAndWait", "params": [tx]});
    format!("{}{call}", " ".repeat(1_400_000))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn large_messages_have_room_for_two() {
    let rig = strict_rig().await;
    let (mut frames, writer) = raw::open(rig.address()).await;
    let sending = send(writer, 6, large);
    until(&rig, "delayed_websocket_messages_total", 1).await;
    until(&rig, "open_calls", 2).await;
    assert_eq!(figure(&rig, "websocket_messages"), 2);
    // Other sockets have room of their own.
    let health = rig.call("system_health", json!([])).await;
    assert_eq!(health["status"], "ok");
    assert_eq!(figure(&rig, "websocket_messages"), 2);

    let included = Settled::Included(fake::included());
    let id = fake::signed(0).id();
    rig.node.settled.lock().unwrap().insert(id, included);
    for _ in 0..6 {
        let answer = timeout(SOON, frames.text()).await.unwrap().unwrap();
        assert!(answer.contains(r#""result""#), "{answer}");
        assert!(figure(&rig, "websocket_messages") <= 2);
    }
    drop(sending.await.unwrap());
}

#[tokio::test]
async fn a_message_that_is_too_large_ends_the_socket_with_a_reason() {
    let rig = strict_rig().await;
    let (mut frames, mut writer) = raw::open(rig.address()).await;
    // A length that is only claimed: nothing of the message follows.
    let head = raw::head(3_000_000_000);
    writer.write_all(&head).await.unwrap();
    let answer = timeout(SOON, frames.text()).await.unwrap().unwrap();
    assert!(answer.contains("-32007"), "{answer}");
    assert_eq!(timeout(SOON, frames.text()).await.unwrap(), None);
    assert_eq!(frames.closed, Some(1009), "message too big");
    until(&rig, "websockets", 0).await;
}

/// It is found once, and not again and again by a thread that does nothing else any more.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_message_that_is_too_large_does_not_hold_up_the_end() {
    let node = FakeNode {
        read_takes: Duration::from_secs(2),
        ..FakeNode::default()
    };
    let rig = rig(node, RpcConfig::on_free_port()).await;
    let address = rig.address();
    let (_frames, mut writer) = raw::open(address).await;
    let slow = json!({"jsonrpc": "2.0", "id": 1, "method": "chain_getHeader",
        "params": [fake::SLOW_HEIGHT]});
    let slow = raw::frame(&slow.to_string());
    writer.write_all(&slow).await.unwrap();
    until(&rig, "open_calls", 1).await;
    let stopping = tokio::spawn(rig.server.stop());
    while TcpStream::connect(address).await.is_ok() {
        sleep(Duration::from_millis(5)).await;
    }
    // If the call is over already there is nobody left to hold up.
    let _sent = writer.write_all(&raw::head(3_000_000_000)).await;
    let stopped = timeout(SOON, stopping).await.unwrap().unwrap();
    assert_eq!(stopped, Stopped::Graceful);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_takes_no_answers_does_not_hold_up_the_end() {
    let config = RpcConfig {
        max_stop_ms: 200,
        max_calls_per_connection: 4,
        ..RpcConfig::on_free_port()
    };
    let node = FakeNode {
        transactions: 5000,
        ..FakeNode::default()
    };
    let rig = rig(node, config).await;
    let (_frames, writer) = raw::open(rig.address()).await;
    let _sending = send(writer, 40, |id| {
        let params = json!(["latest", "full"]);
        json!({"jsonrpc": "2.0", "id": id, "method": "chain_getBlock", "params": params})
            .to_string()
    });
    until_any(&rig, "delayed_websocket_messages_total").await;
    // A socket may take nothing for longer.
    let stopped = timeout(Duration::from_secs(15), rig.server.stop()).await;
    assert_eq!(stopped.expect("it waits for the socket"), Stopped::Cut);
}
