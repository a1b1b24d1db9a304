//! Changes in, nodes and root out, without writing anything.
//!
//! One recursive walk over the sorted changes: at each place where paths part, the changes split
//! among the sixteen slots. So every touched node is read once and hashed once, whatever the number
//! of changes below it, and untouched subtrees are known by their hash alone.
//!
//! The walk is at most 128 deep, one level per nibble, and in a trie of hashed keys about log16(n).

use argosy_kv::View;
use argosy_proof::Path;

use super::node::{Link, Node, PATH_NIBBLES, Prefix, nibble, shared_nibbles};
use crate::{LeafChange, NodeChange, StateError, TrieDelta};

/// A walk under way.
pub(super) struct Update<'a> {
    view: &'a dyn View,
    nodes: Vec<NodeChange>,
}

impl Update<'_> {
    /// The trie of `view` after `changes`, whose paths rise strictly.
    pub(super) fn run(view: &dyn View, changes: &[LeafChange]) -> Result<TrieDelta, StateError> {
        debug_assert!(changes.windows(2).all(|pair| pair[0].path < pair[1].path));
        let mut update = Update {
            view,
            nodes: Vec::new(),
        };
        let old = Link::read_root(view)?;
        let new = update.apply(old, changes)?;
        if new != old {
            let node = new.as_ref().map(Link::encode_root);
            update.nodes.push(NodeChange {
                key: Vec::new(),
                node,
            });
        }
        let root = Link::root_hash(new.as_ref());
        Ok(TrieDelta {
            root,
            nodes: update.nodes,
        })
    }

    /// What a subtree becomes. All of `changes` belong where it is, or next to it.
    fn apply(
        &mut self,
        old: Option<Link>,
        changes: &[LeafChange],
    ) -> Result<Option<Link>, StateError> {
        let (Some(first), Some(last)) = (changes.first(), changes.last()) else {
            return Ok(old);
        };
        let depth = parting(old.as_ref(), &first.path, &last.path);
        if depth == PATH_NIBBLES {
            // One change, and nothing else here but the leaf that it replaces.
            let leaf = |value_hash| Link::Leaf {
                path: first.path,
                value_hash,
            };
            return Ok(first.value_hash.map(leaf));
        }
        let prefix = Prefix::of(&first.path, depth);
        let (mut node, is_stored) = match old {
            Some(Link::Branch { prefix, .. }) if prefix.nibbles == depth => {
                (Node::read(self.view, &prefix)?, true)
            }
            Some(link) => {
                let mut node = Node::empty(prefix);
                *node.slot_mut(nibble(link.place().0, depth)) = Some(link);
                (node, false)
            }
            None => (Node::empty(prefix), false),
        };
        let mut is_changed = false;
        let mut rest = changes;
        while let Some(next) = rest.first() {
            let slot = nibble(&next.path, depth);
            let here = rest.partition_point(|change| nibble(&change.path, depth) == slot);
            let link = node.slot_mut(slot);
            let new = self.apply(*link, &rest[..here])?;
            is_changed |= new != *link;
            *link = new;
            rest = &rest[here..];
        }
        if !is_changed {
            return Ok(old);
        }
        Ok(self.settle(&prefix, &node, is_stored))
    }

    /// Keeps a node with two links or more, and replaces a lesser one by what is left of it.
    fn settle(&mut self, prefix: &Prefix, node: &Node, is_stored: bool) -> Option<Link> {
        let mut links = node.links();
        let (first, second) = (links.next(), links.next());
        let is_node = second.is_some();
        if is_node || is_stored {
            let node = is_node.then(|| node.encode());
            self.nodes.push(NodeChange {
                key: prefix.key(),
                node,
            });
        }
        if is_node {
            Some(node.link())
        } else {
            first.copied()
        }
    }
}

/// Number of nibbles before the subtree and the changes, from `first` to `last`, part.
fn parting(old: Option<&Link>, first: &Path, last: &Path) -> u8 {
    let among_changes = shared_nibbles(first, last);
    let Some((path, nibbles)) = old.map(Link::place) else {
        return among_changes;
    };
    let with_old = shared_nibbles(path, first).min(shared_nibbles(path, last));
    among_changes.min(with_old).min(nibbles)
}
