//! Arithmetic with amounts: products that do not overflow in between, roots, decimal fractions.
//!
//! Invariant: nothing wraps and nothing rounds unasked; what does not fit is `None`, which
//! [`or_revert`](crate::OrRevert) turns into the end of the message.
//! Every function is `#[inline]`, as in `access`.
//! Not here: floating point, whose results differ between machines.

mod fixed; // decimal fractions
mod wide; // 256 bits

pub use fixed::Fixed;

use wide::Wide;

/// Where a result goes that lies between two integers.
///
/// A contract keeps the remainder: what it pays is rounded `Down`, what it asks for `Up`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rounding {
    /// To the smaller one.
    Down,
    /// To the larger one.
    Up,
}

/// `a * b / divisor`, exact in between. `None` if the divisor is 0 or the result does not fit.
///
/// ```
/// use argosy_contract::math::{Rounding, mul_div};
///
/// let share = mul_div(u128::MAX, 3, 4, Rounding::Down);
/// assert_eq!(share, Some(u128::MAX / 4 * 3 + 2));
/// assert_eq!(mul_div(10, 10, 3, Rounding::Up), Some(34));
/// ```
#[inline]
pub fn mul_div(a: u128, b: u128, divisor: u128, rounding: Rounding) -> Option<u128> {
    let (quotient, remainder) = Wide::product(a, b).divide(divisor)?;
    match rounding {
        Rounding::Up if remainder != 0 => quotient.checked_add(1),
        _ => Some(quotient),
    }
}

/// The square root of `a * b`, rounded down; the product may be larger than `u128`.
#[inline]
pub fn sqrt_product(a: u128, b: u128) -> u128 {
    let product = Wide::product(a, b);
    // The root has half as many bits; from the top one on, each is kept if its square still fits.
    let mut root = 0u128;
    for bit in (0..128).rev() {
        let tried = root | (1 << bit);
        if Wide::product(tried, tried) <= product {
            root = tried;
        }
    }
    root
}

/// Whether `a * b >= c * d`, exactly.
#[inline]
pub fn product_at_least((a, b): (u128, u128), (c, d): (u128, u128)) -> bool {
    Wide::product(a, b) >= Wide::product(c, d)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(a: u128, b: u128, divisor: u128, down: Option<u128>, up: Option<u128>) {
        assert_eq!(mul_div(a, b, divisor, Rounding::Down), down);
        assert_eq!(mul_div(a, b, divisor, Rounding::Up), up);
    }

    #[test]
    fn products_are_exact_in_between() {
        check(7, 3, 2, Some(10), Some(11));
        check(6, 3, 2, Some(9), Some(9));
        check(0, 0, 1, Some(0), Some(0));
        check(1, 1, 0, None, None);
        check(u128::MAX, u128::MAX, 0, None, None);
        check(
            u128::MAX,
            u128::MAX,
            u128::MAX,
            Some(u128::MAX),
            Some(u128::MAX),
        );
        check(u128::MAX, 2, 1, None, None);
        check(u128::MAX, 2, 2, Some(u128::MAX), Some(u128::MAX));
        check(u128::MAX, 3, 2, None, None);
        // Lies between 2^128 - 1 and 2^128: fits rounded down only.
        let factor = 0x4924_9249_2492_4924_9249_2492_4924_9249;
        check(7, factor, 2, Some(u128::MAX), None);
    }

    #[test]
    fn roots_are_rounded_down() {
        let cases = [
            ((0, 9), 0),
            ((1, 3), 1),
            ((2, 2), 2),
            ((8, 1), 2),
            ((9, 1), 3),
            ((u128::MAX, u128::MAX), u128::MAX),
            ((u128::MAX, u128::MAX - 1), u128::MAX - 1),
            ((1 << 127, 1 << 127), 1 << 127),
        ];
        for ((a, b), root) in cases {
            assert_eq!(sqrt_product(a, b), root, "{a} * {b}");
        }
    }

    #[test]
    fn products_are_compared_exactly() {
        assert!(product_at_least((2, 3), (6, 1)));
        assert!(!product_at_least((2, 3), (7, 1)));
        let (large, one_less) = ((u128::MAX, u128::MAX), (u128::MAX, u128::MAX - 1));
        assert!(product_at_least(large, one_less) && !product_at_least(one_less, large));
    }
}
