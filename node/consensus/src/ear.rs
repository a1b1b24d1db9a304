//! What comes in by the links: through the gate, and on to the engine, never faster than the gate looks
//! at it.
//!
//! The engine knows peers by the seats that they have here while they are connected: it remembers some
//! things of every peer it ever had to do with, and seats are few.
//!
//! Always: nothing that peers send waits in the engine before the gate has taken it; the engine hears
//! of a peer only between its coming and its going.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use argosy_bft::{BftContext, BlockHeight, Part};
use argosy_links::{AskError, AskId, Bytes, Inbox, PeerId as LinkId, QuestionId, Topic, Verdict};
use malachitebft_app_channel::app::types::PeerId;
use malachitebft_app_channel::app::types::SignedConsensusMsg;
use malachitebft_app_channel::app::types::codec::Codec;
use malachitebft_app_channel::app::types::core as engine;
use malachitebft_app_channel::app::types::streaming::StreamMessage;
use malachitebft_app_channel::app::types::sync::{Request, Response, Status};
use malachitebft_core_consensus::LivenessMsg;
use malachitebft_engine::network::{NetworkEvent, Status as EngineStatus, Subscriber};
use malachitebft_engine::util::streaming::StreamContent;
use malachitebft_network::{Channel, PeerIdExt as _};
use malachitebft_sync::{InboundRequestId, OutboundFailureReason, OutboundRequestId};
use multiaddr::{Multiaddr, Protocol};

use crate::codec::{BftCodec, CodecError};
use crate::gate::Gate;
use crate::peers::Tip;

type Event = NetworkEvent<BftContext>;

/// Who in the engine listens, and what it was told of peers.
#[derive(Default)]
struct Audience {
    subscribers: Vec<Box<dyn Subscriber<Event>>>,
    seats: BTreeMap<LinkId, u32>,
}

impl Audience {
    fn tell(&self, event: &Event) {
        for subscriber in &self.subscribers {
            subscriber.send(event.clone());
        }
    }

    /// The seat of a peer; of one that takes no frames: that of nobody.
    fn seat(&self, peer: &LinkId) -> PeerId {
        seat(self.seats.get(peer).copied().unwrap_or(NOBODY))
    }
}

/// Where frames go.
pub struct Ear {
    gate: Arc<Gate>,
    audience: Mutex<Audience>,
}

impl Ear {
    /// Behind a gate; nobody listens yet.
    pub fn new(gate: Arc<Gate>) -> Ear {
        Ear {
            gate,
            audience: Mutex::default(),
        }
    }

    fn audience(&self) -> MutexGuard<'_, Audience> {
        // Nothing here is left half done by a panic.
        self.audience.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Tells the engine something that a peer sent, by its seat.
    fn tell(&self, peer: &LinkId, event: impl FnOnce(PeerId) -> Event) {
        let audience = self.audience();
        audience.tell(&event(audience.seat(peer)));
    }

    /// Takes a subscriber in, and tells it what the others know. `address`: where this node listens.
    pub fn subscribe(&self, subscriber: Box<dyn Subscriber<Event>>, address: SocketAddr) {
        let listens = Multiaddr::from(address.ip()).with(Protocol::Tcp(address.port()));
        subscriber.send(NetworkEvent::Listening(listens));
        let mut audience = self.audience();
        for number in audience.seats.values() {
            for event in arrival(*number) {
                subscriber.send(event);
            }
        }
        audience.subscribers.push(subscriber);
    }

    /// The peer that has a seat.
    pub(crate) fn peer(&self, of: &PeerId) -> Option<LinkId> {
        let audience = self.audience();
        let mut seats = audience.seats.iter();
        seats.find_map(|(peer, number)| (seat(*number) == *of).then_some(*peer))
    }

