//! Peers of the task: counted, judged, sent away.

use std::time::{Duration, Instant};

use argosy_swarm::{PeerStanding, Standing};
use libp2p::multiaddr::Protocol;
use libp2p::{Multiaddr, PeerId, identify};

use crate::behaviour::{PEERS_WANTED, limits_with};
use crate::task::{Names, Task};

/// While there are few peers, others are looked for so often, in ticks.
const DISCOVER_TICKS: u64 = 15;
/// A peer has so long to say what it is, and to gossip.
const GOSSIPS_WITHIN: Duration = Duration::from_secs(15);
/// Who did not take messages in time so often, in half a minute, is let go.
const SLOW_MAX: u32 = 20;
/// Slowness is forgotten so often, in ticks.
const SLOW_TICKS: u64 = 30;
/// Addresses of one peer that are remembered.
const ADDRESSES_MAX: usize = 4;

/// A peer that has just connected.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Newcomer {
    since: Instant,
    is_identified: bool,
    gossips: bool,
}

impl Newcomer {
    pub(crate) fn at(since: Instant) -> Newcomer {
        Newcomer {
            since,
            is_identified: false,
            gossips: false,
        }
    }
}

impl Task {
    pub(crate) fn judge_peer(&mut self, peer: PeerId) {
        if self.swarm.behaviour().is_shunned(&peer) {
            self.send_away(peer, "it sends what no honest node sends");
        }
    }

    /// Closes every connection of a peer, and takes none for a while; one that the operator named may try
    /// again.
    pub(crate) fn send_away(&mut self, peer: PeerId, why: &'static str) {
        if self.caller.is_configured(&peer) {
            tracing::warn!(
                target: "network",
                code = "gossip.configured_peer_dropped",
                %peer,
                why,
                "lets go of a configured peer"
            );
            self.metrics.banned.inc();
        } else if self.swarm.behaviour_mut().ban(peer, why) {
            tracing::warn!(target: "network", code = "gossip.peer_banned", %peer, why, "sends a peer away");
            self.metrics.banned.inc();
            self.swarm.behaviour_mut().kad.remove_peer(&peer);
        }
        // It may be gone already.
        let _ = self.swarm.disconnect_peer_id(peer);
    }

    pub(crate) fn on_subscribed(&mut self, peer: PeerId) {
        if let Some(newcomer) = self.newcomers.get_mut(&peer) {
            newcomer.gossips = true;
        }
        self.count_peers();
        self.arrivals
            .send_modify(|count| *count = count.wrapping_add(1));
    }

    /// Messages wait for it, in whole, and take memory.
    pub(crate) fn on_slow(&mut self, peer: PeerId) {
        let times = self.slow.entry(peer).or_default();
        *times = times.saturating_add(1);
        if *times > SLOW_MAX {
            tracing::info!(
                target: "network",
                code = "gossip.peer_slow",
                %peer,
                "does not take messages in time: lets go of it"
            );
            let _ = self.swarm.disconnect_peer_id(peer);
        }
    }

    pub(crate) fn on_identified(&mut self, peer: PeerId, info: &identify::Info) {
        if info.protocol_version != self.protocol {
            self.send_away(peer, "it is of another chain, or of another kind");
            return;
        }
        // Once for each connection: a peer may say where it is as often as it likes.
        match self.newcomers.get_mut(&peer) {
            Some(newcomer) if !newcomer.is_identified => newcomer.is_identified = true,
            Some(_) | None => return,
        }
        let here = self.is_on_loopback;
        let routable = |it: &&Multiaddr| {
            let mut parts = it.iter();
            let first = match parts.next() {
                Some(Protocol::Ip4(ip)) => here || !(ip.is_loopback() || ip.is_unspecified()),
                Some(Protocol::Ip6(ip)) => here || !(ip.is_loopback() || ip.is_unspecified()),
                _ => false,
            };
            first && matches!(parts.next(), Some(Protocol::Tcp(_))) && parts.next().is_none()
        };
        let kad = &mut self.swarm.behaviour_mut().kad;
        kad.remove_peer(&peer);
        for address in info
            .listen_addrs
            .iter()
            .filter(routable)
            .take(ADDRESSES_MAX)
        {
            kad.add_address(&peer, address.clone());
        }
    }

    /// The operator names other nodes.
    pub(crate) fn on_names(&mut self, names: &Names) {
        let strangers = self.caller.rename(&names.peers, &names.bootnodes);
        let limits = &mut self.swarm.behaviour_mut().limits;
        *limits.limits_mut() = limits_with(names.peers.len() + names.bootnodes.len());
        for peer in strangers {
            limits.remove_peer_id(&peer);
        }
        self.on_tick();
    }

    pub(crate) fn on_tick(&mut self) {
        let now = Instant::now();
        self.ticks += 1;
        self.count_peers();
        let has_few = *self.peers.borrow() < PEERS_WANTED;
        self.caller.tick(has_few, now);
        let friends = self.caller.addresses();
        self.swarm.behaviour_mut().door.befriend(friends);
        if has_few && self.ticks.is_multiple_of(DISCOVER_TICKS) {
            // Fails while nobody is known, which is no news.
            let _ = self.swarm.behaviour_mut().kad.bootstrap();
        }
        if self.ticks.is_multiple_of(SLOW_TICKS) {
            self.slow.clear();
        }
        self.newcomers
            .retain(|_, it| !(it.is_identified && it.gossips));
        let is_late = |it: &Newcomer| now.duration_since(it.since) > GOSSIPS_WITHIN;
        let late: Vec<_> = self
            .newcomers
            .iter()
            .filter(|(_, it)| is_late(it))
            .collect();
        for peer in late.into_iter().map(|(peer, _)| *peer).collect::<Vec<_>>() {
            let _ = self.swarm.disconnect_peer_id(peer);
        }
        let connected: Vec<_> = self.swarm.connected_peers().copied().collect();
        connected.into_iter().for_each(|peer| self.judge_peer(peer));
        self.metrics.standings.put(self.standing(now));
    }

    fn standing(&self, now: Instant) -> Standing {
        let behaviour = self.swarm.behaviour();
        let peers = self.swarm.connected_peers().map(|peer| {
            let remarks = [
                self.newcomers
                    .contains_key(peer)
                    .then_some("it has not said yet what it is, or does not gossip yet"),
                self.slow
                    .contains_key(peer)
                    .then_some("it did not take messages in time lately"),
            ];
            PeerStanding {
                peer: *peer,
                // Gossip counts connections, not addresses.
                address: None,
                names: self.caller.names(peer),
                score: behaviour.guard.gossip.peer_score(peer),
                remarks: remarks.into_iter().flatten().collect(),
            }
        });
        let mut peers: Vec<_> = peers.collect();
        peers.sort_by_key(|it| it.peer);
        Standing {
            peers,
            sent_away: behaviour.door.sent_away(now),
        }
    }

    pub(crate) fn count_peers(&mut self) {
        let (hash, gossip) = (self.topic.hash(), &self.swarm.behaviour().guard.gossip);
        let count = gossip.all_peers().filter(|(_, it)| it.contains(&&hash));
        let count = count.count();
        self.metrics
            .peers
            .set(i64::try_from(count).unwrap_or(i64::MAX));
        self.peers
            .send_if_modified(|before| std::mem::replace(before, count) != count);
    }
}
