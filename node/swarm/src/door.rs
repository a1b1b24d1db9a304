//! Who may connect: a few from one address, so many strangers in all, nobody who was sent away, keys of
//! one kind. Addresses of nodes that the operator named always find room.
//!
//! Always: what is remembered of an address ends with its connections and one window; at most
//! [`BANS_MAX`] peers are remembered as sent away.
//! Not here: unfinished connections, and those of one peer (libp2p's connection limits).

use std::collections::{BTreeMap, BTreeSet};
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

use crate::standing::SentAway;

/// Over which new connections of an address are counted.
const WINDOW: Duration = Duration::from_secs(10);
/// In one window an address may open so many times as many connections as it may hold.
const RENEWALS: usize = 3;
/// New connections in one window, from wherever. What is remembered of each for an hour is little.
const ALL_RECENT_MAX: usize = 300;
/// How long a peer is sent away for.
pub const BAN: Duration = Duration::from_secs(600);
/// Peers that are remembered as sent away.
const BANS_MAX: usize = 1_024;
/// How the id of an ed25519 key begins: an identity hash of 36 bytes that hold 32 of one.
const ED25519: [u8; 6] = [0x00, 0x24, 0x08, 0x01, 0x12, 0x20];

/// Why a connection is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Refused {
    #[error("its address is not listed")]
    NotListed,
    #[error("its address has its share of connections")]
    Share,
    #[error("its address connects again and again")]
    Renewals,
    #[error("there are enough strangers")]
    Full,
    #[error("too many connect at once")]
    Rush,
    #[error("it was sent away")]
    Banned,
    #[error("its key is no ed25519 key")]
    Key,
}

/// Where a connection came from.
#[derive(Clone, Copy, Debug)]
struct Visitor {
    ip: IpAddr,
    is_stranger: bool,
}

#[derive(Debug)]
struct Visits {
    open: usize,
    recent: usize,
    since: Instant,
}

/// A peer that may not come for a while.
#[derive(Clone, Copy, Debug)]
struct Ban {
    until: Instant,
    reason: &'static str,
}

/// The doorman, as a part of the swarm.
#[derive(Debug)]
pub struct Door {
    per_ip_max: usize,
    strangers_max: usize,
    strangers: usize,
    inbound: BTreeMap<ConnectionId, Visitor>,
    visits: BTreeMap<IpAddr, Visits>,
    banned: BTreeMap<PeerId, Ban>,
    /// Addresses of nodes that the operator named.
    friends: BTreeSet<IpAddr>,
    only_friends: bool,
    /// Of all addresses together.
    all: Visits,
}

impl Door {
    /// At most so many connections from one IP address (one /64 of IPv6) at a time, and so many from
    /// strangers in all.
    pub fn new(per_ip_max: usize, strangers_max: usize) -> Door {
        Door {
            per_ip_max,
            strangers_max,
            strangers: 0,
            inbound: BTreeMap::new(),
            visits: BTreeMap::new(),
            banned: BTreeMap::new(),
            friends: BTreeSet::new(),
            only_friends: false,
            all: Visits {
                open: 0,
                recent: 0,
                since: Instant::now(),
            },
        }
    }

    /// Whether strangers are refused.
    pub fn only_friends(mut self, only: bool) -> Door {
        self.only_friends = only;
        self
    }

    /// From now on these addresses always find room, up to what one address may have.
    pub fn befriend(&mut self, addresses: impl IntoIterator<Item = IpAddr>) {
        self.friends = addresses.into_iter().map(counted_ip).collect();
    }

    /// Refuses a peer for a while; `false`: it is refused already.
    pub fn ban(&mut self, peer: PeerId, reason: &'static str, now: Instant) -> bool {
        self.banned.retain(|_, ban| ban.until > now);
        if self.banned.contains_key(&peer) {
            return false;
        }
        if self.banned.len() >= BANS_MAX {
            // Whoever has waited longest.
            let first = self.banned.iter().min_by_key(|(_, ban)| ban.until);
            if let Some(first) = first.map(|(peer, _)| *peer) {
                self.banned.remove(&first);
            }
        }
        let until = now + BAN;
        self.banned.insert(peer, Ban { until, reason });
        true
    }

