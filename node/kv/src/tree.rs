//! A copy-on-write B+tree: the ordered map behind one column of the in-memory store.
//!
//! A clone costs one reference count. A change copies the nodes between root and leaf that a clone
//! still shares, and only those; nodes that nobody shares change in place. So a snapshot is a clone,
//! a change costs O(log n), and what no snapshot needs is freed when the last one goes.
//!
//! ```text
//!              branch [ (a, ·) (m, ·) ]        a separator is at most the smallest key of
//!                      │        └──────┐       its child and above every key left of it
//!              leaf [a=1 c=2 k=3]  leaf [m=4 z=5]
//! ```
//!
//! Always holds: every node but the root has `ENTRIES_MIN..=ENTRIES_MAX` entries, a branch at the
//! root has at least two, and all leaves are equally deep.

use std::cmp::Ordering;
use std::ops::Bound;
use std::slice;
use std::sync::Arc;

use crate::{Bytes, Direction, KeyRange};

const ENTRIES_MAX: usize = 32;
const ENTRIES_MIN: usize = 12;

/// An ordered map from bytes to bytes.
#[derive(Clone)]
pub(crate) struct Tree {
    root: Arc<Node>,
}

#[derive(Clone)]
enum Node {
    Leaf(Vec<(Key, Bytes)>),
    Branch(Vec<(Key, Arc<Node>)>),
}

/// A key with its first bytes at hand, so that most comparisons need not fetch the rest.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    head: u64,
    bytes: Bytes,
}

/// A key to look for.
#[derive(Clone, Copy)]
struct Probe<'a> {
    head: u64,
    bytes: &'a [u8],
}

/// The first eight bytes as a number that orders as they do; short keys end in zeros, and where that
/// makes two keys look equal, the whole bytes decide.
fn head(bytes: &[u8]) -> u64 {
    let mut head = [0; 8];
    let len = bytes.len().min(8);
    head[..len].copy_from_slice(&bytes[..len]);
    u64::from_be_bytes(head)
}

impl Key {
    fn new(bytes: Bytes) -> Key {
        Key {
            head: head(&bytes),
            bytes,
        }
    }

    fn cmp_probe(&self, probe: Probe<'_>) -> Ordering {
        let by_head = self.head.cmp(&probe.head);
        by_head.then_with(|| (*self.bytes).cmp(probe.bytes))
    }
}

impl<'a> Probe<'a> {
    fn new(bytes: &'a [u8]) -> Probe<'a> {
        Probe {
            head: head(bytes),
            bytes,
        }
    }
}

impl Default for Tree {
    fn default() -> Tree {
        Tree {
            root: Arc::new(Node::Leaf(Vec::new())),
        }
    }
}

impl Tree {
    pub(crate) fn get(&self, key: &[u8]) -> Option<&Bytes> {
        let probe = Probe::new(key);
        let mut node = &*self.root;
        loop {
            match node {
                Node::Branch(children) => node = &children[child_index(children, probe)].1,
                Node::Leaf(entries) => {
                    let found = entries.binary_search_by(|(it, _)| it.cmp_probe(probe));
                    return found.ok().map(|index| &entries[index].1);
                }
            }
        }
    }

    pub(crate) fn insert(&mut self, key: Bytes, value: Bytes) {
        if let Some(right) = insert(&mut self.root, Key::new(key), value) {
            let left = (smallest(&self.root), Arc::clone(&self.root));
            self.root = Arc::new(Node::Branch(vec![left, right]));
        }
    }

    pub(crate) fn remove(&mut self, key: &[u8]) {
        if self.get(key).is_none() {
            return; // Copies nothing for nothing.
        }
        remove(&mut self.root, Probe::new(key));
        if let Node::Branch(children) = &*self.root
            && let [(_, only)] = children.as_slice()
        {
            self.root = Arc::clone(only);
        }
    }

