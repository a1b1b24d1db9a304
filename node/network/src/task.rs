//! The task that drives the swarm: messages in and out, peers called and sent away.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use argosy_primitives::{Domain, Hash32};
use futures::StreamExt;
use libp2p::gossipsub::{self, IdentTopic, MessageAcceptance, MessageId, PublishError};
use libp2p::multiaddr::Protocol;
use libp2p::swarm::dial_opts::DialOpts;
use libp2p::swarm::{ConnectionId, DialError, SwarmEvent};
use libp2p::{Multiaddr, PeerId, Swarm, identify};
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::JoinSet;
use tokio::time::{Interval, MissedTickBehavior, interval, sleep_until};

use crate::batch::{BATCH_BYTES, BATCH_COUNT_MAX, Batch};
use crate::behaviour::{Behaviour, BehaviourEvent, PEERS_WANTED};
use crate::config::NetworkConfig;
use crate::guard::GuardEvent;
use crate::inbox::Taken;
use crate::judge::{Job, Judge, Outcome};
use crate::known::Book;
use crate::metrics::Metrics;
use crate::seen::Seen;

/// How long a transaction waits for others to travel with.
const GATHER: Duration = Duration::from_millis(20);
/// Peers are counted, called and judged so often.
const TICK: Duration = Duration::from_secs(1);
/// While there are few peers, others are looked for so often, in ticks.
const DISCOVER_TICKS: u64 = 15;
/// A peer has so long to say what it is.
const IDENTIFIED_WITHIN: Duration = Duration::from_secs(15);
/// Addresses of one peer that are remembered.
const ADDRESSES_MAX: usize = 4;

/// Transactions that wait to be sent together.
#[derive(Default)]
struct Outgoing {
    transactions: Vec<Vec<u8>>,
    bytes: usize,
    /// When they are sent, however few they are.
    at: Option<tokio::time::Instant>,
}

/// Names being looked up.
type LookUps = JoinSet<(usize, std::io::Result<Vec<SocketAddr>>)>;

/// What the task owns.
pub(crate) struct Task {
    pub(crate) swarm: Swarm<Behaviour>,
    topic: IdentTopic,
    protocol: String,
    transaction_bytes_max: usize,
    orders: mpsc::Receiver<Vec<u8>>,
    judge: Judge,
    outcomes: mpsc::UnboundedReceiver<Outcome>,
    seen: Seen,
    outgoing: Outgoing,
    book: Book,
    look_ups: LookUps,
    /// Peers that have not said yet what they are.
    unknown: BTreeMap<PeerId, Instant>,
    peers: watch::Sender<usize>,
    metrics: Metrics,
    /// Makes each message of this node another one.
    salt: u64,
    ticks: u64,
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

    /// Puts a transaction of this node on its way.
    fn publish(&mut self, transaction: Vec<u8>) {
        // It is known here: who sends it back need not be looked at.
        self.seen.note(hash(&transaction), Instant::now());
        self.gather(transaction);
    }

    fn gather(&mut self, transaction: Vec<u8>) {
        let bytes = self.outgoing.bytes.saturating_add(transaction.len());
        if bytes > BATCH_BYTES {
            self.flush();
        }
        self.outgoing.bytes = self.outgoing.bytes.saturating_add(transaction.len());
        self.outgoing.transactions.push(transaction);
        if self.outgoing.bytes >= BATCH_BYTES || self.outgoing.transactions.len() >= BATCH_COUNT_MAX
        {
            self.flush();
        } else if self.outgoing.at.is_none() {
            self.outgoing.at = Some(tokio::time::Instant::now() + GATHER);
        }
    }

