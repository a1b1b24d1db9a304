//! Amounts of the native token as people write them: `"1.5"`, `"1.5 ARGO"`, `"10 units"`.
//!
//! Invariant: reading and writing are exact; what is finer than the smallest unit is refused, and
//! what [`Token::format`] writes, [`Token::parse`] reads back.

use argosy_primitives::Balance;

/// Word for the smallest unit.
const UNITS: &str = "units";
/// 10^38 is the largest power of ten in 128 bits.
const DECIMALS_MAX: u8 = 38;

/// The native token of a chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    /// How it is called.
    pub symbol: String,
    /// One token is `10^decimals` units.
    pub decimals: u8,
}

/// Longest symbol, as the rules of chains have it.
const SYMBOL_BYTES_MAX: usize = 12;

/// What cannot be a token: its symbol would be read as something else beside amounts.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a token's symbol is 1 to {SYMBOL_BYTES_MAX} capital letters, not {found:?}")]
pub struct TokenError {
    /// The symbol, as far as it is of interest.
    pub found: String,
}

/// Text that is no amount.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{found:?} is no amount: {reason}; write \"1.5\", \"1.5 {symbol}\" or \"10 {UNITS}\"")]
pub struct AmountError {
    /// The text.
    pub found: String,
    /// What is wrong with it.
    pub reason: String,
    /// The token's symbol.
    pub symbol: String,
}

impl Token {
    /// A token by what a node or a file says of it.
    pub fn new(symbol: impl Into<String>, decimals: u8) -> Result<Token, TokenError> {
        let symbol = symbol.into();
        let is_short = (1..=SYMBOL_BYTES_MAX).contains(&symbol.len());
        match is_short && symbol.bytes().all(|it| it.is_ascii_uppercase()) {
            true => Ok(Token { symbol, decimals }),
            false => Err(TokenError {
                found: symbol.chars().take(2 * SYMBOL_BYTES_MAX).collect(),
            }),
        }
    }

    /// Reads an amount. A bare number counts whole tokens.
    pub fn parse(&self, text: &str) -> Result<Balance, AmountError> {
        let refused = |reason: String| AmountError {
            found: text.to_owned(),
            reason,
            symbol: self.symbol.clone(),
        };
        let (number, unit) = match text.trim().split_once(char::is_whitespace) {
            Some((number, unit)) => (number, unit.trim_start()),
            None => (text.trim(), self.symbol.as_str()),
        };
        let decimals = if unit == UNITS {
            0
        } else if unit.eq_ignore_ascii_case(&self.symbol) {
            self.decimals
        } else {
            return Err(refused(format!("{unit:?} is not a unit of this chain")));
        };
        parse_decimal(number, decimals).map_err(refused)
    }

    /// Writes an amount in whole tokens, without needless zeros.
    pub fn format(&self, amount: Balance) -> String {
        let number = match 10u128.checked_pow(self.decimals.into()) {
            Some(one) if self.decimals > 0 => {
                let (whole, fraction) = (amount / one, amount % one);
                let width = usize::from(self.decimals);
                let digits = format!("{fraction:0width$}");
                match digits.trim_end_matches('0') {
                    "" => whole.to_string(),
                    digits => format!("{whole}.{digits}"),
                }
            }
            Some(_) => amount.to_string(),
            None => return format!("{amount} {UNITS}"), // A token that no balance reaches.
        };
        format!("{number} {}", self.symbol)
    }

    /// The same for what may be negative, such as the change of a deposit.
    pub fn format_signed(&self, amount: i128) -> String {
        let sign = if amount < 0 { "-" } else { "" };
        format!("{sign}{}", self.format(amount.unsigned_abs()))
    }
}

