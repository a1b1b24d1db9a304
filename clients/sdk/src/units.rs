//! Amounts as people write them.
//!
//! The interface speaks of the smallest unit only; decimals are for people.

use argosy_primitives::Balance;

/// Why a text is no amount.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is not an amount, such as 1.5 (at most {decimals} decimals)")]
pub struct AmountError {
    /// The text.
    pub text: String,
    /// Decimals of the token.
    pub decimals: u8,
}

/// Reads tokens: `1.5` with 12 decimals is 1 500 000 000 000 units.
pub fn parse_tokens(text: &str, decimals: u8) -> Result<Balance, AmountError> {
    let error = || AmountError {
        text: text.to_owned(),
        decimals,
    };
    let (whole, part) = text.split_once('.').unwrap_or((text, "0"));
    let is_digits = |it: &str| !it.is_empty() && it.bytes().all(|byte| byte.is_ascii_digit());
    if !is_digits(whole) || !is_digits(part) {
        return Err(error());
    }
    let part = part.trim_end_matches('0');
    let missing = usize::from(decimals)
        .checked_sub(part.len())
        .ok_or_else(error)?;
    let digits = format!("{whole}{part}{}", "0".repeat(missing));
    digits.parse().map_err(|_| error())
}

/// Writes tokens, without zeros that say nothing: `1.5`.
pub fn format_tokens(amount: Balance, decimals: u8) -> String {
    let digits = format!("{amount:0>width$}", width = usize::from(decimals) + 1);
    let (whole, part) = digits.split_at(digits.len() - usize::from(decimals));
    match part.trim_end_matches('0') {
        "" => whole.to_owned(),
        part => format!("{whole}.{part}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, decimals: u8, amount: Balance) {
        assert_eq!(parse_tokens(text, decimals), Ok(amount));
        assert_eq!(format_tokens(amount, decimals), text);
    }

    #[test]
    fn amounts_keep_their_value() {
        check("0", 12, 0);
        check("1", 12, 10u128.pow(12));
        check("1.5", 12, 15 * 10u128.pow(11));
        check("0.000000000001", 12, 1);
        check("7", 0, 7);
        check("340282366920938463463374607.431768211455", 12, u128::MAX);
        assert_eq!(parse_tokens("1.50", 1), Ok(15));
    }

    #[test]
    fn refuses_what_would_be_rounded_or_guessed() {
        for bad in [
            "", ".", "1.", ".5", "-1", "+1", "1e3", "1,5", "1.25", "0x1", " 1",
        ] {
            assert!(parse_tokens(bad, 1).is_err(), "{bad:?}");
        }
        assert!(parse_tokens("340282366920938463463374607431768211456", 0).is_err());
    }
}
