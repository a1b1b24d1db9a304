//! Nothing is lost and nothing told twice: a real chain that makes blocks all the while, and clients that
//! break off wherever they are.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use argosy_driver::Driver;
use argosy_primitives::EventCursor;
use argosy_replica::BlockMode;
use argosy_rpc_api::{EventFilter, EventsNotice, Notice};
use argosy_sdk::{Action, Client, Transaction, dev_account};
use jsonrpsee::core::client::{Subscription, SubscriptionClientT};
use jsonrpsee::rpc_params;
use jsonrpsee::ws_client::{WsClient, WsClientBuilder};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use crate::chain::{DevChain, start};

const SOON: Duration = Duration::from_secs(20);

/// Numbers that are the same in every run.
struct Dice(u64);

impl Dice {
    /// From 1 to `max`.
    fn throw(&mut self, max: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        1 + self.0 % max
    }
}

/// Makes so many blocks, every fourth with a transfer, which is an event.
async fn make(driver: Driver, client: Client, blocks: u64) {
    let (alice, bob) = (dev_account("alice").unwrap(), dev_account("bob").unwrap());
    for block in 0..blocks {
        if block % 4 == 3 {
            let pay = alice.sign(Transaction {
                chain: client.chain(),
                signer: alice.public(),
                nonce: block / 4,
                valid_until: block + 100,
                gas_limit: 200_000,
                max_gas_price: 1_000_000,
                tip: 1,
                deposit_max: 0,
                actions: vec![Action::Transfer {
                    to: bob.address(),
                    amount: 1,
                }],
            });
            let pay = Arc::new(pay.verify().unwrap());
            driver.submit(pay).await.unwrap();
        }
        driver.mine().await.unwrap();
    }
}

/// All events, as pages have them.
async fn all(client: &Client) -> Vec<EventCursor> {
    let (mut cursors, mut after) = (Vec::new(), None);
    loop {
        let filter = EventFilter::default();
        let page = client.events(filter, after, (None, None), Some(1_000));
        let page = page.await.unwrap();
        cursors.extend(page.events.iter().map(|it| it.cursor.0));
        after = page.resume.map(|it| it.0);
        if !page.more {
            return cursors;
        }
    }
}

/// Hears of so many events, and breaks off after some of them every time; how often.
async fn by_websocket(client: Client, events: usize) -> (Vec<EventCursor>, u32) {
    let (mut dice, mut heard, mut breaks) = (Dice(7), Vec::new(), 0);
    while heard.len() < events {
        let after = heard.last().copied().or("0.0.0".parse().ok());
        let mut stream = client.follow_events(EventFilter::default(), after);
        let until = heard.len() + dice.throw(12) as usize;
        while heard.len() < until.min(events) {
            let news = timeout(SOON, stream.next()).await.unwrap().unwrap();
            let left = until - heard.len();
            // It dies in the middle of a notice.
            let taken = news.entries.iter().take(left);
            heard.extend(taken.map(|it| it.cursor.0));
        }
        breaks += 1;
    }
    (heard, breaks)
}

/// The same of a stream of server-sent events.
async fn by_stream(address: SocketAddr, events: usize) -> (Vec<EventCursor>, u32) {
    let (mut dice, mut heard, mut breaks) = (Dice(11), Vec::new(), 0);
    let mut last_id = "0.0.0".to_owned();
    while heard.len() < events {
        let mut stream = Stream::open(address, &last_id).await;
        let until = heard.len() + dice.throw(12) as usize;
        while heard.len() < until.min(events) {
            let (id, is_event) = timeout(SOON, stream.block()).await.unwrap();
            if is_event {
                heard.push(id.parse().unwrap());
            }
            last_id = id;
        }
        breaks += 1;
    }
    (heard, breaks)
}

/// A stream of events by HTTP/1.1, which comes in chunks.
struct Stream {
    socket: BufReader<TcpStream>,
    text: String,
}

