//! The engine's settings. Its defaults are for a laboratory: each one that matters is set here.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use argosy_links::{Bytes, LinksConfig};
use argosy_primitives::GenesisHash;
use argosy_spec::ConsensusTimes;
use bytesize::ByteSize;
use malachitebft_app_channel::app::config as engine;

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
    /// Nodes to stay connected with, as `host:port`; names are looked up at each attempt.
    pub peers: Vec<String>,
    /// Whether connections are refused from addresses where none of `peers` lives.
    pub peers_only: bool,
    /// Connections from one IP address (one /64 of IPv6) at a time.
    pub connections_per_ip_max: usize,
    /// Connections that strangers opened, in all.
    pub inbound_max: usize,
    /// File of the engine's log.
    pub log: PathBuf,
    /// Bytes that a block's header and body may take together.
    pub block_bytes_max: usize,
    /// The chain's pace.
    pub times: ConsensusTimes,
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
                // The network is ours: see `links`.
                p2p: engine::P2pConfig::default(),
                value_payload: engine::ValuePayload::ProposalAndParts,
                // Votes for heights to come: a few, of a thousand validators in a few rounds.
                queue_capacity: 10,
                queue_per_height_capacity: 4_096,
            },
            value_sync: engine::ValueSyncConfig {
                enabled: true,
                // Who takes part hears of blocks by votes; this is for those who missed some.
                status_update_interval: Duration::from_secs(1),
                // Longer than the links wait for an answer: one that still comes is not asked for again.
                request_timeout: ASKED_WITHIN,
                max_request_size: ByteSize::kib(4),
                max_response_size: ByteSize::b(RESPONSE_BYTES_MAX as u64),
                parallel_requests: 5,
                scoring_strategy: engine::ScoringStrategy::Ema,
                // Who did not answer is not asked as gladly again soon.
                inactive_threshold: Duration::from_secs(3_600),
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

/// An answer with blocks comes within this, or is asked for elsewhere.
const ASKED_WITHIN: Duration = Duration::from_secs(9);

/// Blocks in one answer to who catches up: of the largest kind they fit an answer.
pub(crate) const SYNC_BATCH: usize = 8;

/// What may wait for one peer: two blocks of the largest kind, and votes.
const QUEUE_EXTRA_BYTES: usize = 4 * 1024 * 1024;

/// How this node is linked with others; `proof`: that it speaks for a validator.
pub(crate) fn links(
    config: &ConsensusConfig,
    node_seed: [u8; 32],
    proof: Option<Bytes>,
) -> LinksConfig {
    LinksConfig {
        chain: config.chain,
        node_seed,
        listen: config.listen,
        peers: config.peers.clone(),
        peers_only: config.peers_only,
        connections_per_ip_max: config.connections_per_ip_max,
        inbound_max: config.inbound_max,
        proof,
        answer_bytes_max: RESPONSE_BYTES_MAX,
        queue_bytes_max: config
            .block_bytes_max
            .saturating_mul(2)
            .saturating_add(QUEUE_EXTRA_BYTES),
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
