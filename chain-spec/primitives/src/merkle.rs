//! Merkle trees over the lists of a block: transactions, receipts, events, evidence.
//!
//! ```text
//! root = H(MerkleRoot, count u32 LE ‖ top)      top of 0 leaves = 32 zero bytes
//! top  = leaf                                   of 1 leaf
//!      = H(MerkleNode, top(left) ‖ top(right))  left = the largest power of two below count
//! ```
//!
//! Invariant: the root commits to the number of leaves. Leaves come in already hashed under a
//! domain of their own, so no leaf passes for a node.
//! Not here: the leaves (each type has its `leaf()`), the state trie (`argosy-proof`).

use alloc::vec::Vec;

use parity_scale_codec::{Decode, DecodeWithMemTracking, Encode};

use crate::Domain;

/// Root over hashed leaves.
///
/// # Panics
///
/// If there are 2^32 leaves or more; every list in a block is bounded far below.
pub fn root(leaves: &[[u8; 32]]) -> [u8; 32] {
    commit(count_of(leaves), &top(leaves))
}

/// Proof that the leaf at `index` is under the root; `None` if there is no such leaf.
///
/// # Panics
///
/// As [`root`].
pub fn prove(leaves: &[[u8; 32]], index: u32) -> Option<MerkleProof> {
    let count = count_of(leaves);
    if index >= count {
        return None;
    }
    let mut path = Vec::new();
    let mut range = leaves;
    let mut position = index as usize;
    while range.len() > 1 {
        let (left, right) = range.split_at(split(range.len()));
        if position < left.len() {
            path.push(top(right));
            range = left;
        } else {
            path.push(top(left));
            position -= left.len();
            range = right;
        }
    }
    path.reverse();
    Some(MerkleProof { index, count, path })
}

/// Where a leaf stands in a list, with the hashes beside its way up.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking)]
pub struct MerkleProof {
    /// Position of the leaf, from 0.
    pub index: u32,
    /// Number of leaves under the root.
    pub count: u32,
    /// Neighbours from the leaf up to the top.
    pub path: Vec<[u8; 32]>,
}

impl MerkleProof {
    /// The root that this proof leads to from `leaf`; `None` if the path cannot belong to
    /// `index` and `count`. Compare it with the root that you trust.
    pub fn root(&self, leaf: &[u8; 32]) -> Option<[u8; 32]> {
        let turns = turns(self.index, self.count)?;
        if turns.len() != self.path.len() {
            return None;
        }
        let top =
            turns
                .iter()
                .rev()
                .zip(&self.path)
                .fold(*leaf, |node, (turn, other)| match turn {
                    Turn::Left => parent(&node, other),
                    Turn::Right => parent(other, &node),
                });
        Some(commit(self.count, &top))
    }
}

/// Which child of a node the way down takes.
enum Turn {
    Left,
    Right,
}

/// The way from the top down to `index`: at most 32 turns, whatever the numbers are.
fn turns(index: u32, count: u32) -> Option<Vec<Turn>> {
    if index >= count {
        return None;
    }
    let mut turns = Vec::new();
    let (mut position, mut len) = (index as usize, count as usize);
    while len > 1 {
        let left = split(len);
        if position < left {
            turns.push(Turn::Left);
            len = left;
        } else {
            turns.push(Turn::Right);
            position -= left;
            len -= left;
        }
    }
    Some(turns)
}

/// Hash over a range of leaves, without the count.
fn top(leaves: &[[u8; 32]]) -> [u8; 32] {
    match leaves {
        [] => [0; 32],
        [leaf] => *leaf,
        _ => {
            let (left, right) = leaves.split_at(split(leaves.len()));
            parent(&top(left), &top(right))
        }
    }
}

/// The largest power of two below `len`, which is at least 2.
fn split(len: usize) -> usize {
    1 << (len - 1).ilog2()
}

fn parent(left: &[u8; 32], right: &[u8; 32]) -> [u8; 32] {
    Domain::MerkleNode.hash(&[left, right])
}

