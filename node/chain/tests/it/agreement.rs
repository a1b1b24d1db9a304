//! Blocks of a chain whose validators agree: certificates, turns, evidence, proposals on disk.

use std::sync::Arc;

use argosy_chain::{
    BuildRequest, Chain, ChainError, Durability, InvalidBlock, UNDECIDED_BODIES_MAX, Undecided,
    make_evidence, replay,
};
use argosy_kv::MemoryStore;
use argosy_primitives::{
    Address, Block, BlockHash, CommitCertificate, CommitSignature, Evidence, Round, SecretKey,
    SignedVote, Vote, VoteKind,
};
use argosy_spec::{Agreement, ChainSpec, GenesisValidator};

use crate::world::{self, InOrder, TIME_MS, transfer};

const VALIDATORS: u8 = 4;

fn validator(number: u8) -> SecretKey {
    world::key(100 + number)
}

fn number_of(address: &Address) -> u8 {
    (0..VALIDATORS)
        .find(|&it| Address::of_key(&validator(it).public()) == *address)
        .expect("one of the validators")
}

fn spec() -> ChainSpec {
    let mut spec = world::spec();
    spec.protocol.agreement = Agreement::Bft;
    let member = |number| GenesisValidator {
        name: None,
        key: validator(number).public(),
        power: 1,
    };
    spec.genesis.validators = (0..VALIDATORS).map(member).collect();
    spec
}

fn request(chain: &Chain, round: Round, evidence: Vec<Evidence>) -> BuildRequest {
    BuildRequest {
        now_ms: TIME_MS + chain.head().header.height * 1_000,
        proposer: chain.proposer(round).expect("a set").address,
        round,
        txs_max: 100,
        evidence,
    }
}

fn certificate(chain: &Chain, block: &Block, round: Round, signers: &[u8]) -> CommitCertificate {
    let mut certificate = CommitCertificate {
        height: block.header.height,
        round,
        block: block.header.hash(),
        signatures: Vec::new(),
    };
    for &number in signers {
        let key = validator(number);
        let address = Address::of_key(&key.public());
        let vote = certificate.precommit_of(chain.view().genesis_hash(), address);
        certificate.signatures.push(CommitSignature {
            validator: address,
            signature: key.sign(vote.sign_hash().as_bytes()),
        });
    }
    certificate
}

/// One more block, decided by `signers` in the first round.
fn grow(chain: &mut Chain, signers: &[u8]) {
    let built = chain.build(request(chain, 0, Vec::new()), &mut InOrder(Vec::new()));
    let candidate = built.unwrap().candidate;
    let certificate = certificate(chain, candidate.block(), 0, signers);
    chain
        .decide(candidate, certificate, Durability::Synced)
        .unwrap();
}

#[track_caller]
fn check_refused(chain: &Chain, block: Block, told: &str) {
    match chain.verify(block).err() {
        Some(ChainError::Invalid(rule)) => {
            assert!(rule.to_string().contains(told), "{rule}");
        }
        other => panic!("{other:?}, expected: {told}"),
    }
}

#[test]
fn each_block_carries_the_certificate_of_the_one_before_and_others_accept_it() {
    let (mut chain, mut other) = (world::open(&spec()), world::open(&spec()));
    for height in 1..6 {
        let txs = vec![transfer(&chain, 1, height - 1, 2, 5)];
        let built = chain
            .build(request(&chain, 0, Vec::new()), &mut InOrder(txs))
            .unwrap();
        let block = built.candidate.block().clone();
        assert_eq!(block.body.last_certificate.is_some(), height > 1);
        assert_eq!(block.body.transactions.len(), 1);
        let candidate = other.verify(block.clone()).unwrap();
        let certificate = certificate(&chain, &block, 0, &[0, 1, 2]);
        chain
            .decide(built.candidate, certificate.clone(), Durability::Synced)
            .unwrap();
        let committed = other.decide(candidate, certificate.clone(), Durability::Buffered);
        assert_eq!(committed.unwrap().view.head().hash, chain.head().hash);
        assert_eq!(chain.view().certificate(height).unwrap(), Some(certificate));
    }
    assert!(chain.view().certificate(3).unwrap().is_some());
}

