//! What hostile peers do, with sockets of their own.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::task::{Context, Poll};
use std::time::Duration;

use argosy_network::NetworkConfig;
use futures::{AsyncReadExt as _, AsyncWriteExt, FutureExt, StreamExt, future::BoxFuture};
use libp2p::core::UpgradeInfo;
use libp2p::core::upgrade::{InboundUpgrade, OutboundUpgrade};
use libp2p::swarm::{
    ConnectionDenied, ConnectionId, FromSwarm, NetworkBehaviour, NotifyHandler, OneShotHandler,
    Stream, SwarmEvent, THandler, THandlerInEvent, THandlerOutEvent, ToSwarm,
};
use libp2p::{Multiaddr, PeerId, Swarm, SwarmBuilder, noise, tcp, yamux};
use tokio::io::AsyncReadExt;
use tokio::net::TcpSocket;
use tokio::time::timeout;

use crate::world::{Node, SOON, config};

/// Raw bytes on a stream of gossip.
#[derive(Clone, Debug)]
struct Raw(Vec<u8>);

const GOSSIP: &str = "/argosy/0707070707070707/gossip/1.1.0";

impl UpgradeInfo for Raw {
    type Info = &'static str;
    type InfoIter = std::iter::Once<&'static str>;

    fn protocol_info(&self) -> Self::InfoIter {
        std::iter::once(GOSSIP)
    }
}

impl OutboundUpgrade<Stream> for Raw {
    type Output = ();
    type Error = io::Error;
    type Future = BoxFuture<'static, Result<(), io::Error>>;

    fn upgrade_outbound(self, mut stream: Stream, _: Self::Info) -> Self::Future {
        async move {
            stream.write_all(&self.0).await?;
            stream.close().await
        }
        .boxed()
    }
}

/// Takes gossip, and does nothing with it.
#[derive(Clone, Debug)]
struct Deaf;

impl UpgradeInfo for Deaf {
    type Info = &'static str;
    type InfoIter = std::iter::Once<&'static str>;

    fn protocol_info(&self) -> Self::InfoIter {
        std::iter::once(GOSSIP)
    }
}

impl InboundUpgrade<Stream> for Deaf {
    type Output = ();
    type Error = Infallible;
    type Future = BoxFuture<'static, Result<(), Infallible>>;

    fn upgrade_inbound(self, mut stream: Stream, _: Self::Info) -> Self::Future {
        async move {
            let mut bytes = [0; 4_096];
            while matches!(stream.read(&mut bytes).await, Ok(1..)) {}
            Ok(())
        }
        .boxed()
    }
}

type Handler = OneShotHandler<Deaf, Raw, Sent>;

/// Something was sent, or not.
#[derive(Debug)]
struct Sent;

impl From<()> for Sent {
    fn from((): ()) -> Sent {
        Sent
    }
}

/// A peer that says what it likes.
#[derive(Default)]
struct Hostile {
    sends: VecDeque<(PeerId, Vec<u8>)>,
    sent: usize,
}

impl NetworkBehaviour for Hostile {
    type ConnectionHandler = Handler;
    type ToSwarm = usize;

    fn handle_established_inbound_connection(
        &mut self,
        _: ConnectionId,
        _: PeerId,
        _: &Multiaddr,
        _: &Multiaddr,
    ) -> Result<THandler<Self>, ConnectionDenied> {
        Ok(handler())
    }

    fn handle_established_outbound_connection(
        &mut self,
        _: ConnectionId,
        _: PeerId,
        _: &Multiaddr,
        _: libp2p::core::Endpoint,
        _: libp2p::core::transport::PortUse,
    ) -> Result<THandler<Self>, ConnectionDenied> {
        Ok(handler())
    }

    fn on_swarm_event(&mut self, _: FromSwarm<'_>) {}

    fn on_connection_handler_event(
        &mut self,
        _: PeerId,
        _: ConnectionId,
        _: THandlerOutEvent<Self>,
    ) {
        self.sent += 1;
    }

    fn poll(&mut self, _: &mut Context<'_>) -> Poll<ToSwarm<Self::ToSwarm, THandlerInEvent<Self>>> {
        match self.sends.pop_front() {
            Some((peer_id, bytes)) => Poll::Ready(ToSwarm::NotifyHandler {
                peer_id,
                handler: NotifyHandler::Any,
                event: Raw(bytes),
            }),
            None => Poll::Pending,
        }
    }
}

fn handler() -> Handler {
    OneShotHandler::new(
        libp2p::swarm::SubstreamProtocol::new(Deaf, ()),
        libp2p::swarm::OneShotHandlerConfig::default(),
    )
}

/// A hostile peer that is connected.
struct Attacker {
    swarm: Swarm<Hostile>,
    victim: PeerId,
}

impl Attacker {
    async fn connect(to: SocketAddr) -> Attacker {
        let mut swarm = SwarmBuilder::with_new_identity()
            .with_tokio()
            .with_tcp(
                tcp::Config::new(),
                noise::Config::new,
                yamux::Config::default,
            )
            .unwrap()
            .with_behaviour(|_| Hostile::default())
            .unwrap()
            .with_swarm_config(|it| it.with_idle_connection_timeout(SOON))
            .build();
        let address = Multiaddr::from(to.ip()).with(libp2p::multiaddr::Protocol::Tcp(to.port()));
        swarm.dial(address).unwrap();
        let victim = loop {
            if let SwarmEvent::ConnectionEstablished { peer_id, .. } =
                swarm.select_next_some().await
            {
                break peer_id;
            }
        };
        Attacker { swarm, victim }
    }

