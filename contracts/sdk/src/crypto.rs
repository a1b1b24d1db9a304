//! Hashes and signatures, computed by the chain: far cheaper than inside a contract.
//!
//! Not here: which schemes sign transactions (`argosy-primitives`).

use crate::host;

/// Plain BLAKE3.
pub fn blake3(data: &[u8]) -> [u8; 32] {
    host::blake3(data)
}

/// SHA-256.
pub fn sha256(data: &[u8]) -> [u8; 32] {
    host::sha256(data)
}

/// Keccak-256 as Ethereum uses it; not SHA3-256.
pub fn keccak256(data: &[u8]) -> [u8; 32] {
    host::keccak256(data)
}

/// Ed25519 by the strict rule: no mixed-order keys, no second encodings.
pub fn ed25519_verify(key: &[u8; 32], signature: &[u8; 64], message: &[u8]) -> bool {
    host::ed25519_verify(key, signature, message)
}

/// ECDSA on secp256k1 over a hash; compressed key, low S.
pub fn secp256k1_verify(key: &[u8; 33], signature: &[u8; 64], hash: &[u8; 32]) -> bool {
    host::secp256k1_verify(key, signature, hash)
}

/// The compressed key that made an ECDSA signature on secp256k1.
pub fn secp256k1_recover(
    hash: &[u8; 32],
    signature: &[u8; 64],
    recovery_id: u8,
) -> Option<[u8; 33]> {
    host::secp256k1_recover(hash, signature, recovery_id)
}

/// ECDSA on P-256 over a hash; compressed key, low S.
pub fn p256_verify(key: &[u8; 33], signature: &[u8; 64], hash: &[u8; 32]) -> bool {
    host::p256_verify(key, signature, hash)
}
