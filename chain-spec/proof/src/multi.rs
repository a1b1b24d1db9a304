//! Proofs about many keys at once: each holds this value, or is absent.
//!
//! ```text
//! root ─ bit 3 ─┬─ bit 9 ─ bit 260 ─ leaf 0      way 0: siblings at 3, 9, 260
//!          │    │     │        │
//!          s    6     s        s                 6: both sides lead to leaves that are shown
//!               │
//!               └─ bit 80 ─ leaf 1               way 1: sibling at 80
//!                     │
//!                     s
//!
//! leaves   of the keys that are present, and the witnesses, in rising order
//! way      siblings, from the root downwards; what it shares with earlier ways is not repeated,
//!          nor are the bits at which it parts from others: the paths tell
//! ```
//!
//! A witness is the leaf that an absent key's bits lead to, unless it is shown anyway.
//!
//! Sound, because hashes commit to branching bits and leaves: whatever leads to the root is the trie
//! itself with some subtrees cut off. A key in the trie is the one leaf that its bits lead to, and
//! no absent key's bits may lead into a subtree that is cut off or to a leaf of its own.
//! Canonical: keys determine the leaves that are shown, these determine what is cut off, and both
//! must be complete and without surplus, so exactly one proof holds for a set of keys.

use alloc::vec::Vec;

use argosy_primitives::{Address, StateRoot};
use parity_scale_codec::{Decode, DecodeWithMemTracking, Encode};

use crate::state::check_branches;
use crate::{PATH_BITS, Path, ProofError, Root, Sibling, StateKey, trie};

/// Keys that one proof may be about. A proof is smaller than this many [`crate::StateProof`]s, so
/// in a trie of hashed keys 1 MiB is enough to decode it.
pub const MULTI_KEYS_MAX: usize = 1024;

/// The ways from the root to all leaves where some keys can be.
#[derive(Clone, Debug, PartialEq, Eq, Default, Encode, Decode, DecodeWithMemTracking)]
pub struct StateMultiproof {
    /// Path and value hash of the leaves that absent keys lead to, rising.
    pub witnesses: Vec<(Path, [u8; 32])>,
    /// One for each leaf of a present key or witness, in the order of their paths.
    pub ways: Vec<Vec<Sibling>>,
}

/// Checks that, under `root`, each path holds its value hash, or nothing if that is `None`.
///
/// Paths must rise strictly. About no keys at all the default proof holds, under any root.
pub fn verify_multi(
    root: &StateRoot,
    keys: &[(Path, Option<[u8; 32]>)],
    proof: &StateMultiproof,
) -> Result<(), ProofError> {
    let (found, keys_max) = (keys.len(), MULTI_KEYS_MAX);
    if found > keys_max {
        return Err(ProofError::TooManyKeys { found, keys_max });
    }
    check_rising(keys)?;
    if keys.is_empty() {
        let is_empty = *proof == StateMultiproof::default();
        return is_empty.then_some(()).ok_or(ProofError::Surplus);
    }
    let opened = open(keys, proof)?;
    let absent = keys.iter().filter(|(_, value_hash)| value_hash.is_none());
    let absent = absent.map(|(path, _)| path).collect();
    if below(&opened, 0, absent)? != *root.as_bytes() {
        return Err(ProofError::OtherRoot(Root::State));
    }
    Ok(())
}

