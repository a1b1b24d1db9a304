//! What a node decides of its links. Nothing of it is consensus.

use std::net::SocketAddr;

use argosy_primitives::GenesisHash;
use bytes::Bytes;

/// How this node is linked with others.
#[derive(Clone, Debug)]
pub struct LinksConfig {
    /// The chain, which every protocol's name carries.
    pub chain: GenesisHash,
    /// Seed of the ed25519 key that names the node.
    pub node_seed: [u8; 32],
    /// Address to listen on for other nodes; port 0: one that is free.
    pub listen: SocketAddr,
    /// Nodes to stay connected with, as `host:port`; names are looked up at each attempt.
    pub peers: Vec<String>,
    /// Whether connections are refused from addresses where none of `peers` lives.
    pub peers_only: bool,
    /// Connections from one IP address (one /64 of IPv6) at a time.
    pub connections_per_ip_max: usize,
    /// Connections that strangers opened, in all.
    pub inbound_max: usize,
    /// First frame on every stream, of [`crate::Topic::Proof`]; none: this node proves nothing.
    pub proof: Option<Bytes>,
    /// Bytes of the largest answer to a question.
    pub answer_bytes_max: usize,
    /// Bytes that may wait for one peer: what is published at once must fit.
    pub queue_bytes_max: usize,
}

/// Why the links could not be made.
#[derive(Debug, thiserror::Error)]
pub enum LinksError {
    /// The address cannot be had.
    #[error(transparent)]
    Listen(#[from] argosy_swarm::ListenError),
    /// The node's key or the parts of the swarm are not what they must be.
    #[error("cannot link with other nodes: {0}")]
    Setup(String),
}
