//! What the chain and the engine say alike, each in the other's words.

use std::time::Duration;

use argosy_primitives::{CommitCertificate, CommitSignature, Evidence, SignedProposal, SignedVote};
use argosy_spec::ConsensusTimes;
use malachitebft_core_consensus::MisbehaviorEvidence;
use malachitebft_core_types::{self as engine, LinearTimeouts};

use crate::context::{BftContext, BlockHeight, BlockValue, SignatureBytes};
use crate::message::round_number;
use crate::validators::ValidatorAddress;

/// A certificate as blocks carry it.
pub fn our_certificate(certificate: &engine::CommitCertificate<BftContext>) -> CommitCertificate {
    let signature = |it: &engine::CommitSignature<BftContext>| CommitSignature {
        validator: it.address.0,
        signature: it.signature.0,
    };
    CommitCertificate {
        height: certificate.height.0,
        round: round_number(certificate.round),
        block: certificate.value_id.0,
        signatures: certificate
            .commit_signatures
            .iter()
            .map(signature)
            .collect(),
    }
}

/// A certificate as the engine has it.
pub fn engine_certificate(
    certificate: CommitCertificate,
) -> engine::ExtendedCommitCertificate<BftContext> {
    let signature = |it: CommitSignature| {
        let address = ValidatorAddress(it.validator);
        engine::ExtendedCommitSignature::new(address, SignatureBytes(it.signature), None)
    };
    engine::ExtendedCommitCertificate {
        height: BlockHeight(certificate.height),
        round: engine::Round::new(certificate.round),
        value_id: BlockValue(certificate.block),
        commit_signatures: certificate.signatures.into_iter().map(signature).collect(),
    }
}

/// The proofs as blocks carry them, but for the order of the two halves of each.
pub fn our_evidence(found: &MisbehaviorEvidence<BftContext>) -> Vec<Evidence> {
    let vote = |it: &engine::SignedVote<BftContext>| SignedVote {
        vote: *it.message.vote(),
        signature: it.signature.0,
    };
    let proposal = |it: &engine::SignedProposal<BftContext>| SignedProposal {
        proposal: *it.message.proposal(),
        signature: it.signature.0,
    };
    let mut all = Vec::new();
    for (_, pairs) in found.votes.iter() {
        all.extend(pairs.iter().map(|(first, second)| Evidence::DuplicateVote {
            first: vote(first),
            second: vote(second),
        }));
    }
    for (_, pairs) in found.proposals.iter() {
        all.extend(
            pairs
                .iter()
                .map(|(first, second)| Evidence::DuplicateProposal {
                    first: proposal(first),
                    second: proposal(second),
                }),
        );
    }
    all
}

/// Longest wait for anything in one round.
const TIMEOUT_MAX: Duration = Duration::from_secs(60);

/// The chain's patience.
pub fn timeouts(times: &ConsensusTimes) -> LinearTimeouts {
    let ms = Duration::from_millis;
    LinearTimeouts {
        propose: ms(times.propose_timeout_ms),
        propose_delta: ms(times.propose_timeout_delta_ms),
        prevote: ms(times.vote_timeout_ms),
        prevote_delta: ms(times.vote_timeout_delta_ms),
        precommit: ms(times.vote_timeout_ms),
        precommit_delta: ms(times.vote_timeout_delta_ms),
        rebroadcast: ms(times.propose_timeout_ms)
            .saturating_add(ms(times.vote_timeout_ms).saturating_mul(2)),
        max_timeout: TIMEOUT_MAX,
    }
}

/// The chain's pace; none: as fast as it goes.
pub fn target_time(times: &ConsensusTimes) -> Option<Duration> {
    (times.target_time_ms > 0).then(|| Duration::from_millis(times.target_time_ms))
}
