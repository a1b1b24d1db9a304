//! Gossipsub behind a filter: what peers send is looked at before it is.
//!
//! gossipsub 0.49 remembers every topic that a peer names in a PRUNE, for as long as the peer says,
//! without a bound (GHSA-vrx6, mended in 0.50.1, which needs another libp2p than the engine has).
//! There is one topic here: who names another one is sent away before gossipsub hears of it.
//!
//! Always: messages beyond a peer's budget are dropped here, before they are remembered anywhere.

use std::collections::{BTreeSet, VecDeque};
use std::task::{Context, Poll};
use std::time::Instant;

use libp2p::core::Endpoint;
use libp2p::core::transport::PortUse;
use libp2p::gossipsub::{self, IdentTopic, IdentityTransform, WhitelistSubscriptionFilter};
use libp2p::swarm::{
    CloseConnection, ConnectionDenied, ConnectionId, FromSwarm, NetworkBehaviour, THandler,
    THandlerInEvent, THandlerOutEvent, ToSwarm,
};
use libp2p::{Multiaddr, PeerId};

use crate::behaviour::MESSAGE_ID_BYTES;
use crate::budget::{Budget, MESSAGE_BYTES};

/// Control messages and subscriptions at once; an honest node has a handful to say.
const CONTROLS_MAX: usize = 64;
/// What the id of a message costs, in bytes: it is kept for some seconds.
const ID_COST: usize = 100;

/// Gossipsub with one topic.
pub(crate) type Gossip = gossipsub::Behaviour<IdentityTransform, WhitelistSubscriptionFilter>;
/// What a peer's connection gives to gossipsub.
type FromPeer = THandlerOutEvent<Gossip>;

/// What the guard tells.
#[derive(Debug)]
pub(crate) enum GuardEvent {
    /// As gossipsub tells it.
    Gossip(gossipsub::Event),
    /// A peer did what no honest one does; its connections are being closed.
    Abuse { peer: PeerId },
    /// Messages of a peer were dropped unseen: it sends too much.
    TooMuch { messages: usize },
}

/// The filter, and what is behind it.
pub(crate) struct Guard {
    pub(crate) gossip: Gossip,
    topic: IdentTopic,
    budget: Budget,
    /// Peers that are connected, gossiping or not.
    peers: usize,
    news: VecDeque<GuardEvent>,
    closing: VecDeque<PeerId>,
    /// Those whose connections are being closed: nothing more is heard of them.
    away: BTreeSet<PeerId>,
}

impl Guard {
    pub(crate) fn new(gossip: Gossip, topic: IdentTopic) -> Guard {
        Guard {
            gossip,
            topic,
            budget: Budget::of_bytes(Instant::now()),
            peers: 0,
            news: VecDeque::new(),
            closing: VecDeque::new(),
            away: BTreeSet::new(),
        }
    }

    /// What is left of an event, if anything.
    fn filter(&mut self, peer: PeerId, event: FromPeer) -> Option<FromPeer> {
        if self.away.contains(&peer) {
            return None;
        }
        let FromPeer::Message {
            mut rpc,
            invalid_messages,
        } = event
        else {
            return Some(event);
        };
        if rpc
            .control_msgs
            .len()
            .saturating_add(rpc.subscriptions.len())
            > CONTROLS_MAX
        {
            self.send_away(peer);
            return None;
        }
        // Messages are large, and not looked at here.
        let messages = std::mem::take(&mut rpc.messages);
        let control = rpc.clone().into_protobuf().control.unwrap_or_default();
        let topic = self.topic.hash();
        let is_ours = |named: &Option<String>| named.as_deref() == Some(topic.as_str());
        let prunes = control.prune.iter().map(|it| &it.topic_id);
        let grafts = control.graft.iter().map(|it| &it.topic_id);
        let have = control.ihave.iter().map(|it| &it.topic_id);
        let ids = control.ihave.iter().flat_map(|it| &it.message_ids);
        let ids = ids.chain(control.iwant.iter().flat_map(|it| &it.message_ids));
        let ids = ids.chain(control.idontwant.iter().flat_map(|it| &it.message_ids));
        let (mut count, mut are_ids) = (0_usize, true);
        for id in ids {
            count = count.saturating_add(1);
            are_ids &= id.len() == MESSAGE_ID_BYTES;
        }
        if !are_ids || !prunes.chain(grafts).chain(have).all(is_ours) {
            self.send_away(peer);
            return None;
        }
        let (before, now) = (messages.len(), Instant::now());
        let mut allow = |bytes: usize| self.budget.allow(peer, bytes, self.peers, now);
        if count > 0 && !allow(count.saturating_mul(ID_COST)) {
            rpc.control_msgs.clear();
        }
        let cost = |bytes: usize| bytes.saturating_add(MESSAGE_BYTES);
        let allowed = messages.into_iter().filter(|it| allow(cost(it.data.len())));
        rpc.messages = allowed.collect();
        let dropped = before.saturating_sub(rpc.messages.len());
        if dropped > 0 {
            self.news
                .push_back(GuardEvent::TooMuch { messages: dropped });
        }
        Some(FromPeer::Message {
            rpc,
            invalid_messages,
        })
    }

