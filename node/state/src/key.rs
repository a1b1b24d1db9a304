//! Where the chain keeps its own records.
//!
//! ```text
//! state column, under Address::SYSTEM, kind 3 (argosy_proof::StateKey::System):
//!   0 ‖ code hash 32                   CodeRecord            (CodeRecord::key)
//!   1 ‖ code id u64 BE                 code hash
//!   2                                  uploads so far, u64
//!   3 ‖ code hash 32                   HotEntry
//!   4 ‖ window u64 BE ‖ code hash 32   nothing: the hot set, least recently used first
//!   5                                  bytes of the hot set, u64
//!   6                                  Supply                (Supply::KEY)
//!
//! code column:
//!   code hash 32 ‖ 0                   the module as uploaded
//!   code hash 32 ‖ 1                   the module as instrumented
//! ```
//!
//! Numbers in keys are big-endian, so that keys order as they do; in values they are SCALE.

use argosy_primitives::{Address, CodeHash};
use argosy_proof::{CodeRecord, Path, StateKey, Supply};

use crate::StateError;

/// Bytes before the part of a key that a contract or the chain chooses: address and kind.
pub(crate) const HEAD_BYTES: usize = 33;

const CODE_ID: u8 = 1;
const CODE_COUNT: u8 = 2;
const HOT_ENTRY: u8 = 3;
const HOT_ORDER: u8 = 4;
const HOT_BYTES: u8 = 5;

/// Paths of whole keys. Keys that follow each other under one address cost one hash each, not two.
#[derive(Clone, Debug, Default)]
pub struct Paths {
    /// The last address, and its half of a path.
    last: Option<([u8; 32], [u8; 32])>,
}

impl Paths {
    /// Where the trie keeps a whole key: address, kind, rest.
    pub fn of(&mut self, key: &[u8]) -> Result<Path, StateError> {
        let what = "a record's key is shorter than an address and a kind";
        let parts = key.split_first_chunk::<32>();
        let Some((address, rest)) = parts.filter(|_| key.len() >= HEAD_BYTES) else {
            return Err(StateError::Inconsistent { what });
        };
        let half = match self.last {
            Some((last, half)) if last == *address => half,
            Some(_) | None => Path::address_half(address),
        };
        self.last = Some((*address, half));
        Ok(Path::join(&half, &Path::key_half(rest)))
    }
}

/// The module that the record under a whole key is of, if it is a [`CodeRecord`].
pub fn code_of(key: &[u8]) -> Option<CodeHash> {
    let (address, rest) = key.split_first_chunk::<32>()?;
    let (kind, rest) = rest.split_first()?;
    let code: [u8; 32] = rest.split_first()?.1.try_into().ok()?;
    let code = CodeHash::from_bytes(code);
    let is_record = address == Address::SYSTEM.as_bytes()
        && *kind == StateKey::System(&[]).kind()
        && rest == CodeRecord::key(&code);
    is_record.then_some(code)
}

pub(crate) fn code(code: &CodeHash) -> Vec<u8> {
    StateKey::System(&CodeRecord::key(code)).under(&Address::SYSTEM)
}

pub(crate) fn code_id(id: u64) -> Vec<u8> {
    system(CODE_ID, &[&id.to_be_bytes()])
}

pub(crate) fn code_count() -> Vec<u8> {
    system(CODE_COUNT, &[])
}

pub(crate) fn hot_entry(code: &CodeHash) -> Vec<u8> {
    system(HOT_ENTRY, &[code.as_bytes()])
}

pub(crate) fn hot_order(window: u64, code: &CodeHash) -> Vec<u8> {
    system(HOT_ORDER, &[&window.to_be_bytes(), code.as_bytes()])
}

/// What every [`hot_order`] key begins with.
pub(crate) fn hot_order_head() -> Vec<u8> {
    system(HOT_ORDER, &[])
}

