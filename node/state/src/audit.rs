//! The root once more, from the records alone: what a check of a whole store compares with, since
//! the trie is only another copy of what the records say.
//!
//! Always: memory is bounded, however many records there are: they are read in as many passes as
//! needed, each for a part of the paths.

use argosy_kv::{Column, Direction, KeyRange, View};
use argosy_primitives::StateRoot;
use argosy_proof::{Path, trie};

use crate::StateError;
use crate::key::Paths;

/// Leaves kept at a time: about 200 MB.
const LEAVES_MAX: usize = 2_000_000;
/// Parts into which paths are split, by their first four bits.
const PARTS: usize = 16;

/// What the records say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Audit {
    /// Their root.
    pub root: StateRoot,
    /// How many there are.
    pub keys: u64,
}

/// The root over all records that `view` shows, without a look at its trie. Tells `each` after every
/// so many records how many it has read, all passes together.
pub fn audit(view: &dyn View, each: impl FnMut(u64)) -> Result<Audit, StateError> {
    audit_in_parts(view, LEAVES_MAX, each)
}

type Leaves = Vec<(Path, [u8; 32])>;

fn audit_in_parts(
    view: &dyn View,
    leaves_max: usize,
    mut each: impl FnMut(u64),
) -> Result<Audit, StateError> {
    let mut roots = [None; PARTS];
    let (mut from, mut keys, mut read) = (0, 0, 0_u64);
    while from < PARTS {
        let (mut until, mut kept, mut found) = (PARTS, 0, 0_u64);
        let mut parts: [Leaves; PARTS] = std::array::from_fn(|_| Vec::new());
        let mut paths = Paths::default();
        for entry in view.range(Column::State, KeyRange::all(), Direction::Ascending) {
            let (key, value) = entry?;
            (found, read) = (found + 1, read + 1);
            if read.is_multiple_of(10_000) {
                each(read);
            }
            let path = paths.of(&key)?;
            let part = usize::from(path.as_bytes()[0] >> 4);
            if !(from..until).contains(&part) {
                continue;
            }
            parts[part].push((path, trie::value_hash(&value)));
            kept += 1;
            while kept > leaves_max && until > from + 1 {
                until -= 1;
                kept -= parts[until].len();
                parts[until] = Vec::new();
            }
        }
        for part in from..until {
            roots[part] = root_of(std::mem::take(&mut parts[part]))?;
        }
        (from, keys) = (until, found);
    }
    let root = fold(&roots, 0).unwrap_or(trie::EMPTY);
    Ok(Audit {
        root: StateRoot::from_bytes(root),
        keys,
    })
}

fn root_of(mut leaves: Leaves) -> Result<Option<[u8; 32]>, StateError> {
    if leaves.is_empty() {
        return Ok(None);
    }
    leaves.sort_unstable_by_key(|leaf| leaf.0);
    let what = "two records have one path";
    let root = trie::root_of(&leaves).ok_or(StateError::Inconsistent { what });
    root.map(Some)
}

/// The root over neighbouring parts, which differ first in `bit`.
fn fold(parts: &[Option<[u8; 32]>], bit: u16) -> Option<[u8; 32]> {
    if let [part] = parts {
        return *part;
    }
    let (left, right) = parts.split_at(parts.len() / 2);
    match (fold(left, bit + 1), fold(right, bit + 1)) {
        (Some(left), Some(right)) => Some(trie::node_hash(bit, &left, &right)),
        (only, None) | (None, only) => only,
    }
}

#[cfg(test)]
mod tests {
    use super::audit_in_parts;
    use crate::{State, committed_root};
    use argosy_kv::{Batch, Durability, MemoryStore, Store};
    use argosy_primitives::Address;

    #[test]
    fn the_records_have_the_root_of_their_trie_in_however_many_passes() {
        let store = MemoryStore::new();
        for keys in [0_u32, 1, 2, 60, 400] {
            let mut state = State::new(store.view());
            for key in 0..keys {
                let owner = Address::from_bytes([(key % 90) as u8; 32]);
                state.storage_set(&owner, &key.to_be_bytes(), *b"value");
            }
            let mut batch = Batch::new();
            let delta = state.into_delta().expect("whole");
            delta.write_to(1, &mut batch);
            store.commit(batch, Durability::Synced).expect("in memory");
            let view = store.view();
            let root = committed_root(&*view).expect("whole");
            for leaves_max in [1, 7, 50, 1_000] {
                let audit = audit_in_parts(&*view, leaves_max, |_| ()).expect("whole");
                assert_eq!(
                    (audit.root, audit.keys),
                    (root, keys.into()),
                    "{leaves_max}"
                );
            }
        }
    }
}
