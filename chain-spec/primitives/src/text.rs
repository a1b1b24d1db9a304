//! The error of reading a protocol word from text.
//!
//! Not here: addresses, whose text can be wrong in more ways (`address`).

/// The text is not what it should be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected {expected}")]
pub struct TextError {
    /// What would have been right.
    pub expected: &'static str,
}

/// Reads `0x` and exactly `2 * N` hex digits of either case.
pub(crate) fn hex_array<const N: usize>(
    text: &str,
    expected: &'static str,
) -> Result<[u8; N], TextError> {
    let digits = text.strip_prefix("0x").ok_or(TextError { expected })?;
    // The length is checked here: the hex crate would also accept a second prefix.
    if digits.len() != 2 * N {
        return Err(TextError { expected });
    }
    const_hex::const_decode_to_array(digits.as_bytes()).map_err(|_| TextError { expected })
}
