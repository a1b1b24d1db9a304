//! The task that drives the swarm: peers come and go, streams get their readers and writers, orders are
//! carried out.
//!
//! Not here: questions (`asking`).

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use argosy_swarm::{Caller, PeerStanding, Standing};
use bytes::Bytes;
use futures::StreamExt;
use libp2p::request_response::{InboundRequestId, OutboundRequestId};
use libp2p::swarm::{ConnectionId, SwarmEvent};
use libp2p::{PeerId, Swarm, ping};
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::JoinSet;
use tokio::time::{MissedTickBehavior, interval};

use crate::asking::{Answer, Question};
use crate::behaviour::{Behaviour, BehaviourEvent};
use crate::config::LinksConfig;
use crate::frame::{Topic, frame};
use crate::inbox::Inbox;
use crate::metrics::Metrics;
use crate::questions::{AskId, QuestionId};
use crate::reader::Reader;
use crate::streams::{Step, StreamEvent};
use crate::wire::Order;
use crate::writer::{Queue, writer};

/// Peers are called and judged so often.
const TICK: Duration = Duration::from_secs(1);
/// A connection has so long to get its streams.
const OPENS_WITHIN: Duration = Duration::from_secs(15);

/// A peer, while it has a connection.
#[derive(Debug)]
pub(crate) struct Peer {
    /// Since when it has had no stream.
    since: Instant,
    /// Where it is, as connections are counted.
    pub(crate) site: Option<IpAddr>,
    /// One for each connection that has a stream.
    queues: BTreeMap<ConnectionId, Queue>,
    /// The inbox knows of it.
    is_told: bool,
    /// Its questions since then.
    pub(crate) questions: (Instant, u32),
}

impl Peer {
    fn at(site: Option<IpAddr>, since: Instant) -> Peer {
        Peer {
            since,
            site,
            queues: BTreeMap::new(),
            is_told: false,
            questions: (since, 0),
        }
    }
}

/// A reader has ended.
struct Read {
    peer: PeerId,
    connection: ConnectionId,
    /// Why the peer is to be sent away, if it is.
    why: Option<&'static str>,
}

/// What the task owns.
pub(crate) struct Task {
    pub(crate) swarm: Swarm<Behaviour>,
    pub(crate) inbox: Arc<dyn Inbox>,
    pub(crate) metrics: Metrics,
    caller: Caller,
    proof: Option<Bytes>,
    queue_bytes_max: usize,
    pub(crate) peers: BTreeMap<PeerId, Peer>,
    pub(crate) questions: BTreeMap<QuestionId, Question>,
    pub(crate) asked: BTreeMap<OutboundRequestId, (PeerId, AskId)>,
    /// Answers that peers have not read to the end.
    pub(crate) answers: BTreeMap<InboundRequestId, Answer>,
    /// Counts questions, of both sides.
    pub(crate) count: u64,
    readers: JoinSet<Read>,
    writers: JoinSet<()>,
}

impl Task {
    pub(crate) fn new(
        config: &LinksConfig,
        swarm: Swarm<Behaviour>,
        inbox: Arc<dyn Inbox>,
        metrics: Metrics,
    ) -> Task {
        metrics.peers.set(0);
        Task {
            swarm,
            inbox,
            metrics,
            caller: Caller::new("consensus", &config.peers, &[]),
            proof: config
                .proof
                .as_ref()
                .and_then(|proof| frame(Topic::Proof, proof)),
            queue_bytes_max: config.queue_bytes_max,
            peers: BTreeMap::new(),
            questions: BTreeMap::new(),
            asked: BTreeMap::new(),
            answers: BTreeMap::new(),
            count: 0,
            readers: JoinSet::new(),
            writers: JoinSet::new(),
        }
    }

