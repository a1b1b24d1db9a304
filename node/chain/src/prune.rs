//! Deletes what is no longer kept, a little with each block, in the block's own batch.
//!
//! ```text
//! height 0 ···· deleted ···· sweep ···· not to be read any more ···· floor ···· kept ···· head
//! ```
//!
//! Always: floor, sweep and deletions are one batch with the block, so that a crash leaves all of
//! them or none. A block pays for [`KEYS_MIN`] keys and twice as many as it writes itself: never for
//! all that is due, and always for more than it adds. A body goes last of its block, since it says
//! what else there is.
//! Not here: what is kept (`retention`).

use std::collections::BTreeSet;
use std::ops::Bound;

use argosy_kv::{Batch, Column, Direction, KeyRange, View, crash_point};
use argosy_primitives::{Body, EventCursor, Height, Receipt};

use crate::error::ChainError;
use crate::index;
use crate::keys;
use crate::retention::{Kept, Sweep};
use crate::view::{decode, index_of, read};

/// Keys that every block deletes, if there are so many.
pub const KEYS_MIN: usize = 1_024;

/// Moves the floor to where it is once `height` is the head, and adds to that block's batch what
/// goes with it: accounts, too, that are noted from a height on.
pub(crate) fn prune(
    (view, indexed_from): (&dyn View, Option<Height>),
    kept: &mut Kept,
    height: Height,
    batch: &mut Batch,
) -> Result<(), ChainError> {
    let before = kept.clone();
    kept.advance(height);
    let budget = batch.ops().len().saturating_mul(2).saturating_add(KEYS_MIN);
    crash_point!("prune::begin");
    let mut pruning = Pruning {
        view,
        indexed_from,
        batch,
        left: budget,
    };
    pruning.blocks(&mut kept.sweep, kept.floor)?;
    crash_point!("prune::blocks_batched");
    kept.history_sweep = match kept.history_sweep.take() {
        Some(done) => pruning.history(done)?,
        None => None,
    };
    crash_point!("prune::history_batched");
    if *kept != before {
        kept.put(batch);
    }
    crash_point!("prune::batched");
    Ok(())
}

struct Pruning<'a> {
    view: &'a dyn View,
    indexed_from: Option<Height>,
    batch: &'a mut Batch,
    /// Keys that may still be deleted.
    left: usize,
}

