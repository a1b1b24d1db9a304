//! Amounts against exact numbers, reckoned another way: by 32-bit digits as on paper.

use argosy_contract::math::{Fixed, Rounding, mul_div, product_at_least, sqrt_product};
use proptest::prelude::{Strategy, any, prop_oneof, proptest};
use proptest::{prop_assert, prop_assert_eq};

/// 32-bit digits, the least first; ordered by [`compare`].
type Digits = [u32; 8];

fn product(a: u128, b: u128) -> Digits {
    let digits = |number: u128| [0, 32, 64, 96].map(|shift| (number >> shift) as u32);
    let mut result = [0u32; 8];
    for (i, x) in digits(a).into_iter().enumerate() {
        let mut carry = 0u64;
        for (j, y) in digits(b).into_iter().enumerate() {
            let sum = u64::from(x) * u64::from(y) + u64::from(result[i + j]) + carry;
            result[i + j] = sum as u32;
            carry = sum >> 32;
        }
        result[i + 4] = carry as u32;
    }
    result
}

fn sum(a: Digits, b: u128) -> Digits {
    let mut carry = 0u64;
    let mut result = a;
    for (at, digit) in result.iter_mut().enumerate() {
        let other = if at < 4 { (b >> (32 * at)) as u32 } else { 0 };
        let sum = u64::from(*digit) + u64::from(other) + carry;
        *digit = sum as u32;
        carry = sum >> 32;
    }
    assert_eq!(carry, 0, "the numbers of these tests fit");
    result
}

fn compare(a: Digits, b: Digits) -> std::cmp::Ordering {
    a.iter().rev().cmp(b.iter().rev())
}

/// Numbers of every size, and their neighbours at the powers of two.
fn number() -> impl Strategy<Value = u128> {
    prop_oneof![
        any::<u128>(),
        (any::<u128>(), 0u32..128).prop_map(|(it, shift)| it >> shift),
        (0u32..128).prop_map(|bit| 1 << bit),
        (0u32..128).prop_map(|bit| (1 << bit) - 1),
    ]
}

proptest! {
    #[test]
    fn quotients_are_exact(a in number(), b in number(), divisor in number()) {
        let down = mul_div(a, b, divisor, Rounding::Down);
        let up = mul_div(a, b, divisor, Rounding::Up);
        let whole = product(a, b);
        let Some(quotient) = down else {
            prop_assert_eq!(up, None);
            // 2^128 divisors still fit into the product, or there is none.
            let least = sum(product(u128::MAX, divisor), divisor);
            prop_assert!(divisor == 0 || compare(least, whole).is_le());
            return Ok(());
        };
        let covered = product(quotient, divisor);
        prop_assert!(compare(covered, whole).is_le());
        prop_assert!(compare(sum(covered, divisor), whole).is_gt());
        let is_exact = covered == whole;
        prop_assert_eq!(up, if is_exact { down } else { quotient.checked_add(1) });
    }

    #[test]
    fn roots_are_the_largest_that_fit(a in number(), b in number()) {
        let (root, whole) = (sqrt_product(a, b), product(a, b));
        prop_assert!(compare(product(root, root), whole).is_le());
        if let Some(next) = root.checked_add(1) {
            prop_assert!(compare(product(next, next), whole).is_gt());
        }
        let expected = compare(whole, product(b, 7)).is_ge();
        prop_assert_eq!(product_at_least((a, b), (b, 7)), expected);
    }

    #[test]
    fn rounding_never_gives_the_remainder_away(amount in number(), units in 0u128..=10_000) {
        let rate = Fixed::<4>::from_units(units);
        let (paid, asked) = (rate.of(amount, Rounding::Down), rate.of(amount, Rounding::Up));
        let (Some(paid), Some(asked)) = (paid, asked) else {
            panic!("at most the whole amount");
        };
        prop_assert!(paid <= asked && asked <= amount && asked - paid <= 1);
        let rest = Fixed::ONE.checked_sub(rate).and_then(|it| it.of(amount, Rounding::Up));
        prop_assert_eq!(rest, Some(amount - paid), "the parts are the whole");
    }
}