    pub(crate) fn range(&self, range: KeyRange, direction: Direction) -> Range<'_> {
        let mut found = Range {
            stack: Vec::new(),
            leaf: [].iter(),
            range,
            direction,
        };
        let mut node = &*self.root;
        loop {
            match (node, direction) {
                (Node::Branch(children), Direction::Ascending) => {
                    let index = match &found.range.start {
                        Bound::Included(key) | Bound::Excluded(key) => {
                            child_index(children, Probe::new(key))
                        }
                        Bound::Unbounded => 0,
                    };
                    found.stack.push(children[index + 1..].iter());
                    node = &children[index].1;
                }
                (Node::Branch(children), Direction::Descending) => {
                    let index = match &found.range.end {
                        Bound::Included(key) | Bound::Excluded(key) => {
                            child_index(children, Probe::new(key))
                        }
                        Bound::Unbounded => children.len() - 1,
                    };
                    found.stack.push(children[..index].iter());
                    node = &children[index].1;
                }
                (Node::Leaf(entries), Direction::Ascending) => {
                    let first =
                        entries.partition_point(|(key, _)| found.range.is_before(&key.bytes));
                    found.leaf = entries[first..].iter();
                    return found;
                }
                (Node::Leaf(entries), Direction::Descending) => {
                    let behind =
                        entries.partition_point(|(key, _)| !found.range.is_after(&key.bytes));
                    found.leaf = entries[..behind].iter();
                    return found;
                }
            }
        }
    }
}

/// Entries between two bounds. Holds the nodes still to visit, outermost first.
pub(crate) struct Range<'a> {
    stack: Vec<slice::Iter<'a, (Key, Arc<Node>)>>,
    leaf: slice::Iter<'a, (Key, Bytes)>,
    range: KeyRange,
    direction: Direction,
}

impl<'a> Iterator for Range<'a> {
    type Item = (&'a Bytes, &'a Bytes);

    fn next(&mut self) -> Option<Self::Item> {
        let (Key { bytes: key, .. }, value) = self.entry()?;
        let inside = match self.direction {
            Direction::Ascending => !self.range.is_after(key),
            Direction::Descending => !self.range.is_before(key),
        };
        if !inside {
            (self.stack, self.leaf) = (Vec::new(), [].iter()); // Stays ended.
            return None;
        }
        Some((key, value))
    }
}

impl<'a> Range<'a> {
    /// The next entry in the tree, wherever the far bound lies.
    fn entry(&mut self) -> Option<&'a (Key, Bytes)> {
        loop {
            let entry = match self.direction {
                Direction::Ascending => self.leaf.next(),
                Direction::Descending => self.leaf.next_back(),
            };
            if entry.is_some() {
                return entry;
            }
            self.next_leaf()?;
        }
    }

    fn next_leaf(&mut self) -> Option<()> {
        loop {
            let siblings = self.stack.last_mut()?;
            let child = match self.direction {
                Direction::Ascending => siblings.next(),
                Direction::Descending => siblings.next_back(),
            };
            match child.map(|(_, node)| &**node) {
                None => {
                    self.stack.pop();
                }
                Some(Node::Branch(children)) => self.stack.push(children.iter()),
                Some(Node::Leaf(entries)) => {
                    self.leaf = entries.iter();
                    return Some(());
                }
            }
        }
    }
}

/// The child in which a key lies or would lie.
fn child_index(children: &[(Key, Arc<Node>)], probe: Probe<'_>) -> usize {
    let behind = children.partition_point(|(separator, _)| separator.cmp_probe(probe).is_le());
    behind.saturating_sub(1)
}

