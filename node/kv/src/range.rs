//! Ranges of keys, compared byte by byte.
//!
//! Always holds: a range whose start lies behind its end is empty, never an error.

use std::ops::Bound;

/// In which order entries are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// Smallest key first.
    Ascending,
    /// Greatest key first.
    Descending,
}

/// The keys between two bounds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyRange {
    /// Where the smallest key lies.
    pub start: Bound<Vec<u8>>,
    /// Where the greatest key lies.
    pub end: Bound<Vec<u8>>,
}

impl KeyRange {
    /// Every key.
    pub const fn all() -> KeyRange {
        KeyRange {
            start: Bound::Unbounded,
            end: Bound::Unbounded,
        }
    }

    /// Every key that begins with `prefix`.
    pub fn prefix(prefix: &[u8]) -> KeyRange {
        KeyRange {
            start: Bound::Included(prefix.to_vec()),
            end: prefix_end(prefix),
        }
    }

    /// From `start` inclusive to `end` exclusive.
    pub fn half_open(start: impl Into<Vec<u8>>, end: impl Into<Vec<u8>>) -> KeyRange {
        KeyRange {
            start: Bound::Included(start.into()),
            end: Bound::Excluded(end.into()),
        }
    }

    /// Whether the bounds leave no room for any key.
    pub fn is_empty(&self) -> bool {
        match (&self.start, &self.end) {
            (Bound::Included(start), Bound::Included(end)) => start > end,
            (Bound::Included(start) | Bound::Excluded(start), Bound::Excluded(end))
            | (Bound::Excluded(start), Bound::Included(end)) => start >= end,
            (Bound::Unbounded, _) | (_, Bound::Unbounded) => false,
        }
    }

    /// Whether `key` lies inside.
    pub fn contains(&self, key: &[u8]) -> bool {
        !self.is_before(key) && !self.is_after(key)
    }

    /// Whether `key` lies below every key of the range.
    pub fn is_before(&self, key: &[u8]) -> bool {
        match &self.start {
            Bound::Included(start) => key < start.as_slice(),
            Bound::Excluded(start) => key <= start.as_slice(),
            Bound::Unbounded => false,
        }
    }

    /// Whether `key` lies above every key of the range.
    pub fn is_after(&self, key: &[u8]) -> bool {
        match &self.end {
            Bound::Included(end) => key > end.as_slice(),
            Bound::Excluded(end) => key >= end.as_slice(),
            Bound::Unbounded => false,
        }
    }
}

/// The bound just behind every key that begins with `prefix`.
fn prefix_end(prefix: &[u8]) -> Bound<Vec<u8>> {
    let mut end = prefix.to_vec();
    while let Some(last) = end.pop() {
        if let Some(next) = last.checked_add(1) {
            end.push(next);
            return Bound::Excluded(end);
        }
    }
    Bound::Unbounded
}

#[cfg(test)]
mod tests {
    use super::KeyRange;
    use std::ops::Bound;

    #[track_caller]
    fn check(prefix: &[u8], end: Option<&[u8]>) {
        let expected = end.map_or(Bound::Unbounded, |end| Bound::Excluded(end.to_vec()));
        assert_eq!(KeyRange::prefix(prefix).end, expected, "{prefix:?}");
    }

    #[test]
    fn prefix_ends_behind_its_last_key() {
        check(&[], None);
        check(&[0], Some(&[1]));
        check(&[1, 0xff], Some(&[2]));
        check(&[1, 2, 0xff, 0xff], Some(&[1, 3]));
        check(&[0xff, 0xff], None);
    }

    #[test]
    fn contains_respects_both_bounds() {
        let range = KeyRange::half_open([2], [4]);
        assert!(!range.contains(&[1]) && !range.contains(&[4]));
        assert!(range.contains(&[2]) && range.contains(&[3, 9]));
        assert!(!KeyRange::half_open([4], [2]).contains(&[3]));
        assert!(KeyRange::half_open([4], [2]).is_empty() && !range.is_empty());
    }
}
