//! Amounts of tokens as people write them: `"1_000 ARGO"`, `"0.000001 ARGO"`, `"25 units"`.
//!
//! Invariant: reading is exact; an amount finer than the smallest unit is refused, not rounded.

use argosy_primitives::Balance;

use crate::{Network, SpecError};

/// Word for the smallest unit, of which a token has `10^token_decimals`.
const UNITS: &str = "units";

/// Reads the amount under `key` in the network's token or in smallest units.
pub(crate) fn parse_amount(key: &str, text: &str, network: &Network) -> Result<Balance, SpecError> {
    let refused = || SpecError::Text {
        key: key.into(),
        found: text.into(),
        expected: format!(
            "an amount such as \"1.5 {}\" (at most {} decimals) or \"25 {UNITS}\"",
            network.token_symbol, network.token_decimals,
        ),
    };
    let (number, unit) = text.split_once(' ').ok_or_else(refused)?;
    let decimals = match unit {
        UNITS => 0,
        unit if unit == network.token_symbol => usize::from(network.token_decimals),
        _ => return Err(refused()),
    };
    parse_decimal(number, decimals).ok_or_else(refused)
}

/// Reads `digits[.digits]` (underscores allowed between digits) times `10^decimals`.
fn parse_decimal(text: &str, decimals: usize) -> Option<Balance> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let bare = whole.starts_with('_') || whole.ends_with('_');
    let finer = fraction.trim_end_matches('0').len() > decimals;
    if whole.is_empty() || fraction.is_empty() || bare || finer {
        return None;
    }
    let digits = whole.chars().filter(|&it| it != '_').chain(
        fraction
            .chars()
            .chain(std::iter::repeat('0'))
            .take(decimals),
    );
    digits.into_iter().try_fold(0_u128, |sum, digit| {
        let digit = digit.to_digit(10)?;
        sum.checked_mul(10)?.checked_add(digit.into())
    })
}

#[cfg(test)]
mod tests {
    use argosy_primitives::Hrp;

    use super::*;

    #[track_caller]
    fn check(text: &str, expected: Option<Balance>) {
        let network = Network {
            name: "test".into(),
            hrp: Hrp::Dev,
            token_symbol: "ARGO".into(),
            token_decimals: 12,
        };
        assert_eq!(parse_amount("key", text, &network).ok(), expected, "{text}");
    }

    #[test]
    fn reads_tokens_exactly() {
        check("1 ARGO", Some(1_000_000_000_000));
        check("1_000.5 ARGO", Some(1_000_500_000_000_000));
        check("0.000000000001 ARGO", Some(1));
        check("0.1000000000000 ARGO", Some(100_000_000_000));
        check("25 units", Some(25));
        check("25.0 units", Some(25));
    }

    #[test]
    fn refuses_what_would_be_rounded_or_wrapped() {
        check("0.0000000000001 ARGO", None);
        check("0.5 units", None);
        check(
            "340282366920938463463374607431768211455 units",
            Some(u128::MAX),
        );
        check("340282366920938463463374607431768211456 units", None);
        check("340282366920938463463374608 ARGO", None);
    }

    #[test]
    fn refuses_other_forms() {
        for text in [
            "", "1", "1ARGO", "1 EUR", ".5 ARGO", "1. ARGO", "-1 ARGO", "1  ARGO", "١ ARGO",
            "1e3 ARGO", "_ ARGO",
        ] {
            check(text, None);
        }
    }
}
