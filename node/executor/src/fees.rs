//! What gas costs and who gets it, as pure functions.
//!
//! A transaction pays `min(max_gas_price, base + tip)` per gas. The base part is burned, the rest goes
//! to the proposer. The base price follows demand: blocks more than half full raise it.
//!
//! Not here: moving the money (`transaction`) and storage deposits (`deposits`).

use argosy_primitives::{Balance, Gas, Transaction};
use argosy_spec::Fees;

/// What one gas costs a transaction in one block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GasPrice {
    base: u64,
    tip: u64,
}

impl GasPrice {
    /// The price that `transaction` pays above the block's `base` price, or `None` when it does not
    /// offer even that.
    pub fn offered(transaction: &Transaction, base: u64) -> Option<Self> {
        let room = transaction.max_gas_price.checked_sub(base)?;
        Some(Self {
            base,
            tip: transaction.tip.min(room),
        })
    }

    /// Base and tip in full; `None` if the sum does not fit.
    pub fn whole(base: u64, tip: u64) -> Option<Self> {
        base.checked_add(tip).map(|_| Self { base, tip })
    }

    /// The part that is burned.
    pub fn base(&self) -> u64 {
        self.base
    }

    /// The part that goes to the proposer.
    pub fn tip(&self) -> u64 {
        self.tip
    }

    /// Base and tip together.
    pub fn total(&self) -> u64 {
        self.base
            .checked_add(self.tip)
            .expect("checked when it was made")
    }
}

/// The cost of `gas` at `price`. Two 64-bit factors always fit.
pub fn gas_cost(gas: Gas, price: u64) -> Balance {
    Balance::from(gas) * Balance::from(price)
}

/// The base price of the block after one with `base` price that used `gas_used`.
///
/// The EIP-1559 rule: half of `block_gas_max` is the target; a full block raises the price by one part
/// in `base_price_change_denominator`, an empty one lowers it by as much, and it never falls below
/// `base_price_min`. A rise is at least 1, so that a price of a few units can rise at all.
pub fn next_base_price(base: u64, gas_used: Gas, block_gas_max: Gas, fees: &Fees) -> u64 {
    let target = (block_gas_max / 2).max(1);
    let change = |distance: Gas| {
        let scaled = u128::from(base) * u128::from(distance);
        let parts = u128::from(target) * u128::from(fees.base_price_change_denominator.max(1));
        u64::try_from(scaled / parts).unwrap_or(u64::MAX)
    };
    let next = match gas_used.checked_sub(target) {
        Some(0) => base,
        Some(above) => base.saturating_add(change(above).max(1)),
        None => base.saturating_sub(change(target - gas_used)),
    };
    next.max(fees.base_price_min)
}

#[cfg(test)]
mod tests {
    use argosy_spec::ChainSpec;
    use proptest::prelude::*;

    use super::*;

    const GAS_MAX: Gas = 300_000_000;

    fn fees(base_price_min: u64) -> Fees {
        Fees {
            base_price_min,
            ..ChainSpec::dev().fees
        }
    }

    #[track_caller]
    fn check(base: u64, gas_used: Gas, expected: u64) {
        assert_eq!(
            next_base_price(base, gas_used, GAS_MAX, &fees(100)),
            expected
        );
    }

    #[test]
    fn a_half_full_block_keeps_the_price() {
        check(1_000, GAS_MAX / 2, 1_000);
    }

    #[test]
    fn a_full_block_raises_the_price_by_an_eighth() {
        check(1_000, GAS_MAX, 1_125);
    }

    #[test]
    fn an_empty_block_lowers_the_price_by_an_eighth() {
        check(1_000, 0, 875);
    }

    #[test]
    fn a_small_price_still_rises_by_one() {
        assert_eq!(next_base_price(1, GAS_MAX / 2 + 1, GAS_MAX, &fees(1)), 2);
    }

    #[test]
    fn the_price_stops_at_its_minimum_and_at_the_type() {
        check(100, 0, 100);
        check(u64::MAX, GAS_MAX, u64::MAX);
    }

    proptest! {
        #[test]
        fn the_price_moves_toward_demand_by_at_most_one_part(
            base in 100..u64::MAX / 2,
            gas_used in 0..=GAS_MAX,
        ) {
            let next = next_base_price(base, gas_used, GAS_MAX, &fees(100));
            let step = base / 8 + 1;
            prop_assert!(next >= 100);
            prop_assert!(next.abs_diff(base) <= step);
            match gas_used.cmp(&(GAS_MAX / 2)) {
                std::cmp::Ordering::Less => prop_assert!(next <= base),
                std::cmp::Ordering::Equal => prop_assert_eq!(next, base),
                std::cmp::Ordering::Greater => prop_assert!(next > base),
            }
        }

        #[test]
        fn more_demand_never_means_a_lower_price(
            base in 100..u64::MAX / 2,
            less in 0..=GAS_MAX,
            more in 0..=GAS_MAX,
        ) {
            let (less, more) = (less.min(more), less.max(more));
            let next = |used| next_base_price(base, used, GAS_MAX, &fees(100));
            prop_assert!(next(less) <= next(more));
        }

        #[test]
        fn odd_limits_never_panic(base: u64, used: u64, gas_max: u64) {
            next_base_price(base, used, gas_max, &fees(1));
        }
    }
}
