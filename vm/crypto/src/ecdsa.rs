//! ECDSA over secp256k1 and P-256: 32-byte hash, `r ‖ s`, compressed keys.
//!
//! Always holds: S above half the order, r or s of zero or beyond the order, and any key encoding
//! but the 33-byte compressed one are not valid.

use k256::ecdsa::RecoveryId;
use k256::ecdsa::signature::hazmat::PrehashVerifier;

/// The SEC1 tags of a compressed point. Another tag of the same length exists (compact, 5).
const COMPRESSED_TAGS: [u8; 2] = [2, 3];

/// `true` if `signature` over `hash` is valid for the secp256k1 `key`.
pub fn secp256k1_verify(key: &[u8; 33], signature: &[u8; 64], hash: &[u8; 32]) -> bool {
    verify_secp256k1(key, signature, hash).is_some()
}

/// The key whose signature over `hash` this is; `recovery_id` is the parity of R's y, 0 or 1.
pub fn secp256k1_recover(
    hash: &[u8; 32],
    signature: &[u8; 64],
    recovery_id: u32,
) -> Option<[u8; 33]> {
    let recovery_id = match recovery_id {
        0 => RecoveryId::new(false, false),
        1 => RecoveryId::new(true, false),
        _ => return None,
    };
    let signature = low_s_secp256k1(signature)?;
    let key =
        k256::ecdsa::VerifyingKey::recover_from_prehash(hash, &signature, recovery_id).ok()?;
    key.to_sec1_point(true).as_bytes().try_into().ok()
}

/// `true` if `signature` over `hash` is valid for the P-256 `key`.
pub fn p256_verify(key: &[u8; 33], signature: &[u8; 64], hash: &[u8; 32]) -> bool {
    verify_p256(key, signature, hash).is_some()
}

fn verify_secp256k1(key: &[u8; 33], signature: &[u8; 64], hash: &[u8; 32]) -> Option<()> {
    let signature = low_s_secp256k1(signature)?;
    let key = COMPRESSED_TAGS.contains(&key[0]).then_some(key)?;
    let key = k256::ecdsa::VerifyingKey::from_sec1_bytes(key).ok()?;
    key.verify_prehash(hash, &signature).ok()
}

fn verify_p256(key: &[u8; 33], signature: &[u8; 64], hash: &[u8; 32]) -> Option<()> {
    let signature = p256::ecdsa::Signature::from_slice(signature).ok()?;
    let signature = (signature.normalize_s() == signature).then_some(signature)?;
    let key = COMPRESSED_TAGS.contains(&key[0]).then_some(key)?;
    let key = p256::ecdsa::VerifyingKey::from_sec1_bytes(key).ok()?;
    key.verify_prehash(hash, &signature).ok()
}

fn low_s_secp256k1(signature: &[u8; 64]) -> Option<k256::ecdsa::Signature> {
    let signature = k256::ecdsa::Signature::from_slice(signature).ok()?;
    (signature.normalize_s() == signature).then_some(signature)
}
