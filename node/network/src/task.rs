//! The task that drives the swarm: what happens, and who deals with it.
//!
//! Not here: what is done with messages (`messages`) and with peers (`peers`).

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use argosy_primitives::Domain;
use futures::StreamExt;
use libp2p::gossipsub::{self, IdentTopic};
use libp2p::swarm::SwarmEvent;
use libp2p::{PeerId, Swarm, identify};
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::JoinSet;
use tokio::time::{Interval, MissedTickBehavior, interval, sleep_until};

use crate::behaviour::{Behaviour, BehaviourEvent};
use crate::config::NetworkConfig;
use crate::guard::GuardEvent;
use crate::judge::{Judge, Outcome};
use crate::known::Book;
use crate::messages::Outgoing;
use crate::metrics::Metrics;
use crate::seen::Seen;

/// Peers are counted, called and judged so often.
const TICK: Duration = Duration::from_secs(1);

/// Names being looked up.
type LookUps = JoinSet<(usize, std::io::Result<Vec<SocketAddr>>)>;

/// What the task owns.
pub(crate) struct Task {
    pub(crate) swarm: Swarm<Behaviour>,
    pub(crate) topic: IdentTopic,
    pub(crate) protocol: String,
    pub(crate) transaction_bytes_max: usize,
    orders: mpsc::Receiver<Vec<u8>>,
    pub(crate) judge: Judge,
    outcomes: mpsc::UnboundedReceiver<Outcome>,
    pub(crate) seen: Seen,
    pub(crate) outgoing: Outgoing,
    pub(crate) book: Book,
    pub(crate) look_ups: LookUps,
    /// Peers that have not said yet what they are.
    pub(crate) unknown: BTreeMap<PeerId, Instant>,
    pub(crate) peers: watch::Sender<usize>,
    pub(crate) metrics: Metrics,
    /// Makes each message of this node another one.
    pub(crate) salt: u64,
    pub(crate) ticks: u64,
}

/// The task's ends of what others hold the other ends of.
pub(crate) struct Ends {
    pub(crate) orders: mpsc::Receiver<Vec<u8>>,
    pub(crate) judge: Judge,
    pub(crate) outcomes: mpsc::UnboundedReceiver<Outcome>,
    pub(crate) peers: watch::Sender<usize>,
    pub(crate) metrics: Metrics,
}

impl Task {
    pub(crate) fn new(config: &NetworkConfig, swarm: Swarm<Behaviour>, ends: Ends) -> Task {
        let now = Instant::now();
        let own = Domain::GossipId.hash(&[&swarm.local_peer_id().to_bytes()]);
        let mut salt = [0; 8];
        salt[4..].copy_from_slice(&own[..4]);
        Task {
            topic: IdentTopic::new(config.protocol("tx")),
            protocol: config.protocol("node/1"),
            transaction_bytes_max: config.transaction_bytes_max,
            swarm,
            orders: ends.orders,
            judge: ends.judge,
            outcomes: ends.outcomes,
            seen: Seen::new(now),
            outgoing: Outgoing::default(),
            book: Book::new(&config.peers, &config.bootnodes, now),
            look_ups: JoinSet::new(),
            unknown: BTreeMap::new(),
            peers: ends.peers,
            metrics: ends.metrics,
            salt: u64::from_le_bytes(salt),
            ticks: 0,
        }
    }

    /// Until it is told to stop.
    pub(crate) async fn run(mut self, mut stop: oneshot::Receiver<()>) {
        let mut ticks = ticks();
        loop {
            let due = self.outgoing.at;
            tokio::select! {
                _ = &mut stop => return,
                event = self.swarm.select_next_some() => self.on_event(event),
                Some(outcome) = self.outcomes.recv() => self.on_outcome(outcome),
                Some(transaction) = self.orders.recv() => self.publish(transaction),
                Some(found) = self.look_ups.join_next() => {
                    if let Ok((index, found)) = found {
                        self.call(index, found);
                    }
                }
                () = wait_until(due), if due.is_some() => self.flush(),
                _ = ticks.tick() => self.on_tick(),
            }
        }
    }

    fn on_event(&mut self, event: SwarmEvent<BehaviourEvent>) {
        match event {
            SwarmEvent::Behaviour(event) => self.on_behaviour(event),
            SwarmEvent::ConnectionEstablished {
                peer_id,
                connection_id,
                num_established,
                ..
            } => {
                if num_established.get() == 1 {
                    self.unknown.insert(peer_id, Instant::now());
                }
                if let Some(name) = self.book.connected(connection_id, peer_id) {
                    tracing::info!(target: "network", name, peer = %peer_id, "connected");
                }
            }
            SwarmEvent::ConnectionClosed {
                peer_id,
                num_established: 0,
                ..
            } => {
                self.unknown.remove(&peer_id);
                if let Some(name) = self.book.lost(&peer_id, Instant::now()) {
                    tracing::info!(target: "network", name, "connection lost, calls again");
                }
            }
            SwarmEvent::OutgoingConnectionError {
                connection_id,
                error,
                ..
            } => self.on_call_failed(connection_id, &error),
            _ => {}
        }
    }

    fn on_behaviour(&mut self, event: BehaviourEvent) {
        match event {
            BehaviourEvent::Guard(GuardEvent::Gossip(event)) => self.on_gossip(event),
            BehaviourEvent::Guard(GuardEvent::Abuse { peer }) => {
                self.send_away(peer, "it names topics that do not exist");
            }
            BehaviourEvent::Guard(GuardEvent::TooMuch { messages }) => {
                self.metrics.dropped.inc_by(messages as u64);
            }
            BehaviourEvent::Identify(identify::Event::Received { peer_id, info, .. }) => {
                self.on_identified(peer_id, &info);
            }
            BehaviourEvent::Identify(_)
            | BehaviourEvent::Ping(_)
            | BehaviourEvent::Kad(_)
            | BehaviourEvent::Limits(_)
            | BehaviourEvent::Door(_) => {}
        }
    }

    fn on_gossip(&mut self, event: gossipsub::Event) {
        match event {
            gossipsub::Event::Message {
                propagation_source,
                message_id,
                message,
            } => self.on_message(message_id, propagation_source, &message.data),
            gossipsub::Event::GossipsubNotSupported { peer_id } => {
                self.send_away(peer_id, "it does not gossip on this chain");
            }
            gossipsub::Event::Subscribed { .. } | gossipsub::Event::Unsubscribed { .. } => {
                self.count_peers();
            }
            gossipsub::Event::SlowPeer { .. } => {}
        }
    }
}

fn ticks() -> Interval {
    let mut ticks = interval(TICK);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    ticks
}

async fn wait_until(at: Option<tokio::time::Instant>) {
    match at {
        Some(at) => sleep_until(at).await,
        None => std::future::pending().await,
    }
}
