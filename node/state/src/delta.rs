//! What a block changes in state, ready for its batch, and how to take it back.

use std::collections::BTreeSet;

use argosy_kv::{Batch, Bytes, Column, View};
use argosy_primitives::{Address, DecodeError, Height, Limits, StateRoot, decode_untrusted};
use argosy_proof::{Path, StateKey, trie};
use parity_scale_codec::{Decode, DecodeWithMemTracking, Encode};

use crate::key::HEAD_BYTES;
use crate::overlay::Overlay;
use crate::parallel::both;
use crate::{LeafChange, StateCommitment, StateError, TrieDelta};

/// From so many changes on, old values are read by two threads: a read costs 1 to 15 µs.
const THREAD_CHANGES_MIN: usize = 256;

/// One key whose value really differs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Its whole key.
    pub key: Bytes,
    /// What it held; none = it was absent.
    pub old: Option<Bytes>,
    /// What it holds now; none = it is gone.
    pub new: Option<Bytes>,
}

/// All changes of a block with the root they lead to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StateDelta {
    root: StateRoot,
    records: Vec<Change>,
    blobs: Vec<Change>,
    trie: TrieDelta,
}

/// Takes a block's changes back: what each changed key held before, none = nothing.
#[derive(Clone, Debug, PartialEq, Eq, Default, Encode, Decode, DecodeWithMemTracking)]
pub struct UndoRecord {
    /// Keys of the state column.
    pub records: Vec<(Vec<u8>, Option<Vec<u8>>)>,
    /// Keys of the code column.
    pub blobs: Vec<(Vec<u8>, Option<Vec<u8>>)>,
}

impl StateDelta {
    pub(crate) fn new(
        computed: Computed,
        view: &dyn View,
        blobs: &Overlay,
    ) -> Result<StateDelta, StateError> {
        let Computed { records, trie } = computed;
        let blobs = real_changes(view, Column::Code, blobs)?;
        Ok(StateDelta {
            root: trie.root,
            records,
            blobs,
            trie,
        })
    }

    /// The state root after the block.
    pub fn root(&self) -> StateRoot {
        self.root
    }

    /// The records that changed, by key: address, kind, rest.
    pub fn records(&self) -> &[Change] {
        &self.records
    }

    /// The modules that were added or removed, by key: hash and form.
    pub fn blobs(&self) -> &[Change] {
        &self.blobs
    }

    /// Addresses whose account changed: whose transactions need another look.
    pub fn accounts(&self) -> BTreeSet<Address> {
        let address = |change: &Change| match change.key.split_first_chunk::<32>() {
            Some((address, [kind])) if *kind == StateKey::Account.kind() => {
                Some(Address::from_bytes(*address))
            }
            _ => None,
        };
        self.records.iter().filter_map(address).collect()
    }

    /// Adds everything to the batch of block `height`: records, trie nodes, code and undo record.
    pub fn write_to(&self, height: Height, batch: &mut Batch) {
        write_changes(Column::State, &self.records, batch);
        write_changes(Column::Code, &self.blobs, batch);
        for node in &self.trie.nodes {
            match &node.node {
                Some(bytes) => batch.put(Column::Trie, &*node.key, Bytes::clone(bytes)),
                None => batch.delete(Column::Trie, &*node.key),
            }
        }
        batch.put(Column::Undo, UndoRecord::key(height), self.encoded_undo());
    }

    /// The bytes of [`StateDelta::undo`], without copies in between.
    fn encoded_undo(&self) -> Vec<u8> {
        type Old<'a> = (&'a [u8], Option<&'a [u8]>);
        fn old(changes: &[Change]) -> Vec<Old<'_>> {
            let old = changes.iter().map(|it| (&*it.key, it.old.as_deref()));
            old.collect()
        }
        let (records, blobs) = (old(&self.records), old(&self.blobs));
        (records, blobs).encode()
    }

    /// What takes these changes back.
    pub fn undo(&self) -> UndoRecord {
        let old = |change: &Change| {
            let value = change.old.as_ref().map(|old| old.to_vec());
            (change.key.to_vec(), value)
        };
        UndoRecord {
            records: self.records.iter().map(old).collect(),
            blobs: self.blobs.iter().map(old).collect(),
        }
    }
}

impl UndoRecord {
    /// Its key in the undo column.
    pub fn key(height: Height) -> [u8; 8] {
        height.to_be_bytes()
    }

