//! The Merkle tree over the readings of a batch; its form is at the head of `lib.rs`.
//!
//! Invariant: the root commits to the number of readings, and a leaf never passes for a node.

use argosy_contract::crypto;
use argosy_contract::prelude::*;

use crate::Reading;

const LEAF: u8 = 0;
const NODE: u8 = 1;
const ROOT: u8 = 2;

/// A hash in the tree.
pub(crate) type Hash = [u8; 32];

/// The root over readings, of which there is at least one.
pub(crate) fn root(readings: &[Reading]) -> Hash {
    let mut level: Vec<Hash> = readings.iter().map(leaf).collect();
    while level.len() > 1 {
        level = level.chunks(2).map(join).collect();
    }
    let top = level.first().copied().unwrap_or_default();
    commit(readings.len() as u32, &top)
}

/// The root that a path leads to from a reading at a place; `None` if the path cannot belong to it.
pub(crate) fn root_by(reading: &Reading, index: u32, count: u32, path: &[Hash]) -> Option<Hash> {
    if index >= count {
        return None;
    }
    let (mut hash, mut place, mut width) = (leaf(reading), index, count);
    let mut path = path.iter();
    while width > 1 {
        let is_right = place % 2 == 1;
        // The last one of an odd level has no neighbour, and goes up as it is.
        if is_right || place + 1 < width {
            let neighbour = path.next()?;
            hash = if is_right {
                node(neighbour, &hash)
            } else {
                node(&hash, neighbour)
            };
        }
        place /= 2;
        width = width.div_ceil(2);
    }
    path.next().is_none().then(|| commit(count, &hash))
}

fn join(pair: &[Hash]) -> Hash {
    match pair {
        [left, right] => node(left, right),
        [only, ..] => *only,
        [] => Hash::default(),
    }
}

fn leaf(reading: &Reading) -> Hash {
    let mut bytes = [LEAF; 17];
    let (time, value) = (reading.time.to_le_bytes(), reading.value.to_le_bytes());
    for (place, byte) in bytes.iter_mut().skip(1).zip(time.into_iter().chain(value)) {
        *place = byte;
    }
    crypto::blake3(&bytes)
}

fn node(left: &Hash, right: &Hash) -> Hash {
    let mut bytes = [NODE; 65];
    let (_, rest) = bytes.split_at_mut(1);
    let (first, second) = rest.split_at_mut(32);
    first.copy_from_slice(left);
    second.copy_from_slice(right);
    crypto::blake3(&bytes)
}

fn commit(count: u32, top: &Hash) -> Hash {
    crypto::blake3(&(ROOT, count, top).encode())
}

/// What a client sends along with a reading: its neighbours, from the leaf up.
#[cfg(test)]
pub(crate) fn path(readings: &[Reading], index: usize) -> Vec<Hash> {
    let mut level: Vec<Hash> = readings.iter().map(leaf).collect();
    let (mut place, mut path) = (index, Vec::new());
    while level.len() > 1 {
        path.extend(level.get(place ^ 1));
        level = level.chunks(2).map(join).collect();
        place /= 2;
    }
    path
}
