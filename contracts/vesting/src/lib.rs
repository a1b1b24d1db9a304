//! Vesting: a gift that becomes somebody's little by little.
//!
//! ```text
//! total ┤                     ┌────────
//!       │               ╱─────
//!       │         ┌─────          nothing before the cliff, then all that has grown until then
//!     0 ┼─────────┘
//!       start   cliff       start + duration
//! ```
//!
//! Invariant: what was paid out, what is still to come and what was taken back add up to the gift.
//! Not here: gifts of other tokens.

#![cfg_attr(target_arch = "wasm32", no_std)]

use argosy_contract::math::{Rounding, mul_div};
use argosy_contract::prelude::*;

/// A gift that becomes somebody's little by little.
#[storage]
pub struct Vesting {
    plan: Item<Plan>,
    released: Item<Balance>,
    /// When the grantor took back what had not grown.
    revoked_at: Item<TimestampMs>,
}

/// What was promised.
#[derive(AbiType, Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// Who gave.
    pub grantor: Address,
    /// Who gets.
    pub beneficiary: Address,
    /// How much in all.
    pub total: Balance,
    /// When it begins to grow.
    pub start: TimestampMs,
    /// Until so long after the start nothing is paid.
    pub cliff_ms: u64,
    /// So long after the start it has all grown.
    pub duration_ms: u64,
    /// Whether the grantor may take back what has not grown yet.
    pub revocable: bool,
}

/// Some of the gift was paid.
#[event]
#[derive(Debug, PartialEq, Eq)]
pub struct Released {
    /// To whom.
    #[topic]
    pub to: Address,
    /// How much.
    pub amount: Balance,
}

/// The grantor took back what had not grown.
#[event]
#[derive(Debug, PartialEq, Eq)]
pub struct Revoked {
    /// How much.
    pub amount: Balance,
}

/// Why nothing happened.
#[error]
#[derive(Debug, PartialEq, Eq)]
pub enum VestingError {
    /// Nothing was given.
    NothingPaid,
    /// It grows in no time, or the cliff lies behind its end.
    BadPlan,
    /// There is nothing to pay now.
    NothingGrown,
    /// Only the grantor may.
    NotGrantor,
    /// The gift was promised for good, or was taken back already.
    NotRevocable,
}

#[contract(uses(transfer))]
impl Vesting {
    /// Gives what the caller sends along.
    #[init(payable)]
    pub fn init(
        &mut self,
        beneficiary: Address,
        start: TimestampMs,
        cliff_ms: u64,
        duration_ms: u64,
        revocable: bool,
    ) -> Result<(), VestingError> {
        let total = context::funds();
        ensure!(total > 0, VestingError::NothingPaid);
        let ends = start.checked_add(duration_ms).is_some();
        ensure!(
            duration_ms > 0 && cliff_ms <= duration_ms && ends,
            VestingError::BadPlan
        );
        self.plan.set(&Plan {
            grantor: context::caller(),
            beneficiary,
            total,
            start,
            cliff_ms,
            duration_ms,
            revocable,
        });
        self.released.set(&0);
        Ok(())
    }

    /// Pays the beneficiary what has grown and was not paid yet; anyone may ask for it.
    #[call]
    pub fn release(&mut self) -> Result<Balance, VestingError> {
        let amount = self.releasable();
        ensure!(amount > 0, VestingError::NothingGrown);
        // Together at most the total.
        self.released.set(&(self.released() + amount));
        let to = self.plan().beneficiary;
        transfer(&to, amount).or_revert();
        emit(&Released { to, amount });
        Ok(amount)
    }

    /// Takes back what has not grown yet; what has stays the beneficiary's.
    #[call]
    pub fn revoke(&mut self) -> Result<Balance, VestingError> {
        let plan = self.plan();
        ensure!(context::caller() == plan.grantor, VestingError::NotGrantor);
        let may = plan.revocable && !self.revoked_at.is_set();
        ensure!(may, VestingError::NotRevocable);
        let amount = plan.total - self.grown();
        self.revoked_at.set(&context::block_time());
        if amount > 0 {
            transfer(&plan.grantor, amount).or_revert();
        }
        emit(&Revoked { amount });
        Ok(amount)
    }

    /// What was promised.
    #[query]
    pub fn plan(&self) -> Plan {
        self.plan.load()
    }

    /// What was paid so far.
    #[query]
    pub fn released(&self) -> Balance {
        self.released.load()
    }

    /// What has grown so far, paid or not.
    #[query]
    pub fn grown(&self) -> Balance {
        let now = context::block_time();
        let until = self.revoked_at.get().map_or(now, |it| it.min(now));
        grown_at(&self.plan(), until)
    }

    /// What `release` would pay now.
    #[query]
    pub fn releasable(&self) -> Balance {
        self.grown() - self.released()
    }

    /// When the grantor took back what had not grown.
    #[query]
    pub fn revoked_at(&self) -> Option<TimestampMs> {
        self.revoked_at.get()
    }
}

fn grown_at(plan: &Plan, time: TimestampMs) -> Balance {
    let elapsed = time.saturating_sub(plan.start);
    if elapsed < plan.cliff_ms {
        return 0;
    }
    if elapsed >= plan.duration_ms {
        return plan.total;
    }
    let (elapsed, duration) = (u128::from(elapsed), u128::from(plan.duration_ms));
    // A part of the total, which fits.
    mul_div(plan.total, elapsed, duration, Rounding::Down).or_revert()
}

#[cfg(test)]
mod tests;