    /// What takes back block `height`, if it is still kept.
    pub fn read(view: &dyn View, height: Height) -> Result<Option<UndoRecord>, StateError> {
        let key = UndoRecord::key(height);
        let Some(bytes) = view.get(Column::Undo, &key)? else {
            return Ok(None);
        };
        let limits = Limits::for_size(usize::MAX); // Our own, however large the block was.
        let record: Result<_, DecodeError> = decode_untrusted(&bytes, limits);
        let corrupt = |source| StateError::CorruptRecord {
            key: key.to_vec(),
            source,
        };
        record.map(Some).map_err(corrupt)
    }
}

/// The root of an overlay, and all that was found out on the way.
pub(crate) struct Computed {
    records: Vec<Change>,
    trie: TrieDelta,
}

impl Computed {
    pub(crate) fn new(
        view: &dyn View,
        commitment: &dyn StateCommitment,
        overlay: &Overlay,
    ) -> Result<Computed, StateError> {
        let records = real_changes(view, Column::State, overlay)?;
        let leaves = records.iter().map(|it| (&*it.key, it.new.as_deref()));
        let trie = commitment.update(view, &leaf_changes(view, leaves)?)?;
        Ok(Computed { records, trie })
    }

    pub(crate) fn root(&self) -> StateRoot {
        self.trie.root
    }
}

/// Those changes of an overlay that a reader of the view would notice.
fn real_changes(
    view: &dyn View,
    column: Column,
    overlay: &Overlay,
) -> Result<Vec<Change>, StateError> {
    let all: Vec<_> = overlay.changes().collect();
    let real = |some: &[(&Bytes, &Option<Bytes>)]| {
        let mut changes = Vec::with_capacity(some.len());
        let keys: Vec<&[u8]> = some.iter().map(|(key, _)| &***key).collect();
        for ((key, new), old) in some.iter().zip(view.get_many(column, &keys)?) {
            if old != **new {
                let (key, new) = (Bytes::clone(key), Option::clone(new));
                changes.push(Change { key, old, new });
            }
        }
        Ok::<_, StateError>(changes)
    };
    if all.len() < THREAD_CHANGES_MIN {
        return real(&all);
    }
    let (lower, upper) = all.split_at(all.len() / 2);
    let (lower, upper) = both(|| real(lower), || real(upper));
    let mut changes = lower?;
    changes.append(&mut upper?);
    Ok(changes)
}

/// Keys, rising, and their new values as the trie of `view` sees them, sorted by path. No key is
/// shorter than an address and a kind.
///
/// The trie of a store that was laid over another chain's state commits to the differences alone: a
/// key with the value that it has beneath is no leaf.
pub(crate) fn leaf_changes<'a>(
    view: &dyn View,
    records: impl Iterator<Item = (&'a [u8], Option<&'a [u8]>)>,
) -> Result<Vec<LeafChange>, StateError> {
    let mut leaves = Vec::with_capacity(records.size_hint().0);
    let mut known: Option<(&[u8], [u8; 32])> = None; // Keys of one address lie side by side.
    for (key, new) in records {
        let (address, rest) = key.split_at(HEAD_BYTES - 1);
        let half = match known {
            Some((last, half)) if last == address => half,
            _ => Path::address_half(address.try_into().expect("split at 32 bytes")),
        };
        known = Some((address, half));
        let value_hash = match view.beneath() {
            None => new.map(trie::value_hash),
            Some(beneath) => difference(beneath, key, new)?,
        };
        leaves.push(LeafChange {
            path: Path::join(&half, &Path::key_half(rest)),
            value_hash,
        });
    }
    leaves.sort_unstable_by_key(|leaf| leaf.path);
    Ok(leaves)
}

/// What stands in the trie for a key that is there beneath, and gone here: the hash of no value.
const GONE: [u8; 32] = [0; 32];

/// The leaf of a key that has another value than beneath.
fn difference(
    beneath: &dyn View,
    key: &[u8],
    new: Option<&[u8]>,
) -> Result<Option<[u8; 32]>, StateError> {
    let old = beneath.get(Column::State, key)?;
    let is_same = old.as_deref() == new;
    Ok((!is_same).then(|| new.map_or(GONE, trie::value_hash)))
}

fn write_changes(column: Column, changes: &[Change], batch: &mut Batch) {
    for Change { key, new, .. } in changes {
        match new {
            Some(value) => batch.put(column, Bytes::clone(key), Bytes::clone(value)),
            None => batch.delete(column, Bytes::clone(key)),
        }
    }
}
