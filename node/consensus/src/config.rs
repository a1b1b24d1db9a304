//! The engine's settings. Its defaults are for a laboratory: each one that matters is set here.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use argosy_primitives::GenesisHash;
use argosy_spec::ConsensusTimes;
use bytesize::ByteSize;
use malachitebft_app_channel::app::config as engine;
use multiaddr::{Multiaddr, Protocol};

use crate::codec::RESPONSE_BYTES_MAX;

/// What the node decides of its part in consensus; nothing of it is consensus.
#[derive(Clone, Debug)]
pub struct ConsensusConfig {
    /// The chain, which every protocol's name carries.
    pub chain: GenesisHash,
    /// Name of this node in logs.
    pub moniker: String,
    /// Address to listen on for other nodes.
    pub listen: SocketAddr,
    /// Nodes to stay connected with.
    pub peers: Vec<PeerAddress>,
    /// Whether nodes that are not in `peers` are refused.
    pub peers_only: bool,
    /// Connections from one IP address at a time.
    pub connections_per_ip_max: usize,
    /// Connections that others opened, in all.
    pub inbound_max: usize,
    /// File of the engine's log.
    pub log: PathBuf,
    /// Bytes that a block's header and body may take together.
    pub block_bytes_max: usize,
    /// The chain's pace.
    pub times: ConsensusTimes,
}

/// Where another node listens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PeerAddress(pub SocketAddr);

impl PeerAddress {
    pub(crate) fn multiaddr(self) -> Multiaddr {
        multiaddr(self.0)
    }
}

pub(crate) fn multiaddr(address: SocketAddr) -> Multiaddr {
    Multiaddr::from(address.ip()).with(Protocol::Tcp(address.port()))
}

/// As the engine wants it.
pub(crate) struct EngineConfig {
    moniker: String,
    consensus: engine::ConsensusConfig,
    value_sync: engine::ValueSyncConfig,
}

impl EngineConfig {
    pub(crate) fn new(config: &ConsensusConfig) -> EngineConfig {
        EngineConfig {
            moniker: config.moniker.clone(),
            consensus: engine::ConsensusConfig {
                enabled: true,
                p2p: p2p(config),
                value_payload: engine::ValuePayload::ProposalAndParts,
                // Votes for heights to come: a few, of a thousand validators in a few rounds.
                queue_capacity: 10,
                queue_per_height_capacity: 4_096,
            },
            value_sync: engine::ValueSyncConfig {
                enabled: true,
                // Who takes part hears of blocks by votes; this is for those who missed some.
                status_update_interval: Duration::from_secs(1),
                request_timeout: Duration::from_secs(5),
                max_request_size: ByteSize::kib(4),
                max_response_size: ByteSize::b(RESPONSE_BYTES_MAX as u64),
                parallel_requests: 5,
                scoring_strategy: engine::ScoringStrategy::Ema,
                inactive_threshold: Duration::from_secs(60),
                batch_size: SYNC_BATCH,
                inbound_request_rate_limit_window: Duration::from_secs(10),
                max_inbound_requests_per_window: 200,
                // The engine asks nothing else while one is answered.
                max_concurrent_inbound_requests: 1,
                max_pending_inbound_requests: 32,
            },
        }
    }
}

/// Blocks in one answer to who catches up: of the largest kind they fit an answer.
pub(crate) const SYNC_BATCH: usize = 8;

fn p2p(config: &ConsensusConfig) -> engine::P2pConfig {
    let name = |part: &str| {
        let chain = config.chain.to_string();
        let chain = chain.trim_start_matches("0x");
        format!("/argosy/{}/{part}/1", &chain[..16.min(chain.len())])
    };
    engine::P2pConfig {
        listen_addr: multiaddr(config.listen),
        persistent_peers: config.peers.iter().map(|it| it.multiaddr()).collect(),
        persistent_peers_only: config.peers_only,
        discovery: engine::DiscoveryConfig {
            enabled: false,
            num_outbound_peers: config.peers.len().max(16),
            num_inbound_peers: config.inbound_max,
            max_connections_per_peer: 2,
            max_connections_per_ip: config.connections_per_ip_max,
            // Who restarts comes back at once; the limits above bound what an address can hold.
            ip_throttle_duration: Duration::ZERO,
            ..engine::DiscoveryConfig::default()
        },
        // Straight to everybody connected. The mesh of gossipsub 0.49 keeps what peers it never met
        // tell it in PRUNE messages, without a bound.
        protocol: engine::PubSubProtocol::Broadcast,
        pubsub_max_size: ByteSize::kib(512),
        pubsub_max_size_per_topic: engine::PubSubMaxSizePerTopic::default(),
        rpc_max_size: ByteSize::b(RESPONSE_BYTES_MAX as u64),
        protocol_names: engine::ProtocolNames {
            consensus: name("consensus"),
            discovery_kad: name("kad"),
            discovery_regres: name("peers"),
            sync: name("sync"),
            validator_proof: name("proof"),
        },
        channel_names: engine::ChannelNames::default(),
    }
}

impl engine::NodeConfig for EngineConfig {
    fn moniker(&self) -> &str {
        &self.moniker
    }

    fn consensus(&self) -> &engine::ConsensusConfig {
        &self.consensus
    }

    fn consensus_mut(&mut self) -> &mut engine::ConsensusConfig {
        &mut self.consensus
    }

    fn value_sync(&self) -> &engine::ValueSyncConfig {
        &self.value_sync
    }

    fn value_sync_mut(&mut self) -> &mut engine::ValueSyncConfig {
        &mut self.value_sync
    }
}
