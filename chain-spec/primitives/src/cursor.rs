//! Position of an event, or of a transaction, in the chain's history.
//!
//! Invariant: cursors order as events happened.

use core::{fmt, str::FromStr};

use parity_scale_codec::{Decode, DecodeWithMemTracking, Encode};

use crate::{Height, TextError};

const EXPECTED: &str = "a cursor: height.transaction.event in decimal, such as 120.3.0";
const TX_EXPECTED: &str = "a cursor: height.transaction in decimal, such as 120.3";

/// Position of an event; text is `height.tx.event`.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode, DecodeWithMemTracking,
)]
pub struct EventCursor {
    /// Block.
    pub height: Height,
    /// Transaction in the block; the chain's own receipt comes after the last one.
    pub tx: u32,
    /// Event in the receipt.
    pub event: u32,
}

impl fmt::Display for EventCursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.height, self.tx, self.event)
    }
}

impl FromStr for EventCursor {
    type Err = TextError;

    fn from_str(text: &str) -> Result<Self, TextError> {
        let mut parts = text.split('.');
        let cursor = Self {
            height: number(parts.next(), EXPECTED)?,
            tx: number(parts.next(), EXPECTED)?,
            event: number(parts.next(), EXPECTED)?,
        };
        match parts.next() {
            None => Ok(cursor),
            Some(_) => Err(TextError { expected: EXPECTED }),
        }
    }
}

/// Position of a transaction; text is `height.tx`.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode, DecodeWithMemTracking,
)]
pub struct TxCursor {
    /// Block.
    pub height: Height,
    /// Transaction in the block; the chain's own receipt comes after the last one.
    pub tx: u32,
}

impl fmt::Display for TxCursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.height, self.tx)
    }
}

impl FromStr for TxCursor {
    type Err = TextError;

    fn from_str(text: &str) -> Result<Self, TextError> {
        let expected = TX_EXPECTED;
        let (height, tx) = text.split_once('.').ok_or(TextError { expected })?;
        Ok(Self {
            height: number(Some(height), expected)?,
            tx: number(Some(tx), expected)?,
        })
    }
}

/// Reads decimal digits only: no sign, no leading zeros.
fn number<N: FromStr>(part: Option<&str>, expected: &'static str) -> Result<N, TextError> {
    part.filter(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()))
        .filter(|digits| *digits == "0" || !digits.starts_with('0'))
        .and_then(|digits| digits.parse().ok())
        .ok_or(TextError { expected })
}

#[cfg(test)]
mod tests {
    use alloc::string::ToString;

    use super::*;

    #[test]
    fn text_is_read_back() {
        let cursor = EventCursor {
            height: u64::MAX,
            tx: 0,
            event: u32::MAX,
        };
        assert_eq!(cursor.to_string(), "18446744073709551615.0.4294967295");
        assert_eq!(cursor.to_string().parse(), Ok(cursor));
    }

    #[test]
    fn refuses_any_other_spelling() {
        let too_large = [
            "18446744073709551616.0.0",
            "0.4294967296.0",
            "0.0.4294967296",
        ];
        let others = [
            "", "1", "1.2", "1.2.3.4", "1..3", "+1.2.3", "01.2.3", " 1.2.3", "1.2.3 ", "a.b.c",
        ];
        for text in too_large.into_iter().chain(others) {
            assert_eq!(
                text.parse::<EventCursor>(),
                Err(TextError { expected: EXPECTED }),
                "{text}"
            );
        }
    }

    #[test]
    fn a_transaction_has_two_numbers() {
        let cursor = TxCursor { height: 120, tx: 3 };
        assert_eq!(cursor.to_string(), "120.3");
        assert_eq!("120.3".parse(), Ok(cursor));
        for text in ["", "1", "1.", ".1", "1.2.3", "01.2", "-1.2", "1.4294967296"] {
            let expected = TX_EXPECTED;
            assert_eq!(
                text.parse::<TxCursor>(),
                Err(TextError { expected }),
                "{text}"
            );
        }
    }

    #[test]
    fn orders_as_events_happen() {
        let cursor = |height, tx, event| EventCursor { height, tx, event };
        assert!(cursor(1, 9, 9) < cursor(2, 0, 0));
        assert!(cursor(2, 0, 9) < cursor(2, 1, 0));
        assert!(cursor(2, 1, 0) < cursor(2, 1, 1));
    }
}
