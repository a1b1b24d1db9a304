//! What the swarm is made of, and each part's settings.

use std::time::{Duration, Instant};

use argosy_primitives::Domain;
use argosy_swarm::Door;
use libp2p::connection_limits::{self, ConnectionLimits};
use libp2p::gossipsub::{
    self, IdentTopic, MessageAuthenticity, MessageId, PeerScoreParams, PeerScoreThresholds,
    TopicScoreParams, ValidationMode, WhitelistSubscriptionFilter, score_parameter_decay,
};
use libp2p::identity::Keypair;
use libp2p::kad::{self, store::MemoryStore};
use libp2p::swarm::NetworkBehaviour;
use libp2p::{PeerId, StreamProtocol, identify, ping};

use crate::batch::{BATCH_BYTES, OVERHEAD_BYTES};
use crate::config::NetworkConfig;
use crate::guard::{Gossip, Guard};

/// Peers that a node wants; it looks for others while it has fewer.
pub(crate) const PEERS_WANTED: usize = 8;
/// Connections that this node opens, to whomever.
const OUTBOUND_MAX: u32 = 24;
/// Unfinished connections, in and out.
const PENDING_MAX: u32 = 64;
/// Connections with one peer; two nodes may well call each other at once.
const PER_PEER_MAX: u32 = 2;
/// Whose score is below this is heard no more, and sent away. Three false messages within some
/// seconds come to that.
pub(crate) const SCORE_MIN: f64 = -80.0;
/// A message is remembered for so long, by its hash.
const REMEMBERED: Duration = Duration::from_secs(30);

/// Bytes of a message's id.
pub(crate) const MESSAGE_ID_BYTES: usize = 20;

/// The parts, asked in this order.
#[derive(NetworkBehaviour)]
pub(crate) struct Behaviour {
    pub(crate) door: Door,
    pub(crate) limits: connection_limits::Behaviour,
    pub(crate) guard: Guard,
    identify: identify::Behaviour,
    ping: ping::Behaviour,
    pub(crate) kad: kad::Behaviour<MemoryStore>,
}

impl Behaviour {
    pub(crate) fn new(config: &NetworkConfig, key: &Keypair) -> Result<Behaviour, String> {
        let topic = IdentTopic::new(config.protocol("tx"));
        let own = key.public().to_peer_id();
        let identity = identify::Config::new(config.protocol("node/1"), key.public())
            .with_agent_version(concat!("argosyd/", env!("CARGO_PKG_VERSION")).into());
        Ok(Behaviour {
            door: Door::new(config.connections_per_ip_max, config.inbound_max as usize),
            limits: connection_limits::Behaviour::new(limits_with(
                config.peers.len() + config.bootnodes.len(),
            )),
            guard: Guard::new(gossip(config, &topic)?, topic),
            identify: identify::Behaviour::new(identity),
            ping: ping::Behaviour::new(ping::Config::new().with_interval(Duration::from_secs(5))),
            kad: kad(config, own)?,
        })
    }
}

/// Where the operator names so many nodes.
pub(crate) fn limits_with(configured: usize) -> ConnectionLimits {
    let outbound = OUTBOUND_MAX.saturating_add(u32::try_from(configured).unwrap_or(u32::MAX));
    ConnectionLimits::default()
        .with_max_pending_incoming(Some(PENDING_MAX))
        .with_max_pending_outgoing(Some(PENDING_MAX))
        .with_max_established_outgoing(Some(outbound))
        .with_max_established_per_peer(Some(PER_PEER_MAX))
}

/// Bytes of the largest message.
pub(crate) fn message_bytes_max(config: &NetworkConfig) -> usize {
    config.transaction_bytes_max.max(BATCH_BYTES) + OVERHEAD_BYTES
}

