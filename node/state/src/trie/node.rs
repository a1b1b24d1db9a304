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

use super::stored::{Input, Stored};
use crate::StateError;

/// Nibbles in a path.
pub(super) const PATH_NIBBLES: u8 = 128;
pub(super) const SLOTS: usize = 16;
pub(super) const HASH_BYTES: usize = 32;

/// The first nibbles of some paths.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
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

    /// A path that begins so, and is zero behind.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Key in the trie's column.
    pub(super) fn key(&self) -> Vec<u8> {
        let mut key = self.path.as_bytes()[..packed_bytes(self.nibbles)].to_vec();
        key.push(self.nibbles);
        key
    }

    /// The four bits that follow.
    pub(super) fn bits(&self) -> std::ops::Range<u16> {
        let first = u16::from(self.nibbles) * 4;
        first..first + 4
    }

    /// The path of these nibbles and then `slot`.
    pub(super) fn slot_path(&self, slot: usize) -> Path {
        let mut bytes = *self.path.as_bytes();
        let slot = u8::try_from(slot).expect("there are 16 slots");
        let shift = if self.nibbles.is_multiple_of(2) { 4 } else { 0 };
        bytes[usize::from(self.nibbles / 2)] |= slot << shift;
        Path::from_bytes(bytes)
    }
}

/// Whether the byte that the last of `nibbles` shares with none is padded as it must be.
pub(super) fn last_nibble_is_zero(path: &[u8; 64], nibbles: u8) -> bool {
    nibbles.is_multiple_of(2) || path[usize::from(nibbles / 2)] & 0x0f == 0
}

/// Bytes that hold `nibbles`.
pub(super) const fn packed_bytes(nibbles: u8) -> usize {
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
    pub(super) fn encode_to(&self, known: u8, bytes: &mut Vec<u8>) {
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
    pub(super) fn read(view: &dyn View, prefix: &Prefix) -> Result<Node, StateError> {
        let stored = Stored::read(view, prefix)?;
        Ok(Node {
            prefix: *prefix,
            slots: Box::new(std::array::from_fn(|slot| stored.link(slot))),
        })
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
        self.prefix.bits()
    }

    pub(super) fn slot_hashes(&self) -> [Option<[u8; 32]>; SLOTS] {
        self.slots.map(|slot| slot.as_ref().map(Link::hash))
    }
}
