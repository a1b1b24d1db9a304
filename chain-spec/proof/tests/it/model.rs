//! A prover that knows the whole set: the plain reading of `argosy_proof::trie`.

use argosy_primitives::StateRoot;
use argosy_proof::{Path, Sibling, StateProof, trie};
use std::collections::BTreeMap;

/// Path to value hash.
pub(crate) type Leaves = BTreeMap<Path, [u8; 32]>;

pub(crate) fn root(leaves: &Leaves) -> StateRoot {
    let leaves: Vec<_> = leaves.iter().map(|(path, hash)| (*path, *hash)).collect();
    StateRoot::from_bytes(trie::root_of(&leaves).expect("a map's keys rise"))
}

/// Walks down by the target's bits, taking the other side's root along.
pub(crate) fn prove(leaves: &Leaves, path: &Path) -> StateProof {
    let mut range: Vec<_> = leaves.iter().map(|(path, hash)| (*path, *hash)).collect();
    let mut siblings = Vec::new();
    loop {
        let [first, .., last] = range.as_slice() else {
            let leaf = range.pop();
            return StateProof { leaf, siblings };
        };
        let bit = first.0.first_difference(&last.0).expect("paths differ");
        let (same, other) = range
            .iter()
            .partition(|(it, _)| it.bit(bit) == path.bit(bit));
        let other: Vec<_> = other;
        let hash = trie::root_of(&other).expect("a part of a rising list rises");
        siblings.push(Sibling { bit, hash });
        range = same;
    }
}
