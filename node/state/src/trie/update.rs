//! Changes in, nodes and root out, without writing anything.
//!
//! One recursive walk over the sorted changes: at each place where paths part, the changes split
//! among the sixteen slots. So every touched node is read once and hashed once, whatever the number
//! of changes below it, and untouched subtrees are known by their hash alone.
//!
//! The walk is at most 128 deep, one level per nibble, and in a trie of hashed keys about log16(n).
//! Where many changes part, two threads walk: one over the lower slots, one over the upper.
//! Always: threads share nothing but the view, and what they find is put together in the order of
//! the slots. So results, errors included, are those of a single walk.

use argosy_kv::View;
use argosy_proof::Path;

use super::ahead::{Ahead, by_slot};
use super::draft::{Draft, Fresh};
use super::node::{Link, PATH_NIBBLES, Prefix, nibble, shared_nibbles};
use super::stored::Stored;
use crate::parallel::both;
use crate::{LeafChange, NodeChange, StateError, TrieDelta};

/// A second thread gets no fewer changes than these. A change costs 5 to 20 µs, a thread about
/// 50 µs, and a node has two cores.
const THREAD_CHANGES_MIN: usize = 128;

/// A walk under way.
pub(super) struct Update<'a> {
    view: &'a dyn View,
    ahead: Ahead,
    nodes: Vec<NodeChange>,
    /// What became of slots in the nodes above, innermost last.
    fresh: Vec<Fresh>,
    scratch: Vec<u8>,
    /// No second thread was started yet.
    is_alone: bool,
}