    /// Sends these messages on one stream: a second one would not be listened to for long.
    fn send(&mut self, rpcs: impl IntoIterator<Item = Vec<u8>>) {
        let mut bytes = Vec::new();
        for rpc in [subscription()].into_iter().chain(rpcs) {
            bytes.extend(varint(rpc.len()));
            bytes.extend(rpc);
        }
        let victim = self.victim;
        self.swarm.behaviour_mut().sends.push_back((victim, bytes));
    }

    /// Until the victim has closed the connection.
    async fn is_sent_away(&mut self) {
        let closed = async {
            loop {
                let event = self.swarm.select_next_some().await;
                if matches!(event, SwarmEvent::ConnectionClosed { .. }) {
                    return;
                }
            }
        };
        assert!(timeout(SOON, closed).await.is_ok(), "it is still connected");
    }
}

fn varint(mut number: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    while number >= 0x80 {
        bytes.push((number & 0x7f) as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
    bytes
}

/// A field of protobuf that has a length.
fn field(number: u8, bytes: &[u8]) -> Vec<u8> {
    let mut field = vec![number << 3 | 2];
    field.extend(varint(bytes.len()));
    field.extend(bytes);
    field
}

/// An RPC that subscribes to our topic, so that messages are taken.
fn subscription() -> Vec<u8> {
    let topic = field(2, TOPIC.as_bytes());
    field(1, &[vec![1 << 3, 1], topic].concat())
}

const TOPIC: &str = "/argosy/0707070707070707/tx";

fn message(data: &[u8]) -> Vec<u8> {
    field(2, &[field(2, data), field(4, TOPIC.as_bytes())].concat())
}

/// PRUNEs for so many topics that nobody has.
fn prunes(count: usize, salt: usize) -> Vec<u8> {
    let prune = |number| {
        let topic = field(1, format!("nowhere {salt} {number}").as_bytes());
        // For the longest time that gossipsub remembers one.
        field(4, &[topic, vec![3 << 3], varint(3_600)].concat())
    };
    field(3, &(0..count).flat_map(prune).collect::<Vec<u8>>())
}

/// A batch that is one, with these transactions.
fn batch(salt: u64, transactions: &[&[u8]]) -> Vec<u8> {
    let mut bytes = salt.to_le_bytes().to_vec();
    bytes.extend((transactions.len() as u32).to_le_bytes());
    for transaction in transactions {
        bytes.extend((transaction.len() as u32).to_le_bytes());
        bytes.extend(*transaction);
    }
    bytes
}

/// Two nodes that talk, whatever somebody else does.
async fn honest(seed: u8) -> (Node, Node) {
    let first = Node::start(&config(seed, &[])).await;
    let second = Node::start(&config(seed + 1, &[first.address()])).await;
    second.has_peers(1).await;
    first.has_peers(1).await;
    (first, second)
}

async fn still_talk((first, second): &(Node, Node)) {
    second.publish("all the same");
    let heard = async {
        while !first.heap.got().contains(&b"all the same".to_vec()) {
            first.heap.reach(first.heap.got().len() + 1).await;
        }
    };
    assert!(timeout(SOON, heard).await.is_ok());
}

#[tokio::test]
async fn topics_in_prune_messages_are_not_remembered() {
    let nodes = honest(101).await;
    let mut attacker = Attacker::connect(nodes.0.address()).await;
    attacker.send((0..20).map(|salt| prunes(500, salt)));
    attacker.is_sent_away().await;
    assert_eq!(nodes.0.figure("gossip_banned_peers"), 1);
    still_talk(&nodes).await;
}

#[tokio::test]
async fn a_prune_for_our_topic_is_honest() {
    let nodes = honest(111).await;
    let mut attacker = Attacker::connect(nodes.0.address()).await;
    let ours = field(4, &field(1, TOPIC.as_bytes()));
    attacker.send([field(3, &ours), message(&batch(1, &[b"after the prune"]))]);
    let heard = nodes.0.heap.reach(1);
    tokio::select! {
        () = heard => {}
        () = attacker.is_sent_away() => panic!("sent away"),
    }
    assert_eq!(nodes.0.heap.got(), [b"after the prune".to_vec()]);
    assert_eq!(nodes.0.figure("gossip_banned_peers"), 0);
}

#[tokio::test]
async fn who_sends_rubbish_or_false_transactions_is_sent_away() {
    let nodes = honest(121).await;
    let rubbish: Vec<Vec<u8>> = (0..5).map(|it| vec![it; 40]).collect();
    let forged = (0..5).map(|it| batch(it, &[format!("bad {it}").as_bytes()]));
    for messages in [rubbish, forged.collect()] {
        let mut attacker = Attacker::connect(nodes.0.address()).await;
        attacker.send(messages.iter().map(|data| message(data)));
        attacker.is_sent_away().await;
    }
    assert_eq!(nodes.0.figure("gossip_banned_peers"), 2);
    // None of it went further.
    assert!(nodes.1.heap.got().is_empty());
    still_talk(&nodes).await;
}

/// The relay has seen the false one before, and looked at it: it does not vouch for it a second time.
#[tokio::test]
async fn an_honest_relay_is_not_made_to_send_what_others_hold_against_it() {
    let nodes = honest(151).await;
    let mut attacker = Attacker::connect(nodes.0.address()).await;
    attacker.send([
        message(&batch(1, &[b"bad but short"])),
        message(&batch(
            2,
            &[b"good, and longer than the other", b"bad but short"],
        )),
    ]);
    let heard = nodes.1.heap.reach(1);
    tokio::select! {
        () = heard => {}
        () = async { loop { attacker.swarm.select_next_some().await; } } => {}
    }
    still_talk(&nodes).await;
    let got = nodes.1.heap.got();
    assert_eq!(got, [b"good, and longer than the other".to_vec()]);
}

#[tokio::test]
async fn ids_that_are_none_are_not_remembered() {
    let nodes = honest(161).await;
    let ids = (0..50).flat_map(|it| field(1, &[it; 2_000]));
    let ids = field(5, &ids.collect::<Vec<u8>>());
    let many = (0..200).flat_map(|_| field(2, &[]));
    for control in [field(3, &ids), field(3, &many.collect::<Vec<u8>>())] {
        let mut attacker = Attacker::connect(nodes.0.address()).await;
        attacker.send([control]);
        attacker.is_sent_away().await;
    }
    assert_eq!(nodes.0.figure("gossip_banned_peers"), 2);
    still_talk(&nodes).await;
}

#[tokio::test]
async fn a_flood_is_cut_down_and_honest_ones_are_heard() {
    let nodes = honest(131).await;
    let mut attacker = Attacker::connect(nodes.0.address()).await;
    // Some 30 MB, each message another one that is honest as far as anybody can tell.
    attacker.send((0..400_u64).map(|salt| {
        let mut data = salt.to_le_bytes().to_vec();
        data.extend(1_u32.to_le_bytes());
        data.extend(80_000_u32.to_le_bytes());
        data.extend(b"late");
        data.extend(salt.to_le_bytes());
        data.resize(data.len() + 80_000 - 12, 0);
        message(&data)
    }));
    let dropped = async {
        while nodes.0.figure("gossip_dropped_messages") == 0 {
            tokio::select! {
                _ = attacker.swarm.select_next_some() => {}
                () = tokio::time::sleep(Duration::from_millis(10)) => {}
            }
        }
    };
    let dropped = timeout(SOON, dropped).await;
    assert!(dropped.is_ok(), "{} came", nodes.0.heap.got().len());
    still_talk(&nodes).await;
}

#[tokio::test]
async fn one_address_has_a_few_connections_only() {
    let narrow = NetworkConfig {
        connections_per_ip_max: 5,
        ..config(141, &[])
    };
    let node = Node::start(&narrow).await;
    let address = node.address();
    let from = |ip: &'static str| async move {
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind(format!("{ip}:0").parse().unwrap()).unwrap();
        socket.connect(address).await.unwrap()
    };
    let mut held = Vec::new();
    for _ in 0..5 {
        held.push(from("127.0.0.2").await);
    }
    let mut sixth = from("127.0.0.2").await;
    let mut byte = [0; 1];
    let read = timeout(SOON, sixth.read(&mut byte)).await;
    assert!(matches!(read, Ok(Ok(0) | Err(_))), "{read:?}");
    // Another address has its own share: this one is spoken to.
    let other = NetworkConfig {
        peers: vec![node.address().to_string()],
        ..config(142, &[])
    };
    let other = Node::start(&other).await;
    other.has_peers(1).await;
    drop(held);
}
