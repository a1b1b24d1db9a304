//! How state becomes one hash: a crit-bit Merkle tree over 512-bit paths.
//!
//! ```text
//! root of no leaf       32 zero bytes
//! root of one leaf      leaf = H(TrieLeaf, path 64 ‖ value hash 32)
//! root of more leaves   node = H(TrieNode, bit u16 LE ‖ left 32 ‖ right 32)
//!                       bit  = the first bit in which the leaves' paths differ
//!                       left = root of the leaves with a 0 there, right = of those with a 1
//! value hash            H(TrieValue, value)
//! ```
//!
//! Always holds: the root depends on the set of (path, value hash) and on nothing else. A single
//! leaf stands as high as it can, so a proof is about log2(leaves) hashes long.
//! Not here: how a node stores and updates it (`argosy-state`).

use argosy_primitives::Domain;

use crate::Path;

/// Root of the empty trie.
pub const EMPTY: [u8; 32] = [0; 32];

/// What the trie holds in place of a value.
pub fn value_hash(value: &[u8]) -> [u8; 32] {
    Domain::TrieValue.hash(&[value])
}

/// Hash of a leaf.
pub fn leaf_hash(path: &Path, value_hash: &[u8; 32]) -> [u8; 32] {
    Domain::TrieLeaf.hash(&[path.as_bytes(), value_hash])
}

/// Hash over two subtrees whose paths first differ in `bit`.
pub fn node_hash(bit: u16, left: &[u8; 32], right: &[u8; 32]) -> [u8; 32] {
    let mut parts = [0; 66]; // One update is faster than three.
    parts[..2].copy_from_slice(&bit.to_le_bytes());
    parts[2..34].copy_from_slice(left);
    parts[34..].copy_from_slice(right);
    Domain::TrieNode.hash(&[&parts])
}

/// The definition in full: the root over leaves whose paths rise strictly; `None` if they do not.
///
/// Costs one or two hashes per leaf; `argosy-state` computes the same from what a block changes.
pub fn root_of(leaves: &[(Path, [u8; 32])]) -> Option<[u8; 32]> {
    let rising = leaves.windows(2).all(|pair| pair[0].0 < pair[1].0);
    rising.then(|| subtree(leaves))
}

/// Recursion ends after at most 512 levels, one per bit.
fn subtree(leaves: &[(Path, [u8; 32])]) -> [u8; 32] {
    let (Some((first, value_hash)), Some((last, _))) = (leaves.first(), leaves.last()) else {
        return EMPTY;
    };
    let Some(bit) = first.first_difference(last) else {
        return leaf_hash(first, value_hash);
    };
    let (left, right) = leaves.split_at(leaves.partition_point(|(path, _)| !path.bit(bit)));
    node_hash(bit, &subtree(left), &subtree(right))
}
