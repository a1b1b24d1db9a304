//! Permissions that are signed off the chain: whoever signs sends no transaction and pays no gas.
//!
//! ```text
//! set_signer, by the owner, once ──► permission, signed with that key ──► take, sent by anyone
//!
//! signed = blake3( SCALE( "argosy permit", genesis hash, contract, owner, nonce u64, until u64, words ) )
//! ```
//!
//! An address is a hash that a contract cannot compute, so an owner names the ed25519 key that signs for them. It
//! need not be the key of the account, and better is not.
//!
//! Invariant: a permission is taken once, on one chain, by one contract, until its time, in the order of nonces;
//! another signer voids all that were not taken, until the key that signed them is named again.
//! Not here: what a permission allows. `words` say it, the name of the method first, so that those of two methods
//! of one contract are never mixed up.

use argosy_primitives::{Address, TimestampMs};
use argosy_vm_abi::schema::StorageKind;
use parity_scale_codec::Encode;

use crate::abi::TypeName;
use crate::error::OrRevert;
use crate::storage::{Key, Map, Stored};
use crate::{context, crypto};

/// The key, and the nonce of the next permission. Kept also without a key: nonces are never used again.
type Signing = (Option<[u8; 32]>, u64);

/// Who signs for whom: a field of a `#[storage]` struct. It lies there as a
/// `Map<Address, (Option<[u8; 32]>, u64)>`: key, next nonce.
pub struct Permits {
    signers: Map<Address, Signing>,
}

/// Why a permission was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PermitError {
    /// Its time is over.
    TooLate,
    /// The owner has named no key.
    NoSigner,
    /// The key did not sign these words with the next nonce, for this contract on this chain.
    BadSignature,
}

impl Stored for Permits {
    const TYPE: TypeName = <Map<Address, Signing> as Stored>::TYPE;
    const KIND: StorageKind = StorageKind::Map;
}

impl Permits {
    /// Used by `#[storage]`.
    #[doc(hidden)]
    #[inline]
    pub const fn open_at(key: Key) -> Permits {
        Permits {
            signers: Map::open_at(key),
        }
    }

    /// The key that signs for the caller from now on; `None`: nobody does. Uses up a nonce.
    #[inline]
    pub fn set_signer(&mut self, key: Option<[u8; 32]>) {
        let owner = context::caller();
        let nonce = self.signers.get(&owner).map(|(_, nonce)| nonce);
        let nonce = nonce.map_or(0, |it| it.checked_add(1).or_revert());
        self.signers.set(&owner, &(key, nonce));
    }

    /// The key that signs for an owner.
    #[inline]
    pub fn signer_of(&self, owner: &Address) -> Option<[u8; 32]> {
        self.signing(owner).0
    }

    /// The nonce of an owner's next permission.
    #[inline]
    pub fn nonce_of(&self, owner: &Address) -> u64 {
        self.signing(owner).1
    }

    /// What the key signs for an owner's next permission.
    #[inline]
    pub fn hash(&self, owner: &Address, until: TimestampMs, words: &impl Encode) -> [u8; 32] {
        hash(owner, self.nonce_of(owner), until, words)
    }

    /// Takes an owner's next permission, whoever sends it.
    #[inline]
    pub fn take(
        &mut self,
        owner: &Address,
        until: TimestampMs,
        words: &impl Encode,
        signature: &[u8; 64],
    ) -> Result<(), PermitError> {
        if context::block_time() > until {
            return Err(PermitError::TooLate);
        }
        let (key, nonce) = self.signing(owner);
        let key = key.ok_or(PermitError::NoSigner)?;
        let hash = hash(owner, nonce, until, words);
        if !crypto::ed25519_verify(&key, signature, &hash) {
            return Err(PermitError::BadSignature);
        }
        let next = nonce.checked_add(1).or_revert();
        self.signers.set(owner, &(Some(key), next));
        Ok(())
    }

    #[inline]
    fn signing(&self, owner: &Address) -> Signing {
        self.signers.get_or_default(owner)
    }
}

#[inline]
fn hash(owner: &Address, nonce: u64, until: TimestampMs, words: &impl Encode) -> [u8; 32] {
    let (chain, here) = (context::chain(), context::self_address());
    crypto::blake3(&crate::buffer::encode(&(
        "argosy permit",
        chain,
        here,
        owner,
        nonce,
        until,
        words,
    )))
}
