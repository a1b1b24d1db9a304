//! Proofs about everything under one address: these entries, and no other.
//!
//! ```text
//! root ─ bit 3 ─ bit 9 ─┬─ subtree of the address, made anew from all its entries
//!          │       │    └─ bits from 256 on tell its keys apart: nothing beside it is needed
//!       sibling  sibling
//! ```
//!
//! The keys of an address lie in the order of their hashes, so no proof shows which keys are next to
//! each other. But an address is one subtree, and whoever has all of it can hash it.

use alloc::vec::Vec;

use argosy_primitives::{Address, StateRoot};

use crate::{Path, ProofError, Root, Sibling, StateKey, StateProof, trie};

/// Bits that all keys of an address share.
const ADDRESS_BITS: u16 = 256;

/// Checks that, under `root`, `address` holds `entries` and nothing else. `proof` is one of any of its
/// keys, there or absent; what it says below the address is not used.
pub fn verify_whole(
    root: &StateRoot,
    address: &Address,
    entries: &[(StateKey<'_>, &[u8])],
    proof: &StateProof,
) -> Result<(), ProofError> {
    let half = Path::address_half(address.as_bytes());
    let leaf =
        |(key, value): &(StateKey<'_>, &[u8])| (Path::of(address, *key), trie::value_hash(value));
    let mut leaves: Vec<_> = entries.iter().map(leaf).collect();
    leaves.sort_unstable_by_key(|(path, _)| *path);
    let Some((first, _)) = leaves.first() else {
        return verify_none(root, &half, proof);
    };
    let first = *first;
    let mut hash = trie::root_of(&leaves).ok_or(ProofError::NotRising { index: 0 })?;
    crate::state::check_branches(&proof.siblings, 0)?;
    let above = proof.siblings.iter().filter(|it| it.bit < ADDRESS_BITS);
    for Sibling { bit, hash: sibling } in above.rev() {
        hash = match first.bit(*bit) {
            false => trie::node_hash(*bit, &hash, sibling),
            true => trie::node_hash(*bit, sibling, &hash),
        };
    }
    match hash == *root.as_bytes() {
        true => Ok(()),
        false => Err(ProofError::OtherRoot(Root::State)),
    }
}

/// Nothing at all is there: following the address's bits ends at a leaf of another one. Were there a
/// key of this one, every way that follows these bits would end at such a key.
fn verify_none(root: &StateRoot, half: &[u8; 32], proof: &StateProof) -> Result<(), ProofError> {
    if let Some((path, _)) = &proof.leaf
        && path.as_bytes()[..32] == half[..]
    {
        return Err(ProofError::KeyPresent);
    }
    // Which key is asked for changes nothing: it parts from the leaf before its own half begins.
    let asked = proof.leaf.map_or([0; 32], |(path, _)| {
        let mut rest = [0; 32];
        rest.copy_from_slice(&path.as_bytes()[32..]);
        rest
    });
    proof.verify(root, &Path::join(half, &asked), None)
}
