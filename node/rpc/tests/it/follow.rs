//! Subscriptions over WebSockets: nothing is lost and nothing told twice, whoever is slow, leaves, or asks
//! for what is gone.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use argosy_rpc::{RpcConfig, Stopped};
use argosy_rpc_api::{EventsNotice, Notice, TxStatus};
use argosy_spec::Agreement;
use jsonrpsee::core::client::SubscriptionClientT;
use jsonrpsee::rpc_params;
use jsonrpsee::ws_client::WsClientBuilder;
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt;
use tokio::net::tcp::OwnedWriteHalf;
use tokio::task::JoinHandle;
use tokio::time::timeout;

use crate::fake::{self, FakeNode, HEAD};
use crate::metrics::{figure, until, until_stuck};
use crate::net::{Rig, kind, plain_rig, rig};
use crate::raw::{self, Frames};

const SOON: Duration = Duration::from_secs(15);
pub(crate) const FOLLOWED: &str = "subscriptions{kind=\"events\"}";
pub(crate) const TOLD: &str = "notices_total{kind=\"events\"}";

/// A client that sorts answers from notices.
pub(crate) struct Socket {
    frames: Frames,
    writer: OwnedWriteHalf,
    last_id: u64,
    notices: VecDeque<Value>,
}

impl Socket {
    pub(crate) async fn open(rig: &Rig) -> Socket {
        let (frames, writer) = raw::open(rig.address()).await;
        Socket {
            frames,
            writer,
            last_id: 0,
            notices: VecDeque::new(),
        }
    }

    async fn message(&mut self) -> Value {
        let text = timeout(SOON, self.frames.text()).await;
        let text = text.expect("in time").expect("the socket is open");
        serde_json::from_str(&text).unwrap()
    }

    /// The response to a call.
    async fn call(&mut self, method: &str, params: Value) -> Value {
        self.last_id += 1;
        let id = self.last_id;
        let call = json!({"jsonrpc": "2.0", "id": id, "method": method, "params": params});
        let frame = raw::frame(&call.to_string());
        self.writer.write_all(&frame).await.unwrap();
        loop {
            let message = self.message().await;
            if message["id"] == id {
                return message;
            }
            assert!(message["method"].is_string(), "{message}");
            self.notices.push_back(message);
        }
    }

    /// The number of a new subscription.
    pub(crate) async fn follow(&mut self, method: &str, params: Value) -> String {
        let response = self.call(method, params).await;
        let number = response["result"].as_str();
        let number = number.unwrap_or_else(|| panic!("{response}"));
        number.to_owned()
    }

    /// The next notice of any subscription.
    pub(crate) async fn notice(&mut self) -> Value {
        let message = match self.notices.pop_front() {
            Some(message) => message,
            None => self.message().await,
        };
        assert!(message["params"]["subscription"].is_string(), "{message}");
        message["params"]["result"].clone()
    }
}

/// Blocks from one cursor to the next of whoever hears of nothing: fewer than the 32 that the most sparing
/// node keeps.
const SPARING: u64 = 31;

/// Makes blocks of changing size while others listen; also gives the place of the last event that there will
/// be.
pub(crate) fn make_blocks(rig: &Rig, blocks: u32) -> (JoinHandle<()>, String) {
    rig.node.make_block(3, 4);
    let node = Arc::clone(&rig.node);
    let making = tokio::spawn(async move {
        for block in 0..blocks {
            node.make_block(block % 4, 4);
            tokio::task::yield_now().await;
        }
        node.make_block(1, 4);
    });
    (making, format!("{}.0.0", HEAD + u64::from(blocks) + 2))
}

/// A server whose subscribers may miss one block at most, and a block of so many large events.
pub(crate) async fn rig_with_large_block(events: u32) -> Rig {
    let config = RpcConfig {
        max_lag_blocks: 1,
        ..RpcConfig::on_free_port()
    };
    let rig = rig(FakeNode::default(), config).await;
    rig.node.make_block(events, 16 * 1024);
    rig
}

/// Waits until a client that reads nothing was told what its line carries, and makes it miss too much.
pub(crate) async fn leave_behind(rig: &Rig, events: u32) {
    let told = until_stuck(rig, TOLD).await;
    assert!(told < u64::from(events / 64), "{told} notices were made");
    rig.node.skip_blocks(2);
}

