//! The trie as it is stored: nodes of sixteen slots, each found by its place, latest version only.
//!
//! ```text
//! paths 0x0a1…, 0x0a7…, 0x0b…          nibbles
//!
//!   root link ──► node 0            two leaves or more part exactly behind "0"
//!                  ├ a ► node 0a    … and behind "0a"
//!                  │      ├ 1 leaf
//!                  │      └ 7 leaf
//!                  └ b leaf         alone below "0b": no node
//! ```
//!
//! A node exists at a prefix if and only if two leaves part there, so what is stored depends on the
//! set of leaves alone, and a node that loses its place moves nothing below it. Hashing follows
//! `argosy_proof::trie` and knows nothing of nibbles: inside a node the sixteen slots are four
//! levels of the binary tree, of which the empty ones vanish.

mod node; // bytes of a node, links
mod update; // changes in, nodes and root out

use argosy_kv::View;
use argosy_primitives::StateRoot;
use argosy_proof::{Path, Sibling, StateProof};

use crate::{LeafChange, StateCommitment, StateError, TrieDelta};
use node::{Link, Node};
use update::Update;

/// The commitment of Argosy.
#[derive(Clone, Copy, Debug, Default)]
pub struct PathTrie;

impl StateCommitment for PathTrie {
    fn root(&self, view: &dyn View) -> Result<StateRoot, StateError> {
        let link = Link::read_root(view)?;
        Ok(Link::root_hash(link.as_ref()))
    }

    fn update(&self, view: &dyn View, changes: &[LeafChange]) -> Result<TrieDelta, StateError> {
        Update::run(view, changes)
    }

    fn prove(&self, view: &dyn View, path: &Path) -> Result<StateProof, StateError> {
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
}

/// Follows `path` through one node, at branching bits only, and notes what lies beside the way.
fn descend(node: Node, path: &Path, siblings: &mut Vec<Sibling>) -> Link {
    let hashes = node.slot_hashes();
    let mut slots = 0..hashes.len();
    for bit in node.bits() {
        let middle = slots.start + slots.len() / 2;
        let (left, right) = (slots.start..middle, middle..slots.end);
        let left_hash = node::fold(&hashes[left.clone()], bit + 1);
        let right_hash = node::fold(&hashes[right.clone()], bit + 1);
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
