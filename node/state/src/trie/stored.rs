//! A node as its bytes: checked when it is opened, decoded slot by slot when that is asked for. Most
//! slots of a node that changes do not change, and are hashed and copied as they lie.
//!
//! Always: what could be opened has two links or more, and each of them lies below its slot.
//! Not here: the layout (`node`).

use argosy_kv::{Bytes, Column, View};
use argosy_proof::{Path, trie};

use super::node::{
    HASH_BYTES, Link, PATH_NIBBLES, Prefix, SLOTS, last_nibble_is_zero, packed_bytes,
};
use crate::StateError;

/// A stored node.
pub(super) struct Stored {
    prefix: Prefix,
    bytes: Bytes,
    leaves: u16,
    branches: u16,
    /// Where the links of the slots begin, and behind the last one's end.
    starts: [u16; SLOTS + 1],
}

impl Stored {
    pub(super) fn read(view: &dyn View, prefix: &Prefix) -> Result<Stored, StateError> {
        let key = prefix.key();
        match view.get(Column::Trie, &key)? {
            None => Err(StateError::MissingNode { key }),
            Some(bytes) => Stored::open(prefix, bytes)
                .map_err(|reason| StateError::CorruptNode { key, reason }),
        }
    }

    /// As [`Stored::read`] of each; none if one cannot be read, whatever the reason.
    pub(super) fn read_many(view: &dyn View, prefixes: &[Prefix]) -> Option<Vec<Stored>> {
        let keys: Vec<_> = prefixes.iter().map(Prefix::key).collect();
        let keys: Vec<_> = keys.iter().map(Vec::as_slice).collect();
        let found = view.get_many(Column::Trie, &keys).ok()?;
        let open = |(prefix, bytes): (_, Option<Bytes>)| Stored::open(prefix, bytes?).ok();
        prefixes.iter().zip(found).map(open).collect()
    }

    fn open(prefix: &Prefix, bytes: Bytes) -> Result<Stored, &'static str> {
        let mut input = Input(&bytes);
        let leaves = input.bitmap().ok_or("it ends too early")?;
        let branches = input.bitmap().ok_or("it ends too early")?;
        if leaves & branches != 0 {
            return Err("a slot holds both a leaf and a branch");
        }
        if (leaves | branches).count_ones() < 2 {
            return Err("it holds fewer than two links");
        }
        let known = prefix.nibbles + 1;
        let mut starts = [0; SLOTS + 1];
        for (slot, start) in starts[..SLOTS].iter_mut().enumerate() {
            *start = offset(&bytes, &input);
            let link = if leaves >> slot & 1 == 1 {
                input.skip_leaf(known)
            } else if branches >> slot & 1 == 1 {
                input.skip_branch(known)
            } else {
                continue;
            };
            let first = link.ok_or("a link is malformed")?;
            // Of the nibbles above the link, its bytes can repeat this one only.
            if prefix.nibbles.is_multiple_of(2) && usize::from(first >> 4) != slot {
                return Err("a link lies elsewhere");
            }
        }
        starts[SLOTS] = offset(&bytes, &input);
        if !input.0.is_empty() {
            return Err("bytes are left over");
        }
        Ok(Stored {
            prefix: *prefix,
            bytes,
            leaves,
            branches,
            starts,
        })
    }

    pub(super) fn prefix(&self) -> &Prefix {
        &self.prefix
    }

    /// Which slots hold leaves, and which branches.
    pub(super) fn bitmaps(&self) -> (u16, u16) {
        (self.leaves, self.branches)
    }

    /// The link in a slot, as it is stored; empty if there is none.
    pub(super) fn link_bytes(&self, slot: usize) -> &[u8] {
        &self.bytes[usize::from(self.starts[slot])..usize::from(self.starts[slot + 1])]
    }

    pub(super) fn link(&self, slot: usize) -> Option<Link> {
        let (known, path) = (self.prefix.nibbles + 1, self.prefix.slot_path(slot));
        let mut input = Input(self.link_bytes(slot));
        if self.leaves >> slot & 1 == 1 {
            input.leaf(&path, known)
        } else if self.branches >> slot & 1 == 1 {
            input.branch(&path, known)
        } else {
            None
        }
    }

    /// Hash of what lies below a slot.
    pub(super) fn hash(&self, slot: usize) -> Option<[u8; HASH_BYTES]> {
        let (rest, hash) = self.link_bytes(slot).split_last_chunk()?;
        if self.leaves >> slot & 1 == 0 {
            return Some(*hash);
        }
        let mut path = *self.prefix.slot_path(slot).as_bytes();
        let (_, behind) = path.split_at_mut(usize::from(self.prefix.nibbles.div_ceil(2)));
        behind.copy_from_slice(rest); // As long: skip_leaf took so many.
        Some(trie::leaf_hash(&Path::from_bytes(path), hash))
    }
}

fn offset(bytes: &[u8], input: &Input<'_>) -> u16 {
    // 16 links of 97 bytes and 4 before them; what is longer is left over, and refused.
    u16::try_from(bytes.len() - input.0.len()).unwrap_or(u16::MAX)
}

/// Bytes still to read; `None` means that they make no sense.
pub(super) struct Input<'a>(pub(super) &'a [u8]);

impl<'a> Input<'a> {
    pub(super) fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(taken)
    }

    fn bitmap(&mut self) -> Option<u16> {
        let bytes = self.take(2)?.try_into().ok()?;
        Some(u16::from_le_bytes(bytes))
    }

    fn hash(&mut self) -> Option<[u8; HASH_BYTES]> {
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

    pub(super) fn leaf(&mut self, above: &Path, known: u8) -> Option<Link> {
        let path = self.path(above, known, PATH_NIBBLES)?;
        let value_hash = self.hash()?;
        Some(Link::Leaf { path, value_hash })
    }

    pub(super) fn branch(&mut self, above: &Path, known: u8) -> Option<Link> {
        let nibbles = self.branch_nibbles(known)?;
        let path = self.path(above, known, nibbles)?;
        let hash = self.hash()?;
        last_nibble_is_zero(path.as_bytes(), nibbles).then(|| Link::Branch {
            prefix: Prefix::of(&path, nibbles),
            hash,
        })
    }

    /// A branch is longer than the node above it, and ends before a path does.
    fn branch_nibbles(&mut self, known: u8) -> Option<u8> {
        let nibbles = self.take(1)?[0];
        (known..PATH_NIBBLES).contains(&nibbles).then_some(nibbles)
    }

    /// Passes over a leaf; its first byte.
    fn skip_leaf(&mut self, known: u8) -> Option<u8> {
        let path_bytes = packed_bytes(PATH_NIBBLES) - usize::from(known / 2);
        self.take(path_bytes + HASH_BYTES)?.first().copied()
    }

    /// Passes over a branch; the first byte of its path, 0 if that follows from what is above.
    fn skip_branch(&mut self, known: u8) -> Option<u8> {
        let nibbles = self.branch_nibbles(known)?;
        let path = self.take(packed_bytes(nibbles) - usize::from(known / 2))?;
        self.take(HASH_BYTES)?;
        let is_whole = nibbles.is_multiple_of(2) || path.last().is_some_and(|it| it & 0x0f == 0);
        is_whole.then(|| path.first().copied().unwrap_or(0))
    }
}
