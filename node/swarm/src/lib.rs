//! How nodes meet, whatever they have to say to each other: addresses, connections, who is called and
//! who may come. The base of both networks: transactions (`network`) and agreement (`links`).
//!
//! ```text
//! swarm()   TCP, noise, a multiplexer with small limits     listen()   an address of its own
//! Caller    nodes that the operator named, called for ever   Door       who may connect, and how often
//! ```
//!
//! Always: what one address or one connection can make this node hold has a bound that is written down
//! where it is enforced; a name is looked up anew at each call.
//! Not here: what is said on a connection.

mod caller; // calls the nodes of the book
mod door; // who may connect
mod known; // the book of nodes that the operator named
mod listen; // an address
mod muxer; // streams on one connection
mod standing; // how peers stand, for operators

use argosy_primitives::GenesisHash;

pub use caller::Caller;
pub use door::{BAN, Door, counted};
pub use listen::{ListenError, listen, multiaddr, swarm};
pub use muxer::{BUFFERED_PER_CONNECTION_BYTES_MAX, STREAMS_PER_CONNECTION_MAX};
pub use standing::{PeerStanding, SentAway, Standing, Standings};

/// Name of a protocol on a chain, so that nodes of two chains have nothing to say to each other.
pub fn protocol(chain: GenesisHash, part: &str) -> String {
    let chain = chain.to_string();
    let chain: String = chain.trim_start_matches("0x").chars().take(16).collect();
    format!("/argosy/{chain}/{part}")
}
