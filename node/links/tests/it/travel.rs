//! What honest nodes say to each other.

use argosy_links::{AskError, Bytes, Links, LinksError, Metrics, Topic};
use argosy_primitives::GenesisHash;

use crate::world::{ANSWER_BYTES_MAX, Node, config, still_talk};

#[tokio::test(flavor = "multi_thread")]
async fn frames_come_in_their_order_after_the_proof() {
    let (first, second) = Node::pair().await;
    for number in 0..500_u32 {
        let content = vec![u8::try_from(number % 251).unwrap(); 1_000];
        first.publish(Topic::Votes, content).await;
    }
    let part = vec![9; 128 * 1024];
    first.publish(Topic::Parts, part.clone()).await;
    second.hears(&part).await;
    let frames = second.heap.seen().frames;
    assert_eq!(frames.len(), 502);
    assert_eq!(frames[0].1, Topic::Proof);
    for (number, (peer, topic, content)) in frames[1..501].iter().enumerate() {
        let expected = u8::try_from(number % 251).unwrap();
        assert_eq!(
            (*peer, *topic, content[0]),
            (first.id, Topic::Votes, expected)
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn everybody_connected_hears_and_nobody_relays() {
    let hub = Node::start(&config(1, &[])).await;
    let mut spokes = Vec::new();
    for seed in 2..8 {
        let spoke = Node::start(&config(seed, &[hub.address()])).await;
        hub.has(&spoke).await;
        spokes.push(spoke);
    }
    spokes[0].publish(Topic::Votes, &b"of a spoke"[..]).await;
    hub.hears(b"of a spoke").await;
    hub.publish(Topic::Votes, &b"of the hub"[..]).await;
    for spoke in &spokes {
        spoke.hears(b"of the hub").await;
        let frames = spoke.heap.seen().frames;
        assert!(frames.iter().all(|(peer, _, _)| *peer == hub.id));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_is_called_again_by_its_name_after_it_was_away() {
    let first = Node::start(&config(1, &[])).await;
    let address = first.address();
    let mut named = config(2, &[]);
    named.peers = vec![format!("localhost:{}", address.port())];
    named.listen = "127.0.0.1:0".parse().unwrap();
    let second = Node::start(&named).await;
    second.has(&first).await;
    first.links.stop().await;
    let gone = |seen: &crate::world::Seen| seen.peers.is_empty() && seen.lost == 1;
    second.heap.until("the first has gone", gone).await;
    let mut again = config(1, &[]);
    again.listen = address;
    let first = Node::start(&again).await;
    second.has(&first).await;
    still_talk(&(first, second), "again").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_that_call_each_other_are_linked_once() {
    let probe = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let later = probe.local_addr().unwrap();
    drop(probe);
    let first = Node::start(&config(1, &[later])).await;
    let mut second = config(2, &[first.address()]);
    second.listen = later;
    let second = Node::start(&second).await;
    let pair = (first, second);
    pair.0.has(&pair.1).await;
    pair.1.has(&pair.0).await;
    still_talk(&pair, "hello").await;
    let frames = pair.1.heap.seen().frames;
    let hellos = frames.iter().filter(|it| it.2.as_ref() == b"hello");
    assert_eq!(hellos.count(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn nodes_of_two_chains_have_nothing_to_say_to_each_other() {
    let first = Node::start(&config(1, &[])).await;
    let mut other = config(2, &[first.address()]);
    other.chain = GenesisHash::from_bytes([8; 32]);
    let second = Node::start(&other).await;
    let met = |seen: &crate::world::Seen| seen.met > 0 && seen.met == seen.lost;
    first.heap.until("met, and gone again", met).await;
    // It may have broken off only.
    assert_eq!(first.figure("p2p_banned_peers"), 0);
    assert!(first.heap.seen().frames.is_empty() && second.heap.seen().frames.is_empty());
    assert!(first.heap.seen().peers.is_empty() && second.heap.seen().peers.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn with_a_list_strangers_do_not_come_in() {
    let mut listed = config(1, &["127.0.0.77:1".parse().unwrap()]);
    listed.peers_only = true;
    let first = Node::start(&listed).await;
    let second = Node::start(&config(2, &[first.address()])).await;
    // It may call whom it likes; a third, which it calls, is linked.
    let third = Node::start(&config(3, &[])).await;
    let mut friend = config(4, &[third.address()]);
    friend.peers_only = true;
    let fourth = Node::start(&friend).await;
    fourth.has(&third).await;
    assert_eq!(
        (first.heap.seen().met, second.heap.seen().peers.len()),
        (0, 0)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn questions_are_answered_or_the_asker_hears_why_not() {
    let (first, second) = Node::pair().await;
    let (asks, answers) = (first.links.wire(), second.links.wire());
    let mut expected = Vec::new();
    for (number, size) in [10, 200_000, ANSWER_BYTES_MAX, ANSWER_BYTES_MAX + 1, 0]
        .into_iter()
        .enumerate()
    {
        let question = Bytes::from(format!("question {number}"));
        let ask = asks.ask(second.id, question.clone()).await.unwrap();
        let asked = second.heap.until("the question", |seen| {
            seen.questions.iter().any(|it| it.2 == question)
        });
        let asked = asked.await.questions.pop().unwrap();
        assert_eq!(asked.1, first.id);
        match size {
            0 => answers.forget(asked.0).await.unwrap(),
            _ => answers.answer(asked.0, vec![7; size].into()).await.unwrap(),
        }
        let seen = first
            .heap
            .until("the answer", |it| it.answers.contains_key(&ask));
        expected.push((seen.await.answers[&ask].clone()).map(|it| it.len()));
    }
    let broken = Err(AskError::BrokenOff);
    assert_eq!(
        expected,
        [Ok(10), Ok(200_000), Ok(ANSWER_BYTES_MAX), broken, broken]
    );
    let nobody = argosy_links::peer_id([99; 32]).unwrap();
    let ask = asks.ask(nobody, Bytes::new()).await.unwrap();
    let seen = first
        .heap
        .until("no answer", |it| it.answers.contains_key(&ask));
    assert_eq!(seen.await.answers[&ask], Err(AskError::NotConnected));
}

#[tokio::test(flavor = "multi_thread")]
async fn who_asks_and_goes_away_is_not_waited_for() {
    let (first, second) = Node::pair().await;
    let asks = first.links.wire();
    asks.ask(second.id, Bytes::new()).await.unwrap();
    let seen = second
        .heap
        .until("the question", |it| !it.questions.is_empty());
    let id = seen.await.questions[0].0;
    first.links.stop().await;
    let withdrawn = |seen: &crate::world::Seen| seen.withdrawn == [id];
    second.heap.until("it is withdrawn", withdrawn).await;
    // An answer to nobody is no error.
    let wire = second.links.wire();
    wire.answer(id, Bytes::new()).await.unwrap();
}

#[tokio::test]
async fn an_address_that_is_taken_is_said() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let mut config = config(1, &[]);
    config.listen = taken.local_addr().unwrap();
    let node = Node::start(&crate::world::config(2, &[])).await;
    let inbox = std::sync::Arc::clone(&node.heap);
    let refused = Links::start(&config, inbox, Metrics::default()).await;
    let Err(LinksError::Listen(error)) = refused else {
        panic!("{refused:?}");
    };
    assert_eq!(error.address, config.listen);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_peer_that_is_named_later_is_called_and_one_that_is_named_no_more_stays() {
    let first = Node::start(&config(1, &[])).await;
    let second = Node::start(&config(2, &[])).await;
    let third = Node::start(&config(3, &[first.address()])).await;
    third.has(&first).await;
    third.links.set_peers(&[second.address().to_string()]);
    third.has(&second).await;
    third.publish(Topic::Votes, &b"to both"[..]).await;
    first.hears(b"to both").await;
    second.hears(b"to both").await;
    assert_eq!(third.heap.seen().lost, 0);
}
