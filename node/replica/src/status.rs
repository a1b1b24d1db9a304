//! What became of a transaction that is not in a block.
//!
//! Always: bounded by the mempool's size plus a fixed number of tombstones; the oldest tombstones
//! go first. Executed transactions are found in the chain and not kept here.

use std::collections::BTreeMap;

use argosy_mempool::DropReason;
use argosy_primitives::TxId;

use crate::event::{Action, Refusal};

/// What became of a transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TxStatus {
    /// It waits in the mempool.
    Pooled,
    /// It left the mempool unexecuted.
    Dropped(DropReason),
    /// It was not admitted.
    Refused(Refusal),
}

/// The statuses that the chain does not know.
#[derive(Clone, Debug)]
pub struct StatusBook {
    tombstones_max: usize,
    noted: u64,
    entries: BTreeMap<TxId, (u64, TxStatus)>,
    /// Ended transactions in the order in which they ended.
    ended: BTreeMap<u64, TxId>,
}

impl StatusBook {
    /// A book that remembers the last `tombstones_max` transactions that were dropped or refused.
    pub fn new(tombstones_max: usize) -> StatusBook {
        StatusBook {
            tombstones_max,
            noted: 0,
            entries: BTreeMap::new(),
            ended: BTreeMap::new(),
        }
    }

    /// What became of `id`; `None`: never seen, executed, or forgotten.
    pub fn get(&self, id: &TxId) -> Option<&TxStatus> {
        self.entries.get(id).map(|(_, status)| status)
    }

    /// Follows the replica.
    pub fn note(&mut self, action: &Action) {
        match action {
            Action::Admitted { id, .. } => self.set(*id, TxStatus::Pooled),
            Action::Refused { id, reason } => self.refuse(*id, reason),
            Action::Dropped(dropped) => self.set(dropped.id, TxStatus::Dropped(dropped.reason)),
            Action::Committed(committed) => {
                for tx in &committed.transactions {
                    self.forget(&tx.id());
                }
            }
            Action::Proposed { .. }
            | Action::NotProposed { .. }
            | Action::Judged { .. }
            | Action::Missing { .. } => {}
        }
    }

    /// A refusal must not hide that the same transaction waits or was executed.
    fn refuse(&mut self, id: TxId, reason: &Refusal) {
        let waits = matches!(self.get(&id), Some(TxStatus::Pooled));
        let executed = matches!(reason, Refusal::Executed { .. });
        if !waits && !executed {
            self.set(id, TxStatus::Refused(reason.clone()));
        }
    }

    fn set(&mut self, id: TxId, status: TxStatus) {
        self.forget(&id);
        self.noted += 1;
        if status != TxStatus::Pooled {
            self.ended.insert(self.noted, id);
        }
        self.entries.insert(id, (self.noted, status));
        while self.ended.len() > self.tombstones_max {
            let Some((_, oldest)) = self.ended.pop_first() else {
                break;
            };
            self.entries.remove(&oldest);
        }
    }

    fn forget(&mut self, id: &TxId) {
        if let Some((noted, _)) = self.entries.remove(id) {
            self.ended.remove(&noted);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use argosy_mempool::{Dropped, Reject};
    use argosy_primitives::Address;

    fn id(byte: u8) -> TxId {
        TxId::from_bytes([byte; 32])
    }

    fn admitted(byte: u8) -> Action {
        Action::Admitted {
            id: id(byte),
            sender: Address::SYSTEM,
        }
    }

    fn dropped(byte: u8) -> Action {
        Action::Dropped(Dropped {
            id: id(byte),
            sender: Address::SYSTEM,
            reason: DropReason::Evicted,
        })
    }

    #[test]
    fn remembers_the_last_tombstones_and_everything_that_waits() {
        let mut book = StatusBook::new(2);
        book.note(&admitted(9));
        for byte in 0..5 {
            book.note(&dropped(byte));
        }
        let known: Vec<u8> = (0..10)
            .filter(|byte| book.get(&id(*byte)).is_some())
            .collect();
        assert_eq!(known, [3, 4, 9]);
    }

    #[test]
    fn a_refused_repetition_does_not_hide_that_the_first_waits() {
        let mut book = StatusBook::new(2);
        book.note(&admitted(1));
        let reason = Refusal::Pool(Reject::Known { id: id(1) });
        book.note(&Action::Refused { id: id(1), reason });
        assert_eq!(book.get(&id(1)), Some(&TxStatus::Pooled));
    }

    #[test]
    fn a_dropped_transaction_may_come_back() {
        let mut book = StatusBook::new(2);
        book.note(&dropped(1));
        book.note(&admitted(1));
        assert_eq!(book.get(&id(1)), Some(&TxStatus::Pooled));
        assert!(book.ended.is_empty());
    }
}
