//! Storage deposits: how much a change of a contract's storage locks or frees, as pure functions.
//!
//! ```text
//! lock   = added bytes * per byte + added items * per item
//! refund = held * freed share of the storage            (= the price, while prices do not change)
//! ```
//!
//! Invariant: a contract never refunds more than it holds, and holds nothing once it stores nothing.
//! Not here: who pays (`session`), deposits of accounts and of code, which are fixed sums.

use argosy_primitives::Balance;
use argosy_spec::Fees;
use argosy_state::ContractRecord;

/// One entry of a contract's storage before or after a change: key and value bytes, `None` if absent.
pub(crate) type EntryBytes = Option<u64>;

/// What a change of storage does to the signer's deposit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct DepositChange {
    /// To be paid by the signer into the record.
    pub(crate) lock: Balance,
    /// To be paid from the record to the signer.
    pub(crate) refund: Balance,
}

/// Applies the change of one entry to `record` and says what moves.
///
/// A sum that does not fit becomes one that nobody can pay. `None`: the record's counts do not cover
/// the entry, so the state is broken.
pub(crate) fn change_entry(
    record: &mut ContractRecord,
    before: EntryBytes,
    after: EntryBytes,
    fees: &Fees,
) -> Option<DepositChange> {
    let (bytes_before, items_before) = (before.unwrap_or(0), u32::from(before.is_some()));
    let (bytes_after, items_after) = (after.unwrap_or(0), u32::from(after.is_some()));
    let whole = price(record.storage_bytes, record.storage_items, fees);
    let freed = price(
        bytes_before.saturating_sub(bytes_after),
        items_before.saturating_sub(items_after),
        fees,
    );
    let lock = price(
        bytes_after.saturating_sub(bytes_before),
        items_after.saturating_sub(items_before),
        fees,
    );
    record.storage_bytes = record
        .storage_bytes
        .checked_sub(bytes_before)?
        .checked_add(bytes_after)?;
    record.storage_items = record
        .storage_items
        .checked_sub(items_before)?
        .checked_add(items_after)?;
    let refund = match record.storage_items {
        0 => record.deposit,
        _ => share(record.deposit, freed, whole),
    };
    record.deposit = record.deposit.checked_sub(refund)?.saturating_add(lock);
    Some(DepositChange { lock, refund })
}

fn price(bytes: u64, items: u32, fees: &Fees) -> Balance {
    let of_bytes = fees
        .storage_deposit_per_byte
        .saturating_mul(Balance::from(bytes));
    let of_items = fees
        .storage_deposit_per_item
        .saturating_mul(Balance::from(items));
    of_bytes.saturating_add(of_items)
}

/// `held * part / whole`, rounded down, for `part <= whole`; the product may need 256 bits.
fn share(held: Balance, part: Balance, whole: Balance) -> Balance {
    if part == 0 || held == 0 {
        return 0;
    }
    // The usual case: prices have not changed since the deposits were made.
    if held == whole {
        return part;
    }
    // Schoolbook multiplication, one bit of `held` at a time, divided as it goes: `rest` stays below
    // `whole`, and the quotient at most `held`.
    let (mut quotient, mut rest) = (0, 0);
    for bit in (0..Balance::BITS).rev() {
        let (doubled, carry) = add_modulo(rest, rest, whole);
        quotient = 2 * quotient + carry;
        rest = doubled;
        if held >> bit & 1 == 1 {
            let (sum, carry) = add_modulo(rest, part, whole);
            quotient += carry;
            rest = sum;
        }
    }
    quotient
}

/// `left + right` as remainder and quotient by `modulus`, for `left < modulus` and `right <= modulus`.
fn add_modulo(left: Balance, right: Balance, modulus: Balance) -> (Balance, Balance) {
    match left.checked_sub(modulus - right) {
        Some(rest) => (rest, 1),
        None => (left + right, 0),
    }
}

#[cfg(test)]
mod tests {
    use argosy_primitives::{AbiKind, Address, CodeHash};
    use argosy_spec::ChainSpec;
    use proptest::prelude::*;

    use super::*;

    fn fees(per_byte: Balance, per_item: Balance) -> Fees {
        let dev = ChainSpec::dev().fees;
        Fees {
            storage_deposit_per_byte: per_byte,
            storage_deposit_per_item: per_item,
            ..dev
        }
    }

    fn record(deposit: Balance, storage_bytes: u64, storage_items: u32) -> ContractRecord {
        ContractRecord {
            abi: AbiKind::Native,
            code: CodeHash::ZERO,
            admin: None,
            creator: Address::SYSTEM,
            deposit,
            storage_bytes,
            storage_items,
            created_at: 0,
        }
    }

