//! Proofs about everything between two paths: these leaves, and no others.
//!
//! ```text
//! order of paths ────────────────────────────────────────────────────────►
//!                    first                    last
//!                      ├──────── range ─────────┤
//!  hash … hash   leaf    leaf leaf … leaf leaf    leaf   hash … hash
//!  └ siblings    path    └ given, not in proof    path   └ siblings
//!  └──── before ────┘                             └──── after ─────┘
//! ```
//!
//! The proof holds the nearest leaf on each side, if there is one, and the subtrees still farther
//! out: those that lie beside the way to `before` on its left, and to `after` on its right. Branches
//! between two leaves need no mention: their bit is the first in which neighbours differ.
//!
//! Sound, because
//! 1. hashes commit to branching bits, sides, paths and values, so whatever leads to the root is the
//!    trie itself, with the subtrees cut off that are given as hashes;
//! 2. the trie's order from left to right is the order of its paths;
//! 3. by construction nothing is cut off but left of `before` and right of `after`: without a
//!    neighbour there is nothing to cut off on that side;
//! 4. `before < first` and `last < after` are checked on whole paths, whose hashes are in the root.
//!
//! So what is cut off lies outside, wherever its own paths may be, and all that lies inside is given.
//! Canonical: range and trie determine the neighbours and these the siblings, so exactly one proof
//! holds. That also makes the neighbour behind the range the next leaf of the trie.

use alloc::vec::Vec;

use argosy_primitives::StateRoot;
use parity_scale_codec::{Decode, DecodeWithMemTracking, Encode};

use crate::state::check_branches;
use crate::{Path, ProofError, Root, Sibling, trie};

/// The nearest leaf on one side of a range, and all that lies beyond it.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking)]
pub struct Neighbour {
    /// Where it is.
    pub path: Path,
    /// What it holds.
    pub value_hash: [u8; 32],
    /// Subtrees beside the way to it, on the side away from the range, from the root downwards.
    pub siblings: Vec<Sibling>,
}

/// What lies around a range. The default is the proof of the whole trie.
#[derive(Clone, Debug, PartialEq, Eq, Default, Encode, Decode, DecodeWithMemTracking)]
pub struct RangeProof {
    /// On the left; none if the range begins with the trie's first leaf.
    pub before: Option<Neighbour>,
    /// On the right; none if the range ends with the trie's last leaf.
    pub after: Option<Neighbour>,
}

/// What comes behind a range.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RangeEnd {
    /// Nothing: this was the last part of the trie.
    End,
    /// More.
    More {
        /// The next leaf.
        next: Path,
    },
}

/// Checks that, under `root`, `leaves` (path and value hash, rising) are all there is from `first`
/// to `last`, both included, and tells whether more follows.
///
/// Takes about two hashes per leaf, and memory for one way through the trie.
pub fn verify_range(
    root: &StateRoot,
    first: &Path,
    last: &Path,
    leaves: &[(Path, [u8; 32])],
    proof: &RangeProof,
) -> Result<RangeEnd, ProofError> {
    if first > last {
        return Err(ProofError::BadRange);
    }
    let mut paths = leaves.iter().map(|(path, _)| path);
    if let Some(index) = paths.position(|path| path < first || path > last) {
        return Err(ProofError::OutOfRange { index });
    }
    let (before, after) = (proof.before.as_ref(), proof.after.as_ref());
    if before.is_some_and(|it| it.path >= *first) || after.is_some_and(|it| it.path <= *last) {
        return Err(ProofError::BadNeighbour);
    }
    if root_of(before, leaves, after)? != *root.as_bytes() {
        return Err(ProofError::OtherRoot(Root::State));
    }
    let more = |after: &Neighbour| RangeEnd::More { next: after.path };
    Ok(after.map_or(RangeEnd::End, more))
}

/// Joins everything from left to right.
fn root_of(
    before: Option<&Neighbour>,
    leaves: &[(Path, [u8; 32])],
    after: Option<&Neighbour>,
) -> Result<[u8; 32], ProofError> {
    let mut joined = Joined {
        waiting: Vec::new(),
        newest: trie::EMPTY,
    };
    let mut left_path = None;
    if let Some(before) = before {
        for Sibling { bit, hash } in before.siblings_with(true)? {
            joined.add(*hash);
            joined.part(*bit);
        }
        joined.add(trie::leaf_hash(&before.path, &before.value_hash));
        left_path = Some(&before.path);
    }
    for (index, (path, value_hash)) in leaves.iter().enumerate() {
        joined.add_leaf(left_path, path, value_hash, index)?;
        left_path = Some(path);
    }
    if let Some(after) = after {
        joined.add_leaf(left_path, &after.path, &after.value_hash, leaves.len())?;
        for Sibling { bit, hash } in after.siblings_with(false)?.iter().rev() {
            joined.part(*bit);
            joined.add(*hash);
        }
    }
    Ok(joined.root())
}

impl Neighbour {
    /// The siblings, at rising bits where this leaf has a `side`, so that they are on the other.
    fn siblings_with(&self, side: bool) -> Result<&[Sibling], ProofError> {
        check_branches(&self.siblings, 0)?;
        let wrong = self
            .siblings
            .iter()
            .find(|it| self.path.bit(it.bit) != side);
        match wrong {
            Some(Sibling { bit, .. }) => Err(ProofError::WrongSide { bit: *bit }),
            None => Ok(&self.siblings),
        }
    }
}

/// Subtrees in the order of their paths, as far as possible joined into larger ones.
///
/// Always holds: the bits of those that wait rise strictly, so there are at most 512. None is equal
/// to the next, since leaves rise, and a sibling is on the other side of its bit than its neighbour.
struct Joined {
    /// Left sides of branches, with the bit at which the right side parts from it.
    waiting: Vec<(u16, [u8; 32])>,
    /// The subtree farthest to the right.
    newest: [u8; 32],
}

impl Joined {
    /// Sets the newest subtree, after [`Joined::part`] unless it is the first.
    fn add(&mut self, subtree: [u8; 32]) {
        self.newest = subtree;
    }

    /// The next subtree parts at `bit` from the newest: all that parted farther down is complete.
    fn part(&mut self, bit: u16) {
        while let Some((parted, left)) = self.waiting.pop_if(|(parted, _)| *parted > bit) {
            self.newest = trie::node_hash(parted, &left, &self.newest);
        }
        self.waiting.push((bit, self.newest));
    }

    /// Adds a leaf, which parts from the path to its left at the first bit in which they differ.
    fn add_leaf(
        &mut self,
        left_path: Option<&Path>,
        path: &Path,
        value_hash: &[u8; 32],
        index: usize,
    ) -> Result<(), ProofError> {
        if let Some(left_path) = left_path {
            let bit = left_path.first_difference(path);
            let bit = bit.filter(|_| left_path < path);
            self.part(bit.ok_or(ProofError::NotRising { index })?);
        }
        self.add(trie::leaf_hash(path, value_hash));
        Ok(())
    }

    /// The root over all; that of the empty trie if there was nothing.
    fn root(self) -> [u8; 32] {
        let upwards = self.waiting.iter().rev();
        upwards.fold(self.newest, |right, (bit, left)| {
            trie::node_hash(*bit, left, &right)
        })
    }
}