    fn send_away(&mut self, peer: PeerId) {
        self.away.insert(peer);
        self.closing.push_back(peer);
        self.news.push_back(GuardEvent::Abuse { peer });
    }
}

impl NetworkBehaviour for Guard {
    type ConnectionHandler = <Gossip as NetworkBehaviour>::ConnectionHandler;
    type ToSwarm = GuardEvent;

    fn handle_pending_inbound_connection(
        &mut self,
        id: ConnectionId,
        local: &Multiaddr,
        remote: &Multiaddr,
    ) -> Result<(), ConnectionDenied> {
        self.gossip
            .handle_pending_inbound_connection(id, local, remote)
    }

    fn handle_established_inbound_connection(
        &mut self,
        id: ConnectionId,
        peer: PeerId,
        local: &Multiaddr,
        remote: &Multiaddr,
    ) -> Result<THandler<Self>, ConnectionDenied> {
        self.gossip
            .handle_established_inbound_connection(id, peer, local, remote)
    }

    fn handle_pending_outbound_connection(
        &mut self,
        id: ConnectionId,
        peer: Option<PeerId>,
        addresses: &[Multiaddr],
        role: Endpoint,
    ) -> Result<Vec<Multiaddr>, ConnectionDenied> {
        self.gossip
            .handle_pending_outbound_connection(id, peer, addresses, role)
    }

    fn handle_established_outbound_connection(
        &mut self,
        id: ConnectionId,
        peer: PeerId,
        address: &Multiaddr,
        role: Endpoint,
        port: PortUse,
    ) -> Result<THandler<Self>, ConnectionDenied> {
        self.gossip
            .handle_established_outbound_connection(id, peer, address, role, port)
    }

    fn on_swarm_event(&mut self, event: FromSwarm<'_>) {
        match &event {
            FromSwarm::ConnectionEstablished(it) if it.other_established == 0 => self.peers += 1,
            FromSwarm::ConnectionClosed(it) if it.remaining_established == 0 => {
                self.peers = self.peers.saturating_sub(1);
                self.away.remove(&it.peer_id);
            }
            _ => {}
        }
        self.gossip.on_swarm_event(event);
    }

    fn on_connection_handler_event(
        &mut self,
        peer: PeerId,
        connection: ConnectionId,
        event: THandlerOutEvent<Self>,
    ) {
        if let Some(event) = self.filter(peer, event) {
            self.gossip
                .on_connection_handler_event(peer, connection, event);
        }
    }

    fn poll(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<ToSwarm<Self::ToSwarm, THandlerInEvent<Self>>> {
        if let Some(news) = self.news.pop_front() {
            return Poll::Ready(ToSwarm::GenerateEvent(news));
        }
        if let Some(peer_id) = self.closing.pop_front() {
            return Poll::Ready(ToSwarm::CloseConnection {
                peer_id,
                connection: CloseConnection::All,
            });
        }
        self.gossip
            .poll(cx)
            .map(|event| event.map_out(GuardEvent::Gossip))
    }
}
