//! The port to the trie: leaves change, a root comes out.

use argosy_kv::{Bytes, View};
use argosy_primitives::StateRoot;
use argosy_proof::{Path, RangeProof, StateMultiproof, StateProof};

use crate::StateError;

/// A leaf to set, or to remove.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LeafChange {
    /// Where.
    pub path: Path,
    /// Hash of the new value; none removes the leaf, if it is there.
    pub value_hash: Option<[u8; 32]>,
}

/// A stored node to write, or to delete.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodeChange {
    /// Key in the trie's column.
    pub key: Vec<u8>,
    /// Its new bytes; none deletes it.
    pub node: Option<Bytes>,
}

/// What an update of the trie leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrieDelta {
    /// Root over all leaves.
    pub root: StateRoot,
    /// What to write to the trie's column, each key once.
    pub nodes: Vec<NodeChange>,
}

/// Leaves side by side, with the proof that they are all there is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProvenRange {
    /// Where the range ends, this path included: where it was asked to, or at the last leaf that
    /// there was room for.
    pub last: Path,
    /// Path and value hash, rising.
    pub leaves: Vec<(Path, [u8; 32])>,
    /// Leads to the root of the same view.
    pub proof: RangeProof,
}

/// Commits to a set of leaves as `argosy_proof::trie` defines it. The nodes live in the store's
/// [`argosy_kv::Column::Trie`]; implementations hold no data.
pub trait StateCommitment: Send + Sync {
    /// The root of what `view` shows.
    fn root(&self, view: &dyn View) -> Result<StateRoot, StateError>;

    /// The root after `changes`, whose paths rise strictly, and the nodes that go with it. Nothing
    /// is written.
    fn update(&self, view: &dyn View, changes: &[LeafChange]) -> Result<TrieDelta, StateError>;

    /// Proves what `view` holds, or that it holds nothing, at `path`.
    fn prove(&self, view: &dyn View, path: &Path) -> Result<StateProof, StateError>;

    /// Proves what `view` holds at `paths`, which rise strictly. Verifiers take no more than
    /// [`argosy_proof::MULTI_KEYS_MAX`] of them.
    fn prove_many(&self, view: &dyn View, paths: &[Path]) -> Result<StateMultiproof, StateError>;

    /// All leaves from `first` to `last`, which is not below it, both included, and the proof of
    /// that. If they are more than `leaves_max`, the range ends with the last of so many; at least
    /// one is taken.
    fn prove_range(
        &self,
        view: &dyn View,
        first: &Path,
        last: &Path,
        leaves_max: usize,
    ) -> Result<ProvenRange, StateError>;
}
