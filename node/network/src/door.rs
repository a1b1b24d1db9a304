//! Who may connect: a few from one address, nobody who was sent away, keys of one kind.
//!
//! Always: what is remembered of an address ends with its connections and one window; at most
//! [`BANS_MAX`] peers are remembered as sent away.
//! Not here: how many there are in all (libp2p's connection limits).

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::net::{IpAddr, Ipv6Addr};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use libp2p::core::Endpoint;
use libp2p::core::transport::PortUse;
use libp2p::multiaddr::Protocol;
use libp2p::swarm::{
    ConnectionDenied, ConnectionId, FromSwarm, NetworkBehaviour, THandler, THandlerInEvent,
    THandlerOutEvent, ToSwarm, dummy,
};
use libp2p::{Multiaddr, PeerId};

/// Over which new connections of an address are counted.
const WINDOW: Duration = Duration::from_secs(10);
/// In one window an address may open so many times as many connections as it may hold.
const RENEWALS: usize = 3;
/// New connections in one window, from wherever. What is remembered of each for an hour is little.
const ALL_RECENT_MAX: usize = 300;
/// How long a peer is sent away for.
pub(crate) const BAN: Duration = Duration::from_secs(600);
/// Peers that are remembered as sent away.
const BANS_MAX: usize = 1_024;
/// How the id of an ed25519 key begins: an identity hash of 36 bytes that hold 32 of one.
const ED25519: [u8; 6] = [0x00, 0x24, 0x08, 0x01, 0x12, 0x20];

/// Why a connection is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Refused {
    #[error("its address has its share of connections")]
    Share,
    #[error("its address connects again and again")]
    Renewals,
    #[error("too many connect at once")]
    Rush,
    #[error("it was sent away")]
    Banned,
    #[error("its key is no ed25519 key")]
    Key,
}

#[derive(Debug)]
struct Visits {
    open: usize,
    recent: usize,
    since: Instant,
}

/// The doorman, as a part of the swarm.
#[derive(Debug)]
pub(crate) struct Door {
    per_ip_max: usize,
    inbound: BTreeMap<ConnectionId, IpAddr>,
    visits: BTreeMap<IpAddr, Visits>,
    banned: BTreeMap<PeerId, Instant>,
    /// Of all addresses together.
    all: Visits,
}

impl Door {
    pub(crate) fn new(per_ip_max: usize) -> Door {
        Door {
            per_ip_max,
            inbound: BTreeMap::new(),
            visits: BTreeMap::new(),
            banned: BTreeMap::new(),
            all: Visits {
                open: 0,
                recent: 0,
                since: Instant::now(),
            },
        }
    }

    /// Refuses a peer for a while; `false`: it is refused already.
    pub(crate) fn ban(&mut self, peer: PeerId, now: Instant) -> bool {
        self.banned.retain(|_, until| *until > now);
        if self.banned.contains_key(&peer) {
            return false;
        }
        if self.banned.len() >= BANS_MAX {
            // Whoever has waited longest.
            let first = self.banned.iter().min_by_key(|(_, until)| **until);
            if let Some(first) = first.map(|(peer, _)| *peer) {
                self.banned.remove(&first);
            }
        }
        self.banned.insert(peer, now + BAN);
        true
    }

    fn enter(&mut self, id: ConnectionId, ip: IpAddr, now: Instant) -> Result<(), Refused> {
        self.visits
            .retain(|_, it| it.open > 0 || now.duration_since(it.since) < WINDOW);
        if now.saturating_duration_since(self.all.since) >= WINDOW {
            (self.all.recent, self.all.since) = (0, now);
        }
        if self.all.recent >= ALL_RECENT_MAX {
            return Err(Refused::Rush);
        }
        self.all.recent += 1;
        let visits = self.visits.entry(ip).or_insert(Visits {
            open: 0,
            recent: 0,
            since: now,
        });
        if now.duration_since(visits.since) >= WINDOW {
            (visits.recent, visits.since) = (0, now);
        }
        if visits.open >= self.per_ip_max {
            return Err(Refused::Share);
        }
        if visits.recent >= self.per_ip_max.saturating_mul(RENEWALS) {
            return Err(Refused::Renewals);
        }
        visits.open += 1;
        visits.recent += 1;
        self.inbound.insert(id, ip);
        Ok(())
    }

    fn leave(&mut self, id: ConnectionId) {
        if let Some(ip) = self.inbound.remove(&id)
            && let Some(visits) = self.visits.get_mut(&ip)
        {
            visits.open = visits.open.saturating_sub(1);
        }
    }

    fn admit(&self, peer: &PeerId, now: Instant) -> Result<(), Refused> {
        if !peer.to_bytes().starts_with(&ED25519) {
            return Err(Refused::Key);
        }
        match self.banned.get(peer) {
            Some(until) if *until > now => Err(Refused::Banned),
            Some(_) | None => Ok(()),
        }
    }
}

