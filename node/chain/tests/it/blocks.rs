//! Build, verify, commit, replay: the rules of blocks.

use std::sync::Arc;

use argosy_chain::{Chain, ChainError, InvalidBlock, replay};
use argosy_kv::MemoryStore;
use argosy_primitives::{Block, CommitCertificate, StateRoot};

use crate::world::{InOrder, TIME_MS, address, block, open, request, spec, transfer, tx};

#[test]
fn genesis_depends_on_the_spec_alone_and_a_store_keeps_to_it() {
    let (store, spec) = (Arc::new(MemoryStore::new()), spec());
    let first = Chain::open(store.clone(), Arc::new(spec.clone()))
        .unwrap()
        .head()
        .clone();
    assert_eq!(open(&spec).head(), &first);
    assert_eq!(
        Chain::open(store.clone(), Arc::new(spec.clone()))
            .unwrap()
            .head(),
        &first
    );
    let mut other = spec;
    other.genesis.accounts[0].balance += 1;
    let refused = Chain::open(store, Arc::new(other)).err().unwrap();
    assert!(
        matches!(refused, ChainError::WrongChain { .. }),
        "{refused}"
    );
}

#[test]
fn what_one_builds_another_verifies_and_a_replay_repeats() {
    let spec = spec();
    let (mut proposer, mut validator) = (open(&spec), open(&spec));
    for height in 0..3 {
        let txs = (1..4)
            .map(|from| transfer(&proposer, from, height, from % 3 + 1, 7))
            .collect();
        let built = proposer
            .build(request(&proposer), &mut InOrder(txs))
            .unwrap();
        let verified = validator.verify(built.candidate.block().clone()).unwrap();
        assert_eq!(verified.hash(), built.candidate.hash());
        proposer.commit(built.candidate).unwrap();
        validator.commit(verified).unwrap();
    }
    assert_eq!(proposer.head(), validator.head());
    let mut again = open(&spec);
    let report = replay(&proposer.view(), &mut again).unwrap();
    assert_eq!((report.height, report.transactions), (3, 9));
    assert_eq!(again.head(), proposer.head());
}

#[test]
fn reopening_a_store_continues_at_its_head() {
    let (store, spec) = (Arc::new(MemoryStore::new()), Arc::new(spec()));
    let mut chain = Chain::open(store.clone(), spec.clone()).unwrap();
    let txs = vec![transfer(&chain, 1, 0, 2, 7)];
    let head = block(&mut chain, txs).view.head().clone();
    drop(chain);
    let mut chain = Chain::open(store, spec).unwrap();
    assert_eq!(chain.head(), &head);
    let txs = vec![transfer(&chain, 1, 1, 2, 7)];
    assert_eq!(block(&mut chain, txs).receipts.len(), 1);
}

#[test]
fn leaves_out_what_may_not_be_included_and_says_why() {
    let mut chain = open(&spec());
    let (good, early) = (transfer(&chain, 1, 0, 2, 7), transfer(&chain, 2, 5, 1, 7));
    let stranger = transfer(&chain, 77, 0, 1, 7);
    let txs = vec![good.clone(), early, stranger.clone()];
    let built = chain.build(request(&chain), &mut InOrder(txs)).unwrap();
    let refused: Vec<_> = built.refused.iter().map(|it| it.id).collect();
    // A nonce that comes too early stays in the pool, an unpayable transaction goes.
    assert_eq!(refused, [stranger.id()]);
    let committed = chain.commit(built.candidate).unwrap();
    assert_eq!(committed.ids().into_iter().collect::<Vec<_>>(), [good.id()]);
    assert_eq!(committed.senders().unwrap()[0].1.nonce, 1);
}

#[test]
fn time_never_runs_backwards() {
    let mut chain = open(&spec());
    block(&mut chain, Vec::new());
    let mut late = request(&chain);
    late.now_ms = TIME_MS - 5_000;
    let built = chain.build(late, &mut InOrder(Vec::new())).unwrap();
    assert_eq!(
        built.candidate.block().header.time_ms,
        chain.head().header.time_ms
    );
}

#[test]
fn a_candidate_for_an_old_head_is_not_committed() {
    let mut chain = open(&spec());
    let stale = chain
        .build(request(&chain), &mut InOrder(Vec::new()))
        .unwrap();
    block(&mut chain, Vec::new());
    let refused = chain.commit(stale.candidate).err().unwrap();
    assert!(matches!(refused, ChainError::StaleCandidate));
}

