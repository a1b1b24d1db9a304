//! The engine's network: its actor, over our links. Frames come in through the gate, never faster than
//! it looks at them; what the engine says goes out as frames.
//!
//! Always: nothing that peers send waits in the engine before the gate has taken it.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use argosy_bft::{BftContext, Part};
use argosy_links::{
    AskError, AskId, Bytes, Inbox, PeerId as LinkId, QuestionId, Topic, Verdict, Wire,
};
use async_trait::async_trait;
use malachitebft_app_channel::app::types::PeerId;
use malachitebft_app_channel::app::types::SignedConsensusMsg;
use malachitebft_app_channel::app::types::codec::Codec;
use malachitebft_app_channel::app::types::core as engine;
use malachitebft_app_channel::app::types::streaming::StreamMessage;
use malachitebft_app_channel::app::types::sync::{Request, Response, Status};
use malachitebft_core_consensus::LivenessMsg;
use malachitebft_engine::network::{
    NetworkEvent, NetworkMsg, PersistentPeerError, Status as EngineStatus, Subscriber,
};
use malachitebft_engine::util::streaming::StreamContent;
use malachitebft_network::{Channel, PeerIdExt as _};
use malachitebft_sync::{InboundRequestId, OutboundFailureReason, OutboundRequestId};
use multiaddr::{Multiaddr, Protocol};
use ractor::{Actor, ActorProcessingErr, ActorRef};

use crate::codec::{BftCodec, CodecError};
use crate::gate::Gate;

type Event = NetworkEvent<BftContext>;

/// Who in the engine listens, and what it was told of peers.
#[derive(Default)]
struct Audience {
    subscribers: Vec<Box<dyn Subscriber<Event>>>,
    peers: BTreeSet<LinkId>,
}

/// Where frames go.
pub(crate) struct Ear {
    gate: Arc<Gate>,
    audience: Mutex<Audience>,
}

impl Ear {
    pub(crate) fn new(gate: Arc<Gate>) -> Ear {
        Ear {
            gate,
            audience: Mutex::default(),
        }
    }

    fn audience(&self) -> MutexGuard<'_, Audience> {
        // Nothing here is left half done by a panic.
        self.audience.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn tell(&self, event: Event) {
        for subscriber in &self.audience().subscribers {
            subscriber.send(event.clone());
        }
    }

    /// Takes a subscriber in, and tells it what the others know.
    fn subscribe(&self, subscriber: Box<dyn Subscriber<Event>>, address: SocketAddr) {
        let listens = Multiaddr::from(address.ip()).with(Protocol::Tcp(address.port()));
        subscriber.send(NetworkEvent::Listening(listens));
        let mut audience = self.audience();
        for peer in &audience.peers {
            for event in arrival(*peer) {
                subscriber.send(event);
            }
        }
        audience.subscribers.push(subscriber);
    }

    fn message(&self, peer: LinkId, content: Bytes) -> Result<Verdict, CodecError> {
        let message: SignedConsensusMsg<BftContext> = BftCodec.decode(content)?;
        let verdict = self.gate.message(&message);
        if verdict == Verdict::Taken {
            let from = engine_id(peer);
            self.tell(match message {
                SignedConsensusMsg::Vote(vote) => NetworkEvent::Vote(from, vote),
                SignedConsensusMsg::Proposal(it) => NetworkEvent::Proposal(from, it),
            });
        }
        Ok(verdict)
    }

    fn liveness(&self, peer: LinkId, content: Bytes) -> Result<Verdict, CodecError> {
        let message: LivenessMsg<BftContext> = BftCodec.decode(content)?;
        let verdict = self.gate.liveness(&message);
        if verdict == Verdict::Taken {
            let from = engine_id(peer);
            self.tell(match message {
                LivenessMsg::Vote(vote) => NetworkEvent::Vote(from, vote),
                LivenessMsg::PolkaCertificate(it) => NetworkEvent::PolkaCertificate(from, it),
                LivenessMsg::SkipRoundCertificate(it) => NetworkEvent::RoundCertificate(from, it),
            });
        }
        Ok(verdict)
    }