    /// Until it is told to stop, or nobody can order anything any more.
    pub(crate) async fn run(
        mut self,
        mut orders: mpsc::Receiver<Order>,
        mut names: watch::Receiver<Vec<String>>,
        mut stop: oneshot::Receiver<()>,
    ) {
        let mut ticks = interval(TICK);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                _ = &mut stop => return,
                event = self.swarm.select_next_some() => self.on_event(event),
                order = orders.recv() => match order {
                    Some(order) => self.on_order(order),
                    None => return,
                },
                Ok(()) = names.changed() => {
                    let names = names.borrow_and_update().clone();
                    self.caller.rename(&names, &[]);
                    self.on_tick();
                }
                found = self.caller.found() => self.caller.call(&mut self.swarm, found),
                Some(read) = self.readers.join_next() => {
                    if let Ok(read) = read {
                        self.on_read(&read);
                    }
                }
                Some(_) = self.writers.join_next() => {}
                _ = ticks.tick() => self.on_tick(),
            }
        }
    }

    fn on_event(&mut self, event: SwarmEvent<BehaviourEvent>) {
        match event {
            SwarmEvent::Behaviour(BehaviourEvent::Streams(event)) => self.on_stream(event),
            SwarmEvent::Behaviour(BehaviourEvent::Questions(event)) => self.on_question(event),
            SwarmEvent::Behaviour(BehaviourEvent::Ping(ping::Event {
                connection,
                result: Err(error @ (ping::Failure::Timeout | ping::Failure::Other { .. })),
                ..
            })) => {
                tracing::debug!(target: "network", %error, "a peer does not answer");
                self.swarm.close_connection(connection);
            }
            SwarmEvent::ConnectionEstablished {
                peer_id,
                connection_id,
                endpoint,
                ..
            } => {
                let now = Instant::now();
                self.caller.connected(connection_id, peer_id);
                self.peers.entry(peer_id).or_insert_with(|| {
                    self.inbox.met(peer_id);
                    Peer::at(argosy_swarm::counted(endpoint.get_remote_address()), now)
                });
                if self.caller.is_configured(&peer_id) {
                    self.inbox.named(peer_id);
                }
            }
            SwarmEvent::ConnectionClosed {
                peer_id,
                connection_id,
                num_established,
                ..
            } => self.on_closed(peer_id, connection_id, num_established),
            SwarmEvent::OutgoingConnectionError {
                connection_id,
                error,
                ..
            } => self.caller.failed(connection_id, &error),
            _ => {}
        }
    }

    fn on_stream(&mut self, event: StreamEvent) {
        let StreamEvent {
            peer,
            connection,
            step,
        } = event;
        match step {
            Step::Wrong(why) => self.send_away(peer, why),
            Step::Unsupported => {
                if self.caller.is_configured(&peer) {
                    tracing::warn!(
                        target: "network",
                        code = "p2p.peer_unsupported",
                        %peer,
                        "a configured peer is of another chain or kind, or broke off"
                    );
                }
                self.swarm.close_connection(connection);
            }
            Step::In(stream) => {
                let reader = Reader {
                    stream,
                    peer,
                    inbox: Arc::clone(&self.inbox),
                    metrics: self.metrics.clone(),
                };
                self.readers.spawn(async move {
                    let why = reader.run().await;
                    Read {
                        peer,
                        connection,
                        why,
                    }
                });
            }
            Step::Out(stream) => {
                let Some(known) = self.peers.get_mut(&peer) else {
                    return; // It has gone again.
                };
                let (queue, task) = writer(stream, self.queue_bytes_max);
                if let Some(proof) = &self.proof {
                    // An empty queue takes a small frame.
                    let _ = queue.push(proof.clone());
                }
                self.writers.spawn(task);
                known.queues.insert(connection, queue);
                if !std::mem::replace(&mut known.is_told, true) {
                    self.metrics.peers.inc();
                    self.inbox.connected(peer);
                }
            }
        }
    }

    fn on_read(&mut self, read: &Read) {
        match read.why {
            Some(why) => self.send_away(read.peer, why),
            // Nothing more is heard on it; it may be gone already.
            None => drop(self.swarm.close_connection(read.connection)),
        }
    }

    fn on_closed(&mut self, peer: PeerId, connection: ConnectionId, left: u32) {
        self.has_no_queue(peer, connection);
        if left > 0 {
            return;
        }
        self.caller.lost(&peer);
        if self.peers.remove(&peer).is_some_and(|it| it.is_told) {
            self.metrics.peers.dec();
        }
        self.inbox.lost(peer);
    }

    fn on_order(&mut self, order: Order) {
        match order {
            Order::Publish(topic, content) => self.publish(topic, &content),
            Order::Ask(peer, content, reply) => self.ask(peer, content, reply),
            Order::Answer(id, content) => {
                if let Some(question) = self.questions.remove(&id) {
                    self.answer(question, content);
                }
            }
            Order::Forget(id) => {
                self.questions.remove(&id);
            }
        }
    }

    fn publish(&mut self, topic: Topic, content: &[u8]) {
        let Some(frame) = frame(topic, content) else {
            tracing::error!(
                target: "network",
                code = "p2p.frame_too_large",
                ?topic,
                bytes = content.len(),
                "a frame is too large to be sent"
            );
            return;
        };
        self.metrics.published.inc();
        let mut deaf = Vec::new();
        for (peer, known) in &self.peers {
            // The newest: an older one may be of a machine that lost its power.
            let Some((connection, queue)) = known.queues.last_key_value() else {
                continue;
            };
            match queue.push(frame.clone()) {
                Ok(()) => drop(self.metrics.sent_bytes.inc_by(frame.len() as u64)),
                Err(_) => deaf.push((*peer, *connection)),
            }
        }
        for (peer, connection) in deaf {
            tracing::info!(
                target: "network",
                code = "p2p.peer_slow",
                %peer,
                "does not take frames in time: closes the connection"
            );
            self.metrics.deaf.inc();
            self.has_no_queue(peer, connection);
            self.swarm.close_connection(connection);
        }
    }

    fn has_no_queue(&mut self, peer: PeerId, connection: ConnectionId) {
        let Some(known) = self.peers.get_mut(&peer) else {
            return;
        };
        if known.queues.remove(&connection).is_some() && known.queues.is_empty() {
            known.since = Instant::now();
        }
    }

    /// Whether a peer is one that the operator named, or that speaks for a validator.
    pub(crate) fn is_favoured(&self, peer: &PeerId) -> bool {
        self.caller.is_configured(peer) || self.inbox.trusts(peer)
    }

    /// Closes every connection of a peer, and takes none for a while; one that the operator named may try
    /// again.
    pub(crate) fn send_away(&mut self, peer: PeerId, why: &'static str) {
        if self.caller.is_configured(&peer) {
            tracing::warn!(
                target: "network",
                code = "p2p.configured_peer_dropped",
                %peer,
                why,
                "lets go of a configured peer"
            );
            self.metrics.banned.inc();
        } else if (self.swarm.behaviour_mut().door).ban(peer, why, Instant::now()) {
            tracing::warn!(target: "network", code = "p2p.peer_banned", %peer, why, "sends a peer away");
            self.metrics.banned.inc();
        }
        // It may be gone already.
        let _ = self.swarm.disconnect_peer_id(peer);
    }

    fn on_tick(&mut self) {
        let now = Instant::now();
        self.caller.tick(false, now);
        let friends = self.caller.addresses();
        self.swarm.behaviour_mut().door.befriend(friends);
        let is_late = |it: &Peer| {
            it.queues.is_empty() && now.saturating_duration_since(it.since) > OPENS_WITHIN
        };
        let late = self.peers.iter().filter(|(_, it)| is_late(it));
        for peer in late.map(|(peer, _)| *peer).collect::<Vec<_>>() {
            let _ = self.swarm.disconnect_peer_id(peer);
        }
        self.metrics.standings.put(self.standing(now));
    }

    fn standing(&self, now: Instant) -> Standing {
        let peers = self.peers.iter().map(|(peer, known)| {
            let remarks = [
                (!known.is_told).then_some("it has no stream yet"),
                (known.is_told && known.queues.is_empty()).then_some("it takes no frames now"),
                self.inbox
                    .trusts(peer)
                    .then_some("it speaks for a validator"),
            ];
            PeerStanding {
                peer: *peer,
                address: known.site,
                names: self.caller.names(peer),
                score: None,
                remarks: remarks.into_iter().flatten().collect(),
            }
        });
        Standing {
            peers: peers.collect(),
            sent_away: self.swarm.behaviour().door.sent_away(now),
        }
    }
}
