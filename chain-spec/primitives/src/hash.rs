//! Hashes as types: a block hash is not a state root.
//!
//! Invariant: 32 bytes, SCALE-encoded as they are; text is `0x` and 64 hex digits.
//! Not here: how they are computed (`domain`).

use core::{fmt, str::FromStr};

use parity_scale_codec::{Decode, DecodeWithMemTracking, Encode};

use crate::text::{TextError, hex_array};

/// What a hash looks like as text.
const EXPECTED: &str = "a hash: 0x and 64 hex digits";

macro_rules! hashes {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(
            Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default,
            Encode, Decode, DecodeWithMemTracking,
        )]
        pub struct $name([u8; 32]);

        impl $name {
            /// The absent hash.
            pub const ZERO: Self = Self([0; 32]);

            /// Takes the bytes as they are.
            pub const fn from_bytes(bytes: [u8; 32]) -> Self {
                Self(bytes)
            }

            /// The bytes as they are.
            pub const fn as_bytes(&self) -> &[u8; 32] {
                &self.0
            }
        }

        impl From<[u8; 32]> for $name {
            fn from(bytes: [u8; 32]) -> Self {
                Self(bytes)
            }
        }

        impl From<$name> for [u8; 32] {
            fn from(hash: $name) -> Self {
                hash.0
            }
        }

        impl AsRef<[u8]> for $name {
            fn as_ref(&self) -> &[u8] {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&const_hex::encode_prefixed(self.0))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }

        impl FromStr for $name {
            type Err = TextError;

            fn from_str(text: &str) -> Result<Self, TextError> {
                hex_array(text, EXPECTED).map(Self)
            }
        }
    )*};
}

hashes! {
    /// A hash that needs no name of its own, such as the hash under a vote's signature.
    Hash32;
    /// Hash of the chain spec: names the chain.
    GenesisHash;
    /// Hash of a header: names a block, and is the value that validators vote on.
    BlockHash;
    /// Hash of an unsigned transaction: names it, and is what its sender signs.
    TxId;
    /// Plain blake3 of a module as uploaded: names the code.
    CodeHash;
    /// Hash of a contract's ABI description.
    AbiHash;
    /// Root of the state trie.
    StateRoot;
    /// Merkle root of a block's transactions.
    TxRoot;
    /// Merkle root of a block's receipts.
    ReceiptsRoot;
    /// Merkle root of one receipt's events.
    EventsRoot;
    /// Merkle root of a block's evidence.
    EvidenceRoot;
    /// Hash of a commit certificate with its signatures; zero where a block carries none.
    CertificateHash;
    /// Hash of a validator set with its keys and powers.
    ValidatorSetHash;
}

#[cfg(feature = "hashing")]
impl CodeHash {
    /// Hash of a module as uploaded.
    pub fn of(code: &[u8]) -> Self {
        Self(crate::blake3(code))
    }
}

#[cfg(feature = "hashing")]
impl AbiHash {
    /// Hash of the concatenated ABI sections of a module.
    pub fn of(sections: &[u8]) -> Self {
        Self(crate::Domain::AbiHash.hash(&[sections]))
    }
}
