//! Bytes of the trie's column: nodes, and the link to the topmost one.
//!
//! ```text
//! key of a node        prefix, two nibbles per byte, high first, padded with 0 ‖ nibbles u8
//! node                 leaf bitmap u16 LE ‖ branch bitmap u16 LE ‖ link per set bit, slot 0 first
//! link in a node       leaf:   path from byte (nibbles + 1) / 2 on ‖ value hash 32
//!   at `nibbles`       branch: nibbles u8 ‖ prefix from byte (nibbles of the node + 1) / 2 on ‖ hash 32
//!
//! key of the root      empty
//! root                 0 ‖ leaf link, or 1 ‖ branch link, as in a node above all nibbles
//! ```
//!
//! Always holds for what is read: a node has two links or more, and each of them lies below its
//! slot. Anything else is a [`StateError`].

use argosy_kv::{Column, View};
use argosy_primitives::StateRoot;
use argosy_proof::{Path, trie};

use crate::StateError;

/// Nibbles in a path.
pub(super) const PATH_NIBBLES: u8 = 128;
const SLOTS: usize = 16;
const HASH_BYTES: usize = 32;

/// The first nibbles of some paths.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Prefix {
    /// Zero behind the nibbles that count.
    path: Path,
    pub(super) nibbles: u8,
}

/// A subtree, as its parent knows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Link {
    Leaf { path: Path, value_hash: [u8; 32] },
    Branch { prefix: Prefix, hash: [u8; 32] },
}

/// Sixteen slots below a prefix.
#[derive(Clone, Debug)]
pub(super) struct Node {
    prefix: Prefix,
    slots: Box<[Option<Link>; SLOTS]>,
}

/// The nibble at `index`, which lies inside the path.
pub(super) fn nibble(path: &Path, index: u8) -> usize {
    let byte = path.as_bytes()[usize::from(index / 2)];
    usize::from(if index.is_multiple_of(2) {
        byte >> 4
    } else {
        byte & 0x0f
    })
}

/// Number of nibbles that two paths share.
pub(super) fn shared_nibbles(a: &Path, b: &Path) -> u8 {
    let bit = a.first_difference(b);
    bit.map_or(PATH_NIBBLES, |bit| {
        u8::try_from(bit / 4).expect("512 bits are 128 nibbles")
    })
}

/// Root over neighbouring slots, of which the left half has a 0 at `bit`; none if all are empty.
pub(super) fn fold(slots: &[Option<[u8; 32]>], bit: u16) -> Option<[u8; 32]> {
    if let [slot] = slots {
        return *slot;
    }
    let (left, right) = slots.split_at(slots.len() / 2);
    match (fold(left, bit + 1), fold(right, bit + 1)) {
        (Some(left), Some(right)) => Some(trie::node_hash(bit, &left, &right)),
        (only, None) | (None, only) => only,
    }
}

impl Prefix {
    /// The first `nibbles` of a path.
    pub(super) fn of(path: &Path, nibbles: u8) -> Prefix {
        let mut bytes = *path.as_bytes();
        let whole = usize::from(nibbles / 2);
        if !nibbles.is_multiple_of(2) {
            bytes[whole] &= 0xf0;
        }
        bytes[packed_bytes(nibbles)..].fill(0);
        Prefix {
            path: Path::from_bytes(bytes),
            nibbles,
        }
    }

    /// Key in the trie's column.
    pub(super) fn key(&self) -> Vec<u8> {
        let mut key = self.path.as_bytes()[..packed_bytes(self.nibbles)].to_vec();
        key.push(self.nibbles);
        key
    }

    /// The path of these nibbles and then `slot`.
    fn slot_path(&self, slot: usize) -> Path {
        let mut bytes = *self.path.as_bytes();
        let slot = u8::try_from(slot).expect("there are 16 slots");
        let shift = if self.nibbles.is_multiple_of(2) { 4 } else { 0 };
        bytes[usize::from(self.nibbles / 2)] |= slot << shift;
        Path::from_bytes(bytes)
    }
}

