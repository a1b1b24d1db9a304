//! A contract's storage with its deposits.
//!
//! Invariant: the contract's record counts exactly the entries and bytes (key and value) that it
//! stores; the transaction's signer has paid what the record holds, or gets it back.
//! Not here: sizes and prices, which the adapter has checked and charged.

use std::ops::Bound;

use argosy_primitives::Address;
use argosy_state::{Direction, KeyRange, StateError, StorageStep};
use argosy_vm_host::{Direction as HostDirection, RangeRequest, RangeStep, RangeVisitor};

use crate::deposits::{self, EntryBytes};
use crate::error::Fault;
use crate::scope::{Step, TxScope};

impl TxScope<'_> {
    /// Writes a value, with its deposit; fails with `DepositLimit`, having changed nothing.
    pub(crate) fn storage_set(&mut self, owner: &Address, key: &[u8], value: &[u8]) -> Step<()> {
        let old = self.state.storage_get(owner, key)?;
        let before = old.as_ref().map(|old| entry_bytes(key, old));
        self.settle(owner, before, Some(entry_bytes(key, value)))?;
        self.state.storage_set(owner, key, value);
        Ok(())
    }

    /// Removes a value, with its deposit; `true` if there was one.
    pub(crate) fn storage_remove(&mut self, owner: &Address, key: &[u8]) -> Step<bool> {
        let Some(old) = self.state.storage_get(owner, key)? else {
            return Ok(false);
        };
        self.settle(owner, Some(entry_bytes(key, &old)), None)?;
        self.state.storage_remove(owner, key);
        Ok(true)
    }

    /// Shows entries until the range, the limit or the visitor ends it.
    pub(crate) fn storage_range(
        &self,
        owner: &Address,
        request: &RangeRequest<'_>,
        visit: &mut RangeVisitor<'_>,
    ) -> Result<(), StateError> {
        let end = request
            .end
            .map_or(Bound::Unbounded, |end| Bound::Excluded(end.to_vec()));
        let range = KeyRange {
            start: Bound::Included(request.start.to_vec()),
            end,
        };
        let direction = match request.direction {
            HostDirection::Ascending => Direction::Ascending,
            HostDirection::Descending => Direction::Descending,
        };
        let mut left = request.limit;
        let mut steps = self.state.storage_range(owner, &range, direction);
        while left > 0 {
            let verdict = match steps.next().transpose()? {
                None => break,
                Some(StorageStep::Removed) => visit(RangeStep::Removed),
                Some(StorageStep::Entry { key, value }) => {
                    left -= 1;
                    let (key, value) = (&key[..], &value[..]);
                    visit(RangeStep::Entry { key, value })
                }
            };
            if verdict.is_break() {
                break;
            }
        }
        Ok(())
    }

    /// Moves the deposit that the change of one entry asks for, and counts the change.
    fn settle(&mut self, owner: &Address, before: EntryBytes, after: EntryBytes) -> Step<()> {
        if before == after {
            return Ok(());
        }
        let record = self.state.contract(owner)?;
        let mut record = record.ok_or(Fault::Invariant("storage without a contract"))?;
        let fees = &self.env.spec.fees;
        let change = deposits::change_entry(&mut record, before, after, fees).ok_or(
            Fault::Invariant("a contract stores more than its record counts"),
        )?;
        self.lock_deposit(change.lock)?;
        self.refund_deposit(change.refund)?;
        self.state.set_contract(owner, &record);
        Ok(())
    }
}

/// What an entry counts for: key and value.
fn entry_bytes(key: &[u8], value: &[u8]) -> u64 {
    (key.len() as u64).saturating_add(value.len() as u64)
}
