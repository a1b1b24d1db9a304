//! Entries of an address in the order of their keys, once all of them are known.
//!
//! Always: they are taken out in pieces, so that who wants the first few does not pay for all, and nobody
//! waits behind a long list.

use std::ops::Bound;
use std::sync::{Mutex, PoisonError};
use std::vec;

use argosy_kv::{Bytes, Direction, KeyRange};
use argosy_primitives::Address;

use super::known::Known;

/// Entries that are taken out at once.
const PIECE: usize = 64;

/// Entries of a range of which all is known.
pub(super) struct Pieces<'a> {
    known: &'a Mutex<Known>,
    /// What is behind the piece.
    rest: KeyRange,
    direction: Direction,
    piece: vec::IntoIter<(Vec<u8>, Bytes)>,
}

impl<'a> Pieces<'a> {
    /// Nothing is taken out yet.
    pub(super) fn new(
        known: &'a Mutex<Known>,
        range: KeyRange,
        direction: Direction,
    ) -> Pieces<'a> {
        Pieces {
            known,
            rest: range,
            direction,
            piece: Vec::new().into_iter(),
        }
    }

    fn next_piece(&mut self) -> Vec<(Vec<u8>, Bytes)> {
        let piece = {
            let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
            known.entries(&self.rest, self.direction, PIECE)
        };
        if let Some((last, _)) = piece.last() {
            let behind = Bound::Excluded(last.clone());
            match self.direction {
                Direction::Ascending => self.rest.start = behind,
                Direction::Descending => self.rest.end = behind,
            }
        }
        piece
    }
}

impl Iterator for Pieces<'_> {
    type Item = (Vec<u8>, Bytes);

    fn next(&mut self) -> Option<Self::Item> {
        if let Some(entry) = self.piece.next() {
            return Some(entry);
        }
        self.piece = self.next_piece().into_iter();
        self.piece.next()
    }
}

/// The address that all keys of a range are under.
pub(super) fn address_of(range: &KeyRange) -> Option<Address> {
    let (Bound::Included(key) | Bound::Excluded(key)) = &range.start else {
        return None;
    };
    let address = *key.first_chunk::<32>()?;
    let whole = KeyRange::prefix(&address);
    let ends_there = match (&range.end, &whole.end) {
        (Bound::Included(end), _) => end.starts_with(&address),
        (Bound::Excluded(end), _) if end.starts_with(&address) => true,
        (end, last) => end == last,
    };
    ends_there.then(|| Address::from_bytes(address))
}

#[cfg(test)]
mod tests {
    use argosy_proof::StateKey;

    use super::super::cache::{Entry, Found};
    use super::*;

    #[test]
    fn ranges_of_one_address_are_known_by_their_bounds() {
        let address = [7_u8; 32];
        let key = |rest: &[u8]| [&address[..], rest].concat();
        let ours = [
            KeyRange::prefix(&address),
            KeyRange::prefix(&key(&[2])),
            KeyRange::half_open(key(&[2, 5]), key(&[3])),
        ];
        for range in ours {
            assert_eq!(
                address_of(&range),
                Some(Address::from_bytes(address)),
                "{range:?}"
            );
        }
        let others = [
            KeyRange::all(),
            KeyRange::prefix(&address[..31]),
            KeyRange::half_open(key(&[2]), [9; 33]),
        ];
        for range in others {
            assert_eq!(address_of(&range), None, "{range:?}");
        }
    }

    #[test]
    fn pieces_together_are_the_range_in_either_direction() {
        let address = Address::from_bytes([7; 32]);
        let key = |number: u16| StateKey::Storage(&number.to_be_bytes()).under(&address);
        let count = u16::try_from(3 * PIECE + 5).unwrap();
        let entry = |number: u16| Entry::Value {
            key: key(number),
            value: (!number.is_multiple_of(10)).then(|| number.to_be_bytes().to_vec()),
            told_by: None,
        };
        let found = Found {
            entries: (0..count).map(entry).collect(),
            cache: None,
        };
        let known = Mutex::new(Known::new(found, None));
        let there = |range: KeyRange, direction| -> Vec<Vec<u8>> {
            let pieces = Pieces::new(&known, range, direction);
            pieces.map(|(_, value)| value.to_vec()).collect()
        };
        for (from, to) in [(0, count), (3, 2 * count), (7, 8), (9, 9), (9, 4)] {
            let range = KeyRange::half_open(key(from), key(to));
            let mut expected: Vec<Vec<u8>> = (from..to.min(count))
                .filter(|it| !it.is_multiple_of(10))
                .map(|it| it.to_be_bytes().to_vec())
                .collect();
            assert_eq!(there(range.clone(), Direction::Ascending), expected);
            expected.reverse();
            assert_eq!(there(range, Direction::Descending), expected);
        }
    }
}
