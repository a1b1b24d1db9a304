//! Paths: where the trie keeps a key.
//!
//! ```text
//! key   address 32 ‖ kind u8 ‖ rest          kind: 0 account · 1 contract · 2 storage · 3 system
//! path  H(TriePathAddress, address) 32 ‖ H(TriePathKey, kind ‖ rest) 32
//! ```
//!
//! Bit 0 is the highest bit of byte 0. All keys of one address share their first 256 bits, so that
//! a contract is one subtree.

use alloc::vec::Vec;
use core::fmt;

use argosy_primitives::{Address, Domain};
use parity_scale_codec::{Decode, DecodeWithMemTracking, Encode};

/// Bits in a path.
pub const PATH_BITS: u16 = 512;

/// What is kept under an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StateKey<'a> {
    /// The [`crate::Account`].
    Account,
    /// The [`crate::ContractRecord`].
    Contract,
    /// A value that the contract keeps under a key of its own.
    Storage(&'a [u8]),
    /// A record of the chain itself.
    System(&'a [u8]),
}

impl StateKey<'_> {
    /// The byte that tells the kinds apart.
    pub const fn kind(&self) -> u8 {
        match self {
            StateKey::Account => 0,
            StateKey::Contract => 1,
            StateKey::Storage(_) => 2,
            StateKey::System(_) => 3,
        }
    }

    /// The whole key, as state stores it: address, kind, rest.
    pub fn under(&self, address: &Address) -> Vec<u8> {
        let mut key = Vec::with_capacity(33 + self.rest().len());
        key.extend_from_slice(address.as_bytes());
        key.push(self.kind());
        key.extend_from_slice(self.rest());
        key
    }

    const fn rest(&self) -> &[u8] {
        match self {
            StateKey::Account | StateKey::Contract => &[],
            StateKey::Storage(rest) | StateKey::System(rest) => rest,
        }
    }
}

impl<'a> StateKey<'a> {
    /// Address and key of a whole key; none if it is no key of state.
    pub fn of_whole(whole: &'a [u8]) -> Option<(Address, StateKey<'a>)> {
        let (address, rest) = whole.split_first_chunk::<32>()?;
        let key = match rest.split_first()? {
            (0, []) => StateKey::Account,
            (1, []) => StateKey::Contract,
            (2, rest) => StateKey::Storage(rest),
            (3, rest) => StateKey::System(rest),
            _ => return None,
        };
        Some((Address::from_bytes(*address), key))
    }
}

/// Where the trie keeps a key.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Encode, Decode, DecodeWithMemTracking)]
pub struct Path([u8; 64]);

impl Path {
    /// The path of a key under an address.
    pub fn of(address: &Address, key: StateKey<'_>) -> Path {
        let half = Domain::TriePathKey.hash(&[&[key.kind()], key.rest()]);
        Path::join(&Path::address_half(address.as_bytes()), &half)
    }

    /// First half of every path under an address.
    pub fn address_half(address: &[u8; 32]) -> [u8; 32] {
        Domain::TriePathAddress.hash(&[address])
    }

    /// Second half of the path of a key, `kind ‖ rest`.
    pub fn key_half(kind_and_rest: &[u8]) -> [u8; 32] {
        Domain::TriePathKey.hash(&[kind_and_rest])
    }

    /// A path of its halves.
    pub fn join(address_half: &[u8; 32], key_half: &[u8; 32]) -> Path {
        let mut bytes = [0; 64];
        bytes[..32].copy_from_slice(address_half);
        bytes[32..].copy_from_slice(key_half);
        Path(bytes)
    }

    /// Takes the bytes as they are.
    #[inline]
    pub const fn from_bytes(bytes: [u8; 64]) -> Path {
        Path(bytes)
    }

    /// The bytes as they are.
    #[inline]
    pub const fn as_bytes(&self) -> &[u8; 64] {
        &self.0
    }

    /// The bit at `index`, from the left; bits behind the end are 0.
    #[inline]
    pub fn bit(&self, index: u16) -> bool {
        let byte = self.0.get(usize::from(index / 8));
        byte.is_some_and(|byte| byte & (0x80 >> (index % 8)) != 0)
    }

    /// The first bit in which two paths differ; none if they are equal.
    #[inline]
    pub fn first_difference(&self, other: &Path) -> Option<u16> {
        let ((ours, _), (theirs, _)) = (self.0.as_chunks::<8>(), other.0.as_chunks::<8>());
        let mut bits_before = 0;
        for (a, b) in ours.iter().zip(theirs) {
            let difference = u64::from_be_bytes(*a) ^ u64::from_be_bytes(*b);
            if difference != 0 {
                let zeros = u16::try_from(difference.leading_zeros());
                return Some(bits_before + zeros.expect("a word has 64 bits"));
            }
            bits_before += 64;
        }
        None
    }
}

impl fmt::Debug for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("0x")?;
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

#[cfg(test)]
mod tests {
    use super::{PATH_BITS, Path, StateKey};
    use argosy_primitives::Address;

    #[test]
    fn bits_count_from_the_left() {
        let mut bytes = [0; 64];
        bytes[0] = 0x80;
        bytes[63] = 0x01;
        let path = Path::from_bytes(bytes);
        assert!(path.bit(0) && !path.bit(1) && !path.bit(510) && path.bit(511));
        assert!(!path.bit(PATH_BITS) && !path.bit(u16::MAX));
    }

    #[track_caller]
    fn check_difference(index: usize, bits: u8, expected: Option<u16>) {
        let mut bytes = [0x5a; 64];
        let path = Path::from_bytes(bytes);
        bytes[index] ^= bits;
        assert_eq!(path.first_difference(&Path::from_bytes(bytes)), expected);
    }

    #[test]
    fn the_first_difference_is_found() {
        check_difference(0, 0, None);
        check_difference(0, 0xff, Some(0));
        check_difference(0, 0x01, Some(7));
        check_difference(9, 0x10, Some(75));
        check_difference(63, 0x01, Some(511));
    }

    #[test]
    fn a_path_is_the_hash_of_the_stored_key() {
        let address = Address::from_bytes([7; 32]);
        for key in [
            StateKey::Account,
            StateKey::Contract,
            StateKey::Storage(b"x"),
            StateKey::System(b""),
        ] {
            let stored = key.under(&address);
            let (head, rest) = stored.split_at(32);
            assert_eq!(head, address.as_bytes());
            let halves = (Path::address_half(address.as_bytes()), Path::key_half(rest));
            assert_eq!(Path::of(&address, key), Path::join(&halves.0, &halves.1));
        }
    }
}
