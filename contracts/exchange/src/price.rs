//! How much for how much. Whatever does not divide stays in the exchange.

use argosy_contract::math::{Rounding, mul_div, sqrt_product};
use argosy_contract::prelude::*;

use crate::{ExchangeError, Reserves, SHARES_LOCKED};

/// Parts of the whole in which the fee is counted.
pub const PARTS: u128 = 1_000;
/// Of so many parts of what comes in, 3 stay: 0.3 %.
pub const FEE_PARTS: u128 = 3;

/// What a provider brings and gets.
pub(crate) struct Added {
    pub(crate) tokens: Balance,
    pub(crate) shares: Balance,
}

/// The first provider sets the proportion: as many shares as the geometric mean of both, less those that
/// stay behind.
pub(crate) fn first(native: Balance, tokens: Balance) -> Result<Added, ExchangeError> {
    let shares = sqrt_product(native, tokens).checked_sub(SHARES_LOCKED);
    let shares = shares.ok_or(ExchangeError::TooLittle)?;
    Ok(Added { tokens, shares })
}

/// Later ones bring tokens in the proportion of today, and get shares in the proportion of what they bring.
pub(crate) fn provided(reserves: &Reserves, native: Balance) -> Result<Added, ExchangeError> {
    let part = |of, rounding| mul_div(native, of, reserves.native, rounding);
    let tokens = part(reserves.tokens, Rounding::Up).ok_or(ExchangeError::Overflow)?;
    let shares = part(reserves.shares, Rounding::Down).ok_or(ExchangeError::Overflow)?;
    Ok(Added { tokens, shares })
}

/// What shares stand for: native tokens, tokens. There are at least as many shares.
pub(crate) fn removed(
    reserves: &Reserves,
    shares: Balance,
) -> Result<(Balance, Balance), ExchangeError> {
    // Without any shares at all, none can be taken away.
    let part = |of| mul_div(shares, of, reserves.shares, Rounding::Down);
    let native = part(reserves.native).ok_or(ExchangeError::TooLittle)?;
    let tokens = part(reserves.tokens).ok_or(ExchangeError::TooLittle)?;
    Ok((native, tokens))
}

/// What comes out for `paid`, of which the fee counts for nothing:
/// `out = there * kept / (here * PARTS + kept)` with `kept = paid * (PARTS - FEE_PARTS)`.
pub(crate) fn swapped(
    paid: Balance,
    here: Balance,
    there: Balance,
) -> Result<Balance, ExchangeError> {
    ensure!(here > 0 && there > 0 && paid > 0, ExchangeError::TooLittle);
    let overflow = ExchangeError::Overflow;
    let kept = paid.checked_mul(PARTS - FEE_PARTS).ok_or(overflow)?;
    let whole = here.checked_mul(PARTS).and_then(|it| it.checked_add(kept));
    let whole = whole.ok_or(ExchangeError::Overflow)?;
    mul_div(there, kept, whole, Rounding::Down).ok_or(ExchangeError::Overflow)
}
