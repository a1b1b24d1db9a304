//! One stream each way on a connection, opened once, kept while the connection is.
//!
//! A part of the swarm that only hands streams over; what is read and written on them happens in tasks
//! of their own (`reader`, `writer`), so that one slow peer holds up nobody else.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::task::{Context, Poll};

use libp2p::core::Endpoint;
use libp2p::core::transport::PortUse;
use libp2p::core::upgrade::ReadyUpgrade;
use libp2p::swarm::handler::{
    ConnectionEvent, DialUpgradeError, FullyNegotiatedInbound, FullyNegotiatedOutbound,
};
use libp2p::swarm::{
    ConnectionDenied, ConnectionHandler, ConnectionHandlerEvent, ConnectionId, FromSwarm,
    NetworkBehaviour, Stream, StreamUpgradeError, SubstreamProtocol, THandler, THandlerInEvent,
    THandlerOutEvent, ToSwarm,
};
use libp2p::{Multiaddr, PeerId, StreamProtocol};

/// What happened on a connection.
#[derive(Debug)]
pub(crate) enum Step {
    /// A stream to write on.
    Out(Stream),
    /// A stream to read from.
    In(Stream),
    /// What no honest node of this chain does.
    Wrong(&'static str),
    /// The peer takes no such stream: it is of another chain or kind, or broke off meanwhile, which
    /// cannot be told apart.
    Unsupported,
}

/// Something happened on a connection of a peer.
#[derive(Debug)]
pub(crate) struct StreamEvent {
    pub(crate) peer: PeerId,
    pub(crate) connection: ConnectionId,
    pub(crate) step: Step,
}

/// The part of the swarm.
#[derive(Debug)]
pub(crate) struct Streams {
    protocol: StreamProtocol,
    events: VecDeque<StreamEvent>,
}

impl Streams {
    pub(crate) fn new(protocol: StreamProtocol) -> Streams {
        Streams {
            protocol,
            events: VecDeque::new(),
        }
    }

    fn handler(&self) -> Handler {
        Handler {
            protocol: self.protocol.clone(),
            is_asked: false,
            has_in: false,
            steps: VecDeque::new(),
        }
    }
}

impl NetworkBehaviour for Streams {
    type ConnectionHandler = Handler;
    type ToSwarm = StreamEvent;

    fn handle_established_inbound_connection(
        &mut self,
        _: ConnectionId,
        _: PeerId,
        _: &Multiaddr,
        _: &Multiaddr,
    ) -> Result<THandler<Self>, ConnectionDenied> {
        Ok(self.handler())
    }

    fn handle_established_outbound_connection(
        &mut self,
        _: ConnectionId,
        _: PeerId,
        _: &Multiaddr,
        _: Endpoint,
        _: PortUse,
    ) -> Result<THandler<Self>, ConnectionDenied> {
        Ok(self.handler())
    }

    fn on_swarm_event(&mut self, _: FromSwarm<'_>) {}

    fn on_connection_handler_event(
        &mut self,
        peer: PeerId,
        connection: ConnectionId,
        step: THandlerOutEvent<Self>,
    ) {
        self.events.push_back(StreamEvent {
            peer,
            connection,
            step,
        });
    }

    fn poll(&mut self, _: &mut Context<'_>) -> Poll<ToSwarm<Self::ToSwarm, THandlerInEvent<Self>>> {
        match self.events.pop_front() {
            Some(event) => Poll::Ready(ToSwarm::GenerateEvent(event)),
            None => Poll::Pending,
        }
    }
}

/// The part of one connection.
#[derive(Debug)]
pub(crate) struct Handler {
    protocol: StreamProtocol,
    is_asked: bool,
    has_in: bool,
    steps: VecDeque<Step>,
}

impl ConnectionHandler for Handler {
    type FromBehaviour = Infallible;
    type ToBehaviour = Step;
    type InboundProtocol = ReadyUpgrade<StreamProtocol>;
    type OutboundProtocol = ReadyUpgrade<StreamProtocol>;
    type InboundOpenInfo = ();
    type OutboundOpenInfo = ();

    fn listen_protocol(&self) -> SubstreamProtocol<Self::InboundProtocol> {
        SubstreamProtocol::new(ReadyUpgrade::new(self.protocol.clone()), ())
    }

    fn poll(
        &mut self,
        _: &mut Context<'_>,
    ) -> Poll<ConnectionHandlerEvent<Self::OutboundProtocol, (), Step>> {
        if let Some(step) = self.steps.pop_front() {
            return Poll::Ready(ConnectionHandlerEvent::NotifyBehaviour(step));
        }
        if !self.is_asked {
            self.is_asked = true;
            let protocol = SubstreamProtocol::new(ReadyUpgrade::new(self.protocol.clone()), ());
            return Poll::Ready(ConnectionHandlerEvent::OutboundSubstreamRequest { protocol });
        }
        Poll::Pending
    }

    fn on_behaviour_event(&mut self, event: Infallible) {
        match event {}
    }

    fn on_connection_event(
        &mut self,
        event: ConnectionEvent<'_, Self::InboundProtocol, Self::OutboundProtocol>,
    ) {
        match event {
            ConnectionEvent::FullyNegotiatedInbound(FullyNegotiatedInbound {
                protocol: stream,
                ..
            }) => {
                // A second one is dropped, and told once.
                if !self.has_in {
                    self.has_in = true;
                    self.steps.push_back(Step::In(stream));
                } else if self.steps.is_empty() {
                    self.steps
                        .push_back(Step::Wrong("it opens a second stream"));
                }
            }
            ConnectionEvent::FullyNegotiatedOutbound(FullyNegotiatedOutbound {
                protocol: stream,
                ..
            }) => self.steps.push_back(Step::Out(stream)),
            // One that takes too long, or breaks: the task waits no longer than it does for anybody.
            ConnectionEvent::DialUpgradeError(DialUpgradeError {
                error: StreamUpgradeError::NegotiationFailed,
                ..
            }) => self.steps.push_back(Step::Unsupported),
            _ => {}
        }
    }
}