/// Checks that, under `root`, each key of an address holds its value, or nothing if that is `None`.
/// The order is free.
pub fn verify_states(
    root: &StateRoot,
    claims: &[(Address, StateKey<'_>, Option<&[u8]>)],
    proof: &StateMultiproof,
) -> Result<(), ProofError> {
    let claim = |(address, key, value): &(Address, StateKey<'_>, Option<&[u8]>)| {
        (Path::of(address, *key), value.map(trie::value_hash))
    };
    let mut keys: Vec<_> = claims.iter().map(claim).collect();
    keys.sort_unstable();
    keys.dedup(); // What is claimed twice may be; a contradiction stays, and is refused.
    verify_multi(root, &keys, proof)
}

/// A leaf that the proof shows.
struct Opened<'a> {
    path: &'a Path,
    value_hash: &'a [u8; 32],
    /// Below the point where it parts from the leaf before.
    way: &'a [Sibling],
    is_witness: bool,
}

/// All leaves that the proof shows, rising; none twice.
fn open<'a>(
    keys: &'a [(Path, Option<[u8; 32]>)],
    proof: &'a StateMultiproof,
) -> Result<Vec<Opened<'a>>, ProofError> {
    check_rising(&proof.witnesses)?;
    let present = keys.iter().filter_map(|(path, value_hash)| {
        let value_hash = value_hash.as_ref()?;
        Some((path, value_hash, false))
    });
    let mut leaves: Vec<_> = present.collect();
    for (path, value_hash) in &proof.witnesses {
        let key = keys.binary_search_by(|(key, _)| key.cmp(path));
        match key.ok().and_then(|index| keys.get(index)) {
            Some((_, None)) => return Err(ProofError::KeyPresent),
            Some((_, Some(_))) => return Err(ProofError::Surplus),
            None => leaves.push((path, value_hash, true)),
        }
    }
    leaves.sort_unstable();
    let (found, expected) = (proof.ways.len(), leaves.len());
    if found != expected {
        return Err(ProofError::WayCount { found, expected });
    }
    let with_way = leaves.into_iter().zip(&proof.ways);
    let opened = with_way.map(|((path, value_hash, is_witness), way)| Opened {
        path,
        value_hash,
        way,
        is_witness,
    });
    Ok(opened.collect())
}

fn check_rising<T>(list: &[(Path, T)]) -> Result<(), ProofError> {
    let pairs = list.iter().zip(list.iter().skip(1));
    for (index, ((before, _), (path, _))) in pairs.enumerate() {
        if before >= path {
            return Err(ProofError::NotRising { index: index + 1 });
        }
    }
    Ok(())
}

/// Root over the leaves below a point where all of `opened` part from the one before, whose bits
/// are therefore at least `bit_min`; `absent` are the keys that lead there.
fn below(opened: &[Opened<'_>], bit_min: u16, absent: Vec<&Path>) -> Result<[u8; 32], ProofError> {
    let way = opened.first().map_or(&[][..], |first| first.way);
    check_branches(way, bit_min)?;
    along(opened, way, absent)
}

/// As [`below`], along what is left of the first leaf's way. One level for each bit at which leaves
/// that are shown part: at most 512.
fn along(
    opened: &[Opened<'_>],
    way: &[Sibling],
    absent: Vec<&Path>,
) -> Result<[u8; 32], ProofError> {
    let (Some(first), Some(last)) = (opened.first(), opened.last()) else {
        return Ok(trie::EMPTY);
    };
    let parting = first.path.first_difference(last.path);
    let bit_end = parting.unwrap_or(PATH_BITS);
    let (above, rest) = way.split_at(way.partition_point(|it| it.bit < bit_end));
    for Sibling { bit, .. } in above {
        let side = first.path.bit(*bit);
        if absent.iter().any(|path| path.bit(*bit) != side) {
            return Err(ProofError::Detour { bit: *bit });
        }
    }
    let mut hash = match parting {
        None if first.is_witness && absent.is_empty() => return Err(ProofError::Surplus),
        None => trie::leaf_hash(first.path, first.value_hash),
        Some(bit) => {
            let level = above.len();
            if rest.first().is_some_and(|it| it.bit == bit) {
                return Err(ProofError::BadBranch { level });
            }
            let middle = opened.partition_point(|it| !it.path.bit(bit));
            let (left, right) = opened.split_at(middle);
            let (to_right, to_left) = absent.into_iter().partition(|path| path.bit(bit));
            let left = along(left, rest, to_left)?;
            trie::node_hash(bit, &left, &below(right, bit + 1, to_right)?)
        }
    };
    for Sibling { bit, hash: sibling } in above.iter().rev() {
        hash = if first.path.bit(*bit) {
            trie::node_hash(*bit, sibling, &hash)
        } else {
            trie::node_hash(*bit, &hash, sibling)
        };
    }
    Ok(hash)
}