    /// Who may not come now, and why.
    pub fn sent_away(&self, now: Instant) -> Vec<SentAway> {
        let away = self.banned.iter().filter(|(_, ban)| ban.until > now);
        let told = away.map(|(peer, ban)| SentAway {
            peer: *peer,
            reason: ban.reason,
            seconds: ban.until.saturating_duration_since(now).as_secs(),
        });
        told.collect()
    }

    fn enter(&mut self, id: ConnectionId, ip: IpAddr, now: Instant) -> Result<(), Refused> {
        let is_stranger = !self.friends.contains(&ip);
        if is_stranger && self.only_friends {
            return Err(Refused::NotListed);
        }
        if is_stranger && self.strangers >= self.strangers_max {
            return Err(Refused::Full);
        }
        self.visits
            .retain(|_, it| it.open > 0 || now.duration_since(it.since) < WINDOW);
        if now.saturating_duration_since(self.all.since) >= WINDOW {
            (self.all.recent, self.all.since) = (0, now);
        }
        if let Some(visits) = self.visits.get_mut(&ip) {
            if now.duration_since(visits.since) >= WINDOW {
                (visits.recent, visits.since) = (0, now);
            }
            if visits.open >= self.per_ip_max {
                return Err(Refused::Share);
            }
            if visits.recent >= self.per_ip_max.saturating_mul(RENEWALS) {
                return Err(Refused::Renewals);
            }
        }
        // Only those that its own address lets in: one address alone makes no rush.
        if is_stranger && self.all.recent >= ALL_RECENT_MAX {
            return Err(Refused::Rush);
        }
        self.all.recent += usize::from(is_stranger);
        let visits = self.visits.entry(ip).or_insert(Visits {
            open: 0,
            recent: 0,
            since: now,
        });
        visits.open += 1;
        visits.recent += 1;
        self.strangers += usize::from(is_stranger);
        self.inbound.insert(id, Visitor { ip, is_stranger });
        Ok(())
    }

    fn leave(&mut self, id: ConnectionId) {
        let Some(Visitor { ip, is_stranger }) = self.inbound.remove(&id) else {
            return;
        };
        self.strangers = self.strangers.saturating_sub(usize::from(is_stranger));
        if let Some(visits) = self.visits.get_mut(&ip) {
            visits.open = visits.open.saturating_sub(1);
        }
    }

    fn admit(&self, peer: &PeerId, now: Instant) -> Result<(), Refused> {
        if !peer.to_bytes().starts_with(&ED25519) {
            return Err(Refused::Key);
        }
        match self.banned.get(peer) {
            Some(ban) if ban.until > now => Err(Refused::Banned),
            Some(_) | None => Ok(()),
        }
    }
}

/// What connections are counted by.
pub fn counted(address: &Multiaddr) -> Option<IpAddr> {
    let ip = address.iter().find_map(|part| match part {
        Protocol::Ip4(ip) => Some(IpAddr::V4(ip)),
        Protocol::Ip6(ip) => Some(IpAddr::V6(ip)),
        _ => None,
    });
    ip.map(counted_ip)
}

