//! Transactions that were here lately: each is looked at once.
//!
//! Always: at most twice [`GENERATION_MAX`] are remembered, each for one to two generations.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use argosy_primitives::Hash32;

/// Transactions of one generation.
pub(crate) const GENERATION_MAX: usize = 100_000;
/// How long a generation is, at most. Whoever sends a transaction again waits for longer than two.
pub(crate) const GENERATION: Duration = Duration::from_secs(10);

/// Two generations of hashes.
#[derive(Debug)]
pub(crate) struct Seen {
    young: BTreeSet<Hash32>,
    old: BTreeSet<Hash32>,
    since: Instant,
}

impl Seen {
    pub(crate) fn new(now: Instant) -> Seen {
        Seen {
            young: BTreeSet::new(),
            old: BTreeSet::new(),
            since: now,
        }
    }

    /// Notes a transaction; `false`: it was noted before.
    pub(crate) fn note(&mut self, hash: Hash32, now: Instant) -> bool {
        if now.duration_since(self.since) >= GENERATION || self.young.len() >= GENERATION_MAX {
            self.old = std::mem::take(&mut self.young);
            self.since = now;
        }
        !self.old.contains(&hash) && self.young.insert(hash)
    }

    /// It may come again: nothing was made of it.
    pub(crate) fn forget(&mut self, hash: &Hash32) {
        self.young.remove(hash);
        self.old.remove(hash);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hash(number: u64) -> Hash32 {
        let mut bytes = [0; 32];
        bytes[..8].copy_from_slice(&number.to_le_bytes());
        Hash32::from_bytes(bytes)
    }

    #[test]
    fn each_once_until_two_generations_have_passed() {
        let begin = Instant::now();
        let mut seen = Seen::new(begin);
        assert!(seen.note(hash(1), begin));
        assert!(!seen.note(hash(1), begin));
        assert!(!seen.note(hash(1), begin + GENERATION));
        assert!(seen.note(hash(1), begin + 2 * GENERATION));
        seen.forget(&hash(1));
        assert!(seen.note(hash(1), begin + 2 * GENERATION));
    }

    #[test]
    fn a_flood_is_not_remembered_for_ever() {
        let begin = Instant::now();
        let mut seen = Seen::new(begin);
        for number in 0..5 * GENERATION_MAX as u64 {
            seen.note(hash(number), begin);
        }
        assert!(seen.young.len() + seen.old.len() <= 2 * GENERATION_MAX);
    }
}
