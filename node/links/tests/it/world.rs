//! Nodes for tests.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use argosy_links::{
    AskError, AskId, Bytes, Inbox, Links, LinksConfig, Metrics, PeerId, QuestionId, Topic, Verdict,
};
use argosy_primitives::GenesisHash;
use tokio::sync::watch;
use tokio::time::timeout;

/// Longer than anything takes, even on a busy machine.
pub(crate) const SOON: Duration = Duration::from_secs(20);
pub(crate) const CHAIN: GenesisHash = GenesisHash::from_bytes([7; 32]);
pub(crate) const ANSWER_BYTES_MAX: usize = 3_000_000;
pub(crate) const QUEUE_BYTES_MAX: usize = 4 * 1024 * 1024;

/// What a node has seen.
#[derive(Clone, Default)]
pub(crate) struct Seen {
    pub(crate) peers: BTreeSet<PeerId>,
    pub(crate) named: BTreeSet<PeerId>,
    pub(crate) trusted: BTreeSet<PeerId>,
    pub(crate) frames: Vec<(PeerId, Topic, Bytes)>,
    pub(crate) questions: Vec<(QuestionId, PeerId, Bytes)>,
    pub(crate) withdrawn: Vec<QuestionId>,
    pub(crate) answers: BTreeMap<AskId, Result<Bytes, AskError>>,
    pub(crate) met: usize,
    pub(crate) lost: usize,
}

/// Keeps what it gets. The proof `valid` is one; what begins with `bad` is false.
pub(crate) struct Heap(watch::Sender<Seen>, Mutex<()>);

impl Heap {
    fn change(&self, change: impl FnOnce(&mut Seen)) {
        let _one_at_a_time = self.1.lock().unwrap();
        self.0.send_modify(change);
    }

    /// Until something has been seen.
    pub(crate) async fn until(&self, what: &str, is_so: impl Fn(&Seen) -> bool) -> Seen {
        let mut changes = self.0.subscribe();
        let reached = timeout(SOON, changes.wait_for(|it| is_so(it))).await;
        match reached {
            Ok(seen) => seen.unwrap().clone(),
            Err(_) => panic!("not within {SOON:?}: {what}"),
        }
    }