/// What peers of an address are counted by: an IPv6 site has a /64 to itself.
fn counted_ip(ip: IpAddr) -> IpAddr {
    match ip.to_canonical() {
        IpAddr::V4(ip) => IpAddr::V4(ip),
        IpAddr::V6(ip) => {
            let [a, b, c, d, ..] = ip.segments();
            IpAddr::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
        }
    }
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
        let (mut door, now) = (Door::new(5, 100), Instant::now());
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
    fn with_a_list_only_those_on_it_may_come() {
        let mut door = Door::new(5, 100).only_friends(true);
        let now = Instant::now();
        let (friend, site, stranger) = ("10.0.0.1", "fd00:1:2:3:4:5:6:7", "10.0.0.2");
        door.befriend([friend, site].map(|it| it.parse().unwrap()));
        assert_eq!(door.enter(id(0), ip("/ip4/10.0.0.1/tcp/7"), now), Ok(()));
        let mapped = ip("/ip6/::ffff:10.0.0.1/tcp/7");
        assert_eq!(door.enter(id(1), mapped, now), Ok(()));
        let same_site = ip("/ip6/fd00:1:2:3:8::1/tcp/9");
        assert_eq!(door.enter(id(2), same_site, now), Ok(()));
        let other = ip(&format!("/ip4/{stranger}/tcp/7"));
        assert_eq!(door.enter(id(3), other, now), Err(Refused::NotListed));
    }

    #[test]
    fn friends_find_room_where_strangers_do_not() {
        let (mut door, now) = (Door::new(2, 1), Instant::now());
        door.befriend(["10.0.0.1".parse().unwrap()]);
        let (friend, stranger) = (ip("/ip4/10.0.0.1/tcp/7"), ip("/ip4/10.0.0.2/tcp/7"));
        assert_eq!(door.enter(id(0), stranger, now), Ok(()));
        assert_eq!(door.enter(id(1), stranger, now), Err(Refused::Full));
        assert_eq!(door.enter(id(2), friend, now), Ok(()));
        assert_eq!(door.enter(id(3), friend, now), Ok(()));
        assert_eq!(door.enter(id(4), friend, now), Err(Refused::Share));
        door.leave(id(0));
        assert_eq!(door.enter(id(5), stranger, now), Ok(()));
    }

    #[test]
    fn who_comes_and_goes_waits_for_the_next_window() {
        let (mut door, now) = (Door::new(2, 100), Instant::now());
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
    fn one_address_alone_makes_no_rush() {
        let (mut door, now) = (Door::new(2, 1_000), Instant::now());
        let (mad, other) = (ip("/ip4/10.0.0.1/tcp/7"), ip("/ip4/10.0.0.2/tcp/7"));
        for number in 0..10 * ALL_RECENT_MAX {
            let _ = door.enter(id(number), mad, now);
            door.leave(id(number));
        }
        assert_eq!(door.enter(id(1_000_000), other, now), Ok(()));
    }

    #[test]
    fn many_addresses_at_once_do() {
        let (mut door, now) = (Door::new(2, 1_000), Instant::now());
        let entered = (0..2 * ALL_RECENT_MAX).filter(|number| {
            let here = ip(&format!(
                "/ip4/10.0.{}.{}/tcp/7",
                number / 250,
                number % 250
            ));
            door.enter(id(*number), here, now).is_ok()
        });
        assert_eq!(entered.count(), ALL_RECENT_MAX);
    }

    #[test]
    fn knows_whom_it_sent_away_and_forgets_the_oldest() {
        let (mut door, now) = (Door::new(2, 100), Instant::now());
        let first = Keypair::generate_ed25519().public().to_peer_id();
        assert_eq!(door.admit(&first, now), Ok(()));
        assert!(door.ban(first, "it lies", now));
        assert!(!door.ban(first, "it lies", now));
        assert_eq!(door.admit(&first, now), Err(Refused::Banned));
        let told = SentAway {
            peer: first,
            reason: "it lies",
            seconds: BAN.as_secs(),
        };
        assert_eq!(door.sent_away(now), [told]);
        assert_eq!(door.sent_away(now + BAN), []);
        assert_eq!(door.admit(&first, now + BAN), Ok(()));
        for _ in 0..BANS_MAX {
            let later = now + Duration::from_secs(1);
            door.ban(PeerId::random(), "it lies", later);
        }
        assert_eq!(door.banned.len(), BANS_MAX);
        assert_eq!(door.admit(&first, now), Ok(()));
        // A key of another kind has an id that is a SHA-256 hash.
        assert_eq!(door.admit(&PeerId::random(), now), Err(Refused::Key));
    }
}
