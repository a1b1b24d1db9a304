//! All entries of a map, or those whose keys begin alike, one after the other.
//!
//! Entries come from the chain page by page, so that a walk which stops early has paid for one page.
//! A walk costs gas by the entry, and a map may grow for ever: bound it by `take`, and let whoever
//! wants more go on behind the last key they saw ([`Entries::after`]).
//!
//! Invariant: every entry comes once, in the order of the keys; the map is not written meanwhile,
//! since it is borrowed.

use alloc::vec;
use alloc::vec::Vec;
use core::iter::FusedIterator;

use super::map::{after, after_prefix};
use super::{Map, MapKey, Order, raw};
use crate::abi::AbiType;

/// Entries that are asked of the chain at once.
const PAGE_ENTRIES: u32 = 16;

/// Entries of a map in the order of their keys; see [`Map::entries`] and [`Map::under`].
#[must_use = "nothing is read before the first entry is taken"]
pub struct Entries<'a, K, V> {
    map: &'a Map<K, V>,
    /// First key that is still to come, in bytes.
    start: Vec<u8>,
    /// First key behind them; `None`: the end of storage.
    end: Option<Vec<u8>>,
    order: Order,
    page: vec::IntoIter<(Vec<u8>, Vec<u8>)>,
    is_done: bool,
}

/// A key whose first parts are a `P`: entries under the same `P` lie side by side.
///
/// ```text
/// (A, B)         begins with  A
/// (A, B, C)                   A, (A, B)
/// (A, B, C, D)                A, (A, B), (A, B, C)
/// ```
#[diagnostic::on_unimplemented(
    message = "a key `{Self}` does not begin with `{P}`",
    note = "entries can be found under the first parts of a tuple: the keys `(A, B, C)` under an `A` or under an `(A, B)`"
)]
pub trait BeginsWith<P>: MapKey {}

impl<A: MapKey, B: MapKey> BeginsWith<A> for (A, B) {}
impl<A: MapKey, B: MapKey, C: MapKey> BeginsWith<A> for (A, B, C) {}
impl<A: MapKey, B: MapKey, C: MapKey> BeginsWith<(A, B)> for (A, B, C) {}
impl<A: MapKey, B: MapKey, C: MapKey, D: MapKey> BeginsWith<A> for (A, B, C, D) {}
impl<A: MapKey, B: MapKey, C: MapKey, D: MapKey> BeginsWith<(A, B)> for (A, B, C, D) {}
impl<A: MapKey, B: MapKey, C: MapKey, D: MapKey> BeginsWith<(A, B, C)> for (A, B, C, D) {}

impl<K: MapKey, V: AbiType> Map<K, V> {
    /// All entries, in the order of their keys.
    pub fn entries(&self, order: Order) -> Entries<'_, K, V> {
        let key = self.field_key();
        Entries::between(self, key.0.to_vec(), after_prefix(key), order)
    }

    /// The entries whose keys begin with `first`, in the order of their keys: of a
    /// `Map<(Address, u32), V>` those of one address.
    pub fn under<P: MapKey>(&self, first: &P, order: Order) -> Entries<'_, K, V>
    where
        K: BeginsWith<P>,
    {
        let mut start = self.field_key().0.to_vec();
        first.write(&mut start);
        let end = behind(start.clone());
        Entries::between(self, start, end, order)
    }
}

impl<'a, K: MapKey, V: AbiType> Entries<'a, K, V> {
    fn between(
        map: &'a Map<K, V>,
        start: Vec<u8>,
        end: Option<Vec<u8>>,
        order: Order,
    ) -> Entries<'a, K, V> {
        Entries {
            map,
            start,
            end,
            order,
            page: Vec::new().into_iter(),
            is_done: false,
        }
    }

    /// Only those that come behind this key, which need not be there: where an earlier walk ended.
    pub fn after(mut self, key: &K) -> Entries<'a, K, V> {
        let key = self.map.full_key(key);
        match self.order {
            Order::Ascending => self.start = self.start.max(after(key)),
            Order::Descending => {
                self.end = Some(match self.end {
                    Some(end) => end.min(key),
                    None => key,
                });
            }
        }
        self.page = Vec::new().into_iter();
        self
    }

    /// Asks for what comes behind the page.
    fn turn(&mut self) {
        let is_empty = self.end.as_ref().is_some_and(|end| *end <= self.start);
        if is_empty {
            self.is_done = true;
            return;
        }
        let page = raw::range(&self.start, self.end.as_deref(), self.order, PAGE_ENTRIES);
        match page.last() {
            // The chain may give fewer than asked for; only none means that there are no more.
            None => self.is_done = true,
            Some((last, _)) => match self.order {
                Order::Ascending => self.start = after(last.clone()),
                Order::Descending => self.end = Some(last.clone()),
            },
        }
        self.page = page.into_iter();
    }
}

impl<K: MapKey, V: AbiType> Iterator for Entries<'_, K, V> {
    type Item = (K, V);

    fn next(&mut self) -> Option<(K, V)> {
        if self.page.as_slice().is_empty() && !self.is_done {
            self.turn();
        }
        let (key, value) = self.page.next()?;
        Some((self.map.parse_key(&key), super::decode_stored(&value)))
    }
}

impl<K: MapKey, V: AbiType> FusedIterator for Entries<'_, K, V> {}

/// The least key behind all that begin with these bytes; none behind `ff ff …`.
#[inline]
fn behind(mut bytes: Vec<u8>) -> Option<Vec<u8>> {
    while let Some(last) = bytes.pop() {
        if let Some(next) = last.checked_add(1) {
            bytes.push(next);
            return Some(bytes);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(bytes: &[u8], expected: Option<&[u8]>) {
        assert_eq!(behind(bytes.to_vec()).as_deref(), expected, "{bytes:?}");
    }

    #[test]
    fn what_lies_behind_a_beginning() {
        check(&[1, 2], Some(&[1, 3]));
        check(&[1, 255], Some(&[2]));
        check(&[1, 255, 255], Some(&[2]));
        check(&[255, 255], None);
        check(&[], None);
    }
}
