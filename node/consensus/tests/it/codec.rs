//! Bytes of peers: a message whose bytes they are, or an error; never anything else.

use argosy_bft::{BftContext, Part, PartInit};
use argosy_consensus::BftCodec;
use argosy_primitives::{
    Address, BlockHash, CommitCertificate, CommitSignature, GenesisHash, Proposal, Signature,
    SignedProposal, SignedVote, Vote, VoteKind,
};
use bytes::Bytes;
use malachitebft_app_channel::app::types::codec::Codec;
use malachitebft_app_channel::app::types::core as engine;
use malachitebft_app_channel::app::types::streaming::StreamMessage;
use malachitebft_app_channel::app::types::sync::{Request, Response, Status};
use malachitebft_app_channel::app::types::{ProposedValue, SignedConsensusMsg};
use malachitebft_core_consensus::LivenessMsg;
use parity_scale_codec::Encode;
use proptest::prelude::*;

const SIGNATURE: Signature = Signature::Ed25519([4; 64]);
const CHAIN: GenesisHash = GenesisHash::from_bytes([1; 32]);
const BLOCK: BlockHash = BlockHash::from_bytes([2; 32]);
const ADDRESS: Address = Address::from_bytes([3; 32]);

/// Decodes; what decodes has these very bytes.
fn decodes<T>(bytes: &[u8]) -> bool
where
    BftCodec: Codec<T>,
{
    let Ok(message) = BftCodec.decode(Bytes::copy_from_slice(bytes)) else {
        return false;
    };
    let Ok(again) = BftCodec.encode(&message) else {
        panic!("{bytes:?} decodes and does not encode");
    };
    assert_eq!(again, bytes, "two messages have one meaning");
    true
}

type Check = fn(&[u8]) -> bool;

/// Every kind, with bytes of one that is good.
fn kinds() -> Vec<(&'static str, Check, Vec<Vec<u8>>)> {
    let vote = SignedVote {
        vote: Vote {
            kind: VoteKind::Precommit,
            chain: CHAIN,
            height: 9,
            round: 1,
            value: Some(BLOCK),
            validator: ADDRESS,
        },
        signature: SIGNATURE,
    };
    let proposal = SignedProposal {
        proposal: Proposal {
            chain: CHAIN,
            height: 9,
            round: 1,
            value: BLOCK,
            valid_round: Some(0),
            proposer: ADDRESS,
        },
        signature: SIGNATURE,
    };
    let certificate = CommitCertificate {
        height: 9,
        round: 1,
        block: BLOCK,
        signatures: vec![
            CommitSignature {
                validator: ADDRESS,
                signature: SIGNATURE,
            };
            3
        ],
    };
    let init = PartInit {
        height: 9,
        round: 1,
        valid_round: None,
        proposer: ADDRESS,
        block: BLOCK,
        pieces: 2,
        signature: SIGNATURE,
    };
    let data = Part::Data {
        last: true,
        bytes: vec![7; 50],
    };
    let parts = [Part::Init(init.clone()), data.clone()];
    let streamed = |part: Option<Part>| (vec![5_u8; 16], 1_u64, part).encode();
    let round_votes = |is_precommit: bool, value: Option<BlockHash>| {
        vec![(is_precommit, value, ADDRESS, SIGNATURE); 2]
    };
    let rounds = |is_skip: bool, votes: Vec<_>| (2_u8, 9_u64, 1_u32, is_skip, votes).encode();
    let peer = argosy_links::peer_id([3; 32]).unwrap().to_bytes();
    vec![
        (
            "part",
            decodes::<Part> as Check,
            parts.map(|it| it.encode()).into(),
        ),
        (
            "message",
            decodes::<SignedConsensusMsg<BftContext>>,
            vec![(0_u8, &vote).encode(), (1_u8, &proposal).encode()],
        ),
        (
            "liveness",
            decodes::<LivenessMsg<BftContext>>,
            vec![
                (0_u8, &vote).encode(),
                (1_u8, &certificate).encode(),
                rounds(true, round_votes(false, Some(BLOCK))),
                rounds(false, round_votes(true, None)),
            ],
        ),
        (
            "stream",
            decodes::<StreamMessage<Part>>,
            vec![
                streamed(Some(Part::Init(init))),
                streamed(Some(data)),
                streamed(None),
            ],
        ),
        (
            "proof",
            decodes::<engine::ValidatorProof<BftContext>>,
            vec![(vec![1_u8; 32], peer.clone(), SIGNATURE).encode()],
        ),
        (
            "proposed",
            decodes::<ProposedValue<BftContext>>,
            vec![(9_u64, Some(1_u32), None::<u32>, ADDRESS, BLOCK, true).encode()],
        ),
        (
            "polka",
            decodes::<engine::PolkaCertificate<BftContext>>,
            vec![certificate.encode()],
        ),
        (
            "status",
            decodes::<Status<BftContext>>,
            vec![(peer, 9_u64, 1_u64).encode()],
        ),
        (
            "request",
            decodes::<Request<BftContext>>,
            vec![(1_u64, u64::MAX).encode()],
        ),
        (
            "response",
            decodes::<Response<BftContext>>,
            vec![(9_u64, vec![(vec![1_u8; 90], certificate)]).encode()],
        ),
    ]
}

#[test]
fn good_messages_of_every_kind_come_through() {
    for (kind, decodes, samples) in kinds() {
        for (index, bytes) in samples.iter().enumerate() {
            assert!(decodes(bytes), "{kind} {index}");
            assert!(
                !decodes(&bytes[..bytes.len() - 1]),
                "{kind} {index}, cut off"
            );
            assert!(
                !decodes(&[&bytes[..], &[0]].concat()),
                "{kind} {index}, with more"
            );
        }
    }
}

#[test]
fn what_announces_more_than_it_has_is_refused() {
    // Four thousand million signatures, blocks, bytes.
    let many = [0xfe, 0xff, 0xff, 0xff];
    let certificate = (9_u64, 1_u32, BLOCK).encode();
    let check = |decodes: Check, bytes: &[&[u8]]| assert!(!decodes(&bytes.concat()));
    check(
        decodes::<engine::PolkaCertificate<BftContext>>,
        &[&certificate, &many],
    );
    check(decodes::<Response<BftContext>>, &[&[0; 8], &many]);
    check(decodes::<StreamMessage<Part>>, &[&many]);
    check(decodes::<Part>, &[&[1, 1], &many]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn any_bytes_are_a_message_or_an_error(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        for (_, decodes, _) in kinds() {
            decodes(&bytes);
        }
    }

    #[test]
    fn bent_messages_are_other_messages_or_errors(
        kind: prop::sample::Index,
        sample: prop::sample::Index,
        bends in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
    ) {
        let kinds = kinds();
        let (_, decodes, samples) = &kinds[kind.index(kinds.len())];
        let mut bytes = samples[sample.index(samples.len())].clone();
        for (place, value) in bends {
            let place = place.index(bytes.len());
            bytes[place] = value;
        }
        decodes(&bytes);
    }
}
