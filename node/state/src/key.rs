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
//!
//! code column:
//!   code hash 32 ‖ 0                   the module as uploaded
//!   code hash 32 ‖ 1                   the module as instrumented
//! ```
//!
//! Numbers in keys are big-endian, so that keys order as they do; in values they are SCALE.

use argosy_primitives::{Address, CodeHash};
use argosy_proof::{CodeRecord, StateKey};

/// Bytes before the part of a key that a contract or the chain chooses: address and kind.
pub(crate) const HEAD_BYTES: usize = 33;

const CODE_ID: u8 = 1;
const CODE_COUNT: u8 = 2;
const HOT_ENTRY: u8 = 3;
const HOT_ORDER: u8 = 4;
const HOT_BYTES: u8 = 5;

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

pub(crate) fn blob_original(code: &CodeHash) -> Vec<u8> {
    [code.as_bytes().as_slice(), &[0]].concat()
}

pub(crate) fn blob_instrumented(code: &CodeHash) -> Vec<u8> {
    [code.as_bytes().as_slice(), &[1]].concat()
}

fn system(tag: u8, rest: &[&[u8]]) -> Vec<u8> {
    let key = [&[tag], rest.concat().as_slice()].concat();
    StateKey::System(&key).under(&Address::SYSTEM)
}

#[cfg(test)]
mod tests {
    use super::{HEAD_BYTES, hot_order, hot_order_head, hot_order_parts};
    use argosy_primitives::CodeHash;

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