    #[track_caller]
    fn check(
        mut found: ContractRecord,
        (before, after): (EntryBytes, EntryBytes),
        change: DepositChange,
        expected: ContractRecord,
    ) {
        let moved = change_entry(&mut found, before, after, &fees(2, 100));
        assert_eq!((moved, found), (Some(change), expected));
    }

    const fn locked(lock: Balance) -> DepositChange {
        DepositChange { lock, refund: 0 }
    }

    const fn refunded(refund: Balance) -> DepositChange {
        DepositChange { lock: 0, refund }
    }

    #[test]
    fn a_new_entry_locks_item_and_bytes() {
        check(
            record(0, 0, 0),
            (None, Some(10)),
            locked(120),
            record(120, 10, 1),
        );
    }

    #[test]
    fn growth_locks_the_added_bytes_only() {
        check(
            record(120, 10, 1),
            (Some(10), Some(15)),
            locked(10),
            record(130, 15, 1),
        );
    }

    #[test]
    fn shrinking_refunds_the_freed_bytes() {
        check(
            record(130, 15, 1),
            (Some(15), Some(5)),
            refunded(20),
            record(110, 5, 1),
        );
    }

    #[test]
    fn removal_refunds_item_and_bytes() {
        check(
            record(240, 20, 2),
            (Some(10), None),
            refunded(120),
            record(120, 10, 1),
        );
    }

    #[test]
    fn the_last_removal_refunds_all_that_is_held() {
        // Deposits made at other prices.
        check(
            record(7, 10, 1),
            (Some(10), None),
            refunded(7),
            record(0, 0, 0),
        );
        check(
            record(9_999, 10, 1),
            (Some(10), None),
            refunded(9_999),
            record(0, 0, 0),
        );
    }

    #[test]
    fn after_a_price_change_a_share_is_refunded() {
        // Half of 20 bytes and 2 items, deposited at half of today's prices.
        check(
            record(120, 20, 2),
            (Some(10), None),
            refunded(60),
            record(60, 10, 1),
        );
    }

    #[test]
    fn a_record_that_does_not_cover_the_entry_is_refused() {
        assert_eq!(
            change_entry(&mut record(0, 5, 1), Some(6), None, &fees(1, 1)),
            None
        );
        assert_eq!(
            change_entry(&mut record(0, 5, 0), Some(5), None, &fees(1, 1)),
            None
        );
    }

    #[test]
    fn a_price_that_does_not_fit_cannot_be_paid() {
        let moved = change_entry(&mut record(0, 0, 0), None, Some(2), &fees(Balance::MAX, 0));
        assert_eq!(moved, Some(locked(Balance::MAX)));
    }

    proptest! {
        #[test]
        fn a_share_is_the_exact_quotient(held: u64, part: u64, whole in 1..=u64::MAX) {
            let part = part.min(whole);
            let expected = u128::from(held) * u128::from(part) / u128::from(whole);
            prop_assert_eq!(share(held.into(), part.into(), whole.into()), expected);
        }

        #[test]
        fn a_share_never_exceeds_what_is_held(held: u128, part: u128, whole in 1..=u128::MAX) {
            let part = part.min(whole);
            prop_assert!(share(held, part, whole) <= held);
            prop_assert_eq!(share(held, whole, whole), held);
        }

        /// Whatever is stored and removed, and however prices move, the record pays out exactly what
        /// was paid in once it is empty.
        #[test]
        fn what_was_locked_comes_back(
            steps in prop::collection::vec((0usize..4, prop::option::of(0u64..50), 0u128..5, 0u128..50), 1..40),
        ) {
            let mut record = record(0, 0, 0);
            let mut entries: [EntryBytes; 4] = [None; 4];
            let (mut paid, mut back) = (0, 0);
            let clear = (0..4).map(|index| (index, None, 1, 1));
            for (index, after, per_byte, per_item) in steps.into_iter().chain(clear) {
                let moved = change_entry(&mut record, entries[index], after, &fees(per_byte, per_item));
                let DepositChange { lock, refund } = moved.expect("the record covers its entries");
                entries[index] = after;
                (paid, back) = (paid + lock, back + refund);
                prop_assert_eq!(record.deposit, paid - back);
                prop_assert_eq!(record.storage_items as usize, entries.iter().flatten().count());
                prop_assert_eq!(record.storage_bytes, entries.iter().flatten().sum::<u64>());
            }
            prop_assert_eq!(record.deposit, 0);
        }
    }
}
