//! When a lone proposer makes blocks; as typed: `instant`, `manual`, `1s`, `500ms`.
//!
//! Not here: agreement between validators (`bft`).

use std::fmt;
use std::ops::RangeInclusive;
use std::str::FromStr;

use argosy_primitives::TimestampMs;

/// Shortest and longest period, as typed.
const PERIOD_MS: RangeInclusive<u64> = 10..=3_600_000;

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
    /// Not by this node alone: validators agree on them.
    Agreed,
}

impl BlockMode {
    /// Whether a block is due at `now_ms`, if the last one was made at `last_ms`.
    pub(crate) fn is_due(self, now_ms: TimestampMs, last_ms: TimestampMs) -> bool {
        match self {
            // A clock that jumped back must not stop the chain; block time never runs backwards.
            BlockMode::Interval { period_ms } => {
                now_ms < last_ms || now_ms.saturating_sub(last_ms) >= period_ms
            }
            BlockMode::Instant | BlockMode::Manual | BlockMode::Agreed => false,
        }
    }
}

/// A text that names no mode.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected instant, manual, or a period from 10ms to 3600s such as 1s or 500ms")]
pub struct BlockModeError;

impl FromStr for BlockMode {
    type Err = BlockModeError;

    fn from_str(text: &str) -> Result<BlockMode, BlockModeError> {
        let (number, factor) = match text {
            "instant" => return Ok(BlockMode::Instant),
            "manual" => return Ok(BlockMode::Manual),
            period => match (period.strip_suffix("ms"), period.strip_suffix('s')) {
                (Some(number), _) => (number, 1),
                (None, Some(number)) => (number, 1000),
                (None, None) => return Err(BlockModeError),
            },
        };
        let digits = number
            .bytes()
            .all(|it| it.is_ascii_digit())
            .then_some(number);
        let period_ms = digits.and_then(|it| it.parse::<u64>().ok()?.checked_mul(factor));
        let period_ms = period_ms
            .filter(|it| PERIOD_MS.contains(it))
            .ok_or(BlockModeError)?;
        Ok(BlockMode::Interval { period_ms })
    }
}

impl fmt::Display for BlockMode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            BlockMode::Instant => f.write_str("instant"),
            BlockMode::Manual => f.write_str("manual"),
            BlockMode::Agreed => f.write_str("agreed"),
            BlockMode::Interval { period_ms } if period_ms % 1000 == 0 => {
                write!(f, "{}s", period_ms / 1000)
            }
            BlockMode::Interval { period_ms } => write!(f, "{period_ms}ms"),
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

    #[test]
    fn reads_what_it_writes() {
        for text in ["instant", "manual", "1s", "500ms", "10ms", "3600s"] {
            assert_eq!(text.parse::<BlockMode>().unwrap().to_string(), text);
        }
        assert_eq!("2000ms".parse::<BlockMode>().unwrap().to_string(), "2s");
    }

    #[test]
    fn refuses_the_rest() {
        for text in [
            "",
            "1",
            "0s",
            "9ms",
            "3601s",
            "1m",
            "-1s",
            "+1s",
            "1.5s",
            "99999999999999999999s",
        ] {
            assert!(text.parse::<BlockMode>().is_err(), "{text}");
        }
    }
}
