//! What subscriptions cost: whoever has many, is slow, or asks for what was long ago.

use std::sync::atomic::Ordering;
use std::time::Duration;

use argosy_rpc::RpcConfig;
use argosy_rpc_api::{DropReasonView, TxStatus};
use serde_json::json;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::time::{sleep, timeout};

use crate::fake::{self, FakeNode};
use crate::follow::{FOLLOWED, Socket, TOLD};
use crate::metrics::{figure, until};
use crate::net::{plain_rig, rig};

#[tokio::test]
async fn a_crowd_of_changes_costs_a_few_looks_and_what_comes_then_is_told() {
    const CHANGES: u64 = 1_000;
    let rig = plain_rig().await;
    let id = fake::signed(0).id();
    rig.node
        .statuses
        .lock()
        .unwrap()
        .insert(id, TxStatus::Pending);
    let mut socket = Socket::open(&rig).await;
    socket.follow("tx_watch", json!([id.to_string()])).await;
    socket.notice().await;
    // Transactions of others come and go.
    for _ in 0..CHANGES {
        rig.node.changes.send_modify(|it| *it += 1);
        tokio::task::yield_now().await;
    }
    let status = TxStatus::Dropped {
        reason: DropReasonView::NonceUsed,
    };
    rig.node.statuses.lock().unwrap().insert(id, status);
    rig.node.make_block(0, 4);
    let notice = socket.notice().await;
    assert_eq!(notice["status"]["type"], "dropped");
    let looks = rig.node.status_reads.load(Ordering::Relaxed);
    assert!((2..CHANGES / 10).contains(&looks), "{looks}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_reads_the_past_does_not_hold_up_who_hears_what_comes() {
    let node = FakeNode {
        read_takes: Duration::from_millis(800),
        ..FakeNode::default()
    };
    let rig = rig(node, RpcConfig::on_free_port()).await;
    rig.node.make_block(1, 4);
    let mut live = Socket::open(&rig).await;
    live.follow("events_subscribe", json!([])).await;
    live.notice().await;
    // As many as subscriptions have threads, each with a long look.
    let opening = (0..4).map(|_| async {
        let mut socket = Socket::open(&rig).await;
        let after = json!([fake::SLOW_HEIGHT - 1]);
        socket.follow("chain_subscribeHeads", after).await;
        socket
    });
    let mut sockets = futures::future::join_all(opening).await;
    rig.node.make_block(1, 4);
    // What matters is who comes first, however slow the machine is.
    let notice = tokio::select! {
        notice = live.notice() => notice,
        past = sockets[0].notice() => panic!("the past came first: {past}"),
    };
    assert_eq!(notice["entries"].as_array().unwrap().len(), 1);
    for mut socket in sockets {
        assert_eq!(
            socket.notice().await["entries"][0]["at"]["height"],
            fake::SLOW_HEIGHT
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "takes half a minute"]
async fn who_never_reads_is_cut_and_costs_a_notice() {
    const EVENTS: u32 = 2_000;
    let rig = plain_rig().await;
    rig.node.make_block(EVENTS, 16 * 1024);
    let mut sockets = Vec::new();
    for _ in 0..4 {
        let mut socket = Socket::open(&rig).await;
        for _ in 0..8 {
            socket
                .follow("events_subscribe", json!({"fromHeight": 1}))
                .await;
        }
        sockets.push(socket);
    }
    let mut streams = Vec::new();
    for _ in 0..4 {
        let mut stream = TcpStream::connect(rig.address()).await.unwrap();
        let request = b"GET /v1/events?fromHeight=1 HTTP/1.1\r\nHost: localhost\r\n\r\n";
        stream.write_all(request).await.unwrap();
        streams.push(stream);
    }
    until(&rig, FOLLOWED, 36).await;
    // Of 32 notices of 2 MB for each subscription a line carries a few, and the server holds one more.
    let before = figure(&rig, TOLD);
    sleep(Duration::from_secs(5)).await;
    let told = figure(&rig, TOLD) - before;
    assert!(told <= 8 * 8, "{told}");
    let all = async {
        while figure(&rig, FOLLOWED) > 0 {
            sleep(Duration::from_millis(100)).await;
        }
    };
    timeout(Duration::from_secs(30), all)
        .await
        .expect("they are cut");
    drop((sockets, streams));
}

#[tokio::test]
async fn a_notice_is_of_no_more_than_two_megabytes_however_large_events_are() {
    let mut node = FakeNode::default();
    node.spec.limits.event_bytes_max = 64 * 1024;
    let rig = rig(node, RpcConfig::on_free_port()).await;
    rig.node.make_block(20, 64 * 1024);
    let mut socket = Socket::open(&rig).await;
    let from = json!({"fromHeight": 1});
    socket.follow("events_subscribe", from).await;
    for expected in [16, 4] {
        let notice = socket.notice().await;
        assert_eq!(notice["entries"].as_array().unwrap().len(), expected);
    }
}
