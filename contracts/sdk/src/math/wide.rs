//! Products of 256 bits, as far as amounts need them.
//!
//! The division goes bit by bit: on wasm32 a faster one by limbs would weigh more than most contracts.
//! Products that fit 128 bits, which is nearly all of them, take the machine's own.

/// `high * 2^128 + low`; ordered like the number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Wide {
    high: u128,
    low: u128,
}

const HALF_BITS: u32 = 64;
const HALF: u128 = (1 << HALF_BITS) - 1;

impl Wide {
    /// `a * b`, which always fits.
    #[inline]
    pub(super) fn product(a: u128, b: u128) -> Wide {
        let ((a_high, a_low), (b_high, b_low)) = (halves(a), halves(b));
        // Nothing wraps: each factor is below 2^64, so that its product leaves room for two more halves.
        // Checks of what cannot happen would double the code.
        let low = a_low.wrapping_mul(b_low);
        let middle = a_high.wrapping_mul(b_low).wrapping_add(low >> HALF_BITS);
        let other = a_low.wrapping_mul(b_high).wrapping_add(middle & HALF);
        let high = a_high.wrapping_mul(b_high);
        Wide {
            high: high
                .wrapping_add(middle >> HALF_BITS)
                .wrapping_add(other >> HALF_BITS),
            low: ((other & HALF) << HALF_BITS) | (low & HALF),
        }
    }

    /// Quotient and remainder; `None` if the divisor is 0 or the quotient does not fit.
    #[inline]
    pub(super) fn divide(self, divisor: u128) -> Option<(u128, u128)> {
        if self.high == 0 {
            let quotient = self.low.checked_div(divisor)?;
            return Some((quotient, self.low % divisor));
        }
        if self.high >= divisor {
            return None;
        }
        // Invariant: `remainder < divisor`, so that it has at most one bit more after the shift.
        let (mut remainder, mut quotient) = (self.high, 0u128);
        for bit in (0..128).rev() {
            let carry = remainder >> 127;
            remainder = (remainder << 1) | ((self.low >> bit) & 1);
            quotient <<= 1;
            if carry == 1 || remainder >= divisor {
                remainder = remainder.wrapping_sub(divisor);
                quotient |= 1;
            }
        }
        Some((quotient, remainder))
    }
}

#[inline]
fn halves(number: u128) -> (u128, u128) {
    (number >> HALF_BITS, number & HALF)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(a: u128, b: u128, high: u128, low: u128) {
        assert_eq!(Wide::product(a, b), Wide { high, low });
        assert_eq!(Wide::product(b, a), Wide { high, low });
    }

    #[test]
    fn products_have_both_halves() {
        check(0, u128::MAX, 0, 0);
        check(1, u128::MAX, 0, u128::MAX);
        check(2, u128::MAX, 1, u128::MAX - 1);
        check(1 << 64, 1 << 64, 1, 0);
        check(u128::MAX, u128::MAX, u128::MAX - 1, 1);
        check(HALF, HALF, 0, HALF * HALF);
    }

    #[test]
    fn a_quotient_fits_or_is_none() {
        let number = Wide { high: 5, low: 7 };
        assert_eq!(number.divide(0), None);
        assert_eq!(number.divide(5), None);
        let (quotient, remainder) = number.divide(6).expect("fits");
        let back = Wide::product(quotient, 6);
        assert_eq!((back.high, back.low + remainder), (5, 7));
        let largest = Wide::product(u128::MAX, u128::MAX);
        assert_eq!(largest.divide(u128::MAX), Some((u128::MAX, 0)));
    }
}
