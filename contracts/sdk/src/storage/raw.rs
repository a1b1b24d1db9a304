//! Bytes under bytes: the storage below [`Item`](super::Item) and [`Map`](super::Map).
//!
//! For generic code and migrations. Nothing here keeps clear of the keys of typed fields.

use alloc::vec::Vec;

use parity_scale_codec::Decode;

use super::{Order, Pairs};
use crate::host;

/// The value of a key.
pub fn get(key: &[u8]) -> Option<Vec<u8>> {
    host::storage_get(key)
}

/// Whether a key has a value, even an empty one.
pub fn has(key: &[u8]) -> bool {
    host::storage_has(key)
}

/// Gives a key its value.
pub fn set(key: &[u8], value: &[u8]) {
    host::storage_set(key, value);
}

/// Removes a key; `true` if it had a value.
pub fn remove(key: &[u8]) -> bool {
    host::storage_remove(key)
}

/// Up to `limit` pairs with `start <= key < end`.
pub fn range(
    start: &[u8],
    end: Option<&[u8]>,
    order: Order,
    limit: u32,
) -> Vec<(Vec<u8>, Vec<u8>)> {
    let bytes = host::storage_range(start, end, order == Order::Descending, limit);
    Pairs::decode(&mut bytes.as_slice()).expect("the chain encodes pairs of bytes")
}
