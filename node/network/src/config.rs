//! What an operator decides of gossip. Nothing of it is consensus.

use std::net::SocketAddr;

use argosy_primitives::GenesisHash;

/// How this node takes part in gossip.
#[derive(Clone, Debug)]
pub struct NetworkConfig {
    /// The chain, which every protocol's name carries.
    pub chain: GenesisHash,
    /// Seed of the key that names the node, the same as in consensus.
    pub node_seed: [u8; 32],
    /// Address to listen on for other nodes; port 0: one that is free.
    pub listen: SocketAddr,
    /// Where others reach this node, if that is elsewhere.
    pub announce: Option<SocketAddr>,
    /// Nodes to stay connected with, as `host:port`; names are looked up at each attempt.
    pub peers: Vec<String>,
    /// Nodes to ask for others while there are few, as `host:port`.
    pub bootnodes: Vec<String>,
    /// Connections that others opened, in all.
    pub inbound_max: u32,
    /// Connections from one IP address (one /64 of IPv6) at a time.
    pub connections_per_ip_max: usize,
    /// Bytes of the largest transaction that the chain takes.
    pub transaction_bytes_max: usize,
}

/// Why gossip could not be started.
#[derive(Debug, thiserror::Error)]
pub enum NetworkError {
    /// The address cannot be had.
    #[error("gossip {0}")]
    Listen(#[from] argosy_swarm::ListenError),
    /// The node's key or the parts of the swarm are not what they must be.
    #[error("cannot make the gossip network: {0}")]
    Setup(String),
}

impl NetworkConfig {
    /// Name of a protocol on this chain.
    pub(crate) fn protocol(&self, part: &str) -> String {
        argosy_swarm::protocol(self.chain, part)
    }
}
