//! A whole trie from its leaves, for a node that takes over a snapshot: one pass, nothing read.
//!
//! ```text
//! leaves so far  …, 0x0a1…, 0x0a7…        open   node 0 [ · ]   node 0a [ 1 leaf ]   last 0x0a7…
//! next 0x0b3…    parts behind "0"         done   node 0a = 1 leaf, 7 leaf
//!                                         open   node 0 [ a ► node 0a ]              last 0x0b3…
//! ```
//!
//! Always: open nodes lie on the way to the last leaf, each deeper than the one before, and hold
//! what is complete on the left of that way. So at most 128 are open, however many leaves come.
//! Not here: where sorted leaves come from, and the records themselves.

use argosy_proof::Path;

use super::draft::{Draft, Fresh};
use super::node::{Link, Prefix, nibble, shared_nibbles};
use crate::{NodeChange, StateError, TrieDelta};

/// A trie under construction. Equal to [`crate::StateCommitment::update`] of an empty view, in
/// bounded memory.
#[derive(Default)]
pub struct TrieLoader {
    open: Vec<Open>,
    last: Option<(Path, [u8; 32])>,
    done: Vec<NodeChange>,
    scratch: Vec<u8>,
}

/// A node whose last slots are still to come.
struct Open {
    prefix: Prefix,
    links: Vec<Fresh>,
}

impl TrieLoader {
    /// A trie without leaves.
    pub fn new() -> TrieLoader {
        TrieLoader::default()
    }

    /// Adds a leaf. Paths rise strictly; one that does not is refused, and changes nothing.
    pub fn push(&mut self, path: Path, value_hash: [u8; 32]) -> Result<(), StateError> {
        if let Some((last, hash)) = self.last {
            if path <= last {
                let what = "leaves do not rise";
                return Err(StateError::Inconsistent { what });
            }
            self.part(&last, hash, shared_nibbles(&last, &path));
        }
        self.last = Some((path, value_hash));
        Ok(())
    }

    /// Number of nodes that are complete and not taken yet.
    pub fn nodes_waiting(&self) -> usize {
        self.done.len()
    }

    /// The nodes that are complete: to be written to the trie's column in any batch, since no root
    /// leads to them before [`TrieLoader::finish`].
    pub fn take_nodes(&mut self) -> Vec<NodeChange> {
        std::mem::take(&mut self.done)
    }

    /// The root over all leaves, the nodes not taken yet, and the link to the topmost.
    pub fn finish(mut self) -> TrieDelta {
        let leaf = self
            .last
            .map(|(path, value_hash)| Link::Leaf { path, value_hash });
        let top = leaf.map(|leaf| self.close(leaf, None));
        if let Some(link) = &top {
            self.done.push(NodeChange {
                key: Vec::new(),
                node: Some(link.encode_root().into()),
            });
        }
        TrieDelta {
            root: Link::root_hash(top.as_ref()),
            nodes: self.done,
        }
    }

    /// Puts the last leaf into place: the next one parts from it at `depth`.
    fn part(&mut self, path: &Path, value_hash: [u8; 32], depth: u8) {
        let leaf = Link::Leaf {
            path: *path,
            value_hash,
        };
        let link = self.close(leaf, Some(depth));
        let fresh = Fresh {
            slot: nibble(path, depth),
            link: Some(link),
        };
        match self.open.last_mut() {
            Some(open) if open.prefix.nibbles == depth => open.links.push(fresh),
            Some(_) | None => self.open.push(Open {
                prefix: Prefix::of(path, depth),
                links: vec![fresh],
            }),
        }
    }

    /// Completes all open nodes, or those deeper than `depth`, the deepest of which gets `link`.
    fn close(&mut self, mut link: Link, depth: Option<u8>) -> Link {
        let is_deeper = |open: &mut Open| depth.is_none_or(|depth| open.prefix.nibbles > depth);
        while let Some(Open { prefix, mut links }) = self.open.pop_if(is_deeper) {
            links.push(Fresh {
                slot: nibble(link.place().0, prefix.nibbles),
                link: Some(link),
            });
            let draft = Draft::new(&prefix, None, &links);
            link = draft.link();
            self.done.push(NodeChange {
                key: prefix.key(),
                node: Some(draft.encode(&mut self.scratch)),
            });
        }
        link
    }
}
