//! Nodes read ahead of a walk, a level at a time: many reads at once cost a database less than as
//! many one by one, and most of a large trie is not in memory.
//!
//! ```text
//! changes below 0a, 0b1, 0b7, e      levels     0 ─► 0a 0b ─► 0b1 0b7
//! ```
//!
//! Always: a walk that finds nothing here reads for itself. So what is read ahead shows in nothing
//! but time, and what cannot be read is not here: the walk meets it at its place in the order.

use std::collections::VecDeque;

use argosy_kv::View;

use super::node::{Link, PATH_NIBBLES, Prefix, nibble};
use super::stored::Stored;
use super::update::{Place, parting};
use crate::LeafChange;

/// The nodes that a walk will ask for.
#[derive(Default)]
pub(super) struct Ahead {
    /// By number of nibbles, each in the order of paths, as the walk passes them.
    waiting: Vec<VecDeque<Stored>>,
}

impl Ahead {
    /// All nodes below a place that a walk over `changes`, which part there at `depth`, reads.
    pub(super) fn below(
        view: &dyn View,
        place: &Place,
        depth: u8,
        changes: &[LeafChange],
    ) -> Ahead {
        let mut wanted = Wanted::default();
        for (slot, changes) in by_slot(changes, depth) {
            wanted.add(place.link(slot), changes);
        }
        let mut nodes = Vec::new();
        while !wanted.prefixes.is_empty() {
            let Some(level) = Stored::read_many(view, &wanted.prefixes) else {
                return Ahead::default();
            };
            let mut next = Wanted::default();
            for (node, changes) in level.iter().zip(wanted.changes) {
                for (slot, changes) in by_slot(changes, node.prefix().nibbles) {
                    next.add(node.link(slot), changes);
                }
            }
            nodes.extend(level);
            wanted = next;
        }
        nodes.sort_by_key(|node| *node.prefix()); // Long runs are sorted already.
        let mut waiting = Vec::new();
        for node in nodes {
            let index = usize::from(node.prefix().nibbles);
            if waiting.len() <= index {
                waiting.resize_with(index + 1, VecDeque::new);
            }
            waiting[index].push_back(node);
        }
        Ahead { waiting }
    }

    /// The node of a prefix, if it is the next of its kind.
    pub(super) fn take(&mut self, prefix: &Prefix) -> Option<Stored> {
        let waiting = self.waiting.get_mut(usize::from(prefix.nibbles))?;
        waiting.pop_front_if(|node| node.prefix() == prefix)
    }
}

/// Nodes of the next level, each with the changes below it.
#[derive(Default)]
struct Wanted<'a> {
    prefixes: Vec<Prefix>,
    changes: Vec<&'a [LeafChange]>,
}

impl<'a> Wanted<'a> {
    /// The nodes that a walk reads first, where it finds `old` and brings `changes`.
    fn add(&mut self, old: Option<Link>, changes: &'a [LeafChange]) {
        let (Some(Link::Branch { prefix, .. }), Some(first), Some(last)) =
            (&old, changes.first(), changes.last())
        else {
            return;
        };
        let depth = parting(old.as_ref(), &first.path, &last.path);
        if prefix.nibbles == depth {
            self.prefixes.push(*prefix);
            self.changes.push(changes);
        } else if depth < PATH_NIBBLES {
            // A new node beside the old one, which is further down.
            let place = Place::Beside(nibble(prefix.path(), depth), old.expect("it is a branch"));
            for (slot, changes) in by_slot(changes, depth) {
                self.add(place.link(slot), changes);
            }
        }
    }
}

/// Changes that part at `depth`, slot by slot.
pub(super) fn by_slot(
    changes: &[LeafChange],
    depth: u8,
) -> impl Iterator<Item = (usize, &[LeafChange])> {
    let slot = move |change: &LeafChange| nibble(&change.path, depth);
    changes
        .chunk_by(move |a, b| slot(a) == slot(b))
        .map(move |changes| (slot(&changes[0]), changes))
}
