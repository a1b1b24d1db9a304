//! Transactions, receipts and events under a header.

use argosy_primitives::{
    Address, BlockHash, CertificateHash, Domain, Event, EventCursor, EvidenceRoot, GenesisHash,
    Header, Limits, Receipt, Signature, StateRoot, StatusCode, TxId, TxRoot, ValidatorSetHash,
    decode_untrusted, merkle, receipts_root,
};
use argosy_proof::{EventProof, ProofError, ReceiptProof, Root, TxProof};
use parity_scale_codec::Encode;
use proptest::prelude::*;

pub(crate) fn header() -> Header {
    Header {
        version: 1,
        chain: GenesisHash::from_bytes([1; 32]),
        height: 9,
        time_ms: 1_000,
        parent: BlockHash::from_bytes([2; 32]),
        proposer: Address::from_bytes([3; 32]),
        round: 0,
        validators: ValidatorSetHash::ZERO,
        next_validators: ValidatorSetHash::ZERO,
        last_certificate: CertificateHash::ZERO,
        tx_root: TxRoot::ZERO,
        evidence_root: EvidenceRoot::ZERO,
        base_price: 1,
        gas_used: 0,
        state_root: StateRoot::ZERO,
        receipts_root: receipts_root(&[]),
    }
}

fn event(number: u8) -> Event {
    let topics = vec![[number; 32]];
    Event {
        contract: Address::from_bytes([4; 32]),
        topics,
        data: vec![number; 3],
    }
}

/// Receipt `number` has `number` events.
fn receipt(number: u8) -> Receipt {
    Receipt {
        status: StatusCode::Success,
        action: 0,
        data: vec![number],
        gas_used: u64::from(number),
        fee: 5,
        deposit: -1,
        events: (0..number).map(event).collect(),
    }
}

/// A block of `count` receipts, and the proof of event `index` of receipt `tx`.
fn proven(count: u8, tx: u8, index: u8) -> (Header, EventProof) {
    let receipts: Vec<_> = (0..count).map(receipt).collect();
    let mut header = header();
    header.receipts_root = receipts_root(&receipts);
    let leaves: Vec<_> = receipts.iter().map(Receipt::leaf).collect();
    let whole = &receipts[usize::from(tx)];
    let events: Vec<_> = whole.events.iter().map(Event::leaf).collect();
    let receipt = ReceiptProof {
        receipt: whole.summary(),
        merkle: merkle::prove(&leaves, u32::from(tx)).expect("it is in the block"),
    };
    let merkle = merkle::prove(&events, u32::from(index)).expect("it is in the receipt");
    let event = event(index);
    (
        header,
        EventProof {
            event,
            merkle,
            receipt,
        },
    )
}

#[test]
fn every_event_is_found_at_its_cursor() {
    for count in 1..9 {
        for tx in 0..count {
            for index in 0..tx {
                let (header, proof) = proven(count, tx, index);
                let (tx, event) = (u32::from(tx), u32::from(index));
                assert_eq!(proof.receipt.verify(&header), Ok(tx));
                assert_eq!(
                    proof.verify(&header),
                    Ok(EventCursor {
                        height: 9,
                        tx,
                        event
                    })
                );
            }
        }
    }
}

#[test]
fn a_transaction_is_found_at_its_index() {
    let txs: Vec<_> = (0..5)
        .map(|n| (TxId::from_bytes([n; 32]), Signature::Ed25519([n; 64])))
        .collect();
    let leaf = |(id, signature): &(TxId, Signature)| {
        Domain::TxLeaf.hash(&[id.as_bytes(), &signature.encode()])
    };
    let leaves: Vec<_> = txs.iter().map(leaf).collect();
    let mut header = header();
    header.tx_root = TxRoot::from_bytes(merkle::root(&leaves));
    for (index, (id, signature)) in (0u32..).zip(txs) {
        let merkle = merkle::prove(&leaves, index).expect("it is in the block");
        let proof = TxProof {
            id,
            signature,
            merkle,
        };
        assert_eq!(proof.verify(&header), Ok(index));
        let other = TxProof {
            signature: Signature::Ed25519([9; 64]),
            ..proof
        };
        assert_eq!(
            other.verify(&header),
            Err(ProofError::OtherRoot(Root::Transactions))
        );
    }
}

#[track_caller]
fn check(change: impl Fn(&mut EventProof), expected: ProofError) {
    let (header, mut proof) = proven(6, 4, 2);
    change(&mut proof);
    assert_eq!(proof.verify(&header), Err(expected));
}

#[test]
fn each_part_of_the_proof_counts() {
    let (events, receipts) = (Root::Events, Root::Receipts);
    check(|it| it.event.data.push(0), ProofError::OtherRoot(events));
    check(
        |it| it.receipt.receipt.fee += 1,
        ProofError::OtherRoot(receipts),
    );
    check(|it| it.merkle.index = 3, ProofError::OtherRoot(events));
    check(|it| it.merkle.index = 4, ProofError::BadPosition);
    check(|it| it.merkle.index = u32::MAX, ProofError::BadPosition);
    check(|it| it.merkle.count = u32::MAX, ProofError::BadPosition);
    check(|it| it.merkle.path.truncate(1), ProofError::BadPosition);
    check(
        |it| it.receipt.merkle.path[0][0] ^= 1,
        ProofError::OtherRoot(receipts),
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    #[test]
    fn a_changed_proof_never_shows_another_event(
        at in any::<prop::sample::Index>(), bit in 0u8..8, cut in any::<prop::sample::Index>(),
    ) {
        let (header, proof) = proven(7, 6, 3);
        let bytes = proof.encode();
        let mut changed = bytes.clone();
        changed[at.index(bytes.len())] ^= 1 << bit;
        for bytes in [&changed[..], &bytes[..cut.index(bytes.len())]] {
            if let Ok(other) = decode_untrusted::<EventProof>(bytes, Limits::for_size(1 << 16)) {
                prop_assert!(other.verify(&header).is_err());
            }
        }
    }
}
