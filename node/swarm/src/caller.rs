//! Calls nodes that the operator named: the book, the look-ups, the calls.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, SocketAddr};
use std::time::Instant;

use libp2p::swarm::dial_opts::DialOpts;
use libp2p::swarm::{ConnectionId, DialError, NetworkBehaviour};
use libp2p::{PeerId, Swarm};
use tokio::task::JoinSet;

use crate::known::Book;
use crate::listen::multiaddr;

/// A name that was looked up.
#[derive(Debug)]
pub struct Found {
    index: usize,
    addresses: std::io::Result<Vec<SocketAddr>>,
}

/// Who is to be called, and how far that is.
#[derive(Debug)]
pub struct Caller {
    /// Target of what it logs.
    purpose: &'static str,
    book: Book,
    look_ups: JoinSet<Found>,
    /// Peers that names of the operator have led to, and by which.
    configured: BTreeMap<PeerId, BTreeSet<String>>,
}

impl Caller {
    /// Keeps `peers` connected, and asks `bootnodes` while there are few; both are `host:port`.
    /// `purpose` is said in logs.
    pub fn new(purpose: &'static str, peers: &[String], bootnodes: &[String]) -> Caller {
        Caller {
            purpose,
            book: Book::new(peers, bootnodes, Instant::now()),
            look_ups: JoinSet::new(),
            configured: BTreeMap::new(),
        }
    }

    /// From now on these are the nodes that the operator names; gives the peers that no name leads to any
    /// more. No connection is closed.
    pub fn rename(&mut self, peers: &[String], bootnodes: &[String]) -> Vec<PeerId> {
        self.book.rename(peers, bootnodes, Instant::now());
        let mut strangers = Vec::new();
        self.configured.retain(|peer, names| {
            names.retain(|it| self.book.has(it));
            if names.is_empty() {
                strangers.push(*peer);
            }
            !names.is_empty()
        });
        strangers
    }

    /// Begins to look up whose turn it is. To be called every second or so.
    pub fn tick(&mut self, has_few: bool, now: Instant) {
        for (index, name) in self.book.due(has_few, now) {
            self.look_ups.spawn(async move {
                let found = tokio::net::lookup_host(name).await;
                let addresses = found.map(Iterator::collect);
                Found { index, addresses }
            });
        }
    }

    /// The next name that was looked up; waits for ever while none is. May be dropped at any time.
    pub async fn found(&mut self) -> Found {
        match self.look_ups.join_next().await {
            Some(Ok(found)) => found,
            // A look-up that panicked: its name waits for ever, which is what the panic was about.
            Some(Err(_)) | None => std::future::pending().await,
        }
    }

    /// Calls a node whose name was looked up.
    pub fn call<B: NetworkBehaviour>(&mut self, swarm: &mut Swarm<B>, found: Found) {
        let Found { index, addresses } = found;
        let address = match &addresses {
            Ok(found) => {
                self.book.lives_at(index, found.iter().map(SocketAddr::ip));
                self.book.choose(index, found)
            }
            Err(_) => None,
        };
        let Some(address) = address else {
            let reason = addresses.err().map(|it| it.to_string());
            self.unreachable(index, reason.as_deref().unwrap_or("it has no address"));
            return;
        };
        let options = DialOpts::unknown_peer_id()
            .address(multiaddr(address))
            .build();
        self.book.calls(index, options.connection_id());
        if let Err(error) = swarm.dial(options) {
            self.unreachable(index, &error.to_string());
        }
    }

    /// A connection was made; gives the name, if it was called by one.
    pub fn connected(&mut self, connection: ConnectionId, peer: PeerId) -> Option<&str> {
        let name = self.book.connected(connection, peer, Instant::now())?;
        tracing::info!(
            target: "network",
            code = "p2p.peer_connected",
            purpose = self.purpose,
            name,
            %peer,
            "connected"
        );
        self.configured
            .entry(peer)
            .or_default()
            .insert(name.to_owned());
        Some(name)
    }

    /// The last connection with a peer is gone.
    pub fn lost(&mut self, peer: &PeerId) {
        for name in self.book.lost(peer, Instant::now()) {
            tracing::info!(
                target: "network",
                code = "p2p.peer_lost",
                purpose = self.purpose,
                name,
                "connection lost, calls again"
            );
        }
    }

    /// A call failed, if it was one of these.
    pub fn failed(&mut self, connection: ConnectionId, error: &DialError) {
        let Some(index) = self.book.called_by(connection) else {
            return;
        };
        if matches!(error, DialError::LocalPeerId { .. }) {
            tracing::info!(
                target: "network",
                code = "p2p.peer_is_self",
                purpose = self.purpose,
                name = self.book.name(index),
                "that is this node itself"
            );
            self.book.is_own(index, Instant::now());
            return;
        }
        self.unreachable(index, &error.to_string());
    }

    /// Whether a name of the operator has led to this peer.
    pub fn is_configured(&self, peer: &PeerId) -> bool {
        self.configured.contains_key(peer)
    }

    /// What the operator calls a peer.
    pub fn names(&self, peer: &PeerId) -> Vec<String> {
        let names = self.configured.get(peer);
        names.map_or_else(Vec::new, |it| it.iter().cloned().collect())
    }

    /// Where the named nodes live, as far as it was looked up.
    pub fn addresses(&self) -> BTreeSet<IpAddr> {
        self.book.addresses()
    }

    /// Says it the first time, and then now and then.
    fn unreachable(&mut self, index: usize, reason: &str) {
        let attempts = self.book.failed(index, Instant::now());
        if attempts.is_power_of_two() && self.book.is_named(index) {
            tracing::warn!(
                target: "network",
                code = "p2p.peer_unreachable",
                purpose = self.purpose,
                name = self.book.name(index),
                attempts,
                reason,
                "cannot reach a peer, tries again"
            );
        }
    }
}
