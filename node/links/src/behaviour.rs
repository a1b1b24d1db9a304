//! What the swarm is made of, and each part's settings.

use std::time::Duration;

use argosy_swarm::{Door, protocol};
use libp2p::connection_limits::{self, ConnectionLimits};
use libp2p::request_response::{self, ProtocolSupport};
use libp2p::swarm::NetworkBehaviour;
use libp2p::{StreamProtocol, ping};

use crate::config::LinksConfig;
use crate::questions::{Plain, QUESTIONS_MAX};
use crate::streams::Streams;

/// Connections with one peer: two nodes may well call each other at once, by two names.
const PER_PEER_MAX: u32 = 3;
/// Unfinished connections, in and out.
const PENDING_MAX: u32 = 64;
/// A connection that is quiet is tried so often; a machine that lost its power answers no more.
const PING_EVERY: Duration = Duration::from_secs(5);
const PING_WITHIN: Duration = Duration::from_secs(10);
/// An answer takes no longer.
const ANSWER_WITHIN: Duration = Duration::from_secs(8);

/// The parts, asked in this order.
#[derive(NetworkBehaviour)]
pub(crate) struct Behaviour {
    pub(crate) door: Door,
    limits: connection_limits::Behaviour,
    pub(crate) streams: Streams,
    pub(crate) questions: request_response::Behaviour<Plain>,
    ping: ping::Behaviour,
}

impl Behaviour {
    pub(crate) fn new(config: &LinksConfig) -> Result<Behaviour, String> {
        let name = |part| {
            StreamProtocol::try_from_owned(protocol(config.chain, part))
                .map_err(|error| error.to_string())
        };
        let codec = Plain {
            answer_bytes_max: config.answer_bytes_max,
        };
        let questions = request_response::Config::default()
            .with_request_timeout(ANSWER_WITHIN)
            .with_max_concurrent_streams(QUESTIONS_MAX);
        let door = Door::new(config.connections_per_ip_max, config.inbound_max);
        Ok(Behaviour {
            door: door.only_friends(config.peers_only),
            limits: connection_limits::Behaviour::new(
                ConnectionLimits::default()
                    .with_max_pending_incoming(Some(PENDING_MAX))
                    .with_max_pending_outgoing(Some(PENDING_MAX))
                    .with_max_established_per_peer(Some(PER_PEER_MAX)),
            ),
            streams: Streams::new(name("links/1")?),
            questions: request_response::Behaviour::with_codec(
                codec,
                [(name("blocks/1")?, ProtocolSupport::Full)],
                questions,
            ),
            ping: ping::Behaviour::new(
                ping::Config::new()
                    .with_interval(PING_EVERY)
                    .with_timeout(PING_WITHIN),
            ),
        })
    }
}
