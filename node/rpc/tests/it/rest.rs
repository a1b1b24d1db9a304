//! What is asked by a plain GET: events as they come, codes, health.

use std::sync::atomic::Ordering;
use std::time::Duration;

use argosy_primitives::{CodeHash, Hash32};
use argosy_rpc::{RateConfig, RpcConfig, Stopped};
use argosy_rpc_api::HealthStatus;
use serde_json::Value;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::fake::{self, FakeNode};
use crate::follow::{FOLLOWED, leave_behind, make_blocks, rig_with_large_block};
use crate::metrics::{figure, until};
use crate::net::{Rig, kind, plain_rig, rig};

const SOON: Duration = Duration::from_secs(15);
const HOST: &str = "Host: localhost\r\n";

/// A stream of events, without the frames of HTTP.
struct Stream(Lines<BufReader<TcpStream>>);

/// A block of a stream.
#[derive(Debug, Default, PartialEq)]
struct Block {
    id: Option<String>,
    event: Option<String>,
    data: Option<Value>,
}

impl Stream {
    /// Opens one that must be answered well.
    async fn open(rig: &Rig, path: &str, headers: &str) -> Stream {
        let mut stream = TcpStream::connect(rig.address()).await.unwrap();
        let request = format!("GET {path} HTTP/1.0\r\n{HOST}{headers}\r\n");
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut stream = Stream(BufReader::new(stream).lines());
        let line = stream.line().await.unwrap();
        assert!(line.contains(" 200 "), "{line}");
        let mut is_stream = false;
        while let Some(line) = stream.line().await.filter(|it| !it.is_empty()) {
            is_stream |= line.to_ascii_lowercase().contains("text/event-stream");
        }
        assert!(is_stream);
        stream
    }

    async fn line(&mut self) -> Option<String> {
        let line = timeout(SOON, self.0.next_line()).await.expect("in time");
        line.ok().flatten()
    }