impl Stream {
    async fn open(address: SocketAddr, last_id: &str) -> Stream {
        let socket = TcpStream::connect(address).await.unwrap();
        let mut stream = Stream {
            socket: BufReader::new(socket),
            text: String::new(),
        };
        let request = format!(
            "GET /v1/events HTTP/1.1\r\nHost: localhost\r\nLast-Event-ID: {last_id}\r\n\r\n"
        );
        let socket = stream.socket.get_mut();
        socket.write_all(request.as_bytes()).await.unwrap();
        assert!(stream.line().await.contains(" 200 "));
        while !stream.line().await.is_empty() {}
        stream
    }

    async fn line(&mut self) -> String {
        let mut line = String::new();
        assert!(self.socket.read_line(&mut line).await.unwrap() > 0, "open");
        line.trim_end().to_owned()
    }

    /// The id of the next block, and whether it is an event.
    async fn block(&mut self) -> (String, bool) {
        loop {
            let Some((block, rest)) = self.text.split_once("\n\n") else {
                let length = self.line().await;
                let length = usize::from_str_radix(&length, 16).unwrap();
                let mut chunk = vec![0; length + 2];
                self.socket.read_exact(&mut chunk).await.unwrap();
                chunk.truncate(length);
                self.text += &String::from_utf8(chunk).unwrap();
                continue;
            };
            let (block, rest) = (block.to_owned(), rest.to_owned());
            self.text = rest;
            let field = |name: &str| block.lines().find_map(|it| it.strip_prefix(name));
            assert_eq!(field("event: "), None, "it does not end: {block}");
            // Otherwise a sign of life.
            if let Some(id) = field("id: ") {
                return (id.to_owned(), field("data: ").is_some());
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_breaks_off_fifty_times_in_two_thousand_blocks_has_what_a_query_has() {
    const BLOCKS: u64 = 2_000;
    const EVENTS: usize = 500;
    let chain = start(BlockMode::Manual).await;
    let client = chain.client.clone();
    let making = tokio::spawn(make(chain.driver().clone(), client.clone(), BLOCKS));
    let by_websocket = tokio::spawn(by_websocket(client.clone(), EVENTS));
    let by_stream = tokio::spawn(by_stream(chain.server.address(), EVENTS));
    making.await.unwrap();
    let expected = all(&client).await;
    assert_eq!(expected.len(), EVENTS);
    for heard in [by_websocket, by_stream] {
        let (heard, breaks) = heard.await.unwrap();
        assert_eq!(heard, expected);
        assert!(breaks >= 50, "{breaks}");
    }
    heads_at_leisure(&client, BLOCKS).await;
}

/// Who does not look for a while has more waiting than the SDK keeps, and misses nothing for that.
async fn heads_at_leisure(client: &Client, blocks: u64) {
    let mut stream = client.follow_heads(Some(0));
    let (mut heights, mut rests) = (Vec::new(), 0);
    while heights.len() < blocks as usize {
        let news = timeout(SOON, stream.next()).await.unwrap().unwrap();
        heights.extend(news.entries.iter().map(|it| it.at.height.0));
        if rests < 2 {
            rests += 1;
            sleep(Duration::from_millis(500)).await;
        }
    }
    assert!(heights.iter().copied().eq(1..=blocks));
}

/// The cursors of events that a subscriber hears of, up to so many.
async fn hear(mut notices: Subscription<EventsNotice>, events: usize) -> Vec<EventCursor> {
    let mut heard = Vec::new();
    while heard.len() < events {
        let notice = timeout(SOON, notices.next()).await.unwrap();
        match notice.unwrap().unwrap() {
            Notice::News { entries, .. } => heard.extend(entries.iter().map(|it| it.cursor.0)),
            other => panic!("{other:?}"),
        }
    }
    heard
}

async fn subscribe(socket: &WsClient, after: Option<&str>) -> Subscription<EventsNotice> {
    let params = rpc_params![(), after];
    let subscribed = socket.subscribe("events_subscribe", params, "events_unsubscribe");
    subscribed.await.unwrap()
}

async fn websocket(chain: &DevChain) -> WsClient {
    let url = format!("ws://{}", chain.server.address());
    WsClientBuilder::default().build(url).await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fifty_subscribers_hear_of_everything_at_ten_blocks_a_second() {
    const SOCKETS: usize = 5;
    const OF_EACH: usize = 10;
    const EVENTS: usize = 15;
    let chain = start(BlockMode::Interval { period_ms: 100 }).await;
    let (mut sockets, mut listening) = (Vec::new(), JoinSet::new());
    for _ in 0..SOCKETS {
        let socket = websocket(&chain).await;
        for _ in 0..OF_EACH {
            listening.spawn(hear(subscribe(&socket, None).await, EVENTS));
        }
        sockets.push(socket);
    }
    let (alice, bob) = (dev_account("alice").unwrap(), dev_account("bob").unwrap());
    for _ in 0..EVENTS {
        let pay = vec![Action::Transfer {
            to: bob.address(),
            amount: 1,
        }];
        let options = argosy_sdk::TxOptions::default();
        chain.client.send(&alice, pay, &options).await.unwrap();
    }
    let expected = all(&chain.client).await;
    assert_eq!(expected.len(), EVENTS);
    while let Some(heard) = listening.join_next().await {
        assert_eq!(heard.unwrap(), expected);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_follows_a_chain_that_goes_back_has_what_is_left_of_it() {
    let chain = start(BlockMode::Instant).await;
    let client = chain.client.clone();
    let pay = async |amount| {
        let to = dev_account("bob").unwrap().address();
        let pay = vec![Action::Transfer { to, amount }];
        let options = argosy_sdk::TxOptions::default();
        let alice = dev_account("alice").unwrap();
        client.send(&alice, pay, &options).await.unwrap();
    };
    let beginning = "0.0.0".parse().ok();
    let mut stream = client.follow_events(EventFilter::default(), beginning);
    let mut dice = Dice(3);
    let mut heard: Vec<(EventCursor, Option<String>)> = Vec::new();
    for round in 0..12 {
        pay(1).await;
        let snapshot = client.snapshot().await.unwrap().snapshot;
        for _ in 0..dice.throw(4) {
            pay(2).await;
        }
        // Some of it is heard of, or all, or nothing.
        if round % 3 != 0 {
            for _ in 0..dice.throw(3) {
                let shortly = Duration::from_millis(50);
                let _all_or_given_up = timeout(shortly, follow(&mut stream, &mut heard)).await;
            }
        }
        client.revert(snapshot).await.unwrap();
        // Sometimes it is soon higher than it ever was.
        for _ in 0..(round % 4) * 2 {
            pay(3).await;
        }
    }
    pay(4).await;
    let filter = EventFilter::default();
    let page = client.events(filter, None, (None, None), Some(1_000));
    let expected: Vec<_> = page.await.unwrap().events;
    let expected: Vec<_> = (expected.iter())
        .map(|it| (it.cursor.0, it.tx_id.map(|id| id.to_string())))
        .collect();
    while heard != expected {
        let followed = timeout(SOON, follow(&mut stream, &mut heard)).await;
        assert!(followed.is_ok(), "{heard:?} and not {expected:?}");
    }
}

/// Takes a notice; what comes in place of others takes it.
async fn follow(
    stream: &mut argosy_sdk::EventStream,
    heard: &mut Vec<(EventCursor, Option<String>)>,
) {
    for entry in stream.next().await.unwrap().entries {
        heard.retain(|it| it.0 < entry.cursor.0);
        heard.push((entry.cursor.0, entry.tx_id.map(|id| id.to_string())));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sixty_four_subscriptions_of_a_connection_and_no_more() {
    let chain = start(BlockMode::Manual).await;
    let socket = websocket(&chain).await;
    let mut open = Vec::new();
    for _ in 0..64 {
        open.push(subscribe(&socket, None).await);
    }
    let params = rpc_params![];
    let one_more = socket
        .subscribe::<EventsNotice, _>("events_subscribe", params, "events_unsubscribe")
        .await;
    let error = one_more.unwrap_err().to_string();
    assert!(error.contains("64"), "{error}");
    // A place that was given back is one, as soon as the node has heard of it.
    open.pop().unwrap().unsubscribe().await.unwrap();
    let again = async {
        while socket
            .subscribe::<EventsNotice, _>("events_subscribe", rpc_params![], "events_unsubscribe")
            .await
            .is_err()
        {
            sleep(Duration::from_millis(10)).await;
        }
    };
    timeout(SOON, again).await.expect("there is a place");
}