/// Bends a good block and expects the rule that must refuse it.
#[track_caller]
fn check_refused(bend: impl FnOnce(&mut Block), expected: &str) {
    let (spec, mut chain) = (spec(), open(&spec()));
    block(&mut chain, Vec::new());
    let txs = vec![transfer(&chain, 1, 0, 2, 7), transfer(&chain, 2, 0, 1, 7)];
    let built = chain.build(request(&chain), &mut InOrder(txs)).unwrap();
    let mut bent = built.candidate.block().clone();
    bend(&mut bent);
    let before = chain.head().clone();
    let refused = chain.verify(bent).err().unwrap();
    assert!(refused.is_block_fault());
    assert!(refused.to_string().contains(expected), "{refused}");
    assert_eq!(chain.head(), &before, "a refused block moved the head");
    drop(spec);
}

#[test]
fn refuses_every_bent_header() {
    let root = StateRoot::from_bytes([7; 32]);
    check_refused(|it| it.header.version = 9, "protocol version");
    check_refused(
        |it| it.header.chain = argosy_primitives::GenesisHash::ZERO,
        "belongs to chain",
    );
    check_refused(|it| it.header.height = 9, "does not follow");
    check_refused(
        |it| it.header.parent = argosy_primitives::BlockHash::ZERO,
        "parent is",
    );
    check_refused(|it| it.header.time_ms = 1, "before the parent's");
    check_refused(|it| it.header.proposer = address(1), "proposer");
    check_refused(|it| it.header.state_root = root, "`state_root`");
    check_refused(|it| it.header.gas_used += 1, "`gas_used`");
    check_refused(|it| it.header.base_price += 1, "`base_price`");
    check_refused(
        |it| it.header.tx_root = argosy_primitives::TxRoot::ZERO,
        "`tx_root`",
    );
    check_refused(
        |it| it.header.receipts_root = argosy_primitives::ReceiptsRoot::ZERO,
        "`receipts_root`",
    );
    check_refused(
        |it| it.header.evidence_root = argosy_primitives::EvidenceRoot::ZERO,
        "`evidence_root`",
    );
    let set = argosy_primitives::ValidatorSetHash::ZERO;
    check_refused(|it| it.header.validators = set, "`validators`");
    check_refused(|it| it.header.next_validators = set, "`next_validators`");
    let hash = argosy_primitives::CertificateHash::from_bytes([1; 32]);
    check_refused(|it| it.header.last_certificate = hash, "`last_certificate`");
}

#[test]
fn refuses_every_bent_body() {
    check_refused(|it| it.body.transactions.swap(0, 1), "`tx_root`");
    check_refused(|it| drop(it.body.transactions.pop()), "`tx_root`");
    check_refused(
        |it| it.body.transactions.push(it.body.transactions[0].clone()),
        "nonce",
    );
    check_refused(
        |it| it.body.transactions[0].transaction.nonce = 1,
        "transaction 0",
    );
    let certificate = CommitCertificate {
        height: 1,
        round: 0,
        block: argosy_primitives::BlockHash::ZERO,
        signatures: Vec::new(),
    };
    check_refused(
        |it| it.body.last_certificate = Some(certificate),
        "solo chain",
    );
}

#[test]
fn refuses_an_oversized_body_before_it_looks_inside() {
    let mut spec = spec();
    spec.limits.block_size_bytes_max = 4_096;
    let chain = open(&spec);
    let built = chain
        .build(request(&chain), &mut InOrder(Vec::new()))
        .unwrap();
    let mut bent = built.candidate.block().clone();
    let code = argosy_primitives::Action::StoreCode {
        code: vec![0; 5_000],
    };
    let big = tx(chain.view().genesis_hash(), 1, 0, vec![code]);
    bent.body.transactions.push(big.signed().clone());
    let refused = chain.verify(bent).err().unwrap();
    assert!(
        matches!(&refused, ChainError::Invalid(rule) if matches!(**rule, InvalidBlock::Size { .. })),
        "{refused}"
    );
}

#[test]
fn a_block_takes_no_more_gas_than_it_may() {
    let mut spec = spec();
    spec.limits.block_gas_max = 20_100_000;
    let chain = open(&spec);
    let txs: Vec<_> = (0..4)
        .map(|nonce| transfer(&chain, 1, nonce, 2, 7))
        .collect();
    let built = chain
        .build(request(&chain), &mut InOrder(txs.clone()))
        .unwrap();
    // Limits of 20 M each: the third does not fit beside what the first two really used.
    assert!(built.candidate.block().body.transactions.len() < txs.len());
    let mut bent = built.candidate.block().clone();
    bent.body.transactions = txs.iter().map(|tx| tx.signed().clone()).collect();
    assert!(chain.verify(bent).err().unwrap().is_block_fault());
}
