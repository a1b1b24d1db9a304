//! A node to be: what is stored, some slots replaced. From it come bytes and hash, or what is left
//! where no node has a place.

use argosy_kv::Bytes;

use super::node::{HASH_BYTES, Link, Prefix, SLOTS, fold};
use super::stored::Stored;

/// What a slot holds from now on.
pub(super) struct Fresh {
    pub(super) slot: usize,
    pub(super) link: Option<Link>,
}

/// Sixteen slots below a prefix.
pub(super) struct Draft<'a> {
    prefix: &'a Prefix,
    stored: Option<&'a Stored>,
    fresh: [Option<&'a Fresh>; SLOTS],
}

impl<'a> Draft<'a> {
    /// `fresh` names each slot once at most.
    pub(super) fn new(
        prefix: &'a Prefix,
        stored: Option<&'a Stored>,
        replaced: &'a [Fresh],
    ) -> Draft<'a> {
        let mut fresh = [None; SLOTS];
        for it in replaced {
            fresh[it.slot] = Some(it);
        }
        Draft {
            prefix,
            stored,
            fresh,
        }
    }

    /// Which slots hold leaves, and which branches.
    fn bitmaps(&self) -> (u16, u16) {
        let (mut leaves, mut branches) = self.stored.map_or((0, 0), Stored::bitmaps);
        for Fresh { slot, link } in self.fresh.iter().flatten() {
            let bit = 1 << slot;
            (leaves, branches) = (leaves & !bit, branches & !bit);
            match link {
                None => {}
                Some(Link::Leaf { .. }) => leaves |= bit,
                Some(Link::Branch { .. }) => branches |= bit,
            }
        }
        (leaves, branches)
    }

    /// Whether two subtrees or more part here.
    pub(super) fn is_node(&self) -> bool {
        let (leaves, branches) = self.bitmaps();
        (leaves | branches).count_ones() >= 2
    }

    /// The first of its links.
    pub(super) fn first_link(&self) -> Option<Link> {
        let link = |slot: usize| match (self.fresh[slot], self.stored) {
            (Some(fresh), _) => fresh.link,
            (None, Some(stored)) => stored.link(slot),
            (None, None) => None,
        };
        (0..SLOTS).find_map(link)
    }

    /// A link to this node, of which [`Draft::is_node`] holds.
    pub(super) fn link(&self) -> Link {
        let mut hashes = [None; SLOTS];
        for (slot, hash) in hashes.iter_mut().enumerate() {
            *hash = match (self.fresh[slot], self.stored) {
                (Some(fresh), _) => fresh.link.as_ref().map(Link::hash),
                (None, Some(stored)) => stored.hash(slot),
                (None, None) => None,
            };
        }
        let hash = fold(&hashes, self.prefix.bits().start);
        Link::Branch {
            prefix: *self.prefix,
            hash: hash.expect("a node is not empty"),
        }
    }

    /// Its bytes. `scratch` only saves allocations.
    pub(super) fn encode(&self, scratch: &mut Vec<u8>) -> Bytes {
        let (leaves, branches) = self.bitmaps();
        scratch.clear();
        scratch.reserve(SLOTS * (HASH_BYTES * 3 + 1));
        scratch.extend_from_slice(&leaves.to_le_bytes());
        scratch.extend_from_slice(&branches.to_le_bytes());
        for slot in 0..SLOTS {
            match (self.fresh[slot], self.stored) {
                (Some(Fresh { link, .. }), _) => link
                    .iter()
                    .for_each(|link| link.encode_to(self.prefix.nibbles + 1, scratch)),
                (None, Some(stored)) => scratch.extend_from_slice(stored.link_bytes(slot)),
                (None, None) => {}
            }
        }
        Bytes::from(scratch.as_slice())
    }
}
