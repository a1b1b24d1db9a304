//! What peers do that are no honest nodes, and that the honest ones go on.

use std::time::{Duration, Instant};

use argosy_links::{AskError, Topic};
use argosy_swarm::STREAMS_PER_CONNECTION_MAX;
use futures::AsyncWriteExt as _;
use libp2p::core::muxing::{StreamMuxer as _, StreamMuxerBox};
use libp2p::core::transport::{DialOpts, PortUse};
use libp2p::core::{Endpoint, Transport as _, upgrade};
use libp2p::identity::Keypair;
use libp2p::{noise, tcp, yamux};
use tokio::io::AsyncReadExt as _;
use tokio::net::TcpSocket;
use tokio::time::timeout;

use crate::hostile::{Hears, Hostile, frame, say, whole};
use crate::world::{ANSWER_BYTES_MAX, Node, QUEUE_BYTES_MAX, SOON, Seen, config, still_talk};

/// Sends it, and is sent away for it.
async fn is_sent_away_for(bytes: &[u8]) {
    let pair = Node::pair().await;
    let mut hostile = Hostile::call(&pair.0, Hears::All).await;
    let mut stream = hostile.open().await;
    say(&mut stream, bytes).await;
    hostile.is_sent_away().await;
    let banned = pair.0.figure("p2p_banned_peers");
    assert_eq!(banned, 1);
    still_talk(&pair, "and now").await;
    let gone = |it: &Seen| !it.peers.contains(&hostile.id) && it.met == it.peers.len() + it.lost;
    pair.0.heap.until("it is forgotten", gone).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn rubbish_costs_the_connection() {
    is_sent_away_for(&[0xff; 4_000]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_length_beyond_reason_costs_the_connection_before_anything_is_held() {
    is_sent_away_for(&frame(1, u32::MAX, b"")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_frame_that_is_false_costs_the_connection() {
    is_sent_away_for(&whole(4, b"bad status")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_proves_twice_who_it_is_is_sent_away() {
    let twice = [whole(0, b"valid"), whole(0, b"valid")].concat();
    is_sent_away_for(&twice).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_stream_costs_the_connection() {
    let pair = Node::pair().await;
    let mut hostile = Hostile::call(&pair.0, Hears::All).await;
    let _first = hostile.open().await;
    let _second = hostile.try_open().await;
    hostile.is_sent_away().await;
    still_talk(&pair, "and now").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_was_sent_away_does_not_come_back_at_once() {
    let pair = Node::pair().await;
    let key = Keypair::generate_ed25519();
    let mut hostile = Hostile::call_as(key.clone(), &pair.0, Hears::All).await;
    let mut stream = hostile.open().await;
    say(&mut stream, &whole(4, b"bad")).await;
    hostile.is_sent_away().await;
    let gone = |it: &Seen| it.lost == 1;
    let met = pair.0.heap.until("it has gone", gone).await.met;
    let mut again = Hostile::call_as(key, &pair.0, Hears::All).await;
    again.is_sent_away().await;
    still_talk(&pair, "and now").await;
    assert_eq!(pair.0.heap.seen().met, met);
}

#[tokio::test(flavor = "multi_thread")]
async fn large_frames_of_strangers_are_read_past() {
    let pair = Node::pair().await;
    let mut hostile = Hostile::call(&pair.0, Hears::All).await;
    let mut stream = hostile.open().await;
    for _ in 0..4 {
        assert!(say(&mut stream, &whole(2, &vec![1; 130 * 1024])).await);
    }
    assert!(say(&mut stream, &whole(4, b"at last")).await);
    pair.0.hears(b"at last").await;
    let frames = pair.0.heap.seen().frames;
    assert!(frames.iter().all(|it| it.1 != Topic::Parts));
    assert!(hostile.is_connected());
    still_talk(&pair, "and now").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flood_of_small_frames_waits_in_the_senders_machine() {
    let pair = Node::pair().await;
    let mut hostile = Hostile::call(&pair.0, Hears::All).await;
    let mut stream = hostile.open().await;
    let begin = Instant::now();
    let flood = tokio::spawn(async move {
        let status = whole(4, &[5; 100]).repeat(100);
        while say(&mut stream, &status).await {}
    });
    for word in 0..20 {
        still_talk(&pair, &format!("word {word}")).await;
    }
    let frames = pair.0.heap.seen().frames;
    let heard = frames.iter().filter(|it| it.0 == hostile.id).count();
    // 32 KiB at once, 8 KiB a second, and some 360 bytes for each: on a slow machine it may be more, too.
    let fair = 100 + 25 * (begin.elapsed().as_secs() as usize + 1);
    assert!(heard <= fair, "{heard} of {fair}");
    flood.abort();
}

#[tokio::test(flavor = "multi_thread")]
async fn who_does_not_read_is_let_go_and_costs_nobody_else_a_frame() {
    let pair = Node::pair().await;
    let mut hostile = Hostile::call(&pair.0, Hears::Nothing).await;
    let known = |seen: &Seen| seen.peers.contains(&hostile.id);
    pair.0.heap.until("the deaf one", known).await;
    let part = vec![3; 100 * 1024];
    // More than the queue, and what the sockets and the stream's window take.
    let count = 6 * QUEUE_BYTES_MAX / part.len();
    for number in 0..count {
        let mut part = part.clone();
        part[..8].copy_from_slice(&(number as u64).to_le_bytes());
        pair.0.publish(Topic::Parts, part.clone()).await;
        // In step with the one that listens.
        pair.1.hears(&part).await;
    }
    hostile.is_sent_away().await;
    assert_eq!(pair.0.figure("p2p_deaf_peers"), 1);
    still_talk(&pair, "and now").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flood_of_questions_does_not_reach_the_node() {
    let (first, second) = Node::pair().await;
    let (asks, answers) = (first.links.wire(), second.links.wire());
    let forgets = tokio::spawn({
        let heap = std::sync::Arc::clone(&second.heap);
        async move {
            for done in 0.. {
                let asked = heap.until("a question", |it| it.questions.len() > done);
                let (question, _, _) = asked.await.questions[done].clone();
                answers.forget(question).await.unwrap();
            }
        }
    });
    let begin = Instant::now();
    for _ in 0..300 {
        let ask = asks.ask(second.id, b"block 1".to_vec().into()).await;
        let ask = ask.unwrap();
        let ended = first
            .heap
            .until("its end", |it| it.answers.contains_key(&ask));
        assert!(ended.await.answers[&ask].is_err());
    }
    let passed = second.heap.seen().questions.len();
    // A hundred in five seconds, however many of these it takes here.
    let windows = 1 + begin.elapsed().as_secs() as usize / 5;
    assert!(passed > 0 && passed <= 100 * windows, "{passed}");
    still_talk(&(first, second), "and now").await;
    forgets.abort();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_asks_one_peer_a_few_things_at_a_time() {
    let (first, second) = Node::pair().await;
    let wire = first.links.wire();
    let mut asks = Vec::new();
    for _ in 0..100 {
        let ask = wire.ask(second.id, b"block 1".to_vec().into()).await;
        asks.push(ask.unwrap());
    }
    // Those beyond end at once; the others reach the node, and wait.
    let busy = |seen: &Seen| seen.answers.len() == 92;
    let seen = first.heap.until("all but eight", busy).await;
    assert!(seen.answers.values().all(|it| *it == Err(AskError::Busy)));
    second
        .heap
        .until("eight", |it| it.questions.len() == 8)
        .await;
    still_talk(&(first, second), "and now").await;
}

/// Strangers that ask, and read no answer; gives what must be kept.
async fn held_up(node: &Node) -> Vec<(Hostile, Vec<libp2p::Stream>)> {
    let mut hostiles = Vec::new();
    for _ in 0..4 {
        let mut hostile = Hostile::call(node, Hears::All).await;
        let mut streams = Vec::new();
        for number in 0..6 {
            streams.push(hostile.ask(&[number]).await);
        }
        hostiles.push((hostile, streams));
    }
    // 16 of strangers wait at most, and of each of them five.
    let refused = |_: &Seen| node.figure("p2p_refused_questions") == 8;
    node.heap
        .until_changed("the others are refused", refused)
        .await;
    let seen = node.heap.seen();
    assert_eq!(seen.questions.len(), 16);
    let wire = node.links.wire();
    for (question, _, _) in seen.questions {
        let answer = vec![7; ANSWER_BYTES_MAX].into();
        wire.answer(question, answer).await.unwrap();
    }
    hostiles
}

/// Asks until there is an answer, which is given as soon as the question comes.
async fn gets_an_answer(asker: &Node, node: &Node) {
    let asks = async {
        while !is_answered(asker, node).await {
            tokio::time::sleep(Duration::from_millis(100)).await; // It asks again, as nodes do.
        }
    };
    let answered = timeout(SOON, asks).await;
    answered.unwrap_or_else(|_| panic!("no answer in {SOON:?}"));
}

/// Asks once.
async fn is_answered(asker: &Node, node: &Node) -> bool {
    let before = node.heap.seen().questions.len();
    let wire = asker.links.wire();
    let ask = wire.ask(node.id, b"and I".to_vec().into()).await.unwrap();
    let ended = |it: &Seen| it.answers.contains_key(&ask);
    let answer = async {
        let came = |it: &Seen| it.questions.len() > before;
        let seen = node.heap.until("its question", came).await;
        let question = seen.questions[before].0;
        let answer = vec![7; ANSWER_BYTES_MAX].into();
        node.links.wire().answer(question, answer).await.unwrap();
        std::future::pending::<()>().await;
    };
    let seen = tokio::select! {
        seen = asker.heap.until("its end", ended) => seen,
        () = answer => unreachable!("it is pending"),
    };
    seen.answers[&ask].is_ok()
}

#[tokio::test(flavor = "multi_thread")]
async fn strangers_that_read_nothing_leave_room_for_validators() {
    let pair = Node::pair().await;
    let hostiles = held_up(&pair.0).await;
    // One address has its share, which one of 3 MB fits; what is more is refused at once.
    still_talk(&pair, "and now").await;
    assert_eq!(pair.0.figure("p2p_dropped_answers"), 15);
    let before = pair.1.heap.seen().answers.len();
    gets_an_answer(&pair.1, &pair.0).await;
    assert_eq!(pair.1.heap.seen().answers.len(), before + 1, "at once");
    drop(hostiles);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_reads_slowly_makes_room_for_other_strangers() {
    let pair = Node::pair().await;
    let hostiles = held_up(&pair.0).await;
    let mut stranger = config(9, &[pair.0.address()]);
    stranger.proof = None;
    let stranger = Node::start(&stranger).await;
    let linked = |it: &Seen| it.peers.contains(&pair.0.id);
    stranger.heap.until("a link", linked).await;
    gets_an_answer(&stranger, &pair.0).await;
    assert!(hostiles.iter().any(|(it, _)| !it.is_connected()));
    assert_eq!(pair.0.figure("p2p_banned_peers"), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_false_question_costs_the_connection() {
    let (first, second) = Node::pair().await;
    let wire = second.links.wire();
    let ask = wire.ask(first.id, b"bad".to_vec().into()).await.unwrap();
    let seen = second
        .heap
        .until("its end", |it| it.answers.contains_key(&ask));
    assert!(seen.await.answers[&ask].is_err());
    first
        .heap
        .until("it has gone", |it| it.peers.is_empty())
        .await;
    assert_eq!(first.figure("p2p_banned_peers"), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_false_answer_costs_the_connection() {
    let (first, second) = Node::pair().await;
    let asks = second.links.wire();
    let ask = asks
        .ask(first.id, b"block 1".to_vec().into())
        .await
        .unwrap();
    let asked = first.heap.until("it", |it| it.questions.len() == 1);
    let question = asked.await.questions[0].0;
    let wire = first.links.wire();
    wire.answer(question, b"bad".to_vec().into()).await.unwrap();
    let lost = |it: &Seen| it.answers.contains_key(&ask) && it.lost == 1;
    second.heap.until("it has gone", lost).await;
    assert_eq!(second.figure("p2p_banned_peers"), 1);
}

/// A connection without a swarm, to do with as one likes.
async fn connection(node: &Node) -> StreamMuxerBox {
    let key = Keypair::generate_ed25519();
    let mut transport = tcp::tokio::Transport::new(tcp::Config::new())
        .upgrade(upgrade::Version::V1)
        .authenticate(noise::Config::new(&key).unwrap())
        .multiplex(yamux::Config::default())
        .map(|(_, muxer), _| StreamMuxerBox::new(muxer));
    let address = format!("/ip4/127.0.0.1/tcp/{}", node.address().port());
    let options = DialOpts {
        role: Endpoint::Dialer,
        port_use: PortUse::New,
    };
    let dialled = transport.dial(address.parse().unwrap(), options).unwrap();
    timeout(SOON, dialled).await.unwrap().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_with_too_many_streams_is_lost_with_all_that_they_hold() {
    let pair = Node::pair().await;
    let mut muxer = connection(&pair.0).await;
    let (mut streams, mut is_lost) = (Vec::new(), false);
    let begin = Instant::now();
    while !is_lost && begin.elapsed() < SOON {
        let next = std::future::poll_fn(|context| {
            let mut muxer = std::pin::Pin::new(&mut muxer);
            if let std::task::Poll::Ready(Err(_)) = muxer.as_mut().poll(context) {
                return std::task::Poll::Ready(None);
            }
            match muxer.as_mut().poll_outbound(context) {
                std::task::Poll::Ready(opened) => std::task::Poll::Ready(opened.ok()),
                std::task::Poll::Pending => std::task::Poll::Pending,
            }
        });
        match timeout(Duration::from_millis(200), next).await {
            Ok(Some(mut stream)) => {
                // How a protocol's name begins; the node waits for the rest.
                let begun = timeout(Duration::from_millis(200), async {
                    stream.write_all(&[19]).await?;
                    stream.flush().await
                });
                is_lost = matches!(begun.await, Ok(Err(_)));
                streams.push(stream);
            }
            Ok(None) => is_lost = true,
            Err(_) => {} // It may open no more for now.
        }
    }
    assert!(is_lost, "{} streams", streams.len());
    assert!(streams.len() > STREAMS_PER_CONNECTION_MAX);
    still_talk(&pair, "and now").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_address_has_a_few_connections_only() {
    let mut few = config(1, &[]);
    few.connections_per_ip_max = 5;
    let node = Node::start(&few).await;
    let address = node.address();
    let from = |ip: &'static str| async move {
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind(format!("{ip}:0").parse().unwrap()).unwrap();
        socket.connect(address).await.unwrap()
    };
    let mut held = Vec::new();
    for _ in 0..5 {
        held.push(from("127.0.0.2").await);
    }
    let mut sixth = from("127.0.0.2").await;
    let read = timeout(SOON, sixth.read(&mut [0; 1])).await;
    assert!(matches!(read, Ok(Ok(0) | Err(_))), "{read:?}");
    // Another address has its own share.
    let other = Node::start(&config(2, &[node.address()])).await;
    node.has(&other).await;
    drop(held);
}
