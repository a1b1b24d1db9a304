//! The engine's messages as SCALE bytes: on the wire, and in its log.
//!
//! The engine's types are foreign, so each has a mirror here whose bytes are ours. Decoding obeys
//! limits on size, depth and memory, and never panics.

use argosy_bft::{
    BftContext, BftProposal, BftVote, BlockHeight, BlockValue, Part, SignatureBytes,
    ValidatorAddress, engine_certificate, our_certificate, round_number,
};
use argosy_primitives::{
    Address, BlockHash, CommitCertificate, CommitSignature, DecodeError, Height, Limits, Round,
    Signature, SignedProposal, SignedVote, decode_untrusted,
};
use bytes::Bytes;
use malachitebft_app_channel::app::types::codec::{Codec, HasEncodedLen};
use malachitebft_app_channel::app::types::core as engine;
use malachitebft_app_channel::app::types::streaming::{StreamId, StreamMessage};
use malachitebft_app_channel::app::types::sync::{RawDecidedValue, Request, Response, Status};
use malachitebft_app_channel::app::types::{PeerId, ProposedValue, SignedConsensusMsg};
use malachitebft_core_consensus::LivenessMsg;
use malachitebft_engine::util::streaming::StreamContent;
use malachitebft_sync::{ValueRequest, ValueResponse};
use parity_scale_codec::{Decode, DecodeWithMemTracking, Encode};

/// Votes, proposals and certificates of a thousand validators.
const MESSAGE_BYTES_MAX: usize = 512 * 1024;
/// One part of a block, and what is around it.
const PART_MESSAGE_BYTES_MAX: usize = argosy_bft::PART_BYTES_MAX + 4 * 1024;
/// An answer with decided blocks.
pub(crate) const RESPONSE_BYTES_MAX: usize = 10 * 1024 * 1024;

/// The codec of everything that the engine sends and keeps.
#[derive(Clone, Copy, Debug, Default)]
pub struct BftCodec;

/// Bytes that are no message.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CodecError {
    /// They do not decode within the limits.
    #[error(transparent)]
    Decode(#[from] DecodeError),
    /// They name a peer that cannot be.
    #[error("a peer's id is malformed")]
    Peer,
}

#[derive(Encode, Decode, DecodeWithMemTracking)]
enum WireMessage {
    #[codec(index = 0)]
    Vote(SignedVote),
    #[codec(index = 1)]
    Proposal(SignedProposal),
}

#[derive(Encode, Decode, DecodeWithMemTracking)]
enum WireLiveness {
    #[codec(index = 0)]
    Vote(SignedVote),
    #[codec(index = 1)]
    Polka(CommitCertificate),
    #[codec(index = 2)]
    Rounds(WireRounds),
}

/// Votes that let others enter a round.
#[derive(Encode, Decode, DecodeWithMemTracking)]
struct WireRounds {
    height: Height,
    round: Round,
    is_skip: bool,
    votes: Vec<WireRoundVote>,
}

#[derive(Encode, Decode, DecodeWithMemTracking)]
struct WireRoundVote {
    is_precommit: bool,
    value: Option<BlockHash>,
    validator: Address,
    signature: Signature,
}

#[derive(Encode, Decode, DecodeWithMemTracking)]
struct WirePart {
    stream: Vec<u8>,
    sequence: u64,
    /// None: the end, which this node never sends.
    part: Option<Part>,
}

#[derive(Encode, Decode, DecodeWithMemTracking)]
struct WireProof {
    key: Vec<u8>,
    peer: Vec<u8>,
    signature: Signature,
}

#[derive(Encode, Decode, DecodeWithMemTracking)]
struct WireProposed {
    height: Height,
    round: Option<Round>,
    valid_round: Option<Round>,
    proposer: Address,
    value: BlockHash,
    is_valid: bool,
}

#[derive(Encode, Decode, DecodeWithMemTracking)]
struct WireStatus {
    peer: Vec<u8>,
    tip: Height,
    oldest: Height,
}

#[derive(Encode, Decode, DecodeWithMemTracking)]
struct WireRequest {
    first: Height,
    last: Height,
}

