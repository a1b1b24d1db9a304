//! How far this node's clock is from those of the validators: a proposal carries its proposer's time, and
//! comes here some ten milliseconds later.
//!
//! No result depends on it; what a proposal's time may be is the chain's rule (`replica`).

use std::collections::BTreeMap;

use argosy_primitives::{Address, TimestampMs};

/// Beyond this the clock is wrong, or theirs are.
const DIFFERS_MS: i64 = 1_000;
/// It is said again after so long.
const AGAIN_MS: u64 = 600_000;

/// The last proposal of each validator against this node's clock.
#[derive(Debug, Default)]
pub(crate) struct Clock {
    /// Milliseconds by which this clock is ahead.
    ahead_ms: BTreeMap<Address, i64>,
    told_ms: Option<TimestampMs>,
}

impl Clock {
    /// A new proposal came. Gives by how many milliseconds this clock is ahead of most of those who decide.
    pub(crate) fn hear(
        &mut self,
        proposer: Address,
        time_ms: TimestampMs,
        now_ms: TimestampMs,
        is_deciding: impl Fn(&Address) -> bool,
    ) -> i64 {
        let ahead = i128::from(now_ms) - i128::from(time_ms);
        let ahead = i64::try_from(ahead).unwrap_or(i64::MAX);
        self.ahead_ms.insert(proposer, ahead);
        self.ahead_ms.retain(|who, _| is_deciding(who));
        let mut all: Vec<i64> = self.ahead_ms.values().copied().collect();
        all.sort_unstable();
        // The middle: one wrong clock among three is not mine.
        all.get(all.len() / 2).copied().unwrap_or(0)
    }

    /// Whether that is to be told, once in a while.
    pub(crate) fn is_news(&mut self, ahead_ms: i64, now_ms: TimestampMs) -> bool {
        let was_told = self
            .told_ms
            .is_some_and(|it| now_ms.abs_diff(it) < AGAIN_MS);
        let is_news = ahead_ms.abs() > DIFFERS_MS && !was_told;
        if is_news {
            self.told_ms = Some(now_ms);
        }
        is_news
    }
}
