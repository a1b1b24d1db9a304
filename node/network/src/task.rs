//! The task that drives the swarm: what happens, and who deals with it.
//!
//! Not here: what is done with messages (`messages`) and with peers (`peers`).

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use argosy_swarm::Caller;
use futures::StreamExt;
use libp2p::gossipsub::{self, IdentTopic};
use libp2p::swarm::SwarmEvent;
use libp2p::{PeerId, Swarm, identify};
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::{Interval, MissedTickBehavior, interval, sleep_until};

use crate::behaviour::{Behaviour, BehaviourEvent};
use crate::budget::Budget;
use crate::config::NetworkConfig;
use crate::guard::GuardEvent;
use crate::judge::{Judge, Outcome};
use crate::messages::Outgoing;
use crate::metrics::Metrics;
use crate::peers::Newcomer;
use crate::seen::Seen;

/// Peers are counted, called and judged so often.
const TICK: Duration = Duration::from_secs(1);

/// What the task owns.
pub(crate) struct Task {
    pub(crate) swarm: Swarm<Behaviour>,
    pub(crate) topic: IdentTopic,
    pub(crate) protocol: String,
    pub(crate) transaction_bytes_max: usize,
    /// This node is for others on this machine only.
    pub(crate) is_on_loopback: bool,
    orders: mpsc::Receiver<Vec<u8>>,
    pub(crate) judge: Judge,
    outcomes: mpsc::UnboundedReceiver<Outcome>,
    pub(crate) seen: Seen,
    pub(crate) outgoing: Outgoing,
    pub(crate) caller: Caller,
    /// Peers that have not said yet what they are, or do not gossip yet.
    pub(crate) newcomers: BTreeMap<PeerId, Newcomer>,
    pub(crate) peers: watch::Sender<usize>,
    pub(crate) metrics: Metrics,
    /// Of transactions that peers want looked at.
    pub(crate) budget: Budget,
    /// Peers that do not take messages in time, and how often that was seen.
    pub(crate) slow: BTreeMap<PeerId, u32>,
    /// Counts peers that began to gossip.
    pub(crate) arrivals: watch::Sender<u64>,
    pub(crate) ticks: u64,
}

/// Nodes that the operator names.
#[derive(Clone, Debug, Default)]
pub(crate) struct Names {
    pub(crate) peers: Vec<String>,
    pub(crate) bootnodes: Vec<String>,
}

/// The task's ends of what others hold the other ends of.
pub(crate) struct Ends {
    pub(crate) orders: mpsc::Receiver<Vec<u8>>,
    pub(crate) judge: Judge,
    pub(crate) outcomes: mpsc::UnboundedReceiver<Outcome>,
    pub(crate) peers: watch::Sender<usize>,
    pub(crate) arrivals: watch::Sender<u64>,
    pub(crate) metrics: Metrics,
}

impl Task {
    pub(crate) fn new(config: &NetworkConfig, swarm: Swarm<Behaviour>, ends: Ends) -> Task {
        let now = Instant::now();
        Task {
            topic: IdentTopic::new(config.protocol("tx")),
            protocol: config.protocol("node/1"),
            transaction_bytes_max: config.transaction_bytes_max,
            is_on_loopback: config.listen.ip().is_loopback(),
            swarm,
            orders: ends.orders,
            judge: ends.judge,
            outcomes: ends.outcomes,
            seen: Seen::new(now),
            outgoing: Outgoing::default(),
            caller: Caller::new("gossip", &config.peers, &config.bootnodes),
            newcomers: BTreeMap::new(),
            peers: ends.peers,
            metrics: ends.metrics,
            budget: Budget::of_transactions(now),
            slow: BTreeMap::new(),
            arrivals: ends.arrivals,
            ticks: 0,
        }
    }

    /// Until it is told to stop.
    pub(crate) async fn run(
        mut self,
        mut names: watch::Receiver<Names>,
        mut stop: oneshot::Receiver<()>,
    ) {
        let mut ticks = ticks();
        loop {
            let due = self.outgoing.at;
            tokio::select! {
                _ = &mut stop => return,
                event = self.swarm.select_next_some() => self.on_event(event),
                outcome = self.outcomes.recv() => match outcome {
                    Some(outcome) => self.on_outcome(outcome),
                    None => return, // Nobody looks at messages any more.
                },
                Some(transaction) = self.orders.recv() => self.publish(transaction),
                Ok(()) = names.changed() => {
                    let names = names.borrow_and_update().clone();
                    self.on_names(&names);
                }
                found = self.caller.found() => self.caller.call(&mut self.swarm, found),
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
                let now = Instant::now();
                if num_established.get() == 1 {
                    self.newcomers.insert(peer_id, Newcomer::at(now));
                }
                if self.caller.connected(connection_id, peer_id).is_some() {
                    // Limits are for strangers.
                    self.swarm.behaviour_mut().limits.bypass_peer_id(&peer_id);
                }
            }
            SwarmEvent::ConnectionClosed {
                peer_id,
                num_established: 0,
                ..
            } => {
                self.newcomers.remove(&peer_id);
                self.slow.remove(&peer_id);
                self.caller.lost(&peer_id);
            }
            SwarmEvent::OutgoingConnectionError {
                connection_id,
                error,
                ..
            } => self.caller.failed(connection_id, &error),
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
            gossipsub::Event::Subscribed { peer_id, .. } => self.on_subscribed(peer_id),
            gossipsub::Event::Unsubscribed { .. } => self.count_peers(),
            gossipsub::Event::SlowPeer { peer_id, .. } => self.on_slow(peer_id),
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
