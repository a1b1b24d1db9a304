//! A prover that knows the whole set: the plain reading of `argosy_proof::trie`.

use argosy_primitives::StateRoot;
use argosy_proof::{Neighbour, Path, RangeProof, Sibling, StateMultiproof, StateProof, trie};
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::ops::Bound;

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

/// The ways of all leaves that `keys` lead to, without what an earlier one has shown.
pub(crate) fn prove_multi(leaves: &Leaves, keys: &[Path]) -> StateMultiproof {
    let ways = keys.iter().filter_map(|key| {
        let StateProof { leaf, siblings } = prove(leaves, key);
        leaf.map(|(path, value_hash)| (path, (value_hash, siblings)))
    });
    let opened: BTreeMap<Path, _> = ways.collect();
    let mut proof = StateMultiproof::default();
    let mut before: Option<Path> = None;
    for (path, (value_hash, siblings)) in &opened {
        if !keys.contains(path) {
            proof.witnesses.push((*path, *value_hash));
        }
        let shared = before.and_then(|it| it.first_difference(path));
        let is_opened = |bit: u16| {
            opened
                .keys()
                .any(|it| it.first_difference(path) == Some(bit))
        };
        let mut way = siblings.clone();
        way.retain(|it| shared.is_none_or(|bit| it.bit > bit) && !is_opened(it.bit));
        proof.ways.push(way);
        before = Some(*path);
    }
    proof
}

/// A leaf, and what lies beside the way to it on its left, or on its right.
pub(crate) fn neighbour(leaves: &Leaves, path: &Path, on_left: bool) -> Neighbour {
    let mut siblings = prove(leaves, path).siblings;
    siblings.retain(|it| path.bit(it.bit) == on_left);
    Neighbour {
        path: *path,
        value_hash: leaves[path],
        siblings,
    }
}

pub(crate) fn prove_range(leaves: &Leaves, first: &Path, last: &Path) -> RangeProof {
    let before = leaves.range(..first).next_back();
    let behind = (Bound::Excluded(last), Bound::Unbounded);
    let after = leaves.range::<Path, _>(behind).next();
    RangeProof {
        before: before.map(|(path, _)| neighbour(leaves, path, true)),
        after: after.map(|(path, _)| neighbour(leaves, path, false)),
    }
}

/// Paths that share long prefixes, so that branches lie at all depths.
pub(crate) fn path() -> impl Strategy<Value = Path> {
    let byte = || prop_oneof![4 => Just(0u8), 2 => Just(0x80), 1 => any::<u8>()];
    (byte(), byte(), 0usize..64, any::<u8>()).prop_map(|(first, middle, index, last)| {
        let mut bytes = [0; 64];
        (bytes[0], bytes[32]) = (first, middle);
        bytes[index] ^= last;
        Path::from_bytes(bytes)
    })
}

pub(crate) fn leaves(count_max: usize) -> impl Strategy<Value = Leaves> {
    prop::collection::btree_map(path(), value_hash(), 0..count_max)
}

pub(crate) fn value_hash() -> impl Strategy<Value = [u8; 32]> {
    (0u8..4).prop_map(|byte| [byte; 32])
}

/// A path of one byte and zeros.
pub(crate) fn path_of(first: u8) -> Path {
    let mut bytes = [0; 64];
    bytes[0] = first;
    Path::from_bytes(bytes)
}

/// Leaves under each of these first bytes.
pub(crate) fn leaves_of(firsts: &[u8]) -> Leaves {
    let leaf = |first: &u8| (path_of(*first), [*first; 32]);
    firsts.iter().map(leaf).collect()
}

/// The deepest trie: a leaf parts from the others at every bit.
pub(crate) fn comb() -> Leaves {
    let leaf = |bit: u16| {
        let mut bytes = [0; 64];
        if let Some(byte) = bytes.get_mut(usize::from(bit / 8)) {
            *byte = 0x80 >> (bit % 8);
        }
        (Path::from_bytes(bytes), [1; 32])
    };
    (0..=512).map(leaf).collect()
}
