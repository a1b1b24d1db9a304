//! Keys of old values.
//!
//! ```text
//! 0 ‖ address and kind 33 ‖ rest, each 0x00 as 0x00 0xff ‖ 0x00 0x00 ‖ !height    of a record
//! 1 ‖ code hash and form 33 ‖ 0x00 0x00 ‖ !height                                 of a blob
//! └──────────────────────────── group ─────────────────┘
//! ```
//!
//! Heights are big-endian and inverted: the newest change of a key comes first. Escaping makes no
//! group the beginning of another and keeps the order of keys, so that a value is one seek away
//! whatever keys lie beside it.

use std::ops::Bound;

use argosy_kv::{Column, KeyRange};
use argosy_primitives::Height;

/// Bytes at the end of a key.
pub(super) const HEIGHT_BYTES: usize = 8;

/// Bytes at the beginning of a key that are not escaped: they are always there.
const HEAD_BYTES: usize = 33;
const ESCAPED: [u8; 2] = [0, 0xff];
const END: [u8; 2] = [0, 0];

/// Which columns have a history.
fn tag(column: Column) -> Option<u8> {
    match column {
        Column::State => Some(0),
        Column::Code => Some(1),
        Column::Meta
        | Column::Trie
        | Column::Undo
        | Column::Hist
        | Column::Headers
        | Column::Blocks
        | Column::Receipts
        | Column::TxIndex
        | Column::Events
        | Column::Certs
        | Column::Undecided
        | Column::Snapshots
        | Column::Index => None,
    }
}

/// What the entries of a key begin with; `None`: there are none of such a key.
pub(super) fn group(column: Column, key: &[u8]) -> Option<Vec<u8>> {
    let (head, rest) = key.split_at_checked(HEAD_BYTES)?;
    let mut group = vec![tag(column)?];
    group.extend(head);
    for byte in rest {
        match byte {
            0 => group.extend(ESCAPED),
            other => group.push(*other),
        }
    }
    group.extend(END);
    Some(group)
}

/// The key whose entries begin so.
pub(super) fn key_of(group: &[u8]) -> Option<Vec<u8>> {
    let (_, group) = group.split_first()?;
    let (head, rest) = group.split_at_checked(HEAD_BYTES)?;
    let mut rest = rest.strip_suffix(&END)?.iter();
    let mut key = head.to_vec();
    while let Some(byte) = rest.next() {
        if *byte == 0 && rest.next() != Some(&ESCAPED[1]) {
            return None;
        }
        key.push(*byte);
    }
    Some(key)
}

/// What follows the entries of a group: its end's last byte is 0.
pub(super) fn behind(group: &[u8]) -> Vec<u8> {
    let mut behind = group.to_vec();
    if let Some(last) = behind.last_mut() {
        *last = 1;
    }
    behind
}

/// Where the entries of the keys in a range lie, and perhaps a few more beside them; `None`: the
/// column has no history.
pub(super) fn entries_of(column: Column, range: &KeyRange) -> Option<KeyRange> {
    let tag = tag(column)?;
    // Shorter than any key: as it is, it lies before all that begin with it.
    let short = |key: &[u8]| [&[tag], key].concat();
    let start = match &range.start {
        Bound::Included(key) | Bound::Excluded(key) => {
            group(column, key).unwrap_or_else(|| short(key))
        }
        Bound::Unbounded => vec![tag],
    };
    let end = match &range.end {
        Bound::Included(key) | Bound::Excluded(key) => {
            group(column, key).map_or_else(|| short(key), |group| behind(&group))
        }
        Bound::Unbounded => vec![tag.saturating_add(1)],
    };
    Some(KeyRange::half_open(start, end))
}

pub(super) fn inverted(height: Height) -> [u8; HEIGHT_BYTES] {
    (!height).to_be_bytes()
}

#[cfg(test)]
mod tests {
    use super::{behind, group, key_of};
    use argosy_kv::Column;
    use proptest::prelude::*;

    fn key() -> impl Strategy<Value = Vec<u8>> {
        let rest = prop::collection::vec(prop_oneof![Just(0u8), Just(1), Just(0xff)], 0..6);
        (0u8..2, rest).prop_map(|(head, rest)| [vec![head; 33], rest].concat())
    }

    proptest! {
        #[test]
        fn entries_order_as_their_keys_do_and_do_not_mix(a in key(), b in key()) {
            let of = |key: &[u8]| group(Column::State, key).expect("it is long enough");
            let (first, second) = (of(&a), of(&b));
            prop_assert_eq!(first.cmp(&second), a.cmp(&b));
            prop_assert_eq!(first.starts_with(&second), a == b);
            prop_assert_eq!(key_of(&first), Some(a.clone()));
            prop_assert!(first < behind(&first));
            prop_assert_eq!(behind(&first) <= second, a < b);
        }
    }
}
