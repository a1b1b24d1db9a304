//! Names of other nodes, looked up by this program: the engine's own lookups are throttled.

use std::net::ToSocketAddrs;

use argosy_consensus::PeerAddress;

/// The addresses behind names; a name that is not known now is left out, and said.
pub(super) fn look_up(peers: &[String]) -> Vec<PeerAddress> {
    let mut found = Vec::new();
    for peer in peers {
        match peer.to_socket_addrs() {
            Ok(addresses) => found.extend(addresses.take(1).map(PeerAddress)),
            Err(error) => {
                tracing::warn!(target: "consensus", peer, %error, "no address is known of this name");
            }
        }
    }
    found
}