/// Inserts below `node`; a node that grew too long hands back its right half.
fn insert(node: &mut Arc<Node>, key: Key, value: Bytes) -> Option<(Key, Arc<Node>)> {
    match Arc::make_mut(node) {
        Node::Leaf(entries) => {
            match entries.binary_search_by(|(it, _)| it.cmp(&key)) {
                Ok(index) => entries[index].1 = value,
                Err(index) => entries.insert(index, (key, value)),
            }
            let right = split(entries)?;
            Some((right[0].0.clone(), Arc::new(Node::Leaf(right))))
        }
        Node::Branch(children) => {
            let probe = Probe {
                head: key.head,
                bytes: &key.bytes,
            };
            let index = child_index(children, probe);
            if key < children[index].0 {
                children[index].0 = key.clone(); // A new smallest key of the whole tree.
            }
            let grown = insert(&mut children[index].1, key, value)?;
            children.insert(index + 1, grown);
            let right = split(children)?;
            Some((right[0].0.clone(), Arc::new(Node::Branch(right))))
        }
    }
}

/// Removes `key`, which is there, below `node`; the caller mends a node that became too short.
fn remove(node: &mut Arc<Node>, key: Probe<'_>) {
    match Arc::make_mut(node) {
        Node::Leaf(entries) => entries.retain(|(it, _)| it.cmp_probe(key).is_ne()),
        Node::Branch(children) => {
            let index = child_index(children, key);
            remove(&mut children[index].1, key);
            if children[index].1.len() < ENTRIES_MIN {
                mend(children, index);
            }
        }
    }
}

/// Joins the short child at `index` with a neighbour, and splits the pair again if that is too long.
fn mend(children: &mut Vec<(Key, Arc<Node>)>, index: usize) {
    if children.len() < 2 {
        return; // Only the root may be that short, and its owner replaces it.
    }
    let left = index.saturating_sub(1);
    let (_, right) = children.remove(left + 1);
    let grown = match (
        Arc::make_mut(&mut children[left].1),
        Arc::unwrap_or_clone(right),
    ) {
        (Node::Leaf(entries), Node::Leaf(more)) => {
            entries.extend(more);
            split(entries).map(|right| (right[0].0.clone(), Arc::new(Node::Leaf(right))))
        }
        (Node::Branch(entries), Node::Branch(more)) => {
            entries.extend(more);
            split(entries).map(|right| (right[0].0.clone(), Arc::new(Node::Branch(right))))
        }
        (Node::Leaf(_), Node::Branch(_)) | (Node::Branch(_), Node::Leaf(_)) => {
            unreachable!("neighbours are equally deep")
        }
    };
    if let Some(grown) = grown {
        children.insert(left + 1, grown);
    }
}

/// The right half of `entries`, if they are too many for one node.
fn split<T>(entries: &mut Vec<T>) -> Option<Vec<T>> {
    (entries.len() > ENTRIES_MAX).then(|| entries.split_off(entries.len() / 2))
}

/// The separator for a node that is not empty.
fn smallest(node: &Node) -> Key {
    match node {
        Node::Leaf(entries) => entries[0].0.clone(),
        Node::Branch(children) => children[0].0.clone(),
    }
}