#[test]
fn a_chain_with_agreement_is_replayed_to_the_same_roots() {
    let mut chain = world::open(&spec());
    for _ in 0..70 {
        grow(&mut chain, &[0, 1, 2]);
    }
    // Number 3 has been in no certificate for the window, and is passed over.
    assert!(chain.validators().0[3].absent);
    assert!(
        (0..8)
            .all(|round| chain.proposer(round).unwrap().address != chain.validators().0[3].address)
    );
    let store = Arc::new(MemoryStore::new());
    let mut target = Chain::open(store, Arc::new(spec())).unwrap();
    let report = replay(&chain.view(), &mut target).unwrap();
    assert_eq!(report.state_root, chain.head().header.state_root);
    assert_eq!(target.head().hash, chain.head().hash);
}

#[test]
fn a_decision_needs_a_quorum() {
    let mut chain = world::open(&spec());
    let build = |chain: &Chain| {
        let built = chain.build(request(chain, 0, Vec::new()), &mut InOrder(Vec::new()));
        built.unwrap().candidate
    };
    let candidate = build(&chain);
    let few = certificate(&chain, candidate.block(), 0, &[0, 1]);
    let refused = chain.decide(candidate, few, Durability::Synced).err();
    assert!(matches!(
        refused,
        Some(ChainError::BadCertificate { height: 1, .. })
    ));
    let candidate = build(&chain);
    let mut other = certificate(&chain, candidate.block(), 0, &[0, 1, 2]);
    other.block = BlockHash::from_bytes([1; 32]);
    let refused = chain.decide(candidate, other, Durability::Synced).err();
    assert!(matches!(refused, Some(ChainError::BadCertificate { .. })));
    assert_eq!(chain.head().header.height, 0);
}

#[test]
fn a_block_with_a_wrong_certificate_is_invalid() {
    let mut chain = world::open(&spec());
    grow(&mut chain, &[0, 1, 2]);
    let built = chain.build(request(&chain, 0, Vec::new()), &mut InOrder(Vec::new()));
    let good = built.unwrap().candidate.block().clone();
    let with = |certificate: Option<CommitCertificate>| {
        let mut block = good.clone();
        block.body.last_certificate = certificate;
        block.header.last_certificate = block.body.certificate_hash();
        block
    };
    assert!(chain.verify(good.clone()).is_ok());
    check_refused(&chain, with(None), "is missing");
    let held = good.body.last_certificate.clone().unwrap();
    let mut few = held.clone();
    few.signatures.truncate(2);
    check_refused(&chain, with(Some(few)), "does not hold");
    let mut other = held.clone();
    other.height += 1;
    check_refused(&chain, with(Some(other)), "another block");
    let mut forged = held.clone();
    forged.signatures[0].signature = forged.signatures[1].signature;
    check_refused(&chain, with(Some(forged)), "does not hold");
    // More signatures than its own node had are as good.
    let mut more = certificate(&chain, &good, 0, &[]);
    more.height = held.height;
    more.block = held.block;
    for number in 0..VALIDATORS {
        let address = Address::of_key(&validator(number).public());
        let vote = more.precommit_of(chain.view().genesis_hash(), address);
        let signature = validator(number).sign(vote.sign_hash().as_bytes());
        more.signatures.push(CommitSignature {
            validator: address,
            signature,
        });
    }
    assert!(chain.extend_certificate(more.clone()));
    assert!(!chain.extend_certificate(more), "nothing new");
    let built = chain.build(request(&chain, 0, Vec::new()), &mut InOrder(Vec::new()));
    let block = built.unwrap().candidate.block().clone();
    assert_eq!(
        block
            .body
            .last_certificate
            .as_ref()
            .unwrap()
            .signatures
            .len(),
        4
    );
    assert!(chain.verify(block).is_ok());
}

#[test]
fn only_whose_turn_it_is_proposes() {
    let chain = world::open(&spec());
    let turns: Vec<u8> = (0..4)
        .map(|round| number_of(&chain.proposer(round).unwrap().address))
        .collect();
    assert_eq!(turns, [1, 2, 3, 0]);
    let mut asked = request(&chain, 2, Vec::new());
    let built = chain
        .build(asked.clone(), &mut InOrder(Vec::new()))
        .unwrap();
    assert!(chain.verify(built.candidate.block().clone()).is_ok());
    asked.round = 0;
    let built = chain.build(asked, &mut InOrder(Vec::new())).unwrap();
    check_refused(
        &chain,
        built.candidate.block().clone(),
        "had no turn in round 0",
    );
}

