//! What state should hold: a map, and the definition of its root.

use std::collections::BTreeMap;

use argosy_kv::{Column, Direction, KeyRange, View};
use argosy_primitives::{Address, StateRoot};
use argosy_proof::{Path, trie};
use argosy_state::StateKey;

/// Whole keys to values.
pub(crate) type Model = BTreeMap<Vec<u8>, Vec<u8>>;

/// Address and the rest of a whole key.
pub(crate) fn parts(whole: &[u8]) -> (Address, StateKey<'_>) {
    let (address, rest) = whole
        .split_first_chunk()
        .expect("keys begin with an address");
    let key = match rest.split_first().expect("and a kind") {
        (0, _) => StateKey::Account,
        (2, key) => StateKey::Storage(key),
        other => panic!("unexpected kind {other:?}"),
    };
    (Address::from_bytes(*address), key)
}

pub(crate) fn leaves(model: &Model) -> BTreeMap<Path, [u8; 32]> {
    let leaf = |(whole, value): (&Vec<u8>, &Vec<u8>)| {
        let (address, key) = parts(whole);
        (Path::of(&address, key), trie::value_hash(value))
    };
    model.iter().map(leaf).collect()
}

pub(crate) fn root_of(model: &Model) -> StateRoot {
    let leaves: Vec<_> = leaves(model).into_iter().collect();
    StateRoot::from_bytes(trie::root_of(&leaves).expect("a map's keys rise"))
}

pub(crate) fn stored(view: &dyn View) -> Model {
    let entries = view.range(Column::State, KeyRange::all(), Direction::Ascending);
    let entries = entries.map(|entry| entry.expect("memory does not fail"));
    entries.map(|(key, value)| (key, value.to_vec())).collect()
}
