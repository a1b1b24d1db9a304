//! Hashes and signatures. They change nothing and never fail: what is not valid is 0.

use argosy_spec::Price;
use argosy_vm_abi::imports::HASH_BYTES;
use argosy_vm_crypto as crypto;

use super::desk::{Desk, Span};
use crate::adapter::Stop;

const SIGNATURE_BYTES: u32 = 64;
const ED25519_KEY_BYTES: u32 = 32;
const COMPRESSED_KEY_BYTES: u32 = 33;

/// Key, signature and hash to verify.
type Ecdsa = fn(&[u8; 33], &[u8; 64], &[u8; 32]) -> bool;

impl Desk<'_> {
    pub(super) fn blake3(&mut self, args: [i64; 3]) -> Result<i64, Stop> {
        self.hash(args, self.terms.prices.blake3, crypto::blake3)
    }

    pub(super) fn sha256(&mut self, args: [i64; 3]) -> Result<i64, Stop> {
        self.hash(args, self.terms.prices.sha256, crypto::sha256)
    }

    pub(super) fn keccak256(&mut self, args: [i64; 3]) -> Result<i64, Stop> {
        self.hash(args, self.terms.prices.keccak256, crypto::keccak256)
    }

    pub(super) fn ed25519_verify(
        &mut self,
        [key, signature, message, len]: [i64; 4],
    ) -> Result<i64, Stop> {
        let key = self.span(key, ED25519_KEY_BYTES)?;
        let signature = self.span(signature, SIGNATURE_BYTES)?;
        let message = self.span(message, len as u32)?;
        let copied = key.len() + signature.len();
        self.pay(self.terms.prices.ed25519_verify, message.len(), copied)?;
        let key = self.array(key);
        let signature = self.array(signature);
        let valid = crypto::ed25519_verify(&key, &signature, self.bytes(message));
        Ok(i64::from(valid))
    }

    pub(super) fn secp256k1_verify(&mut self, args: [i64; 3]) -> Result<i64, Stop> {
        let price = self.terms.prices.secp256k1_verify;
        self.ecdsa(args, price, crypto::secp256k1_verify)
    }

    pub(super) fn secp256k1_recover(
        &mut self,
        [hash, signature, recovery_id, out]: [i64; 4],
    ) -> Result<i64, Stop> {
        let hash = self.span(hash, HASH_BYTES)?;
        let signature = self.span(signature, SIGNATURE_BYTES)?;
        let out = self.span(out, COMPRESSED_KEY_BYTES)?;
        let copied = [hash, signature, out].map(Span::len).iter().sum();
        self.pay(self.terms.prices.secp256k1_recover, 0, copied)?;
        let hash = self.array(hash);
        let signature = self.array(signature);
        let Some(key) = crypto::secp256k1_recover(&hash, &signature, recovery_id as u32) else {
            return Ok(0);
        };
        self.write(out, &key);
        Ok(1)
    }

    pub(super) fn p256_verify(&mut self, args: [i64; 3]) -> Result<i64, Stop> {
        let price = self.terms.prices.p256_verify;
        self.ecdsa(args, price, crypto::p256_verify)
    }

    /// The bytes are read in place: only the hash is copied.
    fn hash(
        &mut self,
        [ptr, len, out]: [i64; 3],
        price: Price,
        hash: fn(&[u8]) -> [u8; 32],
    ) -> Result<i64, Stop> {
        let bytes = self.span(ptr, len as u32)?;
        let out = self.span(out, HASH_BYTES)?;
        self.pay(price, bytes.len(), out.len())?;
        let hash = hash(self.bytes(bytes));
        self.write(out, &hash);
        Ok(0)
    }

    fn ecdsa(
        &mut self,
        [key, signature, hash]: [i64; 3],
        price: Price,
        verify: Ecdsa,
    ) -> Result<i64, Stop> {
        let key = self.span(key, COMPRESSED_KEY_BYTES)?;
        let signature = self.span(signature, SIGNATURE_BYTES)?;
        let hash = self.span(hash, HASH_BYTES)?;
        let copied = [key, signature, hash].map(Span::len).iter().sum();
        self.pay(price, 0, copied)?;
        let key = self.array(key);
        let signature = self.array(signature);
        let hash = self.array(hash);
        Ok(i64::from(verify(&key, &signature, &hash)))
    }
}
