//! Proofs out of the stored trie: one key, many keys, a range.
//!
//! Always: each node on the way to many keys is read once; nothing recurses deeper than the four
//! levels inside a node.
//! Not here: what the proofs mean and why they hold (`argosy_proof`).

use std::ops::Range;

use argosy_kv::{Direction, View};
use argosy_proof::{Neighbour, Path, RangeProof, Sibling, StateMultiproof, StateProof};

use super::leaves::Leaves;
use super::node::{self, Link, Node};
use crate::{ProvenRange, StateError};

/// The way to the one leaf where `path` can be.
pub(super) fn prove(view: &dyn View, path: &Path) -> Result<StateProof, StateError> {
    let mut siblings = Vec::new();
    let mut link = Link::read_root(view)?;
    loop {
        // A branch below is longer than the one above, so this ends.
        let leaf = match link {
            None => None,
            Some(Link::Leaf { path, value_hash }) => Some((path, value_hash)),
            Some(Link::Branch { prefix, .. }) => {
                link = Some(descend(Node::read(view, &prefix)?, path, &mut siblings));
                continue;
            }
        };
        return Ok(StateProof { leaf, siblings });
    }
}

/// The ways to all leaves where `paths`, which rise strictly, can be.
pub(super) fn prove_many(view: &dyn View, paths: &[Path]) -> Result<StateMultiproof, StateError> {
    debug_assert!(paths.windows(2).all(|pair| pair[0] < pair[1]));
    let mut proof = StateMultiproof::default();
    let root = Link::read_root(view)?.filter(|_| !paths.is_empty());
    let everything = root.map(|link| Part {
        at: link,
        paths: paths.iter().collect(),
        way: Vec::new(),
    });
    // The next one last.
    let mut waiting: Vec<_> = everything.into_iter().collect();
    while let Some(Part { at, paths, way }) = waiting.pop() {
        match at {
            Link::Leaf { path, value_hash } => {
                if !paths.contains(&&path) {
                    proof.witnesses.push((path, value_hash));
                }
                proof.ways.push(way);
            }
            Link::Branch { prefix, .. } => {
                let fork = Fork::new(Node::read(view, &prefix)?);
                let first = waiting.len();
                fork.split(0..fork.hashes.len(), fork.bit, paths, way, &mut waiting);
                waiting[first..].reverse();
            }
        }
    }
    Ok(proof)
}

/// The leaves from `first` to `last`, or as many of them as may be, and what lies around them.
pub(super) fn prove_range(
    view: &dyn View,
    first: &Path,
    last: &Path,
    leaves_max: usize,
) -> Result<ProvenRange, StateError> {
    let (mut last, mut leaves) = (*last, Vec::new());
    let mut next = None;
    for leaf in Leaves::new(view, first, Direction::Ascending)? {
        let leaf = leaf?;
        if leaf.0 > last {
            next = Some(leaf);
            break;
        }
        leaves.push(leaf);
        if leaves.len() >= leaves_max {
            last = leaf.0;
        }
    }
    let before = Leaves::new(view, first, Direction::Descending)?.next();
    let proof = prove_between(view, before.transpose()?, next)?;
    Ok(ProvenRange {
        last,
        leaves,
        proof,
    })
}

/// What lies around a range whose neighbours are known.
pub(super) fn prove_between(
    view: &dyn View,
    before: Option<(Path, [u8; 32])>,
    after: Option<(Path, [u8; 32])>,
) -> Result<RangeProof, StateError> {
    Ok(RangeProof {
        before: before.map(|leaf| neighbour(view, leaf, true)).transpose()?,
        after: after.map(|leaf| neighbour(view, leaf, false)).transpose()?,
    })
}

