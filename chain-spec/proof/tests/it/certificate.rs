//! Certificates: who counts, and how much is enough.

use crate::inclusion::header;
use argosy_primitives::{
    Address, CommitCertificate, CommitSignature, Header, SecretKey, SignatureError, Validator,
    ValidatorSet,
};
use argosy_proof::{ProofError, verify_certificate, verify_header};

fn key(number: usize) -> SecretKey {
    SecretKey::generate_from([u8::try_from(number).expect("few validators"); 32])
}

fn address(number: usize) -> Address {
    Address::of_key(&key(number).public())
}

fn set(powers: &[u64]) -> ValidatorSet {
    let validator = |(number, &power): (usize, &u64)| Validator {
        address: address(number),
        key: key(number).public(),
        power,
        absent: false,
    };
    ValidatorSet(powers.iter().enumerate().map(validator).collect())
}

fn signed(header: &Header, signers: &[usize]) -> CommitCertificate {
    let (height, block) = (header.height, header.hash());
    let mut certificate = CommitCertificate {
        height,
        round: 2,
        block,
        signatures: Vec::new(),
    };
    for &signer in signers {
        let validator = address(signer);
        let hash = certificate
            .precommit_of(header.chain, validator)
            .sign_hash();
        let signature = key(signer).sign(hash.as_bytes());
        certificate.signatures.push(CommitSignature {
            validator,
            signature,
        });
    }
    certificate
}

fn decided(powers: &[u64], signers: &[usize]) -> (Header, CommitCertificate, ValidatorSet) {
    let (mut header, set) = (header(), set(powers));
    header.validators = set.hash();
    let certificate = signed(&header, signers);
    (header, certificate, set)
}

#[track_caller]
fn check(powers: &[u64], signers: &[usize], expected: Result<(), ProofError>) {
    let (header, certificate, set) = decided(powers, signers);
    assert_eq!(
        verify_header(&header, &certificate, &set),
        expected,
        "{signers:?}"
    );
}

#[test]
fn more_than_two_thirds_decide() {
    check(&[1], &[0], Ok(()));
    check(&[1, 1, 1, 1], &[0, 1, 3], Ok(()));
    check(&[1, 1, 1, 1], &[3, 2, 1, 0], Ok(()));
    check(
        &[1, 1, 1, 1],
        &[0, 1],
        Err(ProofError::NotEnoughPower {
            signed: 2,
            total: 4,
        }),
    );
    check(
        &[1, 1, 1],
        &[0, 1],
        Err(ProofError::NotEnoughPower {
            signed: 2,
            total: 3,
        }),
    );
    check(&[5, 1, 1], &[0], Ok(()));
    check(
        &[4, 1, 1],
        &[0],
        Err(ProofError::NotEnoughPower {
            signed: 4,
            total: 6,
        }),
    );
    check(&[u64::MAX; 3], &[0, 1, 2], Ok(()));
}

#[test]
fn nobody_decides_for_an_empty_set() {
    check(
        &[],
        &[],
        Err(ProofError::NotEnoughPower {
            signed: 0,
            total: 0,
        }),
    );
    check(
        &[0],
        &[0],
        Err(ProofError::NotEnoughPower {
            signed: 0,
            total: 0,
        }),
    );
}

#[test]
fn strangers_and_repeated_names_are_refused() {
    check(
        &[1, 1],
        &[0, 1, 2],
        Err(ProofError::UnknownValidator {
            validator: address(2),
        }),
    );
    check(
        &[1, 1],
        &[0, 0],
        Err(ProofError::DuplicateValidator {
            validator: address(0),
        }),
    );
    let (mut header, certificate, mut set) = decided(&[1], &[0]);
    set.0.push(set.0[0]);
    header.validators = set.hash();
    let verdict = verify_certificate(&certificate, &set, &header.chain);
    assert_eq!(
        verdict,
        Err(ProofError::DuplicateValidator {
            validator: address(0)
        })
    );
}

#[test]
fn each_signature_must_hold_for_this_very_vote() {
    let bad = ProofError::BadSignature {
        validator: address(1),
        source: SignatureError::BadSignature,
    };
    let changes: [fn(&mut CommitCertificate); 4] = [
        |it| it.round += 1,
        |it| it.height += 1,
        |it| it.block = [9; 32].into(),
        |it| it.signatures.swap(0, 1),
    ];
    for change in changes {
        let (header, mut certificate, set) = decided(&[1, 1, 1, 1], &[1, 2, 3]);
        change(&mut certificate);
        if certificate.signatures[0].validator != address(1) {
            // Names swapped back: each now carries the other's signature.
            certificate.signatures[0].validator = address(1);
            certificate.signatures[1].validator = address(2);
        }
        assert_eq!(
            verify_certificate(&certificate, &set, &header.chain),
            Err(bad.clone())
        );
    }
    let (_, certificate, set) = decided(&[1, 1, 1, 1], &[1, 2, 3]);
    assert_eq!(
        verify_certificate(&certificate, &set, &[8; 32].into()),
        Err(bad)
    );
}

#[test]
fn the_header_names_block_and_validators() {
    let (header, certificate, _) = decided(&[1], &[0]);
    let verdict = verify_header(&header, &certificate, &set(&[2]));
    assert_eq!(verdict, Err(ProofError::OtherValidators));
    let (mut header, certificate, set) = decided(&[1], &[0]);
    header.gas_used += 1;
    assert_eq!(
        verify_header(&header, &certificate, &set),
        Err(ProofError::OtherBlock)
    );
}