fn gossip(config: &NetworkConfig, topic: &IdentTopic) -> Result<Gossip, String> {
    let settings = gossipsub::ConfigBuilder::default()
        .protocol_id_prefix(config.protocol("gossip"))
        // Who made a message says nothing: its transactions are signed.
        .validation_mode(ValidationMode::Anonymous)
        .validate_messages()
        .message_id_fn(|message| {
            MessageId::new(&Domain::GossipId.hash(&[&message.data])[..MESSAGE_ID_BYTES])
        })
        // With the frame around it.
        .max_transmit_size(message_bytes_max(config) + 64 * 1024)
        .max_messages_per_rpc(Some(512))
        .duplicate_cache_time(REMEMBERED)
        // How long bodies are kept, in heartbeats; with the budget this bounds their memory.
        .heartbeat_interval(Duration::from_secs(1))
        .history_length(3)
        .history_gossip(2)
        // What a slow peer may have waiting.
        .connection_handler_queue_len(32)
        .forward_queue_duration(Duration::from_secs(1))
        // A message that expires in the queue keeps its place for ever (0.49.5): these do not expire.
        .publish_queue_duration(Duration::from_secs(86_400))
        // What comes back is a duplicate, not a lie of who sends it back.
        .allow_self_origin(true)
        .build()
        .map_err(|error| error.to_string())?;
    #[allow(clippy::disallowed_types)] // As gossipsub has it; nothing follows from its order.
    let filter = WhitelistSubscriptionFilter(std::collections::HashSet::from([topic.hash()]));
    let mut gossip =
        Gossip::new_with_subscription_filter(MessageAuthenticity::Anonymous, settings, filter)?;
    gossip.with_peer_score(scores(topic), thresholds())?;
    gossip.subscribe(topic).map_err(|error| error.to_string())?;
    Ok(gossip)
}

fn thresholds() -> PeerScoreThresholds {
    PeerScoreThresholds {
        gossip_threshold: -20.0,
        publish_threshold: -40.0,
        graylist_threshold: SCORE_MIN,
        ..PeerScoreThresholds::default()
    }
}

fn scores(topic: &IdentTopic) -> PeerScoreParams {
    let of_topic = TopicScoreParams {
        topic_weight: 1.0,
        // False messages, squared.
        invalid_message_deliveries_weight: -10.0,
        invalid_message_deliveries_decay: score_parameter_decay(Duration::from_secs(600)),
        // No credit to spend on false ones.
        time_in_mesh_weight: 0.0,
        first_message_deliveries_weight: 0.0,
        // Blocks, not messages, are what a quiet chain has: nobody has to deliver any.
        mesh_message_deliveries_weight: 0.0,
        mesh_failure_penalty_weight: 0.0,
        ..TopicScoreParams::default()
    };
    PeerScoreParams {
        topics: [(topic.hash(), of_topic)].into(),
        // The door counts addresses.
        ip_colocation_factor_weight: 0.0,
        retain_score: Duration::from_secs(60),
        // A promise may be broken by this node's own budget, or by a slow line.
        behaviour_penalty_threshold: 10.0,
        behaviour_penalty_weight: -1.0,
        slow_peer_weight: 0.0,
        ..PeerScoreParams::default()
    }
}

/// Finds other nodes; holds no records.
fn kad(config: &NetworkConfig, own: PeerId) -> Result<kad::Behaviour<MemoryStore>, String> {
    let name = StreamProtocol::try_from_owned(config.protocol("kad/1"))
        .map_err(|error| error.to_string())?;
    let mut settings = kad::Config::new(name);
    settings
        .set_record_filtering(kad::StoreInserts::FilterBoth)
        .set_kbucket_inserts(kad::BucketInserts::Manual)
        .set_periodic_bootstrap_interval(None)
        .set_query_timeout(Duration::from_secs(20));
    let mut kad = kad::Behaviour::with_config(own, MemoryStore::new(own), settings);
    kad.set_mode(Some(kad::Mode::Server));
    Ok(kad)
}

impl Behaviour {
    /// Whom gossip is heard no more from.
    pub(crate) fn is_shunned(&self, peer: &PeerId) -> bool {
        let score = self.guard.gossip.peer_score(peer);
        score.is_some_and(|score| score < SCORE_MIN)
    }

    /// Refuses a peer for a while; `false`: it is refused already.
    pub(crate) fn ban(&mut self, peer: PeerId, why: &'static str) -> bool {
        self.door.ban(peer, why, Instant::now())
    }
}