/// A leaf and the subtrees beside the way to it: those on its left, or those on its right.
fn neighbour(
    view: &dyn View,
    (path, value_hash): (Path, [u8; 32]),
    on_left: bool,
) -> Result<Neighbour, StateError> {
    let mut siblings = prove(view, &path)?.siblings;
    siblings.retain(|sibling| path.bit(sibling.bit) == on_left);
    Ok(Neighbour {
        path,
        value_hash,
        siblings,
    })
}

/// Follows `path` through one node, at branching bits only, and notes what lies beside the way.
fn descend(node: Node, path: &Path, siblings: &mut Vec<Sibling>) -> Link {
    let hashes = node.slot_hashes();
    let mut slots = 0..hashes.len();
    for bit in node.bits() {
        let ((left, left_hash), (right, right_hash)) = halves(&hashes, &slots, bit);
        let to_right = match (left_hash, right_hash) {
            (Some(left), Some(right)) => {
                let to_right = path.bit(bit);
                let hash = if to_right { left } else { right };
                siblings.push(Sibling { bit, hash });
                to_right
            }
            (left, _) => left.is_none(),
        };
        slots = if to_right { right } else { left };
    }
    node.into_link(slots.start)
}

type Slots = Range<usize>;
/// Half of some slots, and the root over them; none if all are empty.
type Half = (Slots, Option<[u8; 32]>);

/// The slots with a 0 at `bit` and those with a 1.
fn halves(hashes: &[Option<[u8; 32]>], slots: &Slots, bit: u16) -> (Half, Half) {
    let middle = slots.start + slots.len() / 2;
    let half = |slots: Slots| {
        let hash = node::fold(&hashes[slots.clone()], bit + 1);
        (slots, hash)
    };
    (half(slots.start..middle), half(middle..slots.end))
}

/// A subtree that must be opened.
struct Part<'a> {
    at: Link,
    /// The keys that lead there: at least one.
    paths: Vec<&'a Path>,
    /// Siblings so far on the way to its first leaf.
    way: Vec<Sibling>,
}

/// A node with its hashes.
struct Fork {
    links: Vec<Option<Link>>,
    hashes: Vec<Option<[u8; 32]>>,
    /// The first of its four.
    bit: u16,
}

impl Fork {
    fn new(mut node: Node) -> Fork {
        let (hashes, bit) = (node.slot_hashes().to_vec(), node.bits().start);
        let slots = 0..hashes.len();
        let links = slots.map(|slot| *node.slot_mut(slot)).collect();
        Fork { links, hashes, bit }
    }

    /// Leads `paths` through the slots, of which the left half has a 0 at `bit`, and adds where they
    /// end to `parts`, from left to right.
    fn split<'a>(
        &self,
        slots: Slots,
        bit: u16,
        paths: Vec<&'a Path>,
        mut way: Vec<Sibling>,
        parts: &mut Vec<Part<'a>>,
    ) {
        if slots.len() == 1 {
            let link = self.links[slots.start];
            parts.extend(link.map(|at| Part { at, paths, way }));
            return;
        }
        let ((left, left_hash), (right, right_hash)) = halves(&self.hashes, &slots, bit);
        let (left_hash, right_hash) = match (left_hash, right_hash) {
            (Some(left), Some(right)) => (left, right),
            (_, None) => return self.split(left, bit + 1, paths, way, parts),
            (None, _) => return self.split(right, bit + 1, paths, way, parts),
        };
        let (to_right, to_left): (Vec<_>, Vec<_>) = paths.into_iter().partition(|it| it.bit(bit));
        let hash = match (to_left.is_empty(), to_right.is_empty()) {
            (true, _) => left_hash,
            (_, true) => right_hash,
            (false, false) => {
                self.split(left, bit + 1, to_left, way, parts);
                return self.split(right, bit + 1, to_right, Vec::new(), parts);
            }
        };
        way.push(Sibling { bit, hash });
        let (half, paths) = if to_left.is_empty() {
            (right, to_right)
        } else {
            (left, to_left)
        };
        self.split(half, bit + 1, paths, way, parts);
    }
}