    fn message(&self, peer: LinkId, content: Bytes) -> Result<Verdict, CodecError> {
        let message: SignedConsensusMsg<BftContext> = BftCodec.decode(content)?;
        let verdict = self.gate.message(&message);
        if verdict == Verdict::Taken {
            self.tell(&peer, |from| match message {
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
            self.tell(&peer, |from| match message {
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
        let stream = message.stream_id.clone();
        Ok(match self.gate.part(peer, message) {
            Ok(Some(init)) => {
                let whole = StreamMessage::new(stream, 0, StreamContent::Data(Part::Init(init)));
                self.tell(&peer, |from| {
                    NetworkEvent::ProposalPart(from, Some(from), whole)
                });
                Verdict::Taken
            }
            Ok(None) => Verdict::Taken,
            Err(verdict) => verdict,
        })
    }

    fn status(&self, peer: LinkId, content: Bytes) -> Result<Verdict, CodecError> {
        let status: Status<BftContext> = BftCodec.decode(content)?;
        if status.peer_id != PeerId::from_libp2p(&peer) {
            return Ok(Verdict::False("it shows the status of another node"));
        }
        let tip = Tip {
            height: status.tip_height.0,
            oldest: status.history_min_height.0,
        };
        // Before it is decided what the engine is told: two are told in the order in which that was.
        let audience = self.audience();
        let believed = self.gate.status(&peer, tip);
        if believed.is_empty() {
            return Ok(Verdict::Ignored);
        }
        for (peer, tip) in believed {
            // Of who takes no frames, or has gone meanwhile, the engine would keep it for ever.
            if let Some(number) = audience.seats.get(&peer) {
                let at = EngineStatus::new(BlockHeight(tip.height), BlockHeight(tip.oldest));
                audience.tell(&NetworkEvent::Status(seat(*number), at));
            }
        }
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

    fn named(&self, peer: LinkId) {
        self.gate.named(&peer);
    }

    fn connected(&self, peer: LinkId) {
        let mut audience = self.audience();
        let free = |number: &u32| !audience.seats.values().any(|it| it == number);
        let number = (NOBODY + 1..).find(free).unwrap_or(u32::MAX);
        audience.seats.insert(peer, number);
        // The engine's own log names seats.
        tracing::debug!(target: "consensus", %peer, seat = %seat(number), "takes its seat");
        for event in arrival(number) {
            audience.tell(&event);
        }
    }

    fn lost(&self, peer: LinkId) {
        self.gate.lost(&peer);
        let mut audience = self.audience();
        if let Some(number) = audience.seats.remove(&peer) {
            audience.tell(&NetworkEvent::PeerDisconnected(seat(number)));
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
        let audience = self.audience();
        let Some(number) = audience.seats.get(&peer) else {
            return Verdict::Ignored; // Who takes no frames gets no blocks.
        };
        let id = InboundRequestId::new(question);
        audience.tell(&NetworkEvent::SyncRequest(id, seat(*number), request));
        Verdict::Taken
    }

    fn withdrawn(&self, question: QuestionId, peer: LinkId) {
        let id = InboundRequestId::new(question);
        self.tell(&peer, |from| {
            NetworkEvent::SyncInboundRequestFailed(id, from)
        });
    }

    fn answered(&self, ask: AskId, peer: LinkId, answer: Result<Bytes, AskError>) -> Verdict {
        let id = OutboundRequestId::new(ask);
        let (response, verdict) = match answer {
            Ok(content) => match Codec::<Response<BftContext>>::decode(&BftCodec, content) {
                Ok(response) => (Ok(Some(response)), Verdict::Taken),
                Err(_) => (Ok(None), Verdict::False("it answers what does not decode")),
            },
            Err(error) => (Err(reason(error)), Verdict::Ignored),
        };
        self.tell(&peer, |from| match response {
            Ok(response) => NetworkEvent::SyncResponse(id, from, response),
            Err(reason) => NetworkEvent::SyncRequestFailed(id, from, reason),
        });
        verdict
    }
}

/// What the engine hears of a peer that takes frames: the second makes it say where this node is.
fn arrival(number: u32) -> [Event; 2] {
    let seat = seat(number);
    [
        NetworkEvent::PeerConnected(seat),
        NetworkEvent::PeerSubscribed(seat, Channel::Sync),
    ]
}

/// The seat of those who have none.
const NOBODY: u32 = 0;

/// As the engine names a seat: an identity hash of its number.
fn seat(number: u32) -> PeerId {
    let mut bytes = vec![0x00, 0x04];
    bytes.extend(number.to_be_bytes());
    PeerId::from_bytes(&bytes).expect("an identity hash of four bytes is a peer id")
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