    /// Sends what has gathered.
    fn flush(&mut self) {
        let Outgoing { transactions, .. } = std::mem::take(&mut self.outgoing);
        let count = transactions.len() as u64;
        if count == 0 {
            return;
        }
        self.salt = self.salt.wrapping_add(1);
        let batch = Batch {
            salt: self.salt,
            transactions,
        };
        let message = batch.encode();
        let bytes = message.len() as u64;
        let gossip = &mut self.swarm.behaviour_mut().guard.gossip;
        match gossip.publish(self.topic.clone(), message) {
            Ok(_) => {
                self.metrics.published.inc_by(count);
                self.metrics.published_bytes.inc_by(bytes);
            }
            Err(PublishError::NoPeersSubscribedToTopic | PublishError::AllQueuesFull(_)) => {
                self.metrics.unheard.inc_by(count);
            }
            Err(error) => {
                tracing::warn!(target: "network", %error, count, "cannot send transactions");
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

    /// Looks at each transaction of a message that was not here lately.
    fn on_message(&mut self, message: MessageId, from: PeerId, data: &[u8]) {
        let batch = match Batch::decode(data, self.transaction_bytes_max) {
            Ok(batch) => batch,
            Err(error) => {
                tracing::debug!(target: "network", peer = %from, %error, "a message that is none");
                self.report(&message, &from, MessageAcceptance::Reject);
                return;
            }
        };
        let now = Instant::now();
        let mut job = Job {
            message,
            from,
            bytes: batch.transactions.iter().map(Vec::len).sum(),
            fresh: Vec::new(),
            hashes: Vec::new(),
        };
        for transaction in batch.transactions {
            let hash = hash(&transaction);
            if self.seen.note(hash, now) {
                job.fresh.push(transaction);
                job.hashes.push(hash);
            } else {
                self.metrics.repeated.inc();
            }
        }
        if job.fresh.is_empty() {
            self.report(&job.message, &job.from, MessageAcceptance::Ignore);
            return;
        }
        if let Some(job) = self.judge.hand_in(job) {
            job.hashes.iter().for_each(|hash| self.seen.forget(hash));
            self.metrics.dropped.inc();
            self.report(&job.message, &job.from, MessageAcceptance::Ignore);
        }
    }

    /// Hands a message on, or what is good in it.
    fn on_outcome(&mut self, Outcome { job, taken }: Outcome) {
        let (mut good, mut has_false) = (0, false);
        for (index, taken) in taken.iter().enumerate() {
            self.metrics.received(*taken);
            match (taken, job.hashes.get(index), job.fresh.get(index)) {
                (Taken::Waits, _, Some(it)) => good += it.len(),
                (Taken::Busy, Some(hash), _) => self.seen.forget(hash),
                (Taken::False, ..) => has_false = true,
                (Taken::Waits | Taken::Busy | Taken::Useless, ..) => {}
            }
        }
        // Most of it is worth it: as it came, so that each node sees one message.
        let acceptance = match (has_false, good.saturating_mul(2) >= job.bytes) {
            (true, _) => MessageAcceptance::Reject,
            (false, true) => MessageAcceptance::Accept,
            (false, false) => MessageAcceptance::Ignore,
        };
        let is_handed_on = matches!(acceptance, MessageAcceptance::Accept);
        self.report(&job.message, &job.from, acceptance);
        if !is_handed_on {
            let each = job.fresh.into_iter().zip(taken);
            for (transaction, _) in each.filter(|(_, taken)| *taken == Taken::Waits) {
                self.gather(transaction);
            }
        }
        self.judge_peer(job.from);
    }

    fn report(&mut self, message: &MessageId, from: &PeerId, acceptance: MessageAcceptance) {
        let is_false = matches!(acceptance, MessageAcceptance::Reject);
        let gossip = &mut self.swarm.behaviour_mut().guard.gossip;
        // A message that waited for long may be forgotten: then it is not handed on.
        gossip.report_message_validation_result(message, from, acceptance);
        if is_false {
            self.judge_peer(*from);
        }
    }

    fn judge_peer(&mut self, peer: PeerId) {
        if self.swarm.behaviour().is_shunned(&peer) {
            self.send_away(peer, "it sends what no honest node sends");
        }
    }

    fn send_away(&mut self, peer: PeerId, why: &str) {
        tracing::warn!(target: "network", %peer, why, "sends a peer away");
        self.metrics.banned.inc();
        self.swarm.behaviour_mut().ban(peer);
        self.swarm.behaviour_mut().kad.remove_peer(&peer);
        // It may be gone already.
        let _ = self.swarm.disconnect_peer_id(peer);
    }

    fn on_identified(&mut self, peer: PeerId, info: &identify::Info) {
        self.unknown.remove(&peer);
        if info.protocol_version != self.protocol {
            self.send_away(peer, "it is of another chain, or of another kind");
            return;
        }
        let routable = |it: &&Multiaddr| {
            let mut parts = it.iter();
            let first = matches!(parts.next(), Some(Protocol::Ip4(_) | Protocol::Ip6(_)));
            first && matches!(parts.next(), Some(Protocol::Tcp(_))) && parts.next().is_none()
        };
        let addresses = info.listen_addrs.iter().filter(routable);
        for address in addresses.take(ADDRESSES_MAX) {
            let kad = &mut self.swarm.behaviour_mut().kad;
            kad.add_address(&peer, address.clone());
        }
    }

    fn on_tick(&mut self) {
        let now = Instant::now();
        self.ticks += 1;
        self.count_peers();
        let has_few = *self.peers.borrow() < PEERS_WANTED;
        for (index, name) in self.book.due(has_few, now) {
            self.look_ups.spawn(async move {
                let found = tokio::net::lookup_host(name).await;
                (index, found.map(Iterator::collect))
            });
        }
        if has_few && self.ticks.is_multiple_of(DISCOVER_TICKS) {
            // Fails while nobody is known, which is no news.
            let _ = self.swarm.behaviour_mut().kad.bootstrap();
        }
        let late = |since: &&Instant| now.duration_since(**since) > IDENTIFIED_WITHIN;
        let silent: Vec<_> = self
            .unknown
            .iter()
            .filter(|(_, since)| late(since))
            .collect();
        for peer in silent
            .into_iter()
            .map(|(peer, _)| *peer)
            .collect::<Vec<_>>()
        {
            let _ = self.swarm.disconnect_peer_id(peer);
        }
        let connected: Vec<_> = self.swarm.connected_peers().copied().collect();
        connected.into_iter().for_each(|peer| self.judge_peer(peer));
    }

    fn count_peers(&mut self) {
        let (hash, gossip) = (self.topic.hash(), &self.swarm.behaviour().guard.gossip);
        let count = gossip.all_peers().filter(|(_, it)| it.contains(&&hash));
        let count = count.count();
        self.metrics
            .peers
            .set(i64::try_from(count).unwrap_or(i64::MAX));
        self.peers
            .send_if_modified(|before| std::mem::replace(before, count) != count);
    }

    /// Calls a node whose name was looked up.
    fn call(&mut self, index: usize, found: std::io::Result<Vec<SocketAddr>>) {
        let address = match &found {
            Ok(found) => self.book.choose(index, found),
            Err(_) => None,
        };
        let Some(address) = address else {
            let reason = found.err().map(|it| it.to_string());
            self.on_unreachable(index, reason.as_deref().unwrap_or("it has no address"));
            return;
        };
        let address = Multiaddr::from(address.ip()).with(Protocol::Tcp(address.port()));
        let options = DialOpts::unknown_peer_id().address(address).build();
        self.book.calls(index, options.connection_id());
        if let Err(error) = self.swarm.dial(options) {
            self.on_unreachable(index, &error.to_string());
        }
    }

    fn on_call_failed(&mut self, connection: ConnectionId, error: &DialError) {
        let Some(index) = self.book.called_by(connection) else {
            return;
        };
        if matches!(error, DialError::LocalPeerId { .. }) {
            tracing::info!(target: "network", name = self.book.name(index), "that is this node itself");
            self.book.is_own(index);
            return;
        }
        self.on_unreachable(index, &error.to_string());
    }

    /// Says it the first time, and then now and then.
    fn on_unreachable(&mut self, index: usize, reason: &str) {
        let attempts = self.book.failed(index, Instant::now());
        if attempts.is_power_of_two() {
            tracing::warn!(target: "network", name = self.book.name(index), attempts, reason, "cannot reach a peer for gossip, tries again");
        }
    }
}

fn hash(transaction: &[u8]) -> Hash32 {
    Hash32::from_bytes(Domain::GossipId.hash(&[transaction]))
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