#[test]
fn evidence_travels_in_a_block_and_counts_once() {
    let mut chain = world::open(&spec());
    grow(&mut chain, &[0, 1, 2]);
    let chain_id = chain.view().genesis_hash();
    let vote = |number: u8, value: u8| {
        let key = validator(number);
        let vote = Vote {
            kind: VoteKind::Prevote,
            chain: chain_id,
            height: 1,
            round: 0,
            value: Some(BlockHash::from_bytes([value; 32])),
            validator: Address::of_key(&key.public()),
        };
        let signature = key.sign(vote.sign_hash().as_bytes());
        SignedVote { vote, signature }
    };
    let proof = |number, other| {
        make_evidence(Evidence::DuplicateVote {
            first: vote(number, 1),
            second: vote(number, other),
        })
    };
    // Two against one validator: one is left out; nonsense is left out.
    let nonsense = proof(2, 1);
    let known = vec![proof(3, 2), proof(3, 4), nonsense.clone(), proof(0, 9)];
    let built = chain
        .build(request(&chain, 0, known), &mut InOrder(Vec::new()))
        .unwrap();
    let block = built.candidate.block().clone();
    assert_eq!(block.body.evidence, [proof(3, 2), proof(0, 9)]);
    let with = |evidence: Vec<Evidence>| {
        let mut block = block.clone();
        block.body.evidence = evidence;
        block.header.evidence_root = block.body.evidence_root();
        block
    };
    check_refused(
        &chain,
        with(vec![proof(3, 2), proof(3, 4)]),
        "another piece is against",
    );
    check_refused(&chain, with(vec![nonsense]), "evidence 0 does not count");
    check_refused(&chain, with(vec![proof(3, 2); 5]), "exceed the limit of 4");
    // The state differs without it: nobody can take it out of the block.
    check_refused(
        &chain,
        with(vec![proof(3, 2)]),
        "is not what the block's content gives",
    );
    let certificate = certificate(&chain, &block, 0, &[0, 1, 2]);
    let candidate = chain.verify(block).unwrap();
    chain
        .decide(candidate, certificate, Durability::Synced)
        .unwrap();
    let standing = chain.view().standing().unwrap().unwrap();
    let convicted: Vec<u64> = standing.0.iter().map(|it| it.convicted_last).collect();
    assert_eq!(convicted, [1, 0, 0, 1]);
    let again = vec![proof(3, 2), proof(3, 4)];
    let built = chain
        .build(request(&chain, 0, again), &mut InOrder(Vec::new()))
        .unwrap();
    assert_eq!(built.candidate.block().body.evidence, []);
}

#[test]
fn a_solo_chain_carries_nothing_of_this() {
    let mut chain = world::open(&world::spec());
    world::block(&mut chain, Vec::new());
    let built = chain
        .build(world::request(&chain), &mut InOrder(Vec::new()))
        .unwrap();
    let mut block = built.candidate.block().clone();
    block.body.last_certificate = Some(CommitCertificate {
        height: 1,
        round: 0,
        block: chain.head().hash,
        signatures: Vec::new(),
    });
    block.header.last_certificate = block.body.certificate_hash();
    assert!(matches!(
        chain.verify(block).err(),
        Some(ChainError::Invalid(rule)) if *rule == InvalidBlock::Agreement
    ));
}

#[test]
fn proposals_are_kept_until_their_height_is_decided() {
    let mut chain = world::open(&spec());
    let mut hashes = Vec::new();
    for round in 0..UNDECIDED_BODIES_MAX as Round + 3 {
        let built = chain.build(request(&chain, round, Vec::new()), &mut InOrder(Vec::new()));
        let block = built.unwrap().candidate.block().clone();
        hashes.push(block.header.hash());
        let proposer = block.header.proposer;
        let kept = Undecided {
            round,
            valid_round: None,
            proposer,
            block,
        };
        chain.keep_undecided(&kept).unwrap();
        assert_eq!(chain.undecided(1, round).unwrap(), [kept]);
    }
    // Of too many the oldest are gone; one that was proposed again stays.
    assert_eq!(chain.undecided(1, 0).unwrap(), []);
    assert_eq!(chain.undecided_block(1, &hashes[0]).unwrap(), None);
    let last = chain
        .undecided_block(1, hashes.last().unwrap())
        .unwrap()
        .unwrap();
    let candidate = chain.verify(last.clone()).unwrap();
    let certificate = certificate(&chain, &last, 18, &[0, 1, 2]);
    chain
        .decide(candidate, certificate, Durability::Synced)
        .unwrap();
    assert_eq!(chain.undecided(1, 18).unwrap(), []);
    assert_eq!(
        chain.undecided_block(1, hashes.last().unwrap()).unwrap(),
        None
    );
}