    /// The next block; `None`: the stream has ended.
    async fn block(&mut self) -> Option<Block> {
        let mut block = Block::default();
        loop {
            let line = self.line().await?;
            match line.split_once(": ") {
                Some(("id", id)) => block.id = Some(id.to_owned()),
                Some(("event", event)) => block.event = Some(event.to_owned()),
                Some(("data", data)) => block.data = Some(serde_json::from_str(data).unwrap()),
                _ if line.is_empty() && block != Block::default() => return Some(block),
                _ => {} // A sign of life.
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stream_goes_on_where_the_last_one_broke_off() {
    const BLOCKS: u32 = 300;
    let rig = plain_rig().await;
    let (making, last) = make_blocks(&rig, BLOCKS);
    let (mut cursors, mut headers, mut reconnects) = (Vec::new(), String::new(), 0);
    while cursors.last() != Some(&last) {
        let mut stream = Stream::open(&rig, "/v1/events?after=1.0.0", &headers).await;
        for _ in 0..20 + reconnects % 30 {
            let block = stream.block().await.unwrap();
            let id = block.id.unwrap();
            headers = format!("Last-Event-ID: {id}\r\n");
            if let Some(event) = block.data {
                assert_eq!(event["cursor"], id, "the id is the event's cursor");
                cursors.push(id);
            }
            if cursors.last() == Some(&last) {
                break;
            }
        }
        reconnects += 1;
    }
    making.await.unwrap();
    assert_eq!(cursors, rig.node.cursors());
    assert!(reconnects > 1, "once would show nothing");
    until(&rig, FOLLOWED, 0).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_slow_reader_is_told_where_to_go_on() {
    const EVENTS: u32 = 1000;
    let rig = rig_with_large_block(EVENTS).await;
    let mut stream = Stream::open(&rig, "/v1/events?fromHeight=1", "").await;
    leave_behind(&rig, EVENTS).await;
    let (mut cursors, mut headers) = (Vec::new(), String::new());
    while let Some(block) = stream.block().await {
        headers = format!("Last-Event-ID: {}\r\n", block.id.clone().unwrap());
        match block.event.as_deref() {
            Some("lagged") => {
                let ending = block.data.unwrap();
                assert_eq!(ending["reason"]["type"], "slow");
                assert_eq!(ending["resume"].as_str(), block.id.as_deref());
            }
            Some(other) => panic!("{other}"),
            None => cursors.extend(block.data.and(block.id)),
        }
    }
    assert_eq!(figure(&rig, "lagged_subscriptions_total"), 1);
    let mut stream = Stream::open(&rig, "/v1/events", &headers).await;
    while cursors.len() < EVENTS as usize {
        let block = stream.block().await.unwrap();
        cursors.extend(block.data.and(block.id));
    }
    assert_eq!(cursors, rig.node.cursors());
}

/// The status, and the error's name.
async fn refused(rig: &Rig, path: &str, headers: &str) -> (u16, String) {
    let line = format!("GET {path}");
    let answer = rig.http(&line, &format!("{HOST}{headers}"), "").await;
    let body: Value = serde_json::from_str(&answer.body).unwrap();
    assert!(body["error"]["data"]["requestId"].is_string(), "{body}");
    (answer.status, kind(&body["error"]).to_owned())
}

#[tokio::test]
async fn what_a_stream_cannot_do_it_says_before_it_begins() {
    let config = RpcConfig {
        max_subscriptions: 1,
        ..RpcConfig::on_free_port()
    };
    let rig = rig(FakeNode::default(), config).await;
    rig.node.make_block(1, 4);
    rig.node.oldest.store(20, Ordering::Relaxed);
    let invalid = (400, "INVALID_PARAMS".to_owned());
    for path in [
        "/v1/events?since=1",
        "/v1/events?after=1",
        "/v1/events?after=1.2.3&after=1.2.3",
        "/v1/events?topic0=7",
        "/v1/events?contract=alice",
    ] {
        assert_eq!(refused(&rig, path, "").await, invalid, "{path}");
    }
    let id = "Last-Event-ID: 7\r\n";
    assert_eq!(refused(&rig, "/v1/events", id).await, invalid);
    let gone = (410, "PRUNED".to_owned());
    let id = "Last-Event-ID: 19.0.0\r\n";
    assert_eq!(refused(&rig, "/v1/events?after=30.0.0", id).await, gone);
    let five = "/v1/events?topic4=7";
    assert_eq!(refused(&rig, five, "").await, invalid);

    let contract = fake::CONTRACT.to_text(argosy_primitives::Hrp::Dev);
    let topic = Hash32::ZERO;
    let path = format!("/v1/events?contract={contract}&topic1={topic}&after=30.0.0");
    let mut stream = Stream::open(&rig, &path, "").await;
    assert_eq!(stream.block().await.unwrap().id.unwrap(), "43.0.0");
    let query = rig.node.event_queries.lock().unwrap().pop().unwrap();
    assert_eq!(query.topics, [None, Some([0; 32])]);
    let many = (503, "TOO_MANY_SUBSCRIPTIONS".to_owned());
    assert_eq!(refused(&rig, "/v1/events", "").await, many);
    drop(stream);
    until(&rig, FOLLOWED, 0).await;
}

#[tokio::test]
async fn only_a_get_opens_a_stream_and_who_leaves_frees_its_place() {
    let rig = plain_rig().await;
    for line in ["HEAD /v1/events", "POST /v1/events", "PUT /v1/events"] {
        let answer = rig.http(line, HOST, "").await;
        assert!(
            (400..500).contains(&answer.status),
            "{line}: {}",
            answer.status
        );
    }
    assert_eq!(figure(&rig, FOLLOWED), 0);
    let mut streams = Vec::new();
    for _ in 0..8 {
        streams.push(Stream::open(&rig, "/v1/events", "").await);
    }
    until(&rig, FOLLOWED, 8).await;
    // Without a word: nothing has to happen on the chain for the node to see it.
    drop(streams);
    until(&rig, FOLLOWED, 0).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stream_ends_with_the_server() {
    let rig = plain_rig().await;
    let mut stream = Stream::open(&rig, "/v1/events", "").await;
    assert!(stream.block().await.is_some());
    let stopping = tokio::spawn(rig.server.stop());
    assert_eq!(stream.block().await, None);
    assert_eq!(stopping.await.unwrap(), Stopped::Graceful);
}

#[tokio::test]
async fn the_bytes_of_a_code_are_asked_for_once() {
    let rig = plain_rig().await;
    let path = format!("/v1/code/{}", CodeHash::ZERO);
    let mut stream = TcpStream::connect(rig.address()).await.unwrap();
    let request = format!("GET {path} HTTP/1.0\r\n{HOST}\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).await.unwrap();
    assert!(bytes.ends_with(b"\r\n\r\n\0asm\x01\0\0\0"));
    let head = String::from_utf8_lossy(&bytes).to_ascii_lowercase();
    for line in [
        "content-type: application/wasm".to_owned(),
        "cache-control: public, max-age=31536000, immutable".to_owned(),
        format!("etag: \"{}\"", CodeHash::ZERO),
    ] {
        assert!(head.contains(&line), "{line} in {head}");
    }
    let known = format!("{HOST}If-None-Match: \"{}\"\r\n", CodeHash::ZERO);
    let answer = rig.http(&format!("GET {path}"), &known, "").await;
    assert_eq!((answer.status, answer.body.as_str()), (304, ""));

    let unknown = format!("/v1/code/{}", CodeHash::from_bytes([1; 32]));
    let (status, kind) = refused(&rig, &unknown, "").await;
    assert_eq!((status, kind.as_str()), (404, "NOT_FOUND"));
    let (status, kind) = refused(&rig, "/v1/code/0x12", "").await;
    assert_eq!((status, kind.as_str()), (400, "INVALID_PARAMS"));
}

#[tokio::test]
async fn health_is_a_status_for_those_who_look_at_nothing_else() {
    for (health, status, word) in [
        (HealthStatus::Ok, 200, "ok"),
        (HealthStatus::Syncing, 206, "syncing"),
        (HealthStatus::Paused, 206, "paused"),
        (HealthStatus::Stopping, 503, "stopping"),
        (HealthStatus::Failed, 503, "failed"),
    ] {
        let node = FakeNode {
            health,
            ..FakeNode::default()
        };
        let rig = rig(node, RpcConfig::on_free_port()).await;
        let answer = rig.http("GET /health", HOST, "").await;
        let body: Value = serde_json::from_str(&answer.body).unwrap();
        assert_eq!((answer.status, &body["status"]), (status, &word.into()));
    }
}

#[tokio::test]
async fn who_gets_too_much_must_wait() {
    let dearest = argosy_rpc_api::METHODS.iter().map(|it| it.weight).max();
    let burst = dearest.unwrap();
    let config = RpcConfig {
        rate: Some(RateConfig {
            per_second: 1,
            burst,
        }),
        ..RpcConfig::on_free_port()
    };
    let rig = rig(FakeNode::default(), config).await;
    let path = format!("/v1/code/{}", CodeHash::from_bytes([1; 32]));
    let mut kinds = Vec::new();
    for _ in 0..=burst / 10 {
        kinds.push(refused(&rig, &path, "").await.1);
    }
    assert_eq!(kinds.pop().unwrap(), "RATE_LIMITED");
    assert!(kinds.iter().all(|it| it == "NOT_FOUND"), "{kinds:?}");
}