/// Reads `digits[.digits]` times `10^decimals`; underscores may stand between digits.
fn parse_decimal(text: &str, decimals: u8) -> Result<Balance, String> {
    let (whole, fraction) = match text.split_once('.') {
        Some((whole, fraction)) => (whole, fraction),
        None => (text, "0"),
    };
    let (whole, fraction) = (plain_digits(whole), plain_digits(fraction));
    let (Some(whole), Some(fraction)) = (whole, fraction) else {
        return Err("it is not a plain decimal number".to_owned());
    };
    let fraction = fraction.trim_end_matches('0');
    if fraction.len() > usize::from(decimals) {
        return Err(format!("it has more than {decimals} decimals"));
    }
    let zeros = usize::from(decimals) - fraction.len();
    let too_large = || "it is larger than any balance".to_owned();
    if whole.bytes().all(|it| it == b'0') && fraction.is_empty() {
        return Ok(0); // However many decimals.
    }
    if decimals > DECIMALS_MAX && !whole.bytes().all(|it| it == b'0') {
        return Err(too_large());
    }
    let digits = whole.bytes().chain(fraction.bytes());
    digits
        .chain(std::iter::repeat_n(b'0', zeros))
        .try_fold(0u128, |sum, digit| {
            sum.checked_mul(10)?.checked_add((digit - b'0').into())
        })
        .ok_or_else(too_large)
}

/// The digits without the underscores between them; `None` if there is anything else.
fn plain_digits(text: &str) -> Option<String> {
    let bytes = text.as_bytes();
    let ends_in_digits = bytes.first()?.is_ascii_digit() && bytes.last()?.is_ascii_digit();
    let plain = bytes.iter().all(|it| it.is_ascii_digit() || *it == b'_');
    (ends_in_digits && plain).then(|| text.replace('_', ""))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn argo() -> Token {
        Token::new("ARGO", 12).unwrap()
    }

    #[test]
    fn a_symbol_is_a_short_word_in_capitals() {
        assert!(Token::new("X", 0).is_ok());
        assert!(Token::new("A".repeat(SYMBOL_BYTES_MAX), 0).is_ok());
        let long = "A".repeat(SYMBOL_BYTES_MAX + 1);
        for bad in [
            "",
            "argo",
            "ARGO 5",
            "ARGO\nto  bob",
            "\u{202e}OGRA",
            "Ä",
            &long,
        ] {
            assert!(Token::new(bad, 0).is_err(), "{bad:?}");
        }
    }

    #[track_caller]
    fn check(text: &str, expected: Balance) {
        assert_eq!(argo().parse(text), Ok(expected));
    }

    #[test]
    fn reads_tokens_and_units() {
        check("1.5", 1_500_000_000_000);
        check("1.5 ARGO", 1_500_000_000_000);
        check(" 1_000  argo ", 1_000_000_000_000_000);
        check("0.000000000001", 1);
        check("0.1000000000000000", 100_000_000_000);
        check("10 units", 10);
        check("10.0 units", 10);
        check(
            "340282366920938463463374607431768211455 units",
            Balance::MAX,
        );
    }

    #[track_caller]
    fn refuse(text: &str, reason: &str) {
        let error = argo().parse(text).unwrap_err();
        assert!(error.reason.contains(reason), "{text}: {error}");
        assert!(
            error
                .to_string()
                .contains("write \"1.5\", \"1.5 ARGO\" or \"10 units\""),
            "{error}"
        );
    }

    #[test]
    fn refuses_what_would_be_rounded_or_wrapped() {
        refuse("0.0000000000001", "more than 12 decimals");
        refuse("0.5 units", "more than 0 decimals");
        refuse("340282366920938463463374607431768211456 units", "larger");
        refuse("340282366920938463463374608", "larger");
    }

    #[test]
    fn refuses_other_forms() {
        for text in [
            "", "-1", "+1", ".5", "1.", "1e3", "_1", "1_", "0x10", "1,5", "1.5.5", "١",
        ] {
            refuse(text, "not a plain decimal number");
        }
        refuse("1 EUR", "\"EUR\" is not a unit");
        refuse("1 2 ARGO", "\"2 ARGO\" is not a unit");
    }

    #[test]
    fn writes_without_needless_zeros() {
        let token = argo();
        assert_eq!(token.format(0), "0 ARGO");
        assert_eq!(token.format(1), "0.000000000001 ARGO");
        assert_eq!(token.format(1_500_000_000_000), "1.5 ARGO");
        assert_eq!(token.format_signed(-2_000_000_000_000), "-2 ARGO");
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(amount: u128, decimals: u8) {
            let token = Token { symbol: "T".into(), decimals };
            prop_assert_eq!(token.parse(&token.format(amount)), Ok(amount));
        }

        #[test]
        fn never_panics(text in "[0-9._ a-zA-Z]{0,50}", decimals: u8) {
            let _ = Token { symbol: "T".into(), decimals }.parse(&text);
        }
    }
}
