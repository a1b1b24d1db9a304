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
//! ```text
//! nonce = epoch u32 ‖ used u32     the upper and the lower half of the u64
//!
//! set_signer: the first of an owner 0 ‖ 0, each after it epoch + 1 ‖ 0        take: epoch ‖ used + 1
//! ```
//!
//! Invariant: a permission is taken once, on one chain, by one contract, until its time, in the order of nonces;
//! whatever was signed and not taken is void for good once the signer is named anew, be it the same key.
//! Neither half overflows: the message ends with `SdkError::Overflow` instead.
//! Not here: what a permission allows. `words` say it, the name of the method first, so that those of two methods
//! of one contract are never mixed up.

use argosy_primitives::{Address, TimestampMs};
use argosy_vm_abi::schema::StorageKind;
use parity_scale_codec::Encode;

use crate::abi::TypeName;
use crate::error::OrRevert;
use crate::storage::{Key, Map, Stored};
use crate::{context, crypto};

/// The uses that an epoch has; the nonce after the last of them is not taken. Also the lower half of a nonce.
const USES: u64 = 0xffff_ffff;

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

    /// The key that signs for the caller from now on; `None`: nobody does. Voids whatever was signed and not taken,
    /// also if the key is the one of before. Reverts by `SdkError::Overflow` where epochs end, after 2^32.
    #[inline]
    pub fn set_signer(&mut self, key: Option<[u8; 32]>) {
        let owner = context::caller();
        let before = self.signers.get(&owner);
        let nonce = before.map_or(0, |(_, nonce)| next_epoch(nonce).or_revert());
        self.signers.set(&owner, &(key, nonce));
    }

    /// The key that signs for an owner.
    #[inline]
    pub fn signer_of(&self, owner: &Address) -> Option<[u8; 32]> {
        self.signing(owner).0
    }

    /// The nonce of an owner's next permission. Signers ask for it before they sign: a naming makes it leap.
    #[inline]
    pub fn nonce_of(&self, owner: &Address) -> u64 {
        self.signing(owner).1
    }

    /// What the key signs for an owner's next permission.
    #[inline]
    pub fn hash(&self, owner: &Address, until: TimestampMs, words: &impl Encode) -> [u8; 32] {
        hash(owner, self.nonce_of(owner), until, words)
    }

    /// Takes an owner's next permission, whoever sends it. Reverts by `SdkError::Overflow` where the epoch has no use
    /// left, after 2^32 - 1: the owner names the signer anew.
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
        self.signers
            .set(owner, &(Some(key), next_use(nonce).or_revert()));
        Ok(())
    }

    #[inline]
    fn signing(&self, owner: &Address) -> Signing {
        self.signers.get_or_default(owner)
    }
}

/// The first nonce of the epoch after.
#[inline]
fn next_epoch(nonce: u64) -> Option<u64> {
    (nonce | USES).checked_add(1)
}

/// The nonce after, in the same epoch.
#[inline]
fn next_use(nonce: u64) -> Option<u64> {
    (nonce & USES != USES).then(|| nonce + 1)
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

#[cfg(test)]
mod tests {
    use super::*;

    const EPOCH: u64 = 1 << 32;

    #[track_caller]
    fn check(nonce: u64, used: Option<u64>, named: Option<u64>) {
        assert_eq!(next_use(nonce), used, "{nonce:#x}");
        assert_eq!(next_epoch(nonce), named, "{nonce:#x}");
    }

    #[test]
    fn a_use_stays_in_its_epoch_and_a_naming_leaves_it() {
        check(0, Some(1), Some(EPOCH));
        check(EPOCH - 2, Some(EPOCH - 1), Some(EPOCH));
        check(EPOCH - 1, None, Some(EPOCH));
        check(EPOCH, Some(EPOCH + 1), Some(2 * EPOCH));
        check(2 * EPOCH - 1, None, Some(2 * EPOCH));
        let last = u64::MAX - USES;
        check(last - 1, None, Some(last));
        check(last, Some(last + 1), None);
        check(u64::MAX - 1, Some(u64::MAX), None);
        check(u64::MAX, None, None);
    }

    proptest::proptest! {
        #[test]
        fn halves_do_not_mix(epoch: u32, used: u32) {
            let nonce = u64::from(epoch) * EPOCH + u64::from(used);
            let of = |epoch: Option<u32>, used: Option<u32>| {
                Some(u64::from(epoch?) * EPOCH + u64::from(used?))
            };
            proptest::prop_assert_eq!(next_use(nonce), of(Some(epoch), used.checked_add(1)));
            proptest::prop_assert_eq!(next_epoch(nonce), of(epoch.checked_add(1), Some(0)));
        }
    }
}
