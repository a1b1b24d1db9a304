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

mod ahead; // nodes read before they are needed
mod draft; // a node to be
mod leaves; // leaves in the order of their paths
mod load; // a whole trie from sorted leaves
mod node; // bytes of a node, links
mod prove; // ways to leaves, out of the nodes
mod stored; // a node as its bytes
mod update; // changes in, nodes and root out

use argosy_kv::View;
use argosy_primitives::StateRoot;
use argosy_proof::{Path, RangeProof, StateMultiproof, StateProof};

use crate::{LeafChange, ProvenRange, StateCommitment, StateError, TrieDelta};
pub use load::TrieLoader;
use node::Link;
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
        prove::prove(view, path)
    }

    fn prove_many(&self, view: &dyn View, paths: &[Path]) -> Result<StateMultiproof, StateError> {
        prove::prove_many(view, paths)
    }

    fn prove_range(
        &self,
        view: &dyn View,
        first: &Path,
        last: &Path,
        leaves_max: usize,
    ) -> Result<ProvenRange, StateError> {
        prove::prove_range(view, first, last, leaves_max)
    }
}

/// The proof of a range whose neighbours, the nearest leaves around it, the caller knows: what
/// [`StateCommitment::prove_range`] gives for it, without a walk over its leaves.
pub fn prove_between(
    view: &dyn View,
    before: Option<(Path, [u8; 32])>,
    after: Option<(Path, [u8; 32])>,
) -> Result<RangeProof, StateError> {
    prove::prove_between(view, before, after)
}
