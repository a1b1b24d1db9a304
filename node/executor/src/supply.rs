//! What a block does to the supply: all that there is of the chain's token, in balances and in deposits.
//!
//! ```text
//! genesis     every balance of the spec
//! fees        base part burned; the tip stays in balances
//! edits       whatever they add or take       (development chains only)
//! everything else moves tokens between balances and deposits
//! ```
//!
//! Invariant: after every block the supply is the sum over all records. Within a block it is as the block found it.
//! Not here: where it is kept (`argosy_state`), and what is paid (`fees`).

use argosy_primitives::Balance;
use argosy_state::State;

use crate::error::Fault;

/// What came into being, and what is no more.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct SupplyChange {
    minted: Balance,
    burned: Balance,
}

impl SupplyChange {
    /// Of a sum that was set.
    pub(crate) fn between(before: Balance, after: Balance) -> SupplyChange {
        SupplyChange {
            minted: after.saturating_sub(before),
            burned: before.saturating_sub(after),
        }
    }

    /// Of tokens that are no more.
    pub(crate) fn burned(burned: Balance) -> SupplyChange {
        SupplyChange { minted: 0, burned }
    }

    /// Both.
    pub(crate) fn and(self, other: SupplyChange) -> Result<SupplyChange, Fault> {
        let sum = |one: Balance, two| one.checked_add(two).ok_or(BEYOND_TYPE);
        Ok(SupplyChange {
            minted: sum(self.minted, other.minted)?,
            burned: sum(self.burned, other.burned)?,
        })
    }

    /// Brings the supply up to date. Where nothing changed, nothing is read or written.
    pub(crate) fn settle(self, state: &mut State) -> Result<(), Fault> {
        if self.minted == self.burned {
            return Ok(());
        }
        let grown = state.supply()?.checked_add(self.minted);
        let supply = grown.ok_or(BEYOND_TYPE)?.checked_sub(self.burned);
        state.set_supply(supply.ok_or(BELOW_NOTHING)?);
        Ok(())
    }
}

const BEYOND_TYPE: Fault = Fault::Invariant("the supply is beyond its type");
const BELOW_NOTHING: Fault = Fault::Invariant("more is burned than there is");

#[cfg(test)]
mod tests {
    use argosy_kv::{MemoryStore, Store};

    use super::*;

    fn state(supply: Option<Balance>) -> State {
        let mut state = State::new(MemoryStore::new().view());
        if let Some(supply) = supply {
            state.set_supply(supply);
        }
        state
    }

    #[track_caller]
    fn check(supply: Balance, change: SupplyChange, expected: Option<Balance>) {
        let mut state = state(Some(supply));
        let settled = change.settle(&mut state);
        assert_eq!(settled.is_ok(), expected.is_some());
        assert_eq!(state.supply().unwrap(), expected.unwrap_or(supply));
    }

    #[test]
    fn what_is_minted_is_added_and_what_is_burned_taken() {
        check(100, SupplyChange::burned(30), Some(70));
        check(100, SupplyChange::between(5, 12), Some(107));
        check(100, SupplyChange::between(12, 5), Some(93));
        let both = SupplyChange::between(0, 50).and(SupplyChange::burned(120));
        check(100, both.unwrap(), Some(30));
    }

    #[test]
    fn sums_that_cannot_be_are_faults() {
        check(100, SupplyChange::burned(101), None);
        check(100, SupplyChange::between(0, Balance::MAX), None);
        let most = SupplyChange::burned(Balance::MAX);
        assert!(most.and(SupplyChange::burned(1)).is_err());
    }

    #[test]
    fn a_state_without_a_supply_is_at_fault_as_soon_as_it_matters() {
        let mut state = state(None);
        assert!(SupplyChange::default().settle(&mut state).is_ok());
        assert!(SupplyChange::burned(1).settle(&mut state).is_err());
    }
}
