//! What counts as proof of an offence.

use argosy_primitives::{
    BlockHash, Evidence, GenesisHash, Height, Proposal, SignedProposal, SignedVote, Vote, VoteKind,
};
use argosy_system::{Carried, EvidenceError, carry, check_evidence, make_evidence};

use crate::world::{CHAIN, World, address, key};

const AGE_MAX: u64 = 100;

fn vote(number: usize, height: Height, value: Option<u8>) -> SignedVote {
    let vote = Vote {
        kind: VoteKind::Precommit,
        chain: CHAIN,
        height,
        round: 1,
        value: value.map(|it| BlockHash::from_bytes([it; 32])),
        validator: address(number),
    };
    sign(number, vote)
}

fn sign(number: usize, vote: Vote) -> SignedVote {
    let signature = key(number).sign(vote.sign_hash().as_bytes());
    SignedVote { vote, signature }
}

fn votes(first: SignedVote, second: SignedVote) -> Evidence {
    make_evidence(Evidence::DuplicateVote { first, second })
}

fn proposals(number: usize, height: Height) -> Evidence {
    let proposal = |value: u8| {
        let proposal = Proposal {
            chain: CHAIN,
            height,
            round: 0,
            value: BlockHash::from_bytes([value; 32]),
            valid_round: None,
            proposer: address(number),
        };
        let signature = key(number).sign(proposal.sign_hash().as_bytes());
        SignedProposal {
            proposal,
            signature,
        }
    };
    let (first, second) = (proposal(1), proposal(2));
    make_evidence(Evidence::DuplicateProposal { first, second })
}

#[track_caller]
fn check(evidence: &Evidence, height: Height, expected: Result<(), EvidenceError>) {
    let world = World::new(&[1, 1, 1, 1]);
    let (sets, standing) = (world.sets(), world.standing());
    let found = check_evidence(evidence, (CHAIN, height, AGE_MAX), &sets.current, &standing);
    assert_eq!(found, expected);
}

#[test]
fn two_votes_or_two_proposals_of_one_round_are_proof() {
    check(&votes(vote(1, 5, Some(1)), vote(1, 5, Some(2))), 6, Ok(()));
    check(&votes(vote(1, 5, None), vote(1, 5, Some(2))), 105, Ok(()));
    check(&proposals(2, 5), 6, Ok(()));
}

#[test]
fn the_same_or_different_things_are_none() {
    let none = Err(EvidenceError::NoContradiction);
    check(
        &votes(vote(1, 5, Some(1)), vote(1, 5, Some(1))),
        6,
        none.clone(),
    );
    check(
        &votes(vote(1, 5, Some(1)), vote(1, 4, Some(2))),
        6,
        none.clone(),
    );
    check(
        &votes(vote(1, 5, Some(1)), vote(2, 5, Some(2))),
        6,
        none.clone(),
    );
    let mut other = vote(1, 5, Some(2)).vote;
    other.kind = VoteKind::Prevote;
    check(&votes(vote(1, 5, Some(1)), sign(1, other)), 6, none.clone());
    other.kind = VoteKind::Precommit;
    other.round = 2;
    check(&votes(vote(1, 5, Some(1)), sign(1, other)), 6, none);
}

#[test]
fn each_proof_has_one_form() {
    let (first, second) = (vote(1, 5, Some(1)), vote(1, 5, Some(2)));
    let Evidence::DuplicateVote { first, second } = votes(first, second) else {
        panic!("votes stay votes");
    };
    let turned = Evidence::DuplicateVote {
        first: second,
        second: first,
    };
    check(&turned, 6, Err(EvidenceError::Order));
    assert_eq!(make_evidence(turned), votes(first, second));
}

#[test]
fn of_other_chains_times_and_people_is_refused() {
    let pair = votes(vote(1, 5, Some(1)), vote(1, 5, Some(2)));
    check(&pair, 5, Err(EvidenceError::Future { height: 5 }));
    let old = EvidenceError::TooOld {
        height: 5,
        age_max: AGE_MAX,
    };
    check(&pair, 106, Err(old));
    check(
        &votes(vote(9, 5, Some(1)), vote(9, 5, Some(2))),
        6,
        Err(EvidenceError::NotValidator),
    );
    let foreign = |value| {
        let mut vote = vote(1, 5, Some(value)).vote;
        vote.chain = GenesisHash::from_bytes([8; 32]);
        sign(1, vote)
    };
    check(
        &votes(foreign(1), foreign(2)),
        6,
        Err(EvidenceError::OtherChain),
    );
}

#[test]
fn a_forged_signature_is_refused() {
    let mut forged = vote(1, 5, Some(2));
    forged.signature = vote(1, 5, Some(1)).signature;
    check(
        &votes(vote(1, 5, Some(1)), forged),
        6,
        Err(EvidenceError::Signature),
    );
}

#[test]
fn an_offence_counts_once() {
    let mut world = World::new(&[1, 1, 1, 1]);
    let proof = proposals(2, 5);
    let block = Carried {
        height: 8,
        proposer: address(0),
        certificate: None,
        evidence: std::slice::from_ref(&proof),
    };
    carry(&mut world.state, &world.spec, &block).expect("records are whole");
    let (sets, standing) = (world.sets(), world.standing());
    let found = check_evidence(&proof, (CHAIN, 9, AGE_MAX), &sets.current, &standing);
    assert_eq!(found, Err(EvidenceError::Known { convicted_last: 5 }));
    let later = check_evidence(
        &proposals(2, 6),
        (CHAIN, 9, AGE_MAX),
        &sets.current,
        &standing,
    );
    assert_eq!(later, Ok(()));
}