impl<'a> Update<'a> {
    fn new(view: &'a dyn View, is_alone: bool) -> Update<'a> {
        Update {
            view,
            ahead: Ahead::default(),
            nodes: Vec::new(),
            fresh: Vec::new(),
            scratch: Vec::new(),
            is_alone,
        }
    }

    /// The trie of `view` after `changes`, whose paths rise strictly.
    pub(super) fn run(view: &dyn View, changes: &[LeafChange]) -> Result<TrieDelta, StateError> {
        debug_assert!(changes.windows(2).all(|pair| pair[0].path < pair[1].path));
        let mut update = Update::new(view, true);
        let old = Link::read_root(view)?;
        let new = update.apply(old, changes)?;
        if new != old {
            update.nodes.push(NodeChange {
                key: Vec::new(),
                node: new.as_ref().map(|link| link.encode_root().into()),
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
        let place = match old {
            Some(Link::Branch { prefix, .. }) if prefix.nibbles == depth => {
                let ahead = self.ahead.take(&prefix).map(Ok);
                Place::Node(ahead.unwrap_or_else(|| Stored::read(self.view, &prefix))?)
            }
            Some(link) => Place::Beside(nibble(link.place().0, depth), link),
            None => Place::Empty,
        };
        let begin = self.fresh.len();
        let is_changed = self.open(&place, depth, changes)?;
        let new = if is_changed {
            self.settle(&prefix, &place, begin)
        } else {
            old
        };
        self.fresh.truncate(begin);
        Ok(new)
    }

    /// Applies changes that part at `depth`, and notes what becomes of their slots, lowest first.
    /// Whether anything did.
    fn open(
        &mut self,
        place: &Place,
        depth: u8,
        changes: &[LeafChange],
    ) -> Result<bool, StateError> {
        match self.cut(changes, depth) {
            Some(middle) => self.open_on_two_threads(place, depth, changes.split_at(middle)),
            None => self.open_on_this_thread(place, depth, changes),
        }
    }

    fn open_on_this_thread(
        &mut self,
        place: &Place,
        depth: u8,
        changes: &[LeafChange],
    ) -> Result<bool, StateError> {
        let mut is_changed = false;
        for (slot, changes) in by_slot(changes, depth) {
            let old = place.link(slot);
            let link = self.apply(old, changes)?;
            is_changed |= link != old;
            self.fresh.push(Fresh { slot, link });
        }
        Ok(is_changed)
    }

    fn open_read_ahead(
        &mut self,
        place: &Place,
        depth: u8,
        changes: &[LeafChange],
    ) -> Result<bool, StateError> {
        self.ahead = Ahead::below(self.view, place, depth, changes);
        self.open_on_this_thread(place, depth, changes)
    }

    fn open_on_two_threads(
        &mut self,
        place: &Place,
        depth: u8,
        (lower, upper): (&[LeafChange], &[LeafChange]),
    ) -> Result<bool, StateError> {
        self.is_alone = false;
        let view = self.view;
        let walk_upper = || {
            let mut other = Update::new(view, false);
            let is_changed = other.open_read_ahead(place, depth, upper);
            is_changed.map(|is_changed| (other, is_changed))
        };
        let (lower, upper) = both(|| self.open_read_ahead(place, depth, lower), walk_upper);
        let (lower_changed, (other, upper_changed)) = (lower?, upper?);
        self.nodes.extend(other.nodes);
        self.fresh.extend(other.fresh);
        Ok(lower_changed || upper_changed)
    }

    /// Where to split changes that part at `depth` among two threads; none if that does not pay,
    /// here or at all. Perhaps it does further down, if most of them lie in one slot.
    fn cut(&self, changes: &[LeafChange], depth: u8) -> Option<usize> {
        let few_max = THREAD_CHANGES_MIN.max(changes.len() / 4);
        if !self.is_alone || changes.len() < 2 * few_max {
            return None;
        }
        let middle = nibble(&changes[changes.len() / 2].path, depth);
        let below = changes.partition_point(|change| nibble(&change.path, depth) < middle);
        let with = changes.partition_point(|change| nibble(&change.path, depth) <= middle);
        let cut = [below, with]
            .into_iter()
            .max_by_key(|it| (*it).min(changes.len() - it))?;
        (cut.min(changes.len() - cut) >= few_max).then_some(cut)
    }

    /// Keeps a node with two links or more, and replaces a lesser one by what is left of it.
    fn settle(&mut self, prefix: &Prefix, place: &Place, begin: usize) -> Option<Link> {
        let stored = match place {
            Place::Node(stored) => Some(stored),
            Place::Beside(slot, link) => {
                let slots = self.fresh[begin..].binary_search_by_key(slot, |it| it.slot);
                if let Err(index) = slots {
                    let (slot, link) = (*slot, Some(*link));
                    self.fresh.insert(begin + index, Fresh { slot, link });
                }
                None
            }
            Place::Empty => None,
        };
        let draft = Draft::new(prefix, stored, &self.fresh[begin..]);
        let is_node = draft.is_node();
        if is_node || stored.is_some() {
            self.nodes.push(NodeChange {
                key: prefix.key(),
                node: is_node.then(|| draft.encode(&mut self.scratch)),
            });
        }
        if is_node {
            Some(draft.link())
        } else {
            draft.first_link()
        }
    }
}

/// What is where changes part.
pub(super) enum Place {
    /// A node.
    Node(Stored),
    /// A subtree in one of the slots, and no node yet.
    Beside(usize, Link),
    Empty,
}

impl Place {
    pub(super) fn link(&self, slot: usize) -> Option<Link> {
        match self {
            Place::Node(stored) => stored.link(slot),
            Place::Beside(at, link) => (*at == slot).then_some(*link),
            Place::Empty => None,
        }
    }
}

/// Number of nibbles before the subtree and the changes, from `first` to `last`, part.
pub(super) fn parting(old: Option<&Link>, first: &Path, last: &Path) -> u8 {
    let among_changes = shared_nibbles(first, last);
    let Some((path, nibbles)) = old.map(Link::place) else {
        return among_changes;
    };
    let with_old = shared_nibbles(path, first).min(shared_nibbles(path, last));
    among_changes.min(with_old).min(nibbles)
}