#[derive(Encode, Decode, DecodeWithMemTracking)]
struct WireResponse {
    first: Height,
    blocks: Vec<(Vec<u8>, CommitCertificate)>,
}

fn decode<T: DecodeWithMemTracking + Encode>(bytes: &[u8], max: usize) -> Result<T, CodecError> {
    Ok(decode_untrusted(bytes, Limits::for_size(max))?)
}

fn encode(message: &impl Encode) -> Result<Bytes, CodecError> {
    Ok(message.encode().into())
}

impl Codec<Part> for BftCodec {
    type Error = CodecError;

    fn decode(&self, bytes: Bytes) -> Result<Part, CodecError> {
        decode(&bytes, PART_MESSAGE_BYTES_MAX)
    }

    fn encode(&self, part: &Part) -> Result<Bytes, CodecError> {
        encode(part)
    }
}

impl Codec<SignedConsensusMsg<BftContext>> for BftCodec {
    type Error = CodecError;

    fn decode(&self, bytes: Bytes) -> Result<SignedConsensusMsg<BftContext>, CodecError> {
        Ok(match decode(&bytes, MESSAGE_BYTES_MAX)? {
            WireMessage::Vote(vote) => SignedConsensusMsg::Vote(engine_vote(vote)),
            WireMessage::Proposal(signed) => {
                SignedConsensusMsg::Proposal(engine::SignedProposal::new(
                    BftProposal::from(signed.proposal),
                    SignatureBytes(signed.signature),
                ))
            }
        })
    }

    fn encode(&self, message: &SignedConsensusMsg<BftContext>) -> Result<Bytes, CodecError> {
        encode(&match message {
            SignedConsensusMsg::Vote(vote) => WireMessage::Vote(our_vote(vote)),
            SignedConsensusMsg::Proposal(signed) => WireMessage::Proposal(SignedProposal {
                proposal: *signed.message.proposal(),
                signature: signed.signature.0,
            }),
        })
    }
}

impl Codec<LivenessMsg<BftContext>> for BftCodec {
    type Error = CodecError;

    fn decode(&self, bytes: Bytes) -> Result<LivenessMsg<BftContext>, CodecError> {
        Ok(match decode(&bytes, MESSAGE_BYTES_MAX)? {
            WireLiveness::Vote(vote) => LivenessMsg::Vote(engine_vote(vote)),
            WireLiveness::Polka(polka) => LivenessMsg::PolkaCertificate(engine_polka(polka)),
            WireLiveness::Rounds(rounds) => LivenessMsg::SkipRoundCertificate(rounds.into()),
        })
    }

    fn encode(&self, message: &LivenessMsg<BftContext>) -> Result<Bytes, CodecError> {
        encode(&match message {
            LivenessMsg::Vote(vote) => WireLiveness::Vote(our_vote(vote)),
            LivenessMsg::PolkaCertificate(polka) => WireLiveness::Polka(our_polka(polka)),
            LivenessMsg::SkipRoundCertificate(rounds) => WireLiveness::Rounds(rounds.into()),
        })
    }
}

impl Codec<StreamMessage<Part>> for BftCodec {
    type Error = CodecError;

    fn decode(&self, bytes: Bytes) -> Result<StreamMessage<Part>, CodecError> {
        let wire: WirePart = decode(&bytes, PART_MESSAGE_BYTES_MAX)?;
        let content = wire.part.map_or(StreamContent::Fin, StreamContent::Data);
        Ok(StreamMessage::new(
            StreamId::new(wire.stream.into()),
            wire.sequence,
            content,
        ))
    }

    fn encode(&self, message: &StreamMessage<Part>) -> Result<Bytes, CodecError> {
        encode(&WirePart {
            stream: message.stream_id.to_bytes().to_vec(),
            sequence: message.sequence,
            part: message.content.as_data().cloned(),
        })
    }
}

impl Codec<engine::ValidatorProof<BftContext>> for BftCodec {
    type Error = CodecError;