    /// The engine hears of a block once it is whole, by its first part.
    fn part(&self, peer: LinkId, content: Bytes) -> Result<Verdict, CodecError> {
        let message: StreamMessage<Part> = BftCodec.decode(content)?;
        let (stream, from) = (message.stream_id.clone(), engine_id(peer));
        if let Some(init) = self.gate.part(peer, message) {
            let whole = StreamMessage::new(stream, 0, StreamContent::Data(Part::Init(init)));
            self.tell(NetworkEvent::ProposalPart(from, Some(from), whole));
        }
        Ok(Verdict::Taken)
    }

    fn status(&self, peer: LinkId, content: Bytes) -> Result<Verdict, CodecError> {
        let status: Status<BftContext> = BftCodec.decode(content)?;
        if !self.gate.status(&peer, status.tip_height.0) {
            return Ok(Verdict::Ignored);
        }
        if status.peer_id != engine_id(peer) {
            return Ok(Verdict::False("it shows the status of another node"));
        }
        let at = EngineStatus::new(status.tip_height, status.history_min_height);
        self.tell(NetworkEvent::Status(status.peer_id, at));
        Ok(Verdict::Taken)
    }

    fn proof(&self, peer: LinkId, content: Bytes) -> Result<Verdict, CodecError> {
        let proof: engine::ValidatorProof<BftContext> = BftCodec.decode(content)?;
        Ok(self.gate.proof(peer, &proof))
    }
}

impl Inbox for Ear {
    fn met(&self, peer: LinkId) {
        self.gate.met(peer);
    }

    fn connected(&self, peer: LinkId) {
        let mut audience = self.audience();
        audience.peers.insert(peer);
        for event in arrival(peer) {
            for subscriber in &audience.subscribers {
                subscriber.send(event.clone());
            }
        }
    }

    fn lost(&self, peer: LinkId) {
        self.gate.lost(&peer);
        if self.audience().peers.remove(&peer) {
            self.tell(NetworkEvent::PeerDisconnected(engine_id(peer)));
        }
    }

    fn trusts(&self, peer: &LinkId) -> bool {
        self.gate.trusts(peer)
    }

    fn take(&self, peer: LinkId, topic: Topic, content: Bytes) -> Verdict {
        if !matches!(topic, Topic::Proof | Topic::Status) && !self.gate.trusts(&peer) {
            return Verdict::Ignored;
        }
        let taken = match topic {
            Topic::Proof => self.proof(peer, content),
            Topic::Votes => self.message(peer, content),
            Topic::Parts => self.part(peer, content),
            Topic::Liveness => self.liveness(peer, content),
            Topic::Status => self.status(peer, content),
        };
        taken.unwrap_or(Verdict::False("it sends what does not decode"))
    }

    fn asked(&self, question: QuestionId, peer: LinkId, content: Bytes) -> Verdict {
        let Ok(request) = Codec::<Request<BftContext>>::decode(&BftCodec, content) else {
            return Verdict::False("it asks what does not decode");
        };
        let id = InboundRequestId::new(question);
        self.tell(NetworkEvent::SyncRequest(id, engine_id(peer), request));
        Verdict::Taken
    }

    fn withdrawn(&self, question: QuestionId, peer: LinkId) {
        let id = InboundRequestId::new(question);
        self.tell(NetworkEvent::SyncInboundRequestFailed(id, engine_id(peer)));
    }

    fn answered(&self, ask: AskId, peer: LinkId, answer: Result<Bytes, AskError>) {
        let (id, from) = (OutboundRequestId::new(ask), engine_id(peer));
        self.tell(match answer {
            Ok(content) => {
                let response = Codec::<Response<BftContext>>::decode(&BftCodec, content).ok();
                NetworkEvent::SyncResponse(id, from, response)
            }
            Err(error) => NetworkEvent::SyncRequestFailed(id, from, reason(error)),
        });
    }
}

/// What the engine hears of a peer that takes frames: the second makes it say where this node is.
fn arrival(peer: LinkId) -> [Event; 2] {
    let peer = engine_id(peer);
    [
        NetworkEvent::PeerConnected(peer),
        NetworkEvent::PeerSubscribed(peer, Channel::Sync),
    ]
}