fn commit(count: u32, top: &[u8; 32]) -> [u8; 32] {
    Domain::MerkleRoot.hash(&[&count.to_le_bytes(), top])
}

fn count_of(leaves: &[[u8; 32]]) -> u32 {
    u32::try_from(leaves.len()).expect("lists in a block are bounded far below 2^32")
}

#[cfg(test)]
mod tests {
    use alloc::{collections::BTreeSet, vec};

    use super::*;

    fn leaves(count: u32) -> Vec<[u8; 32]> {
        (0..count)
            .map(|index| Domain::EventLeaf.hash(&[&index.to_le_bytes()]))
            .collect()
    }

    #[test]
    fn every_leaf_of_every_small_tree_is_proven() {
        let mut roots = BTreeSet::new();
        for count in 0..=33 {
            let leaves = leaves(count);
            let root = root(&leaves);
            assert!(roots.insert(root), "{count} leaves share a root with fewer");
            for (index, leaf) in (0..).zip(&leaves) {
                let proof = prove(&leaves, index).expect("index < count");
                assert_eq!(proof.root(leaf), Some(root), "{index} of {count}");
                let longest = count.next_power_of_two().ilog2();
                assert!(proof.path.len() <= longest as usize);
            }
            assert_eq!(prove(&leaves, count), None);
            assert_eq!(prove(&leaves, u32::MAX), None);
        }
    }

    #[test]
    fn a_proof_holds_for_its_own_leaf_index_and_count_only() {
        for count in 1..=33 {
            let leaves = leaves(count);
            let root = root(&leaves);
            for (index, leaf) in (0..).zip(&leaves) {
                let proof = prove(&leaves, index).expect("index < count");
                assert_ne!(proof.root(&[0; 32]), Some(root));
                for other in 0..=34 {
                    if other != index {
                        let moved = MerkleProof {
                            index: other,
                            ..proof.clone()
                        };
                        assert_ne!(
                            moved.root(leaf),
                            Some(root),
                            "{index} as {other} of {count}"
                        );
                    }
                    if other != count {
                        let resized = MerkleProof {
                            count: other,
                            ..proof.clone()
                        };
                        assert_ne!(
                            resized.root(leaf),
                            Some(root),
                            "{index} of {count} as {other}"
                        );
                    }
                }
            }
        }
    }

    #[test]
    fn refuses_a_path_of_the_wrong_length() {
        let leaves = leaves(5);
        let proof = prove(&leaves, 2).expect("2 < 5");
        let mut long = proof.clone();
        long.path.push([0; 32]);
        assert_eq!(long.root(&leaves[2]), None);
        let mut short = proof;
        short.path.pop();
        assert_eq!(short.root(&leaves[2]), None);
        let huge = MerkleProof {
            index: u32::MAX - 1,
            count: u32::MAX,
            path: vec![],
        };
        assert_eq!(huge.root(&leaves[2]), None);
        let nowhere = MerkleProof {
            index: 0,
            count: 0,
            path: vec![],
        };
        assert_eq!(nowhere.root(&leaves[2]), None);
    }

    #[test]
    fn shape_is_that_of_rfc_6962() {
        let l = leaves(5);
        let four = parent(&parent(&l[0], &l[1]), &parent(&l[2], &l[3]));
        assert_eq!(root(&l), commit(5, &parent(&four, &l[4])));
        assert_eq!(
            root(&l[..3]),
            commit(3, &parent(&parent(&l[0], &l[1]), &l[2]))
        );
        assert_eq!(root(&l[..1]), commit(1, &l[0]));
        assert_eq!(root(&[]), commit(0, &[0; 32]));
    }

    #[test]
    fn a_node_does_not_pass_for_a_leaf() {
        let l = leaves(4);
        let nodes = [parent(&l[0], &l[1]), parent(&l[2], &l[3])];
        assert_eq!(top(&nodes), top(&l));
        assert_ne!(root(&nodes), root(&l));
    }
}