    fn decode(&self, bytes: Bytes) -> Result<engine::ValidatorProof<BftContext>, CodecError> {
        let wire: WireProof = decode(&bytes, MESSAGE_BYTES_MAX)?;
        Ok(engine::ValidatorProof::new(
            wire.key,
            wire.peer,
            SignatureBytes(wire.signature),
        ))
    }

    fn encode(&self, proof: &engine::ValidatorProof<BftContext>) -> Result<Bytes, CodecError> {
        encode(&WireProof {
            key: proof.public_key.clone(),
            peer: proof.peer_id.clone(),
            signature: proof.signature.0,
        })
    }
}

impl Codec<ProposedValue<BftContext>> for BftCodec {
    type Error = CodecError;

    fn decode(&self, bytes: Bytes) -> Result<ProposedValue<BftContext>, CodecError> {
        let wire: WireProposed = decode(&bytes, MESSAGE_BYTES_MAX)?;
        Ok(ProposedValue {
            height: BlockHeight(wire.height),
            round: engine::Round::from(wire.round),
            valid_round: engine::Round::from(wire.valid_round),
            proposer: ValidatorAddress(wire.proposer),
            value: BlockValue(wire.value),
            validity: engine::Validity::from_bool(wire.is_valid),
        })
    }

    fn encode(&self, value: &ProposedValue<BftContext>) -> Result<Bytes, CodecError> {
        encode(&WireProposed {
            height: value.height.0,
            round: value.round.as_u32(),
            valid_round: value.valid_round.as_u32(),
            proposer: value.proposer.0,
            value: value.value.0,
            is_valid: value.validity.is_valid(),
        })
    }
}

impl Codec<engine::PolkaCertificate<BftContext>> for BftCodec {
    type Error = CodecError;

    fn decode(&self, bytes: Bytes) -> Result<engine::PolkaCertificate<BftContext>, CodecError> {
        Ok(engine_polka(decode(&bytes, MESSAGE_BYTES_MAX)?))
    }

    fn encode(&self, polka: &engine::PolkaCertificate<BftContext>) -> Result<Bytes, CodecError> {
        encode(&our_polka(polka))
    }
}

impl Codec<Status<BftContext>> for BftCodec {
    type Error = CodecError;

    fn decode(&self, bytes: Bytes) -> Result<Status<BftContext>, CodecError> {
        let wire: WireStatus = decode(&bytes, MESSAGE_BYTES_MAX)?;
        Ok(Status {
            peer_id: PeerId::from_bytes(&wire.peer).map_err(|_| CodecError::Peer)?,
            tip_height: BlockHeight(wire.tip),
            history_min_height: BlockHeight(wire.oldest),
        })
    }

    fn encode(&self, status: &Status<BftContext>) -> Result<Bytes, CodecError> {
        encode(&WireStatus {
            peer: status.peer_id.to_bytes(),
            tip: status.tip_height.0,
            oldest: status.history_min_height.0,
        })
    }
}

impl Codec<Request<BftContext>> for BftCodec {
    type Error = CodecError;

    fn decode(&self, bytes: Bytes) -> Result<Request<BftContext>, CodecError> {
        let wire: WireRequest = decode(&bytes, MESSAGE_BYTES_MAX)?;
        let range = BlockHeight(wire.first)..=BlockHeight(wire.last);
        Ok(Request::ValueRequest(ValueRequest::new(range)))
    }

    fn encode(&self, request: &Request<BftContext>) -> Result<Bytes, CodecError> {
        let Request::ValueRequest(request) = request;
        encode(&WireRequest {
            first: request.range.start().0,
            last: request.range.end().0,
        })
    }
}

impl Codec<Response<BftContext>> for BftCodec {
    type Error = CodecError;

    fn decode(&self, bytes: Bytes) -> Result<Response<BftContext>, CodecError> {
        let wire: WireResponse = decode(&bytes, RESPONSE_BYTES_MAX)?;
        let block = |(bytes, certificate): (Vec<u8>, CommitCertificate)| {
            RawDecidedValue::new(bytes.into(), engine_certificate(certificate))
        };
        let values = wire.blocks.into_iter().map(block).collect();
        let response = ValueResponse::new(BlockHeight(wire.first), values);
        Ok(Response::ValueResponse(response))
    }