impl Node {
    fn len(&self) -> usize {
        match self {
            Node::Leaf(entries) => entries.len(),
            Node::Branch(children) => children.len(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{ENTRIES_MAX, ENTRIES_MIN, Key, Node, Tree};
    use crate::{Bytes, Direction, KeyRange};
    use proptest::prelude::*;
    use std::collections::BTreeMap;
    use std::ops::Bound;

    /// Panics unless the promises in the file's head hold; returns the depth of the leaves.
    fn audit(node: &Node, is_root: bool, low: Option<&Key>, high: Option<&Key>) -> usize {
        let len_min = match (is_root, node) {
            (true, Node::Leaf(_)) => 0,
            (true, Node::Branch(_)) => 2,
            (false, _) => ENTRIES_MIN,
        };
        assert!(
            (len_min..=ENTRIES_MAX).contains(&node.len()),
            "{} entries",
            node.len()
        );
        match node {
            Node::Leaf(entries) => {
                assert!(entries.windows(2).all(|pair| pair[0].0 < pair[1].0));
                assert!(
                    entries
                        .iter()
                        .all(|(key, _)| low.is_none_or(|low| key >= low))
                );
                assert!(
                    entries
                        .iter()
                        .all(|(key, _)| high.is_none_or(|high| key < high))
                );
                0
            }
            Node::Branch(children) => {
                let mut depths = children
                    .iter()
                    .enumerate()
                    .map(|(index, (separator, child))| {
                        assert!(low.is_none_or(|low| separator >= low));
                        let next = children.get(index + 1).map(|(separator, _)| separator);
                        audit(child, false, Some(separator), next.or(high))
                    });
                let depth = depths.next().expect("a branch has children");
                assert!(depths.all(|it| it == depth));
                depth + 1
            }
        }
    }

    type Model = BTreeMap<Vec<u8>, Bytes>;

    fn check_equal(tree: &Tree, model: &Model) {
        audit(&tree.root, true, None, None);
        let ascending = tree.range(KeyRange::all(), Direction::Ascending);
        assert!(
            ascending
                .map(|(key, value)| (key.to_vec(), value.clone()))
                .eq(model.clone())
        );
        let descending = tree.range(KeyRange::all(), Direction::Descending);
        let reversed = model.clone().into_iter().rev();
        assert!(
            descending
                .map(|(key, value)| (key.to_vec(), value.clone()))
                .eq(reversed)
        );
    }

    fn key() -> impl Strategy<Value = Vec<u8>> {
        prop_oneof![
            (0u16..900).prop_map(|it| it.to_be_bytes().to_vec()),
            prop::collection::vec(any::<u8>(), 0..3),
        ]
    }

    fn bound() -> impl Strategy<Value = Bound<Vec<u8>>> {
        prop_oneof![
            Just(Bound::Unbounded),
            key().prop_map(Bound::Included),
            key().prop_map(Bound::Excluded),
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(60))]

        #[test]
        fn equals_the_standard_map_and_clones_stay(
            steps in prop::collection::vec((key(), any::<bool>(), 0u8..40), 1..1500),
            growing in any::<bool>(),
        ) {
            let (mut tree, mut model) = (Tree::default(), Model::new());
            let mut clones = Vec::new();
            for (index, (key, flag, clone)) in steps.into_iter().enumerate() {
                if growing || flag {
                    let value: Bytes = Bytes::from(index.to_le_bytes());
                    tree.insert(Bytes::from(key.as_slice()), value.clone());
                    model.insert(key, value);
                } else {
                    tree.remove(&key);
                    model.remove(&key);
                }
                if clone == 0 && clones.len() < 8 {
                    clones.push((tree.clone(), model.clone()));
                }
            }
            check_equal(&tree, &model);
            for key in model.clone().into_keys() {
                prop_assert_eq!(tree.get(&key), model.get(&key));
                tree.remove(&key);
                model.remove(&key);
            }
            check_equal(&tree, &model);
            for (tree, model) in clones {
                check_equal(&tree, &model);
            }
        }

        #[test]
        fn ranges_hold_exactly_what_lies_between(
            keys in prop::collection::btree_set(key(), 0..300),
            start in bound(),
            end in bound(),
        ) {
            let mut tree = Tree::default();
            for key in &keys {
                tree.insert(Bytes::from(key.as_slice()), Bytes::from([]));
            }
            let range = KeyRange { start, end };
            let expected: Vec<_> = keys.into_iter().filter(|key| range.contains(key)).collect();
            let read = |direction| {
                let entries = tree.range(range.clone(), direction);
                entries.map(|(key, _)| key.to_vec()).collect::<Vec<_>>()
            };
            prop_assert_eq!(&read(Direction::Ascending), &expected);
            let mut backwards = read(Direction::Descending);
            backwards.reverse();
            prop_assert_eq!(&backwards, &expected);
        }
    }
}
