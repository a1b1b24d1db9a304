//! Decimal fractions: rates, prices, fees.

use core::fmt;

use parity_scale_codec::{Decode, DecodeWithMemTracking, Encode, EncodeLike, Error, Input, Output};

use super::{Rounding, mul_div};
use crate::abi::{AbiType, TypeName};

/// A number with `D` decimal digits behind the point, never negative. On the wire and in storage it is
/// a `u128` of units: a `Fixed<6>` of 0.25 is 250 000. The ABI tells the digits, so that tools read and
/// write `0.250000`. `D` is at most 38.
///
/// ```
/// use argosy_contract::math::{Fixed, Rounding};
///
/// let fee = Fixed::<4>::ratio(3, 1000, Rounding::Down).unwrap();
/// assert_eq!(fee.to_string(), "0.0030");
/// assert_eq!(fee.of(1_001, Rounding::Up), Some(4));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Fixed<const D: u32>(u128);

impl<const D: u32> Fixed<D> {
    /// Units of one whole. More than 38 digits do not compile.
    const WHOLE: u128 = 10u128.pow(D);
    /// 0.
    pub const ZERO: Fixed<D> = Fixed(0);
    /// 1.
    pub const ONE: Fixed<D> = Fixed(Self::WHOLE);

    /// So many units of the last digit.
    pub const fn from_units(units: u128) -> Fixed<D> {
        Fixed(units)
    }

    /// Units of the last digit.
    pub const fn units(self) -> u128 {
        self.0
    }

    /// A whole number.
    pub fn from_whole(whole: u128) -> Option<Fixed<D>> {
        whole.checked_mul(Self::WHOLE).map(Fixed)
    }

    /// `numerator / denominator`.
    pub fn ratio(numerator: u128, denominator: u128, rounding: Rounding) -> Option<Fixed<D>> {
        mul_div(numerator, Self::WHOLE, denominator, rounding).map(Fixed)
    }

    /// The sum.
    pub fn checked_add(self, other: Fixed<D>) -> Option<Fixed<D>> {
        self.0.checked_add(other.0).map(Fixed)
    }

    /// The difference; `None` if it is negative.
    pub fn checked_sub(self, other: Fixed<D>) -> Option<Fixed<D>> {
        self.0.checked_sub(other.0).map(Fixed)
    }

    /// The product.
    pub fn checked_mul(self, other: Fixed<D>, rounding: Rounding) -> Option<Fixed<D>> {
        mul_div(self.0, other.0, Self::WHOLE, rounding).map(Fixed)
    }

    /// The quotient; `None` for a division by 0.
    pub fn checked_div(self, other: Fixed<D>, rounding: Rounding) -> Option<Fixed<D>> {
        mul_div(self.0, Self::WHOLE, other.0, rounding).map(Fixed)
    }

    /// This part of an amount: `amount * self`.
    pub fn of(self, amount: u128, rounding: Rounding) -> Option<u128> {
        mul_div(amount, self.0, Self::WHOLE, rounding)
    }

    /// The whole number next to it.
    pub fn to_whole(self, rounding: Rounding) -> u128 {
        match rounding {
            Rounding::Down => self.0 / Self::WHOLE,
            Rounding::Up => self.0.div_ceil(Self::WHOLE),
        }
    }
}

impl<const D: u32> fmt::Display for Fixed<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (whole, rest) = (self.0 / Self::WHOLE, self.0 % Self::WHOLE);
        match D {
            0 => write!(f, "{whole}"),
            _ => write!(f, "{whole}.{rest:0digits$}", digits = D as usize),
        }
    }
}

impl<const D: u32> Encode for Fixed<D> {
    fn encode_to<W: Output + ?Sized>(&self, out: &mut W) {
        self.0.encode_to(out);
    }
}

impl<const D: u32> EncodeLike for Fixed<D> {}

impl<const D: u32> Decode for Fixed<D> {
    fn decode<I: Input>(input: &mut I) -> Result<Self, Error> {
        u128::decode(input).map(Fixed)
    }
}

impl<const D: u32> DecodeWithMemTracking for Fixed<D> {}

impl<const D: u32> AbiType for Fixed<D> {
    const NAME: TypeName = {
        assert!(D <= 38, "a Fixed has at most 38 digits behind the point");
        TypeName::new("Fixed<").number(D as usize).text(">")
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    type Cents = Fixed<2>;

    fn cents(units: u128) -> Cents {
        Cents::from_units(units)
    }

    #[test]
    fn fractions_are_made_and_shown() {
        assert_eq!(Cents::ratio(1, 3, Rounding::Down), Some(cents(33)));
        assert_eq!(Cents::ratio(1, 3, Rounding::Up), Some(cents(34)));
        assert_eq!(Cents::ratio(1, 0, Rounding::Up), None);
        assert_eq!(Cents::from_whole(7), Some(cents(700)));
        assert_eq!(Cents::from_whole(u128::MAX / 100 + 1), None);
        assert_eq!(cents(1205).to_string(), "12.05");
        assert_eq!(Fixed::<0>::from_units(12).to_string(), "12");
        assert_eq!(
            Fixed::<38>::ONE.to_string(),
            format!("1.{}", "0".repeat(38))
        );
    }

    #[test]
    fn they_are_reckoned_with() {
        let (half, third) = (cents(50), cents(33));
        assert_eq!(half.checked_add(third), Some(cents(83)));
        assert_eq!(half.checked_sub(third), Some(cents(17)));
        assert_eq!(third.checked_sub(half), None);
        assert_eq!(half.checked_mul(third, Rounding::Down), Some(cents(16)));
        assert_eq!(half.checked_mul(third, Rounding::Up), Some(cents(17)));
        assert_eq!(third.checked_div(half, Rounding::Down), Some(cents(66)));
        assert_eq!(third.checked_div(Cents::ZERO, Rounding::Down), None);
        assert_eq!(half.of(u128::MAX, Rounding::Down), Some(u128::MAX / 2));
        assert_eq!(half.of(u128::MAX, Rounding::Up), Some(u128::MAX / 2 + 1));
        assert_eq!(cents(101).to_whole(Rounding::Down), 1);
        assert_eq!(cents(101).to_whole(Rounding::Up), 2);
        assert_eq!(
            cents(u128::MAX).checked_mul(cents(101), Rounding::Down),
            None
        );
    }

    #[test]
    fn they_travel_as_units() {
        let bytes = cents(1205).encode();
        assert_eq!(bytes, 1205u128.encode());
        assert_eq!(Cents::decode(&mut bytes.as_slice()), Ok(cents(1205)));
        let name = const { Cents::NAME };
        assert_eq!(name.as_bytes(), b"Fixed<2>");
        let name = const { Fixed::<38>::NAME };
        assert_eq!(name.as_bytes(), b"Fixed<38>");
    }
}
