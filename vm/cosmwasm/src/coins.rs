//! The native token as a coin: its denomination, and lists of coins that contracts write.
//!
//! A chain has one token, so a coin of another denomination is one that nobody has.

use argosy_primitives::Balance;
use cosmwasm_std::{Coin, DenomMetadata, DenomUnit, Uint256};

/// Why coins cannot be moved, as contracts hear it.
pub(crate) type CoinError = &'static str;

/// How the smallest unit of a token is called: the symbol in lower case behind the letter of its
/// power of ten, as Cosmos chains do (`uatom` for 6 decimals, `aevmos` for 18).
pub(crate) fn denom_of(symbol: &str, decimals: u8) -> String {
    let prefix = match decimals {
        0 => "",
        3 => "m",
        6 => "u",
        9 => "n",
        12 => "p",
        15 => "f",
        18 => "a",
        // Powers without a letter: the base unit.
        _ => "base",
    };
    format!("{prefix}{}", symbol.to_ascii_lowercase())
}

/// What a chain says of its token: its smallest unit, and how many of them the whole is.
pub(crate) fn metadata_of(symbol: &str, decimals: u8) -> DenomMetadata {
    let unit = |denom: &str, exponent: u8| DenomUnit {
        denom: denom.to_owned(),
        exponent: exponent.into(),
        aliases: Vec::new(),
    };
    let (base, display) = (denom_of(symbol, decimals), symbol.to_ascii_lowercase());
    let mut denom_units = vec![unit(&base, 0)];
    if decimals > 0 {
        denom_units.push(unit(&display, decimals));
    }
    DenomMetadata {
        description: String::new(),
        denom_units,
        base,
        display,
        name: symbol.to_owned(),
        symbol: symbol.to_owned(),
        uri: String::new(),
        uri_hash: String::new(),
    }
}

/// An amount as contracts are told it: no coin for nothing.
pub(crate) fn coins_of(amount: Balance, denom: &str) -> Vec<Coin> {
    match amount {
        0 => Vec::new(),
        amount => vec![coin_of(amount, denom)],
    }
}

/// An amount as one coin, also of nothing.
pub(crate) fn coin_of(amount: Balance, denom: &str) -> Coin {
    Coin {
        denom: denom.to_owned(),
        amount: Uint256::from(amount),
    }
}

/// An amount with its denomination, as events show it; empty for nothing.
pub(crate) fn coins_text(amount: Balance, denom: &str) -> String {
    match amount {
        0 => String::new(),
        amount => format!("{amount}{denom}"),
    }
}

/// What a list of coins comes to: nothing is left out, and coins of nothing do not count.
pub(crate) fn amount_of(coins: &[Coin], denom: &str) -> Result<Balance, CoinError> {
    let mut sum: Balance = 0;
    for coin in coins.iter().filter(|it| !it.amount.is_zero()) {
        if coin.denom != denom {
            return Err("insufficient funds: this chain has one denomination");
        }
        let amount = Balance::from_be_bytes(low_half(&coin.amount).ok_or(TOO_MUCH)?);
        sum = sum.checked_add(amount).ok_or(TOO_MUCH)?;
    }
    Ok(sum)
}

const TOO_MUCH: CoinError = "insufficient funds: more than there is";

/// The number as 128 bits, if it fits.
fn low_half(number: &Uint256) -> Option<[u8; 16]> {
    let bytes = number.to_be_bytes();
    let (high, low) = bytes.split_at(16);
    let fits = high.iter().all(|it| *it == 0);
    fits.then(|| low.try_into().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn coin(amount: &str, denom: &str) -> Coin {
        Coin {
            denom: denom.into(),
            amount: amount.parse().expect("a number"),
        }
    }

    #[track_caller]
    fn check(coins: &[Coin], expected: Option<Balance>) {
        assert_eq!(amount_of(coins, "pargo").ok(), expected, "{coins:?}");
    }

    #[test]
    fn coins_add_up_and_foreign_ones_nobody_has() {
        check(&[], Some(0));
        check(&[coin("0", "uatom"), coin("5", "pargo")], Some(5));
        check(&[coin("2", "pargo"), coin("3", "pargo")], Some(5));
        check(&[coin("5", "pargo"), coin("1", "uatom")], None);
    }

    #[test]
    fn amounts_above_a_balance_are_refused() {
        let most = Balance::MAX.to_string();
        check(&[coin(&most, "pargo")], Some(Balance::MAX));
        check(&[coin(&most, "pargo"), coin("1", "pargo")], None);
        check(
            &[coin("340282366920938463463374607431768211456", "pargo")],
            None,
        );
    }

    #[test]
    fn denominations_follow_the_decimals() {
        assert_eq!(denom_of("ARGO", 12), "pargo");
        assert_eq!(denom_of("ATOM", 6), "uatom");
        assert_eq!(denom_of("ONE", 0), "one");
    }
}
