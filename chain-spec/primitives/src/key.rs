//! Keys and signatures, each behind a byte that names its scheme.
//!
//! ```text
//! public key  scheme u8 ‖ key        0 = ed25519, 32 bytes
//! signature   scheme u8 ‖ signature  0 = ed25519, 64 bytes: R ‖ S
//! ```
//!
//! Schemes 1 (secp256k1) and 2 (P-256) are reserved and refused.
//! Invariant: one rule accepts signatures everywhere, ed25519-dalek's `verify_strict`, one by one;
//! never a batch, whose verdicts differ.
//! Not here: key files and remote signing (`argosy-signer`), other curves for guests (`vm/crypto`).

use core::{fmt, str::FromStr};

use parity_scale_codec::{Decode, DecodeWithMemTracking, Encode};

use crate::text::{TextError, hex_array};

/// Prefix of the text of ed25519 keys and signatures.
const ED25519: &str = "ed25519:";

/// Who signed.
#[derive(
    Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode, DecodeWithMemTracking,
)]
pub enum PublicKey {
    /// A compressed point; not checked before it verifies something.
    #[codec(index = 0)]
    Ed25519([u8; 32]),
}

/// A signature over a 32-byte hash.
#[derive(
    Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode, DecodeWithMemTracking,
)]
pub enum Signature {
    /// R ‖ S.
    #[codec(index = 0)]
    Ed25519([u8; 64]),
}

/// Why a signature does not hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SignatureError {
    /// The key is not a point of the curve.
    #[error("public key is not a point of its curve")]
    BadKey,
    /// The signature is malformed, weak, or over something else.
    #[error("signature does not match key and message")]
    BadSignature,
}

#[cfg(feature = "signing")]
impl PublicKey {
    /// Checks a signature over a domain-separated hash.
    pub fn verify(&self, hash: &[u8; 32], signature: &Signature) -> Result<(), SignatureError> {
        self.verify_message(hash, signature)
    }

    /// Checks a signature over any message: what contracts may ask for. The protocol itself signs
    /// hashes only.
    pub fn verify_message(
        &self,
        message: &[u8],
        signature: &Signature,
    ) -> Result<(), SignatureError> {
        let (PublicKey::Ed25519(key), Signature::Ed25519(signature)) = (self, signature);
        let key =
            ed25519_dalek::VerifyingKey::from_bytes(key).map_err(|_| SignatureError::BadKey)?;
        let signature = ed25519_dalek::Signature::from_bytes(signature);
        key.verify_strict(message, &signature)
            .map_err(|_| SignatureError::BadSignature)
    }
}

impl fmt::Display for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let PublicKey::Ed25519(key) = self;
        write!(f, "{ED25519}{}", const_hex::encode_prefixed(key))
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for PublicKey {
    type Err = TextError;

    fn from_str(text: &str) -> Result<Self, TextError> {
        let expected = "a public key: ed25519:0x and 64 hex digits";
        let hex = text.strip_prefix(ED25519).ok_or(TextError { expected })?;
        hex_array(hex, expected).map(PublicKey::Ed25519)
    }
}

impl fmt::Display for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Signature::Ed25519(signature) = self;
        write!(f, "{ED25519}{}", const_hex::encode_prefixed(signature))
    }
}

impl fmt::Debug for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Signature {
    type Err = TextError;

    fn from_str(text: &str) -> Result<Self, TextError> {
        let expected = "a signature: ed25519:0x and 128 hex digits";
        let hex = text.strip_prefix(ED25519).ok_or(TextError { expected })?;
        hex_array(hex, expected).map(Signature::Ed25519)
    }
}

/// An ed25519 key that signs. Its bytes are wiped when it is dropped and never printed.
#[cfg(feature = "signing")]
#[derive(Clone)]
pub struct SecretKey(ed25519_dalek::SigningKey);

#[cfg(feature = "signing")]
impl SecretKey {
    /// The key of a 32-byte seed, which the caller draws from a good source.
    pub fn generate_from(mut seed: [u8; 32]) -> Self {
        let key = Self(ed25519_dalek::SigningKey::from_bytes(&seed));
        zeroize::Zeroize::zeroize(&mut seed);
        key
    }

    /// The key that others see.
    pub fn public(&self) -> PublicKey {
        PublicKey::Ed25519(self.0.verifying_key().to_bytes())
    }

    /// Signs a domain-separated hash; the same hash always gives the same signature.
    pub fn sign(&self, hash: &[u8; 32]) -> Signature {
        Signature::Ed25519(ed25519_dalek::Signer::sign(&self.0, hash).to_bytes())
    }

    /// The seed, for those who store keys. Do not copy it further than you must.
    pub fn expose_seed(&self) -> &[u8; 32] {
        self.0.as_bytes()
    }
}

#[cfg(feature = "signing")]
impl fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SecretKey")
            .field("public", &self.public())
            .finish_non_exhaustive()
    }
}
