//! How much a peer may send: a bucket of bytes that fills with time. Who empties it waits.

use std::time::{Duration, Instant};

/// A bucket.
#[derive(Debug)]
pub(crate) struct Pace {
    /// Bytes that are there; below zero: to be waited for.
    left: i64,
    since: Instant,
}

/// Bytes at once, and per second.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rate {
    burst: i64,
    per_second: i64,
    /// What each look at a frame costs besides its bytes: there may be a signature to be checked.
    look: i64,
}

/// Frames that are looked at, of who has not proved anything: a proof, and a status now and then.
pub(crate) const STRANGER: Rate = Rate {
    burst: 32 * 1024,
    per_second: 8 * 1024,
    look: 256,
};
/// Frames that are read past. A node that is far behind does not know the validators of today.
pub(crate) const UNSEEN: Rate = Rate {
    burst: 2 * 1024 * 1024,
    per_second: 2 * 1024 * 1024,
    look: 256,
};
/// Of who speaks for a validator: blocks, as large as they may be, or four thousand votes a second.
pub(crate) const TRUSTED: Rate = Rate {
    burst: 32 * 1024 * 1024,
    per_second: 32 * 1024 * 1024,
    look: 8 * 1024,
};

impl Pace {
    pub(crate) fn new(now: Instant) -> Pace {
        Pace {
            left: STRANGER.burst, // of every kind at least so much
            since: now,
        }
    }

    /// Takes a frame of so many bytes that needs so many looks; gives how long its sender waits before
    /// the next.
    pub(crate) fn spend(
        &mut self,
        bytes: usize,
        looks: usize,
        rate: Rate,
        now: Instant,
    ) -> Duration {
        let passed = now.saturating_duration_since(self.since);
        let passed_ms = i64::try_from(passed.as_millis()).unwrap_or(i64::MAX);
        let gained = passed_ms.saturating_mul(rate.per_second) / 1_000;
        if gained > 0 {
            // A part of a millisecond counts the next time.
            self.since += Duration::from_millis(u64::try_from(passed_ms).unwrap_or(0));
            self.left = self.left.saturating_add(gained).min(rate.burst);
        }
        let [bytes, looks] = [bytes, looks].map(|it| i64::try_from(it).unwrap_or(i64::MAX));
        let cost = bytes.saturating_add(rate.look.saturating_mul(looks));
        self.left = self.left.saturating_sub(cost);
        let lacks = self.left.saturating_neg().max(0);
        let wait_ms = lacks.saturating_mul(1_000) / rate.per_second;
        Duration::from_millis(u64::try_from(wait_ms).unwrap_or(0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_sends_more_than_it_may_waits_as_long_as_that_takes() {
        let begin = Instant::now();
        let mut pace = Pace::new(begin);
        let (mut now, mut sent) = (begin, 0);
        while now.duration_since(begin) < Duration::from_secs(100) {
            now += pace.spend(500, 1, STRANGER, now);
            sent += 500 + 256;
        }
        let fair = 32 * 1024 + 100 * 8 * 1024;
        assert!(sent <= fair + 2_000 && sent >= fair / 2, "{sent} of {fair}");
    }

    #[test]
    fn a_trusted_one_sends_a_large_block_at_once() {
        let now = Instant::now();
        let mut pace = Pace::new(now - Duration::from_secs(2));
        for _ in 0..64 {
            assert_eq!(pace.spend(132 * 1024, 1, TRUSTED, now), Duration::ZERO);
        }
    }

    #[test]
    fn certificates_cost_as_much_as_the_votes_in_them() {
        let now = Instant::now();
        let mut pace = Pace::new(now - Duration::from_secs(2));
        let mut signatures = 0;
        while pace.spend(100 * 97, 101, TRUSTED, now).is_zero() {
            signatures += 100;
        }
        assert!(signatures <= 4_200, "{signatures}");
    }
}
