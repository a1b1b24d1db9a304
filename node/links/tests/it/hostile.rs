//! A peer that says what it likes.

use std::net::SocketAddr;

use futures::{AsyncReadExt as _, AsyncWriteExt as _, StreamExt as _};
use libp2p::identity::Keypair;
use libp2p::swarm::SwarmEvent;
use libp2p::{Multiaddr, PeerId, Stream, StreamProtocol, Swarm, SwarmBuilder, noise, tcp, yamux};
use libp2p_stream::{Behaviour, Control};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::timeout;

use crate::world::{Node, SOON};

const LINKS: StreamProtocol = StreamProtocol::new("/argosy/0707070707070707/links/1");

const BLOCKS: StreamProtocol = StreamProtocol::new("/argosy/0707070707070707/blocks/1");

/// What the peer does with what it hears.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Hears {
    All,
    Nothing,
}

/// Connections of a peer since it began.
#[derive(Clone, Copy, Default)]
struct Count {
    opened: usize,
    /// A call that failed was closed before it was open.
    closed: usize,
}

/// A peer, connected with a node.
pub(crate) struct Hostile {
    control: Control,
    target: PeerId,
    pub(crate) id: PeerId,
    connections: watch::Receiver<Count>,
    task: JoinHandle<()>,
}

impl Drop for Hostile {
    fn drop(&mut self) {
        self.task.abort();
    }
}

fn swarm(key: Keypair) -> Swarm<Behaviour> {
    SwarmBuilder::with_existing_identity(key)
        .with_tokio()
        .with_tcp(
            tcp::Config::new().nodelay(true),
            noise::Config::new,
            yamux::Config::default,
        )
        .unwrap()
        .with_behaviour(|_| Behaviour::new())
        .unwrap()
        .with_swarm_config(|it| it.with_idle_connection_timeout(SOON))
        .build()
}

fn multiaddr(address: SocketAddr) -> Multiaddr {
    format!("/ip4/{}/tcp/{}", address.ip(), address.port())
        .parse()
        .unwrap()
}

impl Hostile {
    /// Calls a node, and takes the stream that it opens.
    pub(crate) async fn call(node: &Node, hears: Hears) -> Hostile {
        Hostile::call_as(Keypair::generate_ed25519(), node, hears).await
    }

    /// The same, under a name of its choice.
    pub(crate) async fn call_as(key: Keypair, node: &Node, hears: Hears) -> Hostile {
        let mut swarm = swarm(key);
        let mut control = swarm.behaviour().new_control();
        let mut incoming = control.accept(LINKS).unwrap();
        swarm.dial(multiaddr(node.address())).unwrap();
        let (count, connections) = watch::channel(Count::default());
        let id = *swarm.local_peer_id();
        let task = tokio::spawn(async move {
            let mut kept = Vec::new();
            loop {
                tokio::select! {
                    event = swarm.select_next_some() => match event {
                        SwarmEvent::ConnectionEstablished { .. } => count.send_modify(|it| it.opened += 1),
                        SwarmEvent::ConnectionClosed { .. } => count.send_modify(|it| it.closed += 1),
                        SwarmEvent::OutgoingConnectionError { .. } => count.send_modify(|it| it.closed += 1),
                        _ => {}
                    },
                    Some((_, stream)) = incoming.next() => match hears {
                        Hears::Nothing => kept.push(stream),
                        Hears::All => drop(tokio::spawn(drain(stream))),
                    },
                }
            }
        });
        let mut called = connections.clone();
        let reached = timeout(SOON, called.wait_for(|it| it.opened + it.closed > 0)).await;
        reached.unwrap().unwrap();
        Hostile {
            control,
            target: node.id,
            id,
            connections,
            task,
        }
    }

    pub(crate) fn is_connected(&self) -> bool {
        let count = *self.connections.borrow();
        count.opened > count.closed
    }

    /// A stream to say something on.
    pub(crate) async fn open(&mut self) -> Stream {
        self.try_open().await.unwrap()
    }

    /// A stream, if the node lets it have one.
    pub(crate) async fn try_open(&mut self) -> Option<Stream> {
        let opened = self.control.open_stream(self.target, LINKS);
        timeout(SOON, opened).await.unwrap().ok()
    }

    /// Asks, and does not read the answer; it comes on the stream.
    pub(crate) async fn ask(&mut self, question: &[u8]) -> Stream {
        let opened = self.control.open_stream(self.target, BLOCKS);
        let mut stream = timeout(SOON, opened).await.unwrap().unwrap();
        stream.write_all(question).await.unwrap();
        stream.close().await.unwrap();
        stream
    }

    /// Until the node has closed every connection.
    pub(crate) async fn is_sent_away(&mut self) {
        let closed = self.connections.wait_for(|it| it.closed >= it.opened);
        assert!(timeout(SOON, closed).await.is_ok(), "it is still here");
    }
}

async fn drain(mut stream: Stream) {
    let mut bytes = [0; 4_096];
    while matches!(stream.read(&mut bytes).await, Ok(1..)) {}
}

/// A frame, whatever it says of itself.
pub(crate) fn frame(topic: u8, length: u32, content: &[u8]) -> Vec<u8> {
    let mut frame = vec![topic];
    frame.extend(length.to_le_bytes());
    frame.extend(content);
    frame
}

/// An honest frame.
pub(crate) fn whole(topic: u8, content: &[u8]) -> Vec<u8> {
    frame(topic, u32::try_from(content.len()).unwrap(), content)
}

/// Writes, whether it is taken or not.
pub(crate) async fn say(stream: &mut Stream, bytes: &[u8]) -> bool {
    let said = async {
        stream.write_all(bytes).await?;
        stream.flush().await
    };
    said.await.is_ok()
}