/// Window and code of a [`hot_order`] key.
pub(crate) fn hot_order_parts(key: &[u8]) -> Option<(u64, CodeHash)> {
    let rest = key.strip_prefix(hot_order_head().as_slice())?;
    let (window, code) = rest.split_first_chunk::<8>()?;
    let code: [u8; 32] = code.try_into().ok()?;
    Some((u64::from_be_bytes(*window), CodeHash::from_bytes(code)))
}

pub(crate) fn hot_bytes() -> Vec<u8> {
    system(HOT_BYTES, &[])
}

pub(crate) fn supply() -> Vec<u8> {
    StateKey::System(&Supply::KEY).under(&Address::SYSTEM)
}

pub(crate) fn blob_original(code: &CodeHash) -> Vec<u8> {
    [code.as_bytes().as_slice(), &[0]].concat()
}

pub(crate) fn blob_instrumented(code: &CodeHash) -> Vec<u8> {
    [code.as_bytes().as_slice(), &[1]].concat()
}

/// The module whose original lies under a key of the code column.
pub(crate) fn original_of(key: &[u8]) -> Option<CodeHash> {
    match key.split_first_chunk::<32>() {
        Some((code, [0])) => Some(CodeHash::from_bytes(*code)),
        Some(_) | None => None,
    }
}

fn system(tag: u8, rest: &[&[u8]]) -> Vec<u8> {
    let key = [&[tag], rest.concat().as_slice()].concat();
    StateKey::System(&key).under(&Address::SYSTEM)
}

#[cfg(test)]
mod tests {
    use super::hot_order_parts;
    use super::{HEAD_BYTES, Paths, code, code_of, hot_entry, hot_order, hot_order_head};
    use argosy_primitives::{Address, CodeHash};
    use argosy_proof::{Path, StateKey};

    #[test]
    fn paths_are_those_of_the_keys_in_any_order() {
        let mut paths = Paths::default();
        for (address, rest) in [(1, 1), (1, 2), (2, 2), (1, 1), (2, 0)] {
            let (address, rest) = (Address::from_bytes([address; 32]), [rest]);
            let key = StateKey::Storage(&rest);
            let path = paths.of(&key.under(&address)).expect("it is long enough");
            assert_eq!(path, Path::of(&address, key));
        }
        assert!(paths.of(&[0; HEAD_BYTES - 1]).is_err());
    }

    #[test]
    fn records_of_modules_are_told_from_others() {
        let hash = CodeHash::from_bytes([7; 32]);
        assert_eq!(code_of(&code(&hash)), Some(hash));
        let foreign = StateKey::System(&argosy_proof::CodeRecord::key(&hash));
        for other in [
            hot_entry(&hash),
            foreign.under(&Address::from_bytes([1; 32])),
            StateKey::Storage(&argosy_proof::CodeRecord::key(&hash)).under(&Address::SYSTEM),
            code(&hash)[..60].to_vec(),
            Vec::new(),
        ] {
            assert_eq!(code_of(&other), None);
        }
    }

    #[test]
    fn the_supply_is_kept_where_nothing_else_is() {
        let hash = CodeHash::from_bytes([7; 32]);
        let tags = [
            code(&hash),
            super::code_id(1),
            super::code_count(),
            hot_entry(&hash),
            hot_order_head(),
            super::hot_bytes(),
        ];
        let tags = tags.map(|key| key[HEAD_BYTES]);
        assert!(!tags.contains(&super::supply()[HEAD_BYTES]));
    }

    #[test]
    fn order_keys_sort_by_window_and_read_back() {
        let code = |byte| CodeHash::from_bytes([byte; 32]);
        assert!(hot_order(255, &code(9)) < hot_order(256, &code(1)));
        let key = hot_order(256, &code(1));
        assert_eq!(hot_order_parts(&key), Some((256, code(1))));
        assert_eq!(hot_order_parts(&key[..key.len() - 1]), None);
        assert_eq!(hot_order_parts(&hot_order_head()), None);
        assert_eq!(hot_order_head().len(), HEAD_BYTES + 1);
    }
}
