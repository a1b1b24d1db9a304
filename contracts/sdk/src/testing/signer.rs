//! Keys that sign: devices, people off the chain.

use argosy_primitives::{PublicKey, SecretKey, Signature};

use super::account;

/// An ed25519 key made from a name: the same name, the same key. Never one that guards anything.
pub struct Signer(SecretKey);

impl Signer {
    /// The key of a name of at most 32 bytes.
    pub fn named(name: &str) -> Signer {
        Signer(SecretKey::generate_from(*account(name).as_bytes()))
    }

    /// The key that others see, as `crypto::ed25519_verify` takes it.
    pub fn key(&self) -> [u8; 32] {
        let PublicKey::Ed25519(key) = self.0.public();
        key
    }

    /// Signs a hash, such as `crypto::blake3` gives.
    pub fn sign(&self, hash: &[u8; 32]) -> [u8; 64] {
        let Signature::Ed25519(signature) = self.0.sign(hash);
        signature
    }
}
