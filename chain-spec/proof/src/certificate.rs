//! Did the validators decide this header?
//!
//! Cheap rules come first; signatures are checked only when they could suffice.

use alloc::collections::BTreeMap;

use argosy_primitives::{CommitCertificate, GenesisHash, Header, ValidatorSet};

use crate::ProofError;

/// Checks that `validators`, named by the header itself, decided `header`.
///
/// Trusting the header so far rests on trusting that set: it is the genesis set, or the
/// `next_validators` of a header that was checked before.
pub fn verify_header(
    header: &Header,
    certificate: &CommitCertificate,
    validators: &ValidatorSet,
) -> Result<(), ProofError> {
    if validators.hash() != header.validators {
        return Err(ProofError::OtherValidators);
    }
    if certificate.height != header.height || certificate.block != header.hash() {
        return Err(ProofError::OtherBlock);
    }
    verify_certificate(certificate, validators, &header.chain)
}

/// Checks that validators with more than two thirds of the power signed the certificate's precommit,
/// and that nobody else did.
pub fn verify_certificate(
    certificate: &CommitCertificate,
    validators: &ValidatorSet,
    chain: &GenesisHash,
) -> Result<(), ProofError> {
    let mut open = BTreeMap::new();
    for validator in &validators.0 {
        // A set that names a member twice must not count it twice.
        let (address, member) = (validator.address, Some(validator));
        if open.insert(address, member).is_some() {
            return Err(ProofError::DuplicateValidator { validator: address });
        }
    }
    let mut signers = alloc::vec::Vec::new();
    let mut signed = 0u128;
    for commit in &certificate.signatures {
        let validator = commit.validator;
        let member = open
            .get_mut(&validator)
            .ok_or(ProofError::UnknownValidator { validator })?
            .take()
            .ok_or(ProofError::DuplicateValidator { validator })?;
        signed += u128::from(member.power); // Fewer than 2^64 members: no overflow.
        signers.push((member, commit));
    }
    let total = validators.total_power();
    // Absurd powers saturate both sides, which only ever refuses.
    if signed.saturating_mul(3) <= total.saturating_mul(2) {
        return Err(ProofError::NotEnoughPower { signed, total });
    }
    for (member, commit) in signers {
        let validator = commit.validator;
        let vote = certificate.precommit_of(*chain, validator);
        let hash = vote.sign_hash();
        let verdict = member.key.verify(hash.as_bytes(), &commit.signature);
        verdict.map_err(|source| ProofError::BadSignature { validator, source })?;
    }
    Ok(())
}