/// What connections are counted by; an IPv6 site has a /64 to itself.
fn counted(address: &Multiaddr) -> Option<IpAddr> {
    address.iter().find_map(|part| match part {
        Protocol::Ip4(ip) => Some(IpAddr::V4(ip)),
        Protocol::Ip6(ip) => Some(match ip.to_ipv4_mapped() {
            Some(ip) => IpAddr::V4(ip),
            None => {
                let [a, b, c, d, ..] = ip.segments();
                IpAddr::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
            }
        }),
        _ => None,
    })
}

impl NetworkBehaviour for Door {
    type ConnectionHandler = dummy::ConnectionHandler;
    type ToSwarm = Infallible;

    fn handle_pending_inbound_connection(
        &mut self,
        id: ConnectionId,
        _: &Multiaddr,
        remote: &Multiaddr,
    ) -> Result<(), ConnectionDenied> {
        match counted(remote) {
            Some(ip) => self
                .enter(id, ip, Instant::now())
                .map_err(ConnectionDenied::new),
            None => Ok(()),
        }
    }

    fn handle_established_inbound_connection(
        &mut self,
        _: ConnectionId,
        peer: PeerId,
        _: &Multiaddr,
        _: &Multiaddr,
    ) -> Result<THandler<Self>, ConnectionDenied> {
        self.admit(&peer, Instant::now())
            .map_err(ConnectionDenied::new)?;
        Ok(dummy::ConnectionHandler)
    }

    fn handle_established_outbound_connection(
        &mut self,
        _: ConnectionId,
        peer: PeerId,
        _: &Multiaddr,
        _: Endpoint,
        _: PortUse,
    ) -> Result<THandler<Self>, ConnectionDenied> {
        self.admit(&peer, Instant::now())
            .map_err(ConnectionDenied::new)?;
        Ok(dummy::ConnectionHandler)
    }

    fn on_swarm_event(&mut self, event: FromSwarm<'_>) {
        match event {
            FromSwarm::ConnectionClosed(closed) => self.leave(closed.connection_id),
            FromSwarm::ListenFailure(failed) => self.leave(failed.connection_id),
            _ => {}
        }
    }

    fn on_connection_handler_event(
        &mut self,
        _: PeerId,
        _: ConnectionId,
        event: THandlerOutEvent<Self>,
    ) {
        match event {}
    }

    fn poll(&mut self, _: &mut Context<'_>) -> Poll<ToSwarm<Self::ToSwarm, THandlerInEvent<Self>>> {
        Poll::Pending
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use libp2p::identity::Keypair;

    fn ip(text: &str) -> IpAddr {
        counted(&text.parse().unwrap()).unwrap()
    }

    fn id(number: usize) -> ConnectionId {
        ConnectionId::new_unchecked(number)
    }

    #[test]
    fn an_address_has_its_share_and_gets_it_back() {
        let (mut door, now) = (Door::new(5), Instant::now());
        let here = ip("/ip4/10.0.0.1/tcp/7");
        for number in 0..5 {
            assert_eq!(door.enter(id(number), here, now), Ok(()));
        }
        assert_eq!(door.enter(id(5), here, now), Err(Refused::Share));
        assert_eq!(door.enter(id(6), ip("/ip4/10.0.0.2/tcp/7"), now), Ok(()));
        door.leave(id(0));
        assert_eq!(door.enter(id(5), here, now), Ok(()));
    }

    #[test]
    fn who_comes_and_goes_waits_for_the_next_window() {
        let (mut door, now) = (Door::new(2), Instant::now());
        let here = ip("/ip6/fd00:1:2:3:4:5:6:7/tcp/7");
        let same_site = ip("/ip6/fd00:1:2:3:8::1/tcp/9");
        let mut entered = 0;
        for number in 0..100 {
            let place = if number % 2 == 0 { here } else { same_site };
            entered += usize::from(door.enter(id(number), place, now).is_ok());
            door.leave(id(number));
        }
        assert_eq!(entered, 2 * RENEWALS);
        assert_eq!(door.enter(id(200), here, now + WINDOW), Ok(()));
        door.leave(id(200));
        // Nothing is remembered of an address that has been quiet for a window.
        let other = ip("/ip4/10.0.0.9/tcp/7");
        assert_eq!(door.enter(id(201), other, now + 3 * WINDOW), Ok(()));
        assert_eq!(door.visits.len(), 1);
    }

    #[test]
    fn knows_whom_it_sent_away_and_forgets_the_oldest() {
        let (mut door, now) = (Door::new(2), Instant::now());
        let first = Keypair::generate_ed25519().public().to_peer_id();
        assert_eq!(door.admit(&first, now), Ok(()));
        assert!(door.ban(first, now));
        assert!(!door.ban(first, now));
        assert_eq!(door.admit(&first, now), Err(Refused::Banned));
        assert_eq!(door.admit(&first, now + BAN), Ok(()));
        for _ in 0..BANS_MAX {
            let later = now + Duration::from_secs(1);
            door.ban(PeerId::random(), later);
        }
        assert_eq!(door.banned.len(), BANS_MAX);
        assert_eq!(door.admit(&first, now), Ok(()));
        // A key of another kind has an id that is a SHA-256 hash.
        assert_eq!(door.admit(&PeerId::random(), now), Err(Refused::Key));
    }
}
