//! What a node has on disk: it outlives the node's memory.
//!
//! ```text
//! store   batches; a crash takes some of those that were not synced, the last ones first
//! log     the engine's; a crash takes some of the entries after the last flush, likewise
//! record  what was signed; on disk before a signature leaves
//! ```
//!
//! Not here: torn writes and damage, which store, log and record each test by themselves.

use std::sync::{Arc, Mutex, PoisonError};

use argosy_bft::BftContext;
use argosy_kv::{Batch, Durability, KvError, MemoryStore, Store, View};
use argosy_primitives::Height;
use argosy_signer::History;
use malachitebft_core_consensus::Input;
use malachitebft_core_types::ValueOrigin;

use crate::random::Random;

/// What a crash leaves of record and log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Memory {
    /// All that was synced, as it must be.
    Kept,
    /// Nothing: somebody started a validator on a wiped disk. No run with it is safe.
    Lost,
}

/// One node's disk.
pub(crate) struct Disk {
    pub(crate) store: Arc<SimStore>,
    pub(crate) log: Log,
    pub(crate) record: History,
}

impl Disk {
    pub(crate) fn new() -> Disk {
        Disk {
            store: Arc::new(SimStore::default()),
            log: Log::default(),
            record: History::default(),
        }
    }

    /// Takes away what a crash takes.
    pub(crate) fn crash(&mut self, memory: Memory, random: &mut Random) {
        self.store = Arc::new(self.store.crashed(random));
        self.log.crash(random);
        if memory == Memory::Lost {
            self.log = Log::default();
            self.record = History::default();
        }
    }
}

/// A store that remembers every batch, so that it can be made again without the last ones.
#[derive(Default)]
pub(crate) struct SimStore {
    live: MemoryStore,
    written: Mutex<Written>,
}

#[derive(Default)]
struct Written {
    batches: Vec<Batch>,
    synced: usize,
}

impl SimStore {
    /// What is found after a crash.
    fn crashed(&self, random: &mut Random) -> SimStore {
        let written = self.written.lock().unwrap_or_else(PoisonError::into_inner);
        let unsynced = written.batches.len().saturating_sub(written.synced);
        let left = written.synced + random.index(unsynced + 1);
        let store = SimStore::default();
        for batch in written.batches.iter().take(left) {
            store
                .commit(batch.clone(), Durability::Synced)
                .expect("a store in memory does not fail");
        }
        store
    }
}

impl Store for SimStore {
    fn view(&self) -> Arc<dyn View> {
        self.live.view()
    }

    fn commit(&self, batch: Batch, durability: Durability) -> Result<(), KvError> {
        let mut written = self.written.lock().unwrap_or_else(PoisonError::into_inner);
        written.batches.push(batch.clone());
        if durability == Durability::Synced {
            written.synced = written.batches.len();
        }
        self.live.commit(batch, durability)
    }
}

/// The engine's log of one height.
#[derive(Default)]
pub(crate) struct Log {
    height: Height,
    entries: Vec<Input<BftContext>>,
    flushed: usize,
}

impl Log {
    /// A height begins: what is in the log for it, or an empty log.
    pub(crate) fn start(&mut self, height: Height) -> Vec<Input<BftContext>> {
        if self.height != height {
            self.reset(height);
        }
        self.entries.clone()
    }

    /// Empties it for a height.
    pub(crate) fn reset(&mut self, height: Height) {
        *self = Log {
            height,
            ..Log::default()
        };
    }

    /// Adds an entry; `false` for what the engine's log does not take.
    pub(crate) fn append(&mut self, entry: Input<BftContext>) -> bool {
        let entry = match entry {
            // The log does not say where a value came from.
            Input::ProposedValue(value, _) => Input::ProposedValue(value, ValueOrigin::Consensus),
            Input::Vote(_)
            | Input::Proposal(_)
            | Input::TimeoutElapsed(_)
            | Input::PolkaCertificate(_) => entry,
            Input::StartHeight(..)
            | Input::Propose(_)
            | Input::RoundCertificate(_)
            | Input::SyncValueResponse(_) => return false,
        };
        self.entries.push(entry);
        true
    }

    /// Makes sure of all entries.
    pub(crate) fn flush(&mut self) {
        self.flushed = self.entries.len();
    }

    fn crash(&mut self, random: &mut Random) {
        let unflushed = self.entries.len().saturating_sub(self.flushed);
        self.entries
            .truncate(self.flushed + random.index(unflushed + 1));
        self.flushed = self.entries.len();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use argosy_kv::Column;
    use malachitebft_core_types::{Round, Timeout};
    use std::collections::BTreeSet;

    fn batch(number: u8) -> Batch {
        let mut batch = Batch::new();
        batch.put(Column::Meta, [number], [number]);
        batch
    }

    fn commit(store: &SimStore, number: u8, durability: Durability) {
        store
            .commit(batch(number), durability)
            .expect("memory does not fail");
    }

    /// How many of the batches are there, which must be the first ones.
    fn count(store: &SimStore) -> u8 {
        let view = store.view();
        let has = |number: &u8| matches!(view.get(Column::Meta, &[*number]), Ok(Some(_)));
        let found: Vec<u8> = (0..10).filter(has).collect();
        let first: Vec<u8> = (0..10).take(found.len()).collect();
        assert_eq!(found, first, "a batch is missing in the middle");
        found.len().try_into().expect("at most ten")
    }

    #[test]
    fn a_crash_takes_only_what_was_not_synced_and_the_last_first() {
        let store = SimStore::default();
        for number in 0..3 {
            commit(&store, number, Durability::Buffered);
        }
        commit(&store, 3, Durability::Synced);
        for number in 4..6 {
            commit(&store, number, Durability::Buffered);
        }
        let mut random = Random::new(1);
        let left = |_| count(&store.crashed(&mut random));
        let left: BTreeSet<u8> = (0..50).map(left).collect();
        assert_eq!(left, BTreeSet::from([4, 5, 6]));
    }

    #[test]
    fn a_log_loses_its_tail_and_is_emptied_by_another_height() {
        let entry = |round| Input::TimeoutElapsed(Timeout::propose(Round::new(round)));
        let left = |seed| {
            let mut log = Log::default();
            log.reset(7);
            assert!(log.append(entry(0)));
            log.flush();
            assert!(log.append(entry(1)) && log.append(entry(2)));
            log.crash(&mut Random::new(seed));
            let found = log.start(7);
            assert_eq!(found.first(), Some(&entry(0)));
            assert_eq!(log.start(8), []);
            found.len()
        };
        let left: BTreeSet<usize> = (0..50).map(left).collect();
        assert_eq!(left, BTreeSet::from([1, 2, 3]));
    }
}
