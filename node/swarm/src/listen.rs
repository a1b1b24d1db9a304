//! A swarm, and its address.

use std::net::SocketAddr;
use std::time::Duration;

use futures::StreamExt;
use libp2p::core::transport::ListenerId;
use libp2p::identity::Keypair;
use libp2p::multiaddr::Protocol;
use libp2p::swarm::{NetworkBehaviour, SwarmEvent};
use libp2p::{Multiaddr, Swarm, SwarmBuilder, noise, tcp};

use crate::muxer::Streams;

/// A handshake that takes longer is broken off.
const HANDSHAKE_WITHIN: Duration = Duration::from_secs(10);

/// The address cannot be had.
#[derive(Debug, thiserror::Error)]
#[error("cannot listen on {address}: {reason}")]
pub struct ListenError {
    /// The address.
    pub address: SocketAddr,
    /// What the system says.
    pub reason: String,
}

/// As libp2p has it.
pub fn multiaddr(address: SocketAddr) -> Multiaddr {
    Multiaddr::from(address.ip()).with(Protocol::Tcp(address.port()))
}

/// A swarm over TCP of the node with this key. A connection on which nothing happens is closed after
/// `idle_for`.
pub fn swarm<B: NetworkBehaviour>(
    key: Keypair,
    behaviour: B,
    idle_for: Duration,
) -> Result<Swarm<B>, String> {
    let swarm = SwarmBuilder::with_existing_identity(key)
        .with_tokio()
        .with_tcp(
            tcp::Config::new().nodelay(true),
            noise::Config::new,
            Streams::default,
        )
        .map_err(|error| error.to_string())?
        .with_behaviour(|_| behaviour)
        .map_err(|error| error.to_string())?
        .with_swarm_config(|it| {
            it.with_idle_connection_timeout(idle_for)
                // What peers send is decoded before it is looked at: no more of it than must be.
                .with_per_connection_event_buffer_size(1)
        })
        .with_connection_timeout(HANDSHAKE_WITHIN)
        .build();
    Ok(swarm)
}

/// Listens; gives the address, whose port the system chose if it was 0.
pub async fn listen<B: NetworkBehaviour>(
    swarm: &mut Swarm<B>,
    wanted: SocketAddr,
) -> Result<SocketAddr, ListenError> {
    let refused = |reason: String| ListenError {
        address: wanted,
        reason,
    };
    // libp2p shares a port with whoever has it; that would be another node, by mistake.
    let probe = std::net::TcpListener::bind(wanted);
    drop(probe.map_err(|error| refused(error.to_string()))?);
    let listener: ListenerId = swarm
        .listen_on(multiaddr(wanted))
        .map_err(|error| refused(error.to_string()))?;
    loop {
        match swarm.select_next_some().await {
            SwarmEvent::NewListenAddr {
                listener_id,
                address,
            } if listener_id == listener => {
                let port = address.iter().find_map(|part| match part {
                    Protocol::Tcp(port) => Some(port),
                    _ => None,
                });
                return Ok(SocketAddr::new(wanted.ip(), port.unwrap_or(wanted.port())));
            }
            SwarmEvent::ListenerClosed { reason, .. } => {
                let reason = reason.err().map(|it| it.to_string());
                return Err(refused(reason.unwrap_or_else(|| "closed".into())));
            }
            SwarmEvent::ListenerError { error, .. } => return Err(refused(error.to_string())),
            _ => {}
        }
    }
}