/// Bytes that hold `nibbles`.
const fn packed_bytes(nibbles: u8) -> usize {
    (nibbles as usize).div_ceil(2)
}

impl Link {
    pub(super) fn hash(&self) -> [u8; 32] {
        match self {
            Link::Leaf { path, value_hash } => trie::leaf_hash(path, value_hash),
            Link::Branch { hash, .. } => *hash,
        }
    }

    /// A path that begins as all those below do, and for how many nibbles that holds.
    pub(super) fn place(&self) -> (&Path, u8) {
        match self {
            Link::Leaf { path, .. } => (path, PATH_NIBBLES),
            Link::Branch { prefix, .. } => (&prefix.path, prefix.nibbles),
        }
    }

    pub(super) fn root_hash(link: Option<&Link>) -> StateRoot {
        StateRoot::from_bytes(link.map_or(trie::EMPTY, Link::hash))
    }

    /// The link to the whole; none if the trie is empty.
    pub(super) fn read_root(view: &dyn View) -> Result<Option<Link>, StateError> {
        let Some(bytes) = view.get(Column::Trie, &[])? else {
            return Ok(None);
        };
        let mut input = Input(&bytes);
        let link = match input.take(1) {
            Some([0]) => input.leaf(&Path::from_bytes([0; 64]), 0),
            Some([1]) => input.branch(&Path::from_bytes([0; 64]), 0),
            _ => None,
        };
        let link = link.filter(|_| input.0.is_empty());
        let reason = "not a link to a root";
        link.map(Some).ok_or(StateError::CorruptNode {
            key: Vec::new(),
            reason,
        })
    }

    pub(super) fn encode_root(&self) -> Vec<u8> {
        let mut bytes = vec![match self {
            Link::Leaf { .. } => 0,
            Link::Branch { .. } => 1,
        }];
        self.encode_to(0, &mut bytes);
        bytes
    }

    /// Writes what does not follow from the first `known` nibbles.
    fn encode_to(&self, known: u8, bytes: &mut Vec<u8>) {
        let from = usize::from(known / 2);
        match self {
            Link::Leaf { path, value_hash } => {
                bytes.extend_from_slice(&path.as_bytes()[from..]);
                bytes.extend_from_slice(value_hash);
            }
            Link::Branch { prefix, hash } => {
                let to = packed_bytes(prefix.nibbles);
                bytes.push(prefix.nibbles);
                bytes.extend_from_slice(&prefix.path.as_bytes()[from..to]);
                bytes.extend_from_slice(hash);
            }
        }
    }
}

impl Node {
    /// A node that nothing hangs from yet.
    pub(super) fn empty(prefix: Prefix) -> Node {
        Node {
            prefix,
            slots: Box::new([None; SLOTS]),
        }
    }

    pub(super) fn read(view: &dyn View, prefix: &Prefix) -> Result<Node, StateError> {
        let key = prefix.key();
        match view.get(Column::Trie, &key)? {
            None => Err(StateError::MissingNode { key }),
            Some(bytes) => Node::decode(prefix, &bytes)
                .map_err(|reason| StateError::CorruptNode { key, reason }),
        }
    }

    pub(super) fn slot_mut(&mut self, slot: usize) -> &mut Option<Link> {
        &mut self.slots[slot]
    }

    pub(super) fn links(&self) -> impl Iterator<Item = &Link> {
        self.slots.iter().flatten()
    }

    /// The link in a slot that is known to hold one.
    pub(super) fn into_link(self, slot: usize) -> Link {
        self.slots[slot].expect("the caller has seen its hash")
    }

    /// The four bits that the slots differ in.
    pub(super) fn bits(&self) -> std::ops::Range<u16> {
        let first = u16::from(self.prefix.nibbles) * 4;
        first..first + 4
    }

    pub(super) fn slot_hashes(&self) -> [Option<[u8; 32]>; SLOTS] {
        self.slots.map(|slot| slot.as_ref().map(Link::hash))
    }

