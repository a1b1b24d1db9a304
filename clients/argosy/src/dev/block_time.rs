//! When a dev chain makes blocks, as typed: `instant`, `manual`, `1s`, `500ms`.

use std::fmt;
use std::str::FromStr;

use argosy_replica::BlockMode;

/// Longest and shortest period.
const PERIOD_MS: std::ops::RangeInclusive<u64> = 10..=3_600_000;

/// When blocks are made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct BlockTime(pub(crate) BlockMode);

impl FromStr for BlockTime {
    type Err = String;

    fn from_str(text: &str) -> Result<BlockTime, String> {
        let expected = || {
            "expected instant, manual, or a period from 10ms to 3600s such as 1s or 500ms"
                .to_owned()
        };
        let (number, factor) = match text {
            "instant" => return Ok(BlockTime(BlockMode::Instant)),
            "manual" => return Ok(BlockTime(BlockMode::Manual)),
            period => match (period.strip_suffix("ms"), period.strip_suffix('s')) {
                (Some(number), _) => (number, 1),
                (None, Some(number)) => (number, 1000),
                (None, None) => return Err(expected()),
            },
        };
        let digits = number
            .bytes()
            .all(|it| it.is_ascii_digit())
            .then_some(number);
        let period_ms = digits.and_then(|it| it.parse::<u64>().ok()?.checked_mul(factor));
        let period_ms = period_ms
            .filter(|it| PERIOD_MS.contains(it))
            .ok_or_else(expected)?;
        Ok(BlockTime(BlockMode::Interval { period_ms }))
    }
}

impl fmt::Display for BlockTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            BlockMode::Instant => f.write_str("instant"),
            BlockMode::Manual => f.write_str("manual"),
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
    fn reads_what_it_writes() {
        for text in ["instant", "manual", "1s", "500ms", "10ms", "3600s"] {
            assert_eq!(text.parse::<BlockTime>().unwrap().to_string(), text);
        }
        assert_eq!("2000ms".parse::<BlockTime>().unwrap().to_string(), "2s");
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
            assert!(text.parse::<BlockTime>().is_err(), "{text}");
        }
    }
}