    fn encode(&self, response: &Response<BftContext>) -> Result<Bytes, CodecError> {
        encode(&wire_response(response))
    }
}

impl HasEncodedLen<Response<BftContext>> for BftCodec {
    fn encoded_len(&self, response: &Response<BftContext>) -> Result<usize, CodecError> {
        Ok(wire_response(response).encoded_size())
    }
}

fn wire_response(response: &Response<BftContext>) -> WireResponse {
    let Response::ValueResponse(response) = response;
    let block = |it: &RawDecidedValue<BftContext>| {
        let certificate = it.certificate.trim_vote_extensions();
        (it.value_bytes.to_vec(), our_certificate(&certificate))
    };
    WireResponse {
        first: response.start_height.0,
        blocks: response.values.iter().map(block).collect(),
    }
}

fn engine_vote(signed: SignedVote) -> engine::SignedVote<BftContext> {
    engine::SignedVote::new(BftVote::from(signed.vote), SignatureBytes(signed.signature))
}

fn our_vote(signed: &engine::SignedVote<BftContext>) -> SignedVote {
    SignedVote {
        vote: *signed.message.vote(),
        signature: signed.signature.0,
    }
}

/// Prevotes of a quorum have the form of a certificate; what is signed differs.
fn our_polka(polka: &engine::PolkaCertificate<BftContext>) -> CommitCertificate {
    let signature = |it: &engine::PolkaSignature<BftContext>| CommitSignature {
        validator: it.address.0,
        signature: it.signature.0,
    };
    CommitCertificate {
        height: polka.height.0,
        round: round_number(polka.round),
        block: polka.value_id.0,
        signatures: polka.polka_signatures.iter().map(signature).collect(),
    }
}

fn engine_polka(wire: CommitCertificate) -> engine::PolkaCertificate<BftContext> {
    let signature = |it: CommitSignature| {
        let address = ValidatorAddress(it.validator);
        engine::PolkaSignature::new(address, SignatureBytes(it.signature))
    };
    engine::PolkaCertificate {
        height: BlockHeight(wire.height),
        round: engine::Round::new(wire.round),
        value_id: BlockValue(wire.block),
        polka_signatures: wire.signatures.into_iter().map(signature).collect(),
    }
}

impl From<WireRounds> for engine::RoundCertificate<BftContext> {
    fn from(wire: WireRounds) -> Self {
        let vote = |it: WireRoundVote| engine::RoundSignature {
            vote_type: match it.is_precommit {
                true => engine::VoteType::Precommit,
                false => engine::VoteType::Prevote,
            },
            value_id: match it.value {
                None => engine::NilOrVal::Nil,
                Some(value) => engine::NilOrVal::Val(BlockValue(value)),
            },
            address: ValidatorAddress(it.validator),
            signature: SignatureBytes(it.signature),
        };
        engine::RoundCertificate {
            height: BlockHeight(wire.height),
            round: engine::Round::new(wire.round),
            cert_type: match wire.is_skip {
                true => engine::RoundCertificateType::Skip,
                false => engine::RoundCertificateType::Precommit,
            },
            round_signatures: wire.votes.into_iter().map(vote).collect(),
        }
    }
}

impl From<&engine::RoundCertificate<BftContext>> for WireRounds {
    fn from(certificate: &engine::RoundCertificate<BftContext>) -> Self {
        let vote = |it: &engine::RoundSignature<BftContext>| WireRoundVote {
            is_precommit: it.vote_type == engine::VoteType::Precommit,
            value: match it.value_id {
                engine::NilOrVal::Nil => None,
                engine::NilOrVal::Val(value) => Some(value.0),
            },
            validator: it.address.0,
            signature: it.signature.0,
        };
        WireRounds {
            height: certificate.height.0,
            round: round_number(certificate.round),
            is_skip: certificate.cert_type == engine::RoundCertificateType::Skip,
            votes: certificate.round_signatures.iter().map(vote).collect(),
        }
    }
}
