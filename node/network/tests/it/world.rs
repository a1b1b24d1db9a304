//! Nodes for tests.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use argosy_network::{Inbox, Network, NetworkConfig, Taken};
use argosy_primitives::GenesisHash;
use async_trait::async_trait;
use tokio::sync::watch;
use tokio::time::timeout;

/// Longer than anything takes, even on a busy machine.
pub(crate) const SOON: Duration = Duration::from_secs(20);
pub(crate) const CHAIN: GenesisHash = GenesisHash::from_bytes([7; 32]);
pub(crate) const TRANSACTION_BYTES_MAX: usize = 100_000;

/// An inbox that keeps what it gets: `bad…` is false, `late…` is of no use.
pub(crate) struct Heap {
    got: Mutex<Vec<Vec<u8>>>,
    count: watch::Sender<usize>,
}

#[async_trait]
impl Inbox for Heap {
    async fn take(&self, transactions: &[Vec<u8>]) -> Vec<Taken> {
        let mut taken = Vec::new();
        for transaction in transactions {
            taken.push(match transaction.as_slice() {
                it if it.starts_with(b"bad") => Taken::False,
                it if it.starts_with(b"late") => Taken::Useless,
                _ => Taken::Waits,
            });
        }
        let mut got = self.got.lock().unwrap();
        got.extend(transactions.iter().cloned());
        self.count.send_replace(got.len());
        taken
    }
}

impl Heap {
    /// Everything that was looked at, in its order.
    pub(crate) fn got(&self) -> Vec<Vec<u8>> {
        self.got.lock().unwrap().clone()
    }

    /// Until so many were looked at.
    pub(crate) async fn reach(&self, count: usize) {
        let mut changes = self.count.subscribe();
        let reached = timeout(SOON, changes.wait_for(|it| *it >= count)).await;
        assert!(reached.is_ok(), "{} of {count}", self.got().len());
    }
}

/// A node: its network and what came in.
pub(crate) struct Node {
    pub(crate) network: Network,
    pub(crate) heap: Arc<Heap>,
}

pub(crate) fn config(seed: u8, peers: &[SocketAddr]) -> NetworkConfig {
    NetworkConfig {
        chain: CHAIN,
        node_seed: [seed; 32],
        listen: "127.0.0.1:0".parse().unwrap(),
        announce: None,
        peers: peers.iter().map(ToString::to_string).collect(),
        bootnodes: Vec::new(),
        inbound_max: 16,
        connections_per_ip_max: 16,
        transaction_bytes_max: TRANSACTION_BYTES_MAX,
    }
}

impl Node {
    pub(crate) async fn start(config: &NetworkConfig) -> Node {
        let heap = Arc::new(Heap {
            got: Mutex::default(),
            count: watch::Sender::new(0),
        });
        let inbox = Arc::clone(&heap) as Arc<dyn Inbox>;
        let network = Network::start(config, inbox).await.unwrap();
        Node { network, heap }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.network.address()
    }

    pub(crate) fn publish(&self, text: &str) {
        let publisher = self.network.publisher();
        publisher.publish(text.as_bytes().to_vec()).unwrap();
    }

    /// Until it has so many peers.
    pub(crate) async fn has_peers(&self, count: usize) {
        let mut peers = self.network.peers();
        let reached = timeout(SOON, peers.wait_for(|it| *it == count)).await;
        assert!(
            reached.is_ok(),
            "{} peers, not {count}",
            *self.network.peers().borrow()
        );
    }

    /// A figure by its name in the metrics.
    pub(crate) fn figure(&self, name: &str) -> u64 {
        let mut registry = prometheus_client::registry::Registry::default();
        self.network.metrics().register(&mut registry);
        let mut text = String::new();
        prometheus_client::encoding::text::encode(&mut text, &registry).unwrap();
        let line = text.lines().find(|it| it.starts_with(name));
        line.and_then(|it| it.rsplit(' ').next()?.parse().ok())
            .unwrap_or(0)
    }
}

/// Until one of them has sent a peer away: the other one may have closed the connection first.
pub(crate) async fn one_has_sent_away(nodes: &[&Node]) {
    let begin = std::time::Instant::now();
    let away = |it: &&Node| it.figure("gossip_banned_peers") > 0;
    while !nodes.iter().any(away) {
        assert!(begin.elapsed() < SOON);
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}