fn engine_id(peer: LinkId) -> PeerId {
    PeerId::from_libp2p(&peer)
}

fn reason(error: AskError) -> OutboundFailureReason {
    match error {
        AskError::NotConnected => OutboundFailureReason::DialFailure,
        AskError::Closed => OutboundFailureReason::ConnectionClosed,
        AskError::TimedOut => OutboundFailureReason::Timeout,
        AskError::Unsupported => OutboundFailureReason::UnsupportedProtocols,
        AskError::Busy | AskError::BrokenOff => OutboundFailureReason::Io,
    }
}

/// The actor; what it holds is its state.
pub(crate) struct NetworkActor;

/// The ends of the links.
pub(crate) struct Ends {
    pub(crate) ear: Arc<Ear>,
    pub(crate) wire: Wire,
    pub(crate) address: SocketAddr,
    /// As the engine names this node.
    pub(crate) own: PeerId,
}

#[async_trait]
impl Actor for NetworkActor {
    type Msg = NetworkMsg<BftContext>;
    type State = Ends;
    type Arguments = Ends;

    async fn pre_start(
        &self,
        _: ActorRef<Self::Msg>,
        ends: Ends,
    ) -> Result<Ends, ActorProcessingErr> {
        Ok(ends)
    }

    /// An error ends the engine: links that have ended do not come back.
    async fn handle(
        &self,
        _: ActorRef<Self::Msg>,
        message: Self::Msg,
        ends: &mut Ends,
    ) -> Result<(), ActorProcessingErr> {
        let wire = &ends.wire;
        match message {
            NetworkMsg::Subscribe(subscriber) => ends.ear.subscribe(subscriber, ends.address),
            NetworkMsg::PublishConsensusMsg(it) => {
                wire.publish(Topic::Votes, BftCodec.encode(&it)?).await?;
            }
            NetworkMsg::PublishLivenessMsg(it) => {
                wire.publish(Topic::Liveness, BftCodec.encode(&it)?).await?;
            }
            NetworkMsg::PublishProposalPart(it) => {
                wire.publish(Topic::Parts, BftCodec.encode(&it)?).await?;
            }
            NetworkMsg::BroadcastStatus(status) => {
                let status = Status::<BftContext> {
                    peer_id: ends.own,
                    tip_height: status.tip_height,
                    history_min_height: status.history_min_height,
                };
                wire.publish(Topic::Status, BftCodec.encode(&status)?)
                    .await?;
            }
            NetworkMsg::OutgoingRequest(peer, request, reply) => {
                let content = Codec::<Request<BftContext>>::encode(&BftCodec, &request)?;
                let id = wire.ask(peer.to_libp2p(), content).await?;
                // Who has gone does not need the number.
                let _ = reply.send(OutboundRequestId::new(id));
            }
            NetworkMsg::OutgoingResponse(id, response) => {
                let content = Codec::<Response<BftContext>>::encode(&BftCodec, &response)?;
                wire.answer(question(&id)?, content).await?;
            }
            NetworkMsg::CancelInboundRequest(id) => wire.forget(question(&id)?).await?,
            NetworkMsg::DumpState(reply) => drop(reply.send(None)),
            NetworkMsg::UpdatePersistentPeers(_, reply) => {
                let refused = "peers are named in the configuration".to_string();
                drop(reply.send(Err(PersistentPeerError::InternalError(refused))));
            }
            // Its answer comes or does not: late ones are let go. Proofs and members are the gate's
            // affair; events come by the ear.
            NetworkMsg::CancelRequest(_)
            | NetworkMsg::UpdateValidatorSet(_)
            | NetworkMsg::ValidatorProofVerified { .. }
            | NetworkMsg::NewEvent(_) => {}
        }
        Ok(())
    }
}

/// The number that the engine was given for a question.
fn question(id: &InboundRequestId) -> Result<QuestionId, ActorProcessingErr> {
    id.to_string().parse().map_err(ActorProcessingErr::from)
}