/// Adds the cursors of a notice.
fn note(cursors: &mut Vec<String>, notice: &Value) {
    let entries = notice["entries"].as_array();
    let entries = entries.unwrap_or_else(|| panic!("{notice}"));
    let places = entries.iter().map(|it| it["cursor"].as_str().unwrap());
    cursors.extend(places.map(str::to_owned));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_leaves_and_comes_back_misses_nothing_and_sees_nothing_twice() {
    const BLOCKS: u32 = 600;
    let rig = plain_rig().await;
    let (making, last) = make_blocks(&rig, BLOCKS);
    let (mut cursors, mut after) = (Vec::new(), json!("1.0.0"));
    let mut reconnects = 0;
    while cursors.last() != Some(&last) {
        let mut socket = Socket::open(&rig).await;
        socket
            .follow("events_subscribe", json!({"after": after}))
            .await;
        for _ in 0..1 + reconnects % 3 {
            let notice = socket.notice().await;
            assert_eq!(notice["type"], "news", "{notice}");
            note(&mut cursors, &notice);
            after = notice["resume"].clone();
            if cursors.last() == Some(&last) {
                break;
            }
        }
        reconnects += 1;
        // It breaks off with whatever is on its way.
    }
    making.await.unwrap();
    assert_eq!(cursors, rig.node.cursors());
    assert!(reconnects > 1, "once would show nothing");
    until(&rig, FOLLOWED, 0).await;
}

#[tokio::test]
async fn a_subscription_without_a_beginning_begins_now() {
    let rig = plain_rig().await;
    rig.node.make_block(2, 4);
    let mut socket = Socket::open(&rig).await;
    socket.follow("events_subscribe", json!([])).await;
    let notice = socket.notice().await;
    assert_eq!(
        (&notice["entries"], &notice["live"]),
        (&json!([]), &json!(true))
    );
    assert_eq!(notice["at"]["height"], HEAD + 1);

    let of_nobody = json!([{"contract": fake::address(9)}]);
    socket.follow("events_subscribe", of_nobody).await;
    socket.notice().await;
    rig.node.make_block(1, 4);
    let notice = socket.notice().await;
    assert_eq!(notice["entries"].as_array().unwrap().len(), 1);
    assert_eq!(notice["entries"][0]["cursor"], format!("{}.0.0", HEAD + 2));
    // Whose filter lets nothing through hears now and then how far it has come.
    // A node that keeps as little as it may has that cursor still.
    rig.node.skip_blocks(SPARING);
    let [one, two] = [socket.notice().await, socket.notice().await];
    for notice in [one, two] {
        assert_eq!(notice["entries"], json!([]));
        let resume = notice["resume"].as_str().unwrap();
        let height = HEAD + 2 + SPARING;
        assert!(resume.starts_with(&format!("{height}.")), "{resume}");
    }
}

#[tokio::test]
async fn who_is_ahead_of_a_node_hears_of_the_rest_of_its_block_at_once() {
    let mut node = FakeNode::default();
    // Validators agree on its blocks: it is only behind.
    node.spec.protocol.agreement = Agreement::Bft;
    let rig = rig(node, RpcConfig::on_free_port()).await;
    let mut socket = Socket::open(&rig).await;
    let after = format!("{}.0.0", HEAD + 2);
    socket
        .follow("events_subscribe", json!({"after": after}))
        .await;
    let notice = socket.notice().await;
    assert_eq!(
        (&notice["type"], &notice["resume"]),
        (&json!("news"), &json!(after))
    );
    rig.node.make_block(2, 4);
    rig.node.make_block(2, 4);
    let mut cursors = Vec::new();
    note(&mut cursors, &socket.notice().await);
    assert_eq!(cursors, [format!("{}.0.1", HEAD + 2)]);
}

#[tokio::test]
async fn a_cursor_ahead_of_a_chain_that_only_this_node_makes_is_of_another_past() {
    let rig = plain_rig().await;
    rig.node.make_block(1, 4);
    let mut socket = Socket::open(&rig).await;
    let place = HEAD + 1;
    // Nobody knows from which block on it is another one.
    let reason = json!({"type": "reverted", "height": 0});
    for height in [place + 1, 1_000_000, u64::MAX] {
        let after = json!({"after": format!("{height}.0.0")});
        socket.follow("events_subscribe", after).await;
        let notice = socket.notice().await;
        assert_eq!(
            (&notice["type"], &notice["reason"]),
            (&json!("lagged"), &reason)
        );
        assert_eq!(notice["resume"], "0.4294967295.4294967295");
    }
    let after = json!([place + 1]);
    socket.follow("chain_subscribeHeads", after).await;
    let notice = socket.notice().await;
    assert_eq!((&notice["reason"], &notice["resume"]), (&reason, &json!(0)));
    // One at its end is not.
    socket.follow("chain_subscribeHeads", json!([place])).await;
    assert_eq!(socket.notice().await["type"], "news");
    let end = json!({"after": format!("{place}.4294967295.4294967295")});
    socket.follow("events_subscribe", end).await;
    assert_eq!(socket.notice().await["type"], "news");
    for cursor in ["-1.0.0", "1.0", "1.0.0.0", "99999999999999999999.0.0", "x"] {
        let after = json!({"after": cursor});
        let response = socket.call("events_subscribe", after).await;
        assert_eq!(kind(&response["error"]), "INVALID_PARAMS", "{response}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_slow_subscriber_is_told_where_to_go_on() {
    const EVENTS: u32 = 1000;
    let rig = rig_with_large_block(EVENTS).await;
    let mut socket = Socket::open(&rig).await;
    let from = json!({"fromHeight": 1});
    socket.follow("events_subscribe", from).await;
    leave_behind(&rig, EVENTS).await;
    let mut cursors = Vec::new();
    let resume = loop {
        let notice = socket.notice().await;
        if notice["type"] == "lagged" {
            assert_eq!(notice["reason"]["type"], "slow", "{notice}");
            assert_eq!(notice["reason"]["max"], 1, "{notice}");
            break notice["resume"].clone();
        }
        note(&mut cursors, &notice);
    };
    assert_eq!(figure(&rig, "lagged_subscriptions_total"), 1);
    until(&rig, FOLLOWED, 0).await;

    let after = json!({"after": resume});
    socket.follow("events_subscribe", after).await;
    while cursors.len() < EVENTS as usize {
        let notice = socket.notice().await;
        note(&mut cursors, &notice);
    }
    assert_eq!(cursors, rig.node.cursors());
}

#[tokio::test]
async fn what_is_no_longer_kept_is_said_at_once_or_when_it_comes_to_that() {
    let rig = plain_rig().await;
    rig.node.make_block(1, 4);
    let mut socket = Socket::open(&rig).await;
    socket.follow("events_subscribe", json!([])).await;
    socket.notice().await;
    socket.follow("chain_subscribeHeads", json!([])).await;
    socket.notice().await;
    rig.node.oldest.store(100, Ordering::Relaxed);
    rig.node.skip_blocks(100);
    for _ in 0..2 {
        let notice = socket.notice().await;
        assert_eq!(notice["type"], "lagged", "{notice}");
        let pruned = json!({"type": "pruned", "oldestHeight": 100});
        assert_eq!(notice["reason"], pruned);
    }
    for (method, params) in [
        ("events_subscribe", json!({"after": "43.0.0"})),
        ("events_subscribe", json!({"fromHeight": 99})),
        ("chain_subscribeHeads", json!([98])),
    ] {
        let response = socket.call(method, params).await;
        assert_eq!(kind(&response["error"]), "PRUNED", "{response}");
    }
    until(&rig, FOLLOWED, 0).await;
    socket.follow("chain_subscribeHeads", json!([99])).await;
}

#[tokio::test]
async fn heads_come_in_order_from_a_height_on() {
    let rig = plain_rig().await;
    rig.node.skip_blocks(158);
    let mut socket = Socket::open(&rig).await;
    socket.follow("chain_subscribeHeads", json!([0])).await;
    let mut heights: Vec<u64> = Vec::new();
    let mut live = Vec::new();
    while heights.len() < 201 {
        let notice = socket.notice().await;
        for entry in notice["entries"].as_array().unwrap() {
            assert_eq!(entry["at"]["height"], entry["header"]["height"]);
            heights.push(entry["at"]["height"].as_u64().unwrap());
        }
        assert_eq!(notice["resume"].as_u64(), heights.last().copied());
        live.push(notice["live"].as_bool().unwrap());
        if notice["live"] == true && heights.len() == 200 {
            rig.node.skip_blocks(1);
        }
    }
    assert!(heights.iter().copied().eq(1..=201));
    assert_eq!(live, [false, false, false, true, true]);
    // Without a beginning, from the newest on.
    socket.follow("chain_subscribeHeads", json!([])).await;
    let notice = socket.notice().await;
    assert_eq!(notice["entries"][0]["at"]["height"], 201);
}

#[tokio::test]
async fn where_a_chain_went_back_it_is_said_how_far_and_nothing_after_that_is_missed() {
    let rig = plain_rig().await;
    for _ in 0..3 {
        rig.node.make_block(1, 4);
    }
    let mut socket = Socket::open(&rig).await;
    let from = json!({"after": "1.0.0"});
    socket.follow("events_subscribe", from).await;
    let notice = socket.notice().await;
    assert_eq!(notice["entries"].as_array().unwrap().len(), 3);
    let mut heads = Socket::open(&rig).await;
    heads
        .follow("chain_subscribeHeads", json!([HEAD + 2]))
        .await;
    assert_eq!(heads.notice().await["resume"], HEAD + 3);
    // Soon it is as high as it was.
    rig.node.go_back(HEAD + 2);
    rig.node.go_back(HEAD + 1);
    for events in [2, 0] {
        rig.node.make_block(events, 4);
    }
    let reason = json!({"type": "reverted", "height": HEAD + 1});
    let notice = socket.notice().await;
    assert_eq!(
        (&notice["type"], &notice["reason"]),
        (&json!("lagged"), &reason)
    );
    let after = json!({"after": notice["resume"]});
    let notice = heads.notice().await;
    assert_eq!(
        (&notice["reason"], &notice["resume"]),
        (&reason, &json!(HEAD + 1))
    );
    socket.follow("events_subscribe", after).await;
    let (mut cursors, place) = (Vec::new(), HEAD + 2);
    note(&mut cursors, &socket.notice().await);
    assert_eq!(cursors, [format!("{place}.0.0"), format!("{place}.0.1")]);
    // One that begins now does not care what was before.
    heads.follow("chain_subscribeHeads", json!([])).await;
    assert_eq!(heads.notice().await["entries"][0]["at"]["height"], HEAD + 3);
}

#[tokio::test]
async fn a_transaction_is_watched_until_its_life_is_over() {
    let rig = plain_rig().await;
    let id = fake::signed(0).id();
    let mut socket = Socket::open(&rig).await;
    let params = json!({"txId": id.to_string()});
    socket.follow("tx_watch", params).await;
    let become_ = |status| {
        rig.node.statuses.lock().unwrap().insert(id, status);
        rig.node.changes.send_modify(|it| *it += 1);
    };
    become_(TxStatus::Pending);
    let notice = socket.notice().await;
    assert_eq!(notice["type"], "status");
    assert_eq!(notice["txId"], id.to_string());
    assert_eq!(notice["status"]["type"], "pending");
    // Nothing has changed, so nothing is told.
    become_(TxStatus::Pending);
    become_(TxStatus::Dropped {
        reason: argosy_rpc_api::DropReasonView::Evicted,
    });
    let notice = socket.notice().await;
    assert_eq!(notice["status"]["reason"]["type"], "evicted");
    until(&rig, "subscriptions{kind=\"tx\"}", 0).await;
}

#[tokio::test]
async fn one_subscription_too_many_says_whose() {
    let config = RpcConfig {
        max_subscriptions_per_connection: 2,
        max_subscriptions: 3,
        ..RpcConfig::on_free_port()
    };
    let rig = rig(FakeNode::default(), config).await;
    let (mut one, mut two) = (Socket::open(&rig).await, Socket::open(&rig).await);
    let first = one.follow("events_subscribe", json!([])).await;
    one.follow("chain_subscribeHeads", json!([])).await;
    let response = one.call("events_subscribe", json!([])).await;
    let error = &response["error"];
    assert_eq!(kind(error), "TOO_MANY_SUBSCRIPTIONS", "{response}");
    assert_eq!(
        (&error["data"]["scope"], &error["data"]["max"]),
        (&json!("connection"), &json!(2))
    );
    two.follow("events_subscribe", json!([])).await;
    let response = two.call("events_subscribe", json!([])).await;
    let error = &response["error"];
    assert_eq!(
        (&error["data"]["scope"], &error["data"]["max"]),
        (&json!("node"), &json!(3)),
        "{response}"
    );
    // Nobody ends what is another's, or of another kind.
    let params = json!([first]);
    let response = one.call("tx_unwatch", params.clone()).await;
    assert_eq!(response["result"], false);
    let response = one.call("events_unsubscribe", params.clone()).await;
    assert_eq!(response["result"], true);
    let response = one.call("events_unsubscribe", params).await;
    assert_eq!(response["result"], false);
    until(&rig, FOLLOWED, 1).await;
    two.follow("events_subscribe", json!([])).await;
    drop(two);
    until(&rig, FOLLOWED, 0).await;
}

#[tokio::test]
async fn subscriptions_are_for_websockets() {
    let rig = plain_rig().await;
    for (method, params) in [
        ("events_subscribe", json!([])),
        ("chain_unsubscribeHeads", json!(["1"])),
    ] {
        let error = rig.fail(method, params).await;
        assert_eq!(kind(&error), "NEEDS_WEBSOCKET");
        assert_eq!(error["data"]["method"], method);
    }
}

#[tokio::test]
async fn clients_of_others_know_our_subscriptions() {
    let rig = plain_rig().await;
    rig.node.make_block(2, 4);
    let url = format!("ws://{}", rig.address());
    let client = WsClientBuilder::default().build(url).await.unwrap();
    let params = rpc_params![json!({}), "1.0.0"];
    let mut notices = client
        .subscribe::<EventsNotice, _>("events_subscribe", params, "events_unsubscribe")
        .await
        .unwrap();
    let notice = timeout(SOON, notices.next()).await.unwrap();
    match notice.unwrap().unwrap() {
        Notice::News { entries, live, .. } => assert_eq!((entries.len(), live), (2, true)),
        other => panic!("{other:?}"),
    }
    drop(notices);
    until(&rig, FOLLOWED, 0).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn subscriptions_end_with_the_server() {
    let rig = plain_rig().await;
    let mut socket = Socket::open(&rig).await;
    for _ in 0..3 {
        socket.follow("events_subscribe", json!([])).await;
        socket.notice().await;
    }
    let stopping = tokio::spawn(rig.server.stop());
    assert_eq!(timeout(SOON, socket.frames.text()).await.unwrap(), None);
    assert_eq!(stopping.await.unwrap(), Stopped::Graceful);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_subscribers_hear_of_everything() {
    const SOCKETS: usize = 5;
    const OF_EACH: usize = 40;
    const BLOCKS: u32 = 20;
    let rig = plain_rig().await;
    let mut sockets = Vec::new();
    for _ in 0..SOCKETS {
        let mut socket = Socket::open(&rig).await;
        for _ in 0..OF_EACH {
            socket.follow("events_subscribe", json!([])).await;
        }
        sockets.push(socket);
    }
    let listening = sockets.into_iter().map(|mut socket| {
        tokio::spawn(async move {
            let mut cursors: BTreeMap<String, Vec<String>> = BTreeMap::new();
            while cursors.values().map(Vec::len).sum::<usize>() < OF_EACH * BLOCKS as usize {
                let message = match socket.notices.pop_front() {
                    Some(message) => message,
                    None => socket.message().await,
                };
                let params = &message["params"];
                let number = params["subscription"].as_str().unwrap().to_owned();
                note(cursors.entry(number).or_default(), &params["result"]);
            }
            cursors
        })
    });
    let listening: Vec<_> = listening.collect();
    for _ in 0..BLOCKS {
        rig.node.make_block(1, 4);
        tokio::task::yield_now().await;
    }
    for heard in listening {
        let heard = heard.await.unwrap();
        assert_eq!(heard.len(), OF_EACH);
        assert!(heard.values().all(|it| *it == rig.node.cursors()));
    }
}
