//! Proofs about one key in state: it holds this value, or it is absent.
//!
//! ```text
//! root ─ bit 3 ─ bit 9 ─ bit 260 ─ leaf (path, value hash)
//!          │       │        │
//!       sibling  sibling  sibling          one per branching bit, from the root downwards
//! ```
//!
//! Following a key's bits at the branching bits leads to exactly one leaf. If the key is in the
//! trie, that leaf is its own; if it is another leaf, or if there is none, the key is absent.

use alloc::vec::Vec;

use argosy_primitives::{Address, StateRoot};
use parity_scale_codec::{Decode, DecodeWithMemTracking, Encode};

use crate::{PATH_BITS, Path, ProofError, Root, StateKey, trie};

/// A subtree beside the way down.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking)]
pub struct Sibling {
    /// The bit in which it differs from the way.
    pub bit: u16,
    /// Its hash.
    pub hash: [u8; 32],
}

/// The way from the root to the one leaf where a key can be.
#[derive(Clone, Debug, PartialEq, Eq, Default, Encode, Decode, DecodeWithMemTracking)]
pub struct StateProof {
    /// Path and value hash of that leaf; none if the trie is empty.
    pub leaf: Option<(Path, [u8; 32])>,
    /// From the root downwards.
    pub siblings: Vec<Sibling>,
}

/// Checks that, under `root`, `key` of `address` holds `value`, or nothing if that is `None`.
pub fn verify_state(
    root: &StateRoot,
    address: &Address,
    key: StateKey<'_>,
    value: Option<&[u8]>,
    proof: &StateProof,
) -> Result<(), ProofError> {
    let value_hash = value.map(trie::value_hash);
    proof.verify(root, &Path::of(address, key), value_hash.as_ref())
}

impl StateProof {
    /// Checks that, under `root`, `path` holds `value_hash`, or nothing if that is `None`.
    pub fn verify(
        &self,
        root: &StateRoot,
        path: &Path,
        value_hash: Option<&[u8; 32]>,
    ) -> Result<(), ProofError> {
        match (&self.leaf, value_hash) {
            (Some((found, _)), None) if found == path => return Err(ProofError::KeyPresent),
            (Some((found, _)), Some(_)) if found != path => return Err(ProofError::KeyAbsent),
            (Some((_, found)), Some(value_hash)) if found != value_hash => {
                return Err(ProofError::OtherValue);
            }
            (None, Some(_)) => return Err(ProofError::KeyAbsent),
            (Some(_), _) | (None, None) => {}
        }
        if self.root(path)? != *root.as_bytes() {
            return Err(ProofError::OtherRoot(Root::State));
        }
        Ok(())
    }

    /// The root that the proof leads to, on the way to `path`.
    fn root(&self, path: &Path) -> Result<[u8; 32], ProofError> {
        check_branches(&self.siblings, 0)?;
        let Some((leaf, value_hash)) = &self.leaf else {
            // Nothing but the empty trie has no leaf to show.
            let empty = self.siblings.is_empty().then_some(trie::EMPTY);
            return empty.ok_or(ProofError::OtherRoot(Root::State));
        };
        let mut hash = trie::leaf_hash(leaf, value_hash);
        for Sibling { bit, hash: sibling } in self.siblings.iter().rev() {
            hash = match (leaf.bit(*bit), path.bit(*bit)) {
                (false, false) => trie::node_hash(*bit, &hash, sibling),
                (true, true) => trie::node_hash(*bit, sibling, &hash),
                (true, false) | (false, true) => return Err(ProofError::Detour { bit: *bit }),
            };
        }
        Ok(hash)
    }
}

/// Branching bits rise strictly, from `bit_min` on and below 512, which also bounds their number.
pub(crate) fn check_branches(siblings: &[Sibling], mut bit_min: u16) -> Result<(), ProofError> {
    for (level, Sibling { bit, .. }) in siblings.iter().enumerate() {
        if *bit < bit_min || *bit >= PATH_BITS {
            return Err(ProofError::BadBranch { level });
        }
        bit_min = bit + 1;
    }
    Ok(())
}
