//! Gas by function: where a transaction's gas went, as a tree of who called whom.
//!
//! ```text
//! transaction ─┬─ frame of a contract ─┬─ function ─┬─ function
//!              │                       │            └─ import ─── frame of another contract
//!              └─ frame …              └─ function
//! ```
//!
//! Invariant: the nodes' own gas sums up to the gas that was spent, also where nodes were merged into
//! their callers because the tree is full.
//! Not here: what a frame tells (`recorder`), names (`argosy-vm-prepare`).

use std::collections::BTreeMap;

use argosy_primitives::{Address, CodeHash, Gas};

use crate::trace::FrameEntry;

/// Nodes of one profile; what does not fit counts as its caller's.
pub(crate) const NODES_MAX: usize = 8_192;

/// A place in the tree, with the gas that was used there and in nothing that it called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProfileNode {
    /// Index of who called it; `None` for the transaction itself, which is the first node.
    pub parent: Option<u32>,
    /// What ran.
    pub place: Place,
    /// Its own gas.
    pub gas: Gas,
    /// How often it was called from there.
    pub calls: u64,
}

/// What ran.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// The transaction: its bytes, actions and results.
    Transaction,
    /// A frame of a contract: loading code, memory.
    Frame {
        /// Whose code ran.
        contract: Address,
        /// That code; `None`: it was not looked up.
        code: Option<CodeHash>,
        /// Which entry.
        entry: FrameEntry,
    },
    /// A function of a module.
    Function {
        /// The module.
        code: CodeHash,
        /// The function's index in it as uploaded, imports included.
        index: u32,
    },
    /// What a contract asked of the chain.
    Import(&'static str),
}

/// A tree that grows.
#[derive(Debug)]
pub(crate) struct Profile {
    nodes: Vec<ProfileNode>,
    found: BTreeMap<(u32, Place), u32>,
    /// Nodes that run now, outermost first.
    running: Vec<u32>,
    pub(crate) is_truncated: bool,
}

impl Profile {
    pub(crate) fn new() -> Profile {
        Profile {
            nodes: vec![ProfileNode {
                parent: None,
                place: Place::Transaction,
                gas: 0,
                calls: 1,
            }],
            found: BTreeMap::new(),
            running: vec![0],
            is_truncated: false,
        }
    }

    /// How many run now, to come back to.
    pub(crate) fn depth(&self) -> usize {
        self.running.len()
    }

    /// Begins to run `place`.
    pub(crate) fn push(&mut self, place: Place) {
        let parent = self.current();
        let node = match self.found.get(&(parent, place)) {
            Some(node) => *node,
            None => self.add(parent, place),
        };
        if node != parent
            && let Some(node) = self.nodes.get_mut(node as usize)
        {
            node.calls = node.calls.saturating_add(1);
        }
        self.running.push(node);
    }

    /// Ends what runs, down to `depth`; the transaction runs to the end.
    pub(crate) fn cut(&mut self, depth: usize) {
        self.running.truncate(depth.max(1));
    }

    /// What runs now has used so much.
    pub(crate) fn spend(&mut self, gas: Gas) {
        let current = self.current();
        if let Some(node) = self.nodes.get_mut(current as usize) {
            node.gas = node.gas.saturating_add(gas);
        }
    }

    /// The whole tree of what used `gas_used`: what no frame used is the transaction's.
    pub(crate) fn finish(mut self, gas_used: Gas) -> Vec<ProfileNode> {
        let told = self.nodes.iter().map(|node| node.gas);
        let told = told.fold(0, Gas::saturating_add);
        self.cut(1);
        self.spend(gas_used.saturating_sub(told));
        self.nodes
    }

    fn current(&self) -> u32 {
        self.running.last().copied().unwrap_or_default()
    }

    /// A new node, or the caller's where the tree is full.
    fn add(&mut self, parent: u32, place: Place) -> u32 {
        let index = u32::try_from(self.nodes.len()).unwrap_or(u32::MAX);
        if self.nodes.len() >= NODES_MAX {
            self.is_truncated = true;
            return parent;
        }
        self.found.insert((parent, place), index);
        self.nodes.push(ProfileNode {
            parent: Some(parent),
            place,
            gas: 0,
            calls: 0,
        });
        index
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sum(nodes: &[ProfileNode]) -> Gas {
        nodes.iter().map(|it| it.gas).sum()
    }

    #[test]
    fn a_full_tree_loses_no_gas() {
        let mut profile = Profile::new();
        let code = CodeHash::from_bytes([1; 32]);
        for index in 0..NODES_MAX as u32 + 100 {
            profile.push(Place::Function { code, index });
            profile.spend(2);
        }
        assert!(profile.is_truncated);
        assert_eq!(profile.depth(), NODES_MAX + 101);
        profile.cut(2);
        profile.spend(5);
        let nodes = profile.finish(1_000_000);
        assert_eq!(nodes.len(), NODES_MAX);
        assert_eq!(sum(&nodes), 1_000_000);
        assert_eq!(nodes[1].gas, 7);
        let merged = 2 * (1 + 100 + 1);
        assert_eq!(nodes[NODES_MAX - 1].gas, merged);
    }

    #[test]
    fn the_same_place_under_the_same_caller_is_one_node() {
        let mut profile = Profile::new();
        for import in ["call", "emit", "call"] {
            profile.push(Place::Import(import));
            profile.spend(1);
            profile.cut(1);
        }
        let nodes = profile.finish(3);
        let told: Vec<_> = nodes.iter().map(|it| (it.gas, it.calls)).collect();
        assert_eq!(told, [(0, 1), (2, 2), (1, 1)]);
    }
}
