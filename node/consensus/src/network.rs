//! The engine's network: its actor, over our links. What the engine says goes out as frames; what comes
//! in is the ear's affair.

use std::net::SocketAddr;
use std::sync::Arc;

use argosy_bft::BftContext;
use argosy_links::{QuestionId, Topic, Wire};
use async_trait::async_trait;
use malachitebft_app_channel::app::types::PeerId;
use malachitebft_app_channel::app::types::codec::Codec;
use malachitebft_app_channel::app::types::sync::{Request, Status};
use malachitebft_engine::network::{NetworkMsg, PersistentPeerError};
use malachitebft_network::PeerIdExt as _;
use malachitebft_sync::{InboundRequestId, OutboundRequestId};
use ractor::{Actor, ActorProcessingErr, ActorRef};

use crate::codec::BftCodec;
use crate::ear::Ear;

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
            NetworkMsg::OutgoingRequest(seat, request, reply) => {
                let content = Codec::<Request<BftContext>>::encode(&BftCodec, &request)?;
                // Of one who has gone the links say that nobody is there.
                let peer = ends.ear.peer(&seat).unwrap_or_else(|| seat.to_libp2p());
                let id = wire.ask(peer, content).await?;
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