    /// The same of something that is not in what was seen, and changes by itself.
    pub(crate) async fn until_changed(&self, what: &str, is_so: impl Fn(&Seen) -> bool) {
        let begin = std::time::Instant::now();
        while !is_so(&self.seen()) {
            assert!(begin.elapsed() < SOON, "not within {SOON:?}: {what}");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    pub(crate) fn seen(&self) -> Seen {
        self.0.borrow().clone()
    }
}

impl Inbox for Heap {
    fn met(&self, _: PeerId) {
        self.change(|seen| seen.met += 1);
    }

    fn named(&self, peer: PeerId) {
        self.change(|seen| drop(seen.named.insert(peer)));
    }

    fn connected(&self, peer: PeerId) {
        self.change(|seen| assert!(seen.peers.insert(peer)));
    }

    fn lost(&self, peer: PeerId) {
        self.change(|seen| {
            seen.lost += 1;
            seen.peers.remove(&peer);
            seen.trusted.remove(&peer);
        });
    }

    fn trusts(&self, peer: &PeerId) -> bool {
        self.0.borrow().trusted.contains(peer)
    }

    fn take(&self, peer: PeerId, topic: Topic, content: Bytes) -> Verdict {
        if content.starts_with(b"bad") {
            return Verdict::False("it is bad");
        }
        self.change(|seen| {
            if topic == Topic::Proof && content.as_ref() == b"valid" {
                seen.trusted.insert(peer);
            }
            seen.frames.push((peer, topic, content));
        });
        Verdict::Taken
    }

    fn asked(&self, question: QuestionId, peer: PeerId, content: Bytes) -> Verdict {
        if content.starts_with(b"bad") {
            return Verdict::False("it asks badly");
        }
        self.change(|seen| seen.questions.push((question, peer, content)));
        Verdict::Taken
    }

    fn withdrawn(&self, question: QuestionId, _: PeerId) {
        self.change(|seen| seen.withdrawn.push(question));
    }

    fn answered(&self, ask: AskId, _: PeerId, answer: Result<Bytes, AskError>) -> Verdict {
        let is_bad = answer.as_ref().is_ok_and(|it| it.starts_with(b"bad"));
        self.change(|seen| assert!(seen.answers.insert(ask, answer).is_none()));
        match is_bad {
            true => Verdict::False("it answers badly"),
            false => Verdict::Taken,
        }
    }
}

/// A node: its links and what came in.
pub(crate) struct Node {
    pub(crate) links: Links,
    pub(crate) heap: Arc<Heap>,
    pub(crate) id: PeerId,
    pub(crate) metrics: Metrics,
}

pub(crate) fn config(seed: u8, peers: &[SocketAddr]) -> LinksConfig {
    LinksConfig {
        chain: CHAIN,
        node_seed: [seed; 32],
        listen: "127.0.0.1:0".parse().unwrap(),
        peers: peers.iter().map(ToString::to_string).collect(),
        peers_only: false,
        connections_per_ip_max: 16,
        inbound_max: 16,
        proof: Some(Bytes::from_static(b"valid")),
        answer_bytes_max: ANSWER_BYTES_MAX,
        queue_bytes_max: QUEUE_BYTES_MAX,
    }
}

impl Node {
    pub(crate) async fn start(config: &LinksConfig) -> Node {
        let heap = Arc::new(Heap(watch::Sender::new(Seen::default()), Mutex::default()));
        let inbox = Arc::clone(&heap) as Arc<dyn Inbox>;
        let metrics = Metrics::default();
        let links = Links::start(config, inbox, metrics.clone()).await.unwrap();
        Node {
            links,
            heap,
            id: argosy_links::peer_id(config.node_seed).unwrap(),
            metrics,
        }
    }

    /// Two that are linked.
    pub(crate) async fn pair() -> (Node, Node) {
        let first = Node::start(&config(1, &[])).await;
        let second = Node::start(&config(2, &[first.address()])).await;
        first.has(&second).await;
        second.has(&first).await;
        assert!(second.heap.seen().named.contains(&first.id));
        assert!(first.heap.seen().named.is_empty());
        (first, second)
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.links.address()
    }

    /// Until it is linked with another, and has its proof.
    pub(crate) async fn has(&self, other: &Node) {
        let linked =
            |seen: &Seen| seen.peers.contains(&other.id) && seen.trusted.contains(&other.id);
        self.heap.until("the other one", linked).await;
    }

    pub(crate) async fn publish(&self, topic: Topic, content: impl Into<Bytes>) {
        let wire = self.links.wire();
        wire.publish(topic, content.into()).await.unwrap();
    }

    /// Until a frame with this content has come.
    pub(crate) async fn hears(&self, content: &[u8]) {
        let what = String::from_utf8_lossy(content).into_owned();
        self.heap
            .until(&what, |seen| {
                seen.frames.iter().any(|(_, _, it)| it.as_ref() == content)
            })
            .await;
    }

    /// A figure by its name in the metrics.
    pub(crate) fn figure(&self, name: &str) -> u64 {
        let mut registry = prometheus_client::registry::Registry::default();
        self.metrics.register(&mut registry);
        let mut text = String::new();
        prometheus_client::encoding::text::encode(&mut text, &registry).unwrap();
        let line = text.lines().find(|it| it.starts_with(name));
        line.and_then(|it| it.rsplit(' ').next()?.parse().ok())
            .unwrap_or(0)
    }
}

/// Says something to and fro: the two are still linked.
pub(crate) async fn still_talk((first, second): &(Node, Node), word: &str) {
    first.publish(Topic::Votes, word.as_bytes().to_vec()).await;
    second.publish(Topic::Votes, word.as_bytes().to_vec()).await;
    first.hears(word.as_bytes()).await;
    second.hears(word.as_bytes()).await;
}