impl Pruning<'_> {
    /// Goes on with the blocks below `floor`.
    fn blocks(&mut self, sweep: &mut Sweep, floor: Height) -> Result<(), ChainError> {
        while sweep.height < floor && self.left > 0 {
            let height = sweep.height;
            let body: Option<Body> = read(self.view, Column::Blocks, &keys::height(height))?;
            let body = body.ok_or_else(|| {
                ChainError::damaged(format!("block {height} is to be deleted and not there"))
            })?;
            if !self.receipts(sweep, &body)? {
                return Ok(());
            }
            if !self.take(1) {
                return Ok(());
            }
            crash_point!("prune::body");
            self.batch.delete(Column::Blocks, keys::height(height));
            *sweep = Sweep {
                height: height.saturating_add(1),
                ..Sweep::default()
            };
        }
        Ok(())
    }

    /// What follows from the block's receipts, from the sweep on; `false`: there is more.
    fn receipts(&mut self, sweep: &mut Sweep, body: &Body) -> Result<bool, ChainError> {
        let first = keys::receipt(sweep.height, sweep.index);
        let range = KeyRange::half_open(first, keys::receipt(sweep.height.saturating_add(1), 0));
        let entries = self
            .view
            .range(Column::Receipts, range, Direction::Ascending);
        let mut entries = entries.peekable();
        while let Some(entry) = entries.next() {
            let (key, bytes) = entry?;
            let Some((_, index)) = keys::parse_receipt(&key) else {
                continue; // A trace, which went with its receipt.
            };
            if index != sweep.index {
                let at = format!("{}.{}", sweep.height, sweep.index);
                return Err(ChainError::damaged(format!("receipt {at} is missing")));
            }
            let receipt: Receipt = decode(Column::Receipts, &key, &bytes)?;
            if !self.events(sweep, &receipt)? {
                return Ok(false);
            }
            let trace = keys::trace(sweep.height, index);
            let has_trace = matches!(entries.peek(), Some(Ok((next, _))) if *next == trace);
            let found = (body, &receipt, has_trace.then_some(trace));
            if !self.transaction(sweep, found) {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// The receipt's events, from the sweep on; `false`: there are more.
    fn events(&mut self, sweep: &mut Sweep, receipt: &Receipt) -> Result<bool, ChainError> {
        let from = sweep.event as usize;
        for (position, event) in receipt.events.iter().enumerate().skip(from) {
            if !self.take(1) {
                return Ok(false);
            }
            let cursor = EventCursor {
                height: sweep.height,
                tx: sweep.index,
                event: index_of(position)?,
            };
            let key = keys::event(&event.contract, cursor);
            self.batch.delete(Column::Events, key);
            sweep.event = cursor.event.saturating_add(1);
        }
        Ok(true)
    }

    /// What is left of a transaction without events: its place, whom it has to do with, trace and
    /// receipt, or nothing of it; `false`: there was no room.
    fn transaction(
        &mut self,
        sweep: &mut Sweep,
        (body, receipt, trace): (&Body, &Receipt, Option<Vec<u8>>),
    ) -> bool {
        // The last receipt may be the block's own, which has no transaction.
        let tx = body.transactions.get(sweep.index as usize);
        let accounts = match self.indexed_from {
            Some(from) if sweep.height >= from => {
                index::accounts(tx.map(|it| &it.transaction), receipt)
            }
            Some(_) | None => BTreeSet::new(),
        };
        let keys = 1 + usize::from(tx.is_some()) + usize::from(trace.is_some());
        if !self.take(keys + accounts.len()) {
            return false;
        }
        for account in accounts {
            let key = keys::account(&account, sweep.height, sweep.index);
            self.batch.delete(Column::Index, key);
        }
        if let Some(tx) = tx {
            let id = tx.id();
            self.batch.delete(Column::TxIndex, id.as_bytes().to_vec());
        }
        if let Some(trace) = trace {
            self.batch.delete(Column::Receipts, trace);
        }
        crash_point!("prune::receipt");
        let receipt = keys::receipt(sweep.height, sweep.index);
        self.batch.delete(Column::Receipts, receipt);
        (sweep.index, sweep.event) = (sweep.index.saturating_add(1), 0);
        true
    }

    /// Goes on with old values behind `done`; none once there are no more.
    fn history(&mut self, done: Vec<u8>) -> Result<Option<Vec<u8>>, ChainError> {
        let range = KeyRange {
            start: Bound::Excluded(done.clone()),
            end: Bound::Unbounded,
        };
        let mut last = done;
        for entry in self.view.range(Column::Hist, range, Direction::Ascending) {
            let (key, _) = entry?;
            if !self.take(1) {
                return Ok(Some(last));
            }
            crash_point!("prune::old_value");
            self.batch.delete(Column::Hist, key.clone());
            last = key;
        }
        Ok(None)
    }

    /// Pays for keys; `false`: the block has deleted enough, and has not paid.
    fn take(&mut self, keys: usize) -> bool {
        match self.left.checked_sub(keys) {
            Some(left) => {
                self.left = left;
                true
            }
            None => {
                self.left = 0;
                false
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{KEYS_MIN, prune};
    use crate::commit::put_receipt;
    use crate::keys;
    use crate::retention::{KEEP_BLOCKS_MIN, Kept, Retention};
    use argosy_kv::{Batch, Column, Direction, Durability, KeyRange, MemoryStore, Op, Store};
    use argosy_primitives::{Address, Body, Event, Receipt, StatusCode};
    use parity_scale_codec::Encode;

    const COLUMNS: [Column; 3] = [Column::Blocks, Column::Receipts, Column::Events];

    fn count(store: &MemoryStore) -> usize {
        let view = store.view();
        let entries = COLUMNS.map(|column| {
            let entries = view.range(column, KeyRange::all(), Direction::Ascending);
            entries.inspect(|it| assert!(it.is_ok())).count()
        });
        entries.iter().sum()
    }

    /// A block of three receipts with so many events each, and a trace of the second.
    fn stored(events: [usize; 3]) -> MemoryStore {
        let (store, mut batch) = (MemoryStore::new(), Batch::new());
        let body = Body {
            transactions: Vec::new(),
            last_certificate: None,
            evidence: Vec::new(),
        };
        batch.put(Column::Blocks, keys::height(0), body.encode());
        for (index, count) in (0..).zip(events) {
            let event = Event {
                contract: Address::SYSTEM,
                topics: Vec::new(),
                data: Vec::new(),
            };
            let receipt = Receipt {
                status: StatusCode::Success,
                action: 0,
                data: Vec::new(),
                gas_used: 0,
                fee: 0,
                deposit: 0,
                events: vec![event; count],
            };
            put_receipt(&mut batch, 0, index, &receipt).expect("it is small");
        }
        batch.put(Column::Receipts, keys::trace(0, 1), *b"trace");
        let committed = store.commit(batch, Durability::Synced);
        committed.expect("memory does not fail");
        store
    }

    #[track_caller]
    fn check(events: [usize; 3], batches: usize) {
        let store = stored(events);
        let mut kept = Kept::new(Retention::VALIDATOR);
        let (mut left, mut made) = (count(&store), 0);
        while left > 0 {
            let mut batch = Batch::new();
            let view = store.view();
            let pruned = prune((&*view, None), &mut kept, KEEP_BLOCKS_MIN, &mut batch);
            pruned.expect("the store is whole");
            assert_eq!(kept.floor, 1);
            let is_delete = |op: &&Op| matches!(op, Op::Delete { .. });
            let deleted = batch.ops().iter().filter(is_delete).count();
            let committed = store.commit(batch, Durability::Synced);
            committed.expect("memory does not fail");
            assert!(deleted > 0 && deleted <= KEYS_MIN, "{deleted}");
            assert_eq!(count(&store), left - deleted, "each key goes once");
            left -= deleted;
            made += 1;
        }
        assert_eq!(made, batches, "{events:?}");
        let last = Kept::read(&*store.view()).expect("it was put");
        assert_eq!((last, kept.sweep.height), (kept, 1));
    }

    #[test]
    fn a_block_of_any_size_goes_in_parts() {
        check([0, 0, 0], 1);
        check([1, 2, 3], 1);
        check([KEYS_MIN - 5, 0, 0], 1);
        check([KEYS_MIN - 4, 0, 0], 2);
        check([KEYS_MIN, 0, 0], 2);
        check([3, 2 * KEYS_MIN + 7, 1], 3);
        check([700, 700, 700], 3);
    }
}
