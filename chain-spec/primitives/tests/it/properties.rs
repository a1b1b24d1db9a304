//! What holds for any value and any bytes.

use core::fmt::Debug;

use argosy_primitives::*;
use parity_scale_codec::{DecodeWithMemTracking, Encode};
use proptest::{collection::vec, prelude::*};

use crate::strategies as any_of;

const LIMITS: Limits = Limits::for_size(1 << 16);

/// Reads back what was written, and no other bytes as the same value.
fn only_its_own_bytes<T>(value: &T, position: usize, mask: u8) -> Result<(), TestCaseError>
where
    T: Encode + DecodeWithMemTracking + PartialEq + Debug,
{
    let bytes = value.encode();
    let read = decode_untrusted::<T>(&bytes, LIMITS);
    prop_assert_eq!(read.as_ref(), Ok(value));

    let mut longer = bytes.clone();
    longer.push(mask);
    let trailing = DecodeError::Trailing {
        offset: bytes.len(),
        extra: 1,
    };
    prop_assert_eq!(decode_untrusted::<T>(&longer, LIMITS), Err(trailing));

    let position = position % bytes.len();
    prop_assert!(decode_untrusted::<T>(&bytes[..position], LIMITS).is_err());

    let mut changed = bytes.clone();
    changed[position] ^= mask;
    match decode_untrusted::<T>(&changed, LIMITS) {
        Ok(other) => {
            prop_assert_eq!(&other.encode(), &changed);
            prop_assert_eq!(&other == value, mask == 0);
        }
        Err(_) => prop_assert_ne!(mask, 0),
    }
    Ok(())
}

macro_rules! only_its_own_bytes {
    ($($name:ident: $strategy:expr;)*) => {
        proptest! {
            #![proptest_config(ProptestConfig::with_cases(128))]
            $(
                #[test]
                fn $name(value in $strategy, position in any::<usize>(), mask in any::<u8>()) {
                    only_its_own_bytes(&value, position, mask)?;
                }
            )*
        }
    };
}

mod only_its_own_bytes {
    use super::*;

    only_its_own_bytes! {
        action: any_of::action();
        transaction: any_of::transaction();
        signed_transaction: any_of::signed_transaction();
        header: any_of::header();
        block: any_of::block();
        signed_vote: any_of::signed_vote();
        signed_proposal: any_of::signed_proposal();
        certificate: any_of::certificate();
        evidence: any_of::evidence();
        validator_set: any_of::validator_set();
        event: any_of::event();
        receipt: any_of::receipt();
        receipt_summary: any_of::receipt().prop_map(|receipt| receipt.summary());
        cursor: any_of::cursor();
        merkle_proof: any_of::merkle_proof();
        public_key: any_of::public_key();
        signature: any_of::signature();
    }
}

/// Either refuses the bytes or reads a value that encodes to them.
fn read_or_refused<T: Encode + DecodeWithMemTracking>(bytes: &[u8]) -> Result<(), TestCaseError> {
    if let Ok(value) = decode_untrusted::<T>(bytes, LIMITS) {
        prop_assert_eq!(value.encode(), bytes);
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn any_bytes_are_read_or_refused(bytes in vec(prop_oneof![0..8u8, any::<u8>()], 0..600)) {
        read_or_refused::<SignedTransaction>(&bytes)?;
        read_or_refused::<Body>(&bytes)?;
        read_or_refused::<Vec<Action>>(&bytes)?;
        read_or_refused::<Vec<Receipt>>(&bytes)?;
        read_or_refused::<CommitCertificate>(&bytes)?;
        read_or_refused::<Vec<Evidence>>(&bytes)?;
        read_or_refused::<MerkleProof>(&bytes)?;
    }

    #[test]
    fn any_address_text_is_read_back((hrp, address) in any_of::address_text()) {
        prop_assert_eq!(Address::parse(&address.to_text(hrp)), Ok((hrp, address)));
    }

    #[test]
    fn any_text_is_read_or_refused(text in ".{0,100}") {
        if let Ok((hrp, address)) = Address::parse(&text) {
            prop_assert_eq!(address.to_text(hrp), text.to_lowercase());
        }
        let _ = text.parse::<Hash32>();
        let _ = text.parse::<PublicKey>();
        if let Ok(cursor) = text.parse::<EventCursor>() {
            prop_assert_eq!(cursor.to_string(), text);
        }
    }

    #[test]
    fn any_cursor_text_is_read_back(cursor in any_of::cursor()) {
        prop_assert_eq!(cursor.to_string().parse(), Ok(cursor));
    }

    #[test]
    fn any_merkle_proof_ends(proof in any_of::merkle_proof(), leaf in any::<[u8; 32]>()) {
        let _ = proof.root(&leaf);
    }

    #[test]
    fn a_receipt_is_proven_with_its_event(
        receipts in vec(any_of::receipt(), 1..6),
        (which, event) in any::<(u32, u32)>(),
    ) {
        let which = which % receipts.len() as u32;
        let leaves: Vec<_> = receipts.iter().map(Receipt::leaf).collect();
        let proof = merkle::prove(&leaves, which).expect("index < count");
        let receipt = &receipts[which as usize];
        let root = proof.root(&receipt.leaf()).map(ReceiptsRoot::from_bytes);
        prop_assert_eq!(root, Some(receipts_root(&receipts)));

        let leaves: Vec<_> = receipt.events.iter().map(Event::leaf).collect();
        if let Some(proof) = merkle::prove(&leaves, event % (leaves.len() as u32).max(1)) {
            let root = proof.root(&leaves[proof.index as usize]).map(EventsRoot::from_bytes);
            prop_assert_eq!(root, Some(receipt.events_root()));
        }
    }
}