    /// A link to this node, which holds two links or more.
    pub(super) fn link(&self) -> Link {
        let hash = fold(&self.slot_hashes(), self.bits().start);
        let hash = hash.expect("a node is not empty");
        Link::Branch {
            prefix: self.prefix,
            hash,
        }
    }

    pub(super) fn encode(&self) -> Vec<u8> {
        let (mut leaves, mut branches) = (0u16, 0u16);
        let mut links = Vec::with_capacity(SLOTS * (HASH_BYTES + 2));
        for (slot, link) in self.slots.iter().enumerate() {
            match link {
                None => continue,
                Some(Link::Leaf { .. }) => leaves |= 1 << slot,
                Some(Link::Branch { .. }) => branches |= 1 << slot,
            }
            link.iter()
                .for_each(|link| link.encode_to(self.prefix.nibbles + 1, &mut links));
        }
        let bitmaps = [leaves.to_le_bytes(), branches.to_le_bytes()].concat();
        [bitmaps, links].concat()
    }

    fn decode(prefix: &Prefix, bytes: &[u8]) -> Result<Node, &'static str> {
        let mut input = Input(bytes);
        let leaves = input.bitmap().ok_or("it ends too early")?;
        let branches = input.bitmap().ok_or("it ends too early")?;
        if leaves & branches != 0 {
            return Err("a slot holds both a leaf and a branch");
        }
        if (leaves | branches).count_ones() < 2 {
            return Err("it holds fewer than two links");
        }
        let mut node = Node::empty(*prefix);
        for slot in 0..SLOTS {
            let (known, path) = (prefix.nibbles + 1, prefix.slot_path(slot));
            let link = if leaves >> slot & 1 == 1 {
                input.leaf(&path, known)
            } else if branches >> slot & 1 == 1 {
                input.branch(&path, known)
            } else {
                continue;
            };
            let link = link.ok_or("a link is malformed")?;
            // Of the nibbles above the link, its bytes can repeat this one only.
            if nibble(link.place().0, prefix.nibbles) != slot {
                return Err("a link lies elsewhere");
            }
            node.slots[slot] = Some(link);
        }
        if !input.0.is_empty() {
            return Err("bytes are left over");
        }
        Ok(node)
    }
}

/// Bytes still to read; `None` means that they make no sense.
struct Input<'a>(&'a [u8]);

impl<'a> Input<'a> {
    fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(taken)
    }

    fn bitmap(&mut self) -> Option<u16> {
        let bytes = self.take(2)?.try_into().ok()?;
        Some(u16::from_le_bytes(bytes))
    }

    fn hash(&mut self) -> Option<[u8; 32]> {
        self.take(HASH_BYTES)?.try_into().ok()
    }

    /// A path whose whole bytes among the first `known` nibbles are those of `above`.
    fn path(&mut self, above: &Path, known: u8, nibbles: u8) -> Option<Path> {
        let (from, to) = (usize::from(known / 2), packed_bytes(nibbles));
        let mut path = [0; 64];
        path[..from].copy_from_slice(&above.as_bytes()[..from]);
        path[from..to].copy_from_slice(self.take(to - from)?);
        Some(Path::from_bytes(path))
    }

    fn leaf(&mut self, above: &Path, known: u8) -> Option<Link> {
        let path = self.path(above, known, PATH_NIBBLES)?;
        let value_hash = self.hash()?;
        Some(Link::Leaf { path, value_hash })
    }

    fn branch(&mut self, above: &Path, known: u8) -> Option<Link> {
        let nibbles = self.take(1)?[0];
        if nibbles < known || nibbles >= PATH_NIBBLES {
            return None;
        }
        let path = self.path(above, known, nibbles)?;
        let prefix = Prefix::of(&path, nibbles);
        let hash = self.hash()?;
        (prefix.path == path).then_some(Link::Branch { prefix, hash })
    }
}
