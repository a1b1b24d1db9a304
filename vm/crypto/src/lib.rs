//! Hash and signature functions that the host offers to contracts.
//!
//! Every function is total: any bytes give an answer, never a panic or an error. What is not a
//! valid key, signature or recovery number is simply not valid.
//!
//! Always holds: one message and one key have at most one valid signature form (S in the lower half
//! of the order), and a point has one accepted encoding (compressed). Two nodes never disagree.
//! Not here: prices and memory access (`argosy-vm-host`), keys of the protocol itself
//! (`argosy-primitives`).

mod ecdsa; // secp256k1 and P-256
mod hash; // BLAKE3, SHA-256, Keccak-256

pub use ecdsa::{p256_verify, secp256k1_recover, secp256k1_verify};
pub use hash::{blake3, keccak256, sha256};

use argosy_primitives::{PublicKey, Signature};

/// `true` if `signature` is valid by the strict rule of the protocol's own signatures: canonical
/// S, no key of small order, no cofactor.
pub fn ed25519_verify(key: &[u8; 32], signature: &[u8; 64], message: &[u8]) -> bool {
    PublicKey::Ed25519(*key)
        .verify_message(message, &Signature::Ed25519(*signature))
        .is_ok()
}
