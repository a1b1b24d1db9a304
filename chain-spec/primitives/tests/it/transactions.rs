//! A transaction's way from unsigned to verified, and what stops it.

use argosy_primitives::*;
use parity_scale_codec::{Compact, DecodeWithMemTracking, Encode};

use crate::samples::*;

const SIZE_MAX: usize = 640 << 10;

fn transfers(count: usize) -> Vec<Action> {
    vec![
        Action::Transfer {
            to: address(1),
            amount: 1
        };
        count
    ]
}

#[track_caller]
fn check(signed: SignedTransaction, expected: Result<(), TxError>) {
    assert_eq!(signed.verify().map(|_| ()), expected);
}

#[test]
fn a_signed_transaction_is_verified() {
    let signed = signed(transfers(1));
    let verified = signed.clone().verify().expect("signed by its signer");
    assert_eq!(verified.id(), signed.id());
    assert_eq!(verified.id(), signed.transaction.id());
    assert_eq!(verified.sender(), Address::of_key(&secret(0x61).public()));
    assert_eq!(verified.leaf(), signed.leaf());
    assert_eq!(verified.size_bytes(), signed.encode().len());
    assert_eq!(verified.transaction(), &signed.transaction);
    assert_eq!(verified.into_signed(), signed);
}

#[test]
fn one_to_sixteen_actions_are_allowed() {
    check(signed(transfers(0)), Err(TxError::NoActions));
    check(signed(transfers(1)), Ok(()));
    check(signed(transfers(ACTIONS_MAX)), Ok(()));
    check(
        signed(transfers(ACTIONS_MAX + 1)),
        Err(TxError::TooManyActions { found: 17 }),
    );
}

#[test]
fn only_the_signer_signs() {
    let forged = transaction(transfers(1)).sign(&secret(0x62));
    check(
        forged,
        Err(TxError::Signature(SignatureError::BadSignature)),
    );
}

#[test]
fn every_byte_is_signed() {
    let signed = signed(actions().into_iter().map(|(_, action)| action).collect());
    let bytes = signed.encode();
    assert!(signed.verify().is_ok());
    for position in 0..bytes.len() {
        let mut changed = bytes.clone();
        changed[position] ^= 1;
        let verified = SignedTransaction::decode_untrusted(&changed, SIZE_MAX)
            .map(|signed| signed.verify().is_ok());
        assert_ne!(verified, Ok(true), "byte {position}");
    }
}

#[test]
fn the_id_leaves_the_signature_out_and_the_leaf_does_not() {
    let signed = signed(transfers(1));
    let mut other = signed.clone();
    other.signature = Signature::Ed25519([7; 64]);
    assert_eq!(other.id(), signed.id());
    assert_ne!(other.leaf(), signed.leaf());
}

#[test]
fn a_transaction_signature_is_no_vote() {
    let hash = transaction(transfers(1)).id();
    let vote = Domain::VoteSign.hash_encoded(&transaction(transfers(1)));
    assert_ne!(*hash.as_bytes(), vote);
}

#[test]
fn reserved_schemes_are_refused() {
    let bytes = signed(transfers(1)).encode();
    let signature_scheme = bytes.len() - 65;
    for scheme_at in [32, signature_scheme] {
        assert_eq!(bytes[scheme_at], 0);
        for scheme in 1..=u8::MAX {
            let mut changed = bytes.clone();
            changed[scheme_at] = scheme;
            let error = SignedTransaction::decode_untrusted(&changed, SIZE_MAX)
                .expect_err("only scheme 0 is known");
            assert!(matches!(error, DecodeError::Malformed { .. }), "{error}");
        }
    }
}

#[test]
fn unknown_actions_are_refused() {
    for index in 11..=u8::MAX {
        let error = decode_untrusted::<Action>(&[index], Limits::for_size(100));
        assert!(matches!(error, Err(DecodeError::Malformed { .. })));
    }
}

#[test]
fn size_is_limited_to_the_byte() {
    let signed = signed(transfers(1));
    let bytes = signed.encode();
    let size = bytes.len();
    assert_eq!(
        SignedTransaction::decode_untrusted(&bytes, size),
        Ok(signed)
    );
    assert_eq!(
        SignedTransaction::decode_untrusted(&bytes, size - 1),
        Err(DecodeError::TooLarge {
            found: size,
            size_max: size - 1
        })
    );
}

/// A transaction that is nothing but one-byte actions becomes 144 times its size.
#[test]
fn a_transaction_of_a_million_actions_is_refused_early() {
    let mut bytes = transaction(vec![]).encode();
    bytes.pop();
    bytes.extend(Compact(600_000u32).encode());
    bytes.resize(SIZE_MAX, ActionKind::Unjail as u8);
    let error = SignedTransaction::decode_untrusted(&bytes, SIZE_MAX).expect_err("a bomb");
    assert!(
        matches!(error, DecodeError::TooMuchMemory { .. }),
        "{error}"
    );
}

#[test]
fn the_largest_upload_fits() {
    let signed = signed(vec![Action::StoreCode {
        code: vec![0; 512 << 10],
    }]);
    let decoded = SignedTransaction::decode_untrusted(&signed.encode(), SIZE_MAX);
    assert_eq!(decoded, Ok(signed));
}

/// Enough of `value` to fill a MiB is read under the limits for its size.
#[track_caller]
fn fits_by_the_mebibyte<T>(value: T)
where
    T: Encode + DecodeWithMemTracking + Clone + PartialEq + core::fmt::Debug,
{
    let values = vec![value.clone(); (1 << 20) / value.encoded_size()];
    let bytes = values.encode();
    assert_eq!(
        decode_untrusted::<Vec<T>>(&bytes, Limits::for_size(bytes.len())),
        Ok(values)
    );
}

/// Valid values that need much memory for their size must pass, else nodes could not read a block
/// that a proposer may build.
#[test]
fn the_dearest_valid_lists_fit() {
    fits_by_the_mebibyte(signed(vec![Action::Unjail; ACTIONS_MAX]));
    fits_by_the_mebibyte(signed(vec![Action::Unjail]));
    fits_by_the_mebibyte(certificate());
    fits_by_the_mebibyte(evidence()[0].1.clone());
    fits_by_the_mebibyte(validators());
    fits_by_the_mebibyte(receipts()[1].clone());
    fits_by_the_mebibyte(events()[1].clone());
}

#[test]
fn a_secret_key_prints_only_what_is_public() {
    let key = secret(0x33);
    let text = format!("{key:?}");
    assert!(text.contains(&key.public().to_string()));
    assert!(!text.contains(&const_hex::encode(key.expose_seed())));
    assert_eq!(
        SecretKey::generate_from(*key.expose_seed()).public(),
        key.public()
    );
}

#[test]
fn total_power_does_not_overflow() {
    let validator = Validator {
        power: u64::MAX,
        ..validators().0[0]
    };
    let set = ValidatorSet(vec![validator; 5]);
    assert_eq!(set.total_power(), 5 * u128::from(u64::MAX));
    assert_eq!(set.get(&validator.address), Some(&validator));
    assert_eq!(set.get(&address(0xee)), None);
}

#[test]
fn certificate_signatures_are_precommits_of_its_block() {
    let (certificate, set) = (certificate(), validators());
    for CommitSignature {
        validator,
        signature,
    } in &certificate.signatures
    {
        let vote = certificate.precommit_of(GenesisHash::from_bytes(word(0x60)), *validator);
        let member = set.get(validator).expect("samples belong together");
        assert_eq!(
            member.key.verify(vote.sign_hash().as_bytes(), signature),
            Ok(())
        );
    }
}
