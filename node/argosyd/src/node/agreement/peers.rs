//! Names of other nodes, looked up by this program: the engine's own lookups are throttled.
//!
//! Looked up when the node starts, and then now and then: a name that is not known yet, or moves, is
//! followed without a restart.

use std::net::{SocketAddr, ToSocketAddrs};
use std::time::Duration;

use argosy_consensus::PeerAddress;

/// How often names are looked up.
const LOOK_EVERY: Duration = Duration::from_secs(15);

/// Names, and the address that is behind each.
#[derive(Default)]
pub(super) struct Names(Vec<(String, Option<SocketAddr>)>);

/// A name whose address is another one now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Moved {
    pub(super) from: Option<PeerAddress>,
    pub(super) to: PeerAddress,
}

impl Names {
    /// Looks all of them up; a name that is not known now is said, and comes later.
    pub(super) fn look_up(peers: &[String]) -> Names {
        let look_up = |peer: &String| {
            let found = peer.to_socket_addrs().map(|mut it| it.next());
            if let Err(error) = &found {
                tracing::warn!(target: "consensus", peer, %error, "no address is known of this name yet");
            }
            (peer.clone(), found.ok().flatten())
        };
        Names(peers.iter().map(look_up).collect())
    }

    /// The addresses that are known.
    pub(super) fn addresses(&self) -> Vec<PeerAddress> {
        let known = self.0.iter().filter_map(|(_, address)| *address);
        known.map(PeerAddress).collect()
    }

    /// After a while: what has another address than before. May be dropped at any time.
    pub(super) async fn moved(&mut self) -> Vec<Moved> {
        tokio::time::sleep(LOOK_EVERY).await;
        self.look_again().await
    }

    async fn look_again(&mut self) -> Vec<Moved> {
        let mut all = Vec::new();
        for (name, known) in &mut self.0 {
            // What is written as an address stays where it is.
            if name.parse::<SocketAddr>().is_ok() {
                continue;
            }
            let Ok(found) = tokio::net::lookup_host(name.as_str()).await else {
                continue; // It was there before, or will be.
            };
            let found: Vec<_> = found.collect();
            let Some(to) = other(*known, &found) else {
                continue;
            };
            let from = known.map(PeerAddress);
            tracing::info!(target: "consensus", peer = name, address = %to, "looked up");
            *known = Some(to);
            let to = PeerAddress(to);
            all.push(Moved { from, to });
        }
        all
    }
}

/// The address to use instead of the known one, if that is not among those found.
fn other(known: Option<SocketAddr>, found: &[SocketAddr]) -> Option<SocketAddr> {
    match known {
        Some(known) if found.contains(&known) => None,
        Some(_) | None => found.first().copied(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_given_up_only_for_one_that_the_name_has() {
        let (first, second) = ("10.0.0.1:7".parse().unwrap(), "10.0.0.2:7".parse().unwrap());
        assert_eq!(other(None, &[first, second]), Some(first));
        assert_eq!(other(Some(second), &[first, second]), None);
        assert_eq!(other(Some(second), &[first]), Some(first));
        assert_eq!(other(Some(second), &[]), None);
        assert_eq!(other(None, &[]), None);
    }

    #[tokio::test]
    async fn a_name_that_comes_late_is_followed() {
        let mut names = Names(vec![
            ("localhost:7".into(), None),
            ("no port".into(), None),
            ("10.0.0.1:7".into(), None),
        ]);
        let moved = names.look_again().await;
        assert_eq!(moved.len(), 1, "{moved:?}");
        assert_eq!((moved[0].from, moved[0].to.0.port()), (None, 7));
        assert!(names.look_again().await.is_empty());
        assert_eq!(names.addresses(), [moved[0].to]);
    }
}
