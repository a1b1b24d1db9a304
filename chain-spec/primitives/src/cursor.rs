//! Position of an event in the chain's history.
//!
//! Invariant: cursors order as events happened.

use core::{fmt, str::FromStr};

use parity_scale_codec::{Decode, DecodeWithMemTracking, Encode};

use crate::{Height, TextError};

const EXPECTED: &str = "a cursor: height.transaction.event in decimal, such as 120.3.0";

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
            height: number(parts.next())?,
            tx: number(parts.next())?,
            event: number(parts.next())?,
        };
        match parts.next() {
            None => Ok(cursor),
            Some(_) => Err(TextError { expected: EXPECTED }),
        }
    }
}

/// Reads decimal digits only: no sign, no leading zeros.
fn number<N: FromStr>(part: Option<&str>) -> Result<N, TextError> {
    part.filter(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()))
        .filter(|digits| *digits == "0" || !digits.starts_with('0'))
        .and_then(|digits| digits.parse().ok())
        .ok_or(TextError { expected: EXPECTED })
}
