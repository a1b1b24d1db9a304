//! When a lone proposer makes blocks.
//!
//! Not here: agreement between validators (`bft`).

use argosy_primitives::TimestampMs;

/// How a chain with one proposer makes blocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BlockMode {
    /// As soon as a transaction can be included.
    Instant,
    /// Every so many milliseconds, empty or not.
    Interval {
        /// Time between two blocks.
        period_ms: u64,
    },
    /// Only when asked.
    Manual,
}

impl BlockMode {
    /// Whether a block is due at `now_ms`, if the last one was made at `last_ms`.
    pub(crate) fn is_due(self, now_ms: TimestampMs, last_ms: TimestampMs) -> bool {
        match self {
            // A clock that jumped back must not stop the chain; block time never runs backwards.
            BlockMode::Interval { period_ms } => {
                now_ms < last_ms || now_ms.saturating_sub(last_ms) >= period_ms
            }
            BlockMode::Instant | BlockMode::Manual => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_interval_is_due_at_its_end_and_not_before() {
        let mode = BlockMode::Interval { period_ms: 1000 };
        assert!(!mode.is_due(1999, 1000));
        assert!(mode.is_due(2000, 1000));
        assert!(
            mode.is_due(500, 1000),
            "a clock that jumped back stopped the chain"
        );
    }
}
