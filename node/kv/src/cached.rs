//! A store in front of another that keeps recently used values in memory.
//!
//! ```text
//! commit   inner commit, each shard: epoch n → n + 1, changes applied ─► inner view ─► head n + 1
//! get      shard at the view's epoch?  hit: its value
//!                                      miss: read the inner view, keep it if the epoch is still the same
//!                                      older or newer: the inner view alone
//! get_many the same, and nothing is kept
//! ```
//!
//! Always: an entry of a shard is what the inner view of the shard's epoch shows, absence included.
//! Views are handed out from the head alone, which is set when every shard has turned: so no view
//! sees a shard that is behind it, and whoever holds an older one is turned away by the epoch.
//! If the inner commit fails, shards that have turned go back, empty.
//! What is cached never shows in an answer.
//! Not here: which keys are worth keeping (crate `quick_cache`, a CLOCK-Pro), ranges, which are read
//! from the inner view, and commits past this store: there must be none.

use std::hash::BuildHasher;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use std::thread;

use quick_cache::{DefaultHashBuilder, Equivalent, Weighter, unsync};

use crate::{
    Batch, Bytes, Column, Direction, Durability, Entries, KeyRange, KvError, Op, Store, View,
};

/// Locked one by one: a commit holds up readers of one part of the cache at a time.
const SHARDS: usize = 16;
/// What an entry takes beside its key and value: two reference counts each, links, the index.
const ENTRY_BYTES: usize = 128;
/// For how many entries the cache remembers that they were there; a trie's node has about 1 KiB.
const ENTRY_BYTES_EXPECTED: usize = 512;

/// From so many changes on, shards turn on a second thread while the inner store writes: a change
/// costs 1 to 4 µs, most of it waiting for memory, and a thread about 50 µs.
const THREAD_CHANGES_MIN: usize = 512;

/// A store with a cache in front.
pub struct Cached {
    head: RwLock<Arc<Head>>,
    /// Held by the one commit at work.
    writer: Mutex<()>,
    cache: Arc<Cache>,
    inner: Arc<dyn Store>,
}

/// What a cache has done so far, and what it holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CacheFigures {
    /// Reads that it answered.
    pub hits: u64,
    /// Reads of the newest moment that went to the inner store. Those of older ones, and of columns
    /// that are not cached, are not counted.
    pub misses: u64,
    /// Keys that it holds, absent ones included.
    pub entries: u64,
    /// What they take, estimated.
    pub bytes: u64,
}

/// The newest moment; once it is replaced, a view like any other.
struct Head {
    view: Arc<dyn View>,
    epoch: u64,
    cache: Arc<Cache>,
}

struct Cache {
    shards: [Mutex<Shard>; SHARDS],
    /// Chooses the shard. Its seed is random, and decides nothing but what is kept.
    hasher: DefaultHashBuilder,
}

struct Shard {
    /// The moment that the values belong to.
    epoch: u64,
    values: unsync::Cache<Key, Option<Bytes>, Weights>,
    hits: u64,
    misses: u64,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Key {
    column: Column,
    bytes: Bytes,
}

/// A key to look for. Hashes as [`Key`] does.
#[derive(Clone, Copy, Hash)]
struct Probe<'a> {
    column: Column,
    bytes: &'a [u8],
}

#[derive(Clone)]
struct Weights;

/// Whether a column's values come back: blocks, receipts and the like are written once and read
/// rarely, and would only drive out the state.
const fn is_cached(column: Column) -> bool {
    match column {
        Column::State | Column::Trie | Column::Code => true,
        Column::Meta
        | Column::Undo
        | Column::Hist
        | Column::Headers
        | Column::Blocks
        | Column::Receipts
        | Column::TxIndex
        | Column::Events
        | Column::Certs
        | Column::Undecided
        | Column::Snapshots
        | Column::Index => false,
    }
}

impl Cached {
    /// A cache of at most about `bytes_max` in front of `inner`, which nothing else may commit to.
    pub fn new(inner: Arc<dyn Store>, bytes_max: usize) -> Cached {
        let cache = Arc::new(Cache::new(bytes_max));
        let head = Head {
            view: inner.view(),
            epoch: 0,
            cache: Arc::clone(&cache),
        };
        Cached {
            head: RwLock::new(Arc::new(head)),
            writer: Mutex::new(()),
            cache,
            inner,
        }
    }

    /// Counts since the start, and sizes now.
    pub fn figures(&self) -> CacheFigures {
        let mut sum = CacheFigures::default();
        for shard in &self.cache.shards {
            let shard = lock(shard);
            sum.hits += shard.hits;
            sum.misses += shard.misses;
            sum.entries += shard.values.len() as u64;
            sum.bytes += shard.values.weight();
        }
        sum
    }

    fn head(&self) -> Arc<Head> {
        Arc::clone(&self.head.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn commit_on_two_threads(
        &self,
        batch: Batch,
        durability: Durability,
        epoch: u64,
        changes: Changes,
    ) -> Result<(), KvError> {
        let committed = thread::scope(|scope| {
            let builder = thread::Builder::new().name("cache".into());
            let turning = builder.spawn_scoped(scope, || self.cache.turn(epoch, changes));
            let committed = self.inner.commit(batch, durability);
            match turning.map(thread::ScopedJoinHandle::join) {
                Ok(Ok(())) => {}
                Ok(Err(panic)) => std::panic::resume_unwind(panic),
                // The system refuses a thread, and the changes went with it.
                Err(_) => self.cache.restart(epoch),
            }
            committed
        });
        committed.inspect_err(|_| self.cache.restart(epoch - 1))
    }
}

impl Store for Cached {
    fn view(&self) -> Arc<dyn View> {
        self.head()
    }

    fn commit(&self, batch: Batch, durability: Durability) -> Result<(), KvError> {
        let _writer = self.writer.lock().unwrap_or_else(|poisoned| {
            // A commit panicked, perhaps with some shards turned: they start again from nothing.
            self.cache.restart(self.head().epoch);
            self.writer.clear_poison();
            poisoned.into_inner()
        });
        let epoch = self.head().epoch + 1;
        let changes = self.cache.split(batch.ops());
        if changes.iter().map(Vec::len).sum::<usize>() < THREAD_CHANGES_MIN {
            self.inner.commit(batch, durability)?;
            self.cache.turn(epoch, changes);
        } else {
            self.commit_on_two_threads(batch, durability, epoch, changes)?;
        }
        let next = Head {
            view: self.inner.view(),
            epoch,
            cache: Arc::clone(&self.cache),
        };
        let replaced = {
            let mut head = self.head.write().unwrap_or_else(PoisonError::into_inner);
            std::mem::replace(&mut *head, Arc::new(next))
        };
        drop(replaced); // Releases the inner view, after readers may go on.
        Ok(())
    }
}

impl View for Head {
    fn get(&self, column: Column, key: &[u8]) -> Result<Option<Bytes>, KvError> {
        if !is_cached(column) {
            return self.view.get(column, key);
        }
        let probe = Probe { column, bytes: key };
        if let Some(value) = self.look_up(&probe) {
            return Ok(value);
        }
        let value = self.view.get(column, key)?; // Without a lock: this may take a while.
        self.keep(&probe, &value);
        Ok(value)
    }

    fn get_many(&self, column: Column, keys: &[&[u8]]) -> Result<Vec<Option<Bytes>>, KvError> {
        if !is_cached(column) {
            return self.view.get_many(column, keys);
        }
        let mut values = Vec::with_capacity(keys.len());
        let (mut missing, mut places) = (Vec::new(), Vec::new());
        for (place, bytes) in keys.iter().enumerate() {
            let known = self.look_up(&Probe { column, bytes });
            if known.is_none() {
                missing.push(*bytes);
                places.push(place);
            }
            values.push(known.flatten());
        }
        // Not kept: the commit that follows brings what is there from then on, and room for that is
        // made then, while the inner store writes.
        let found = self.view.get_many(column, &missing)?;
        for (place, value) in places.into_iter().zip(found) {
            values[place] = value;
        }
        Ok(values)
    }

    fn range(&self, column: Column, range: KeyRange, direction: Direction) -> Entries<'_> {
        self.view.range(column, range, direction)
    }

    fn beneath(&self) -> Option<&dyn View> {
        self.view.beneath()
    }
}

impl Head {
    /// What the cache knows of this moment; none: nothing.
    fn look_up(&self, probe: &Probe<'_>) -> Option<Option<Bytes>> {
        let mut shard = lock(self.cache.shard(probe));
        match shard.epoch == self.epoch {
            true => shard.look_up(probe),
            false => None,
        }
    }

    /// Keeps what the inner view has answered.
    fn keep(&self, probe: &Probe<'_>, value: &Option<Bytes>) {
        let mut shard = lock(self.cache.shard(probe));
        if shard.epoch == self.epoch {
            let (column, bytes) = (probe.column, Bytes::from(probe.bytes));
            shard.values.insert(Key { column, bytes }, value.clone());
        }
    }
}

type Changes = [Vec<(Key, Option<Bytes>)>; SHARDS];

impl Cache {
    fn new(bytes_max: usize) -> Cache {
        let shard_bytes = bytes_max / SHARDS;
        let shard = || Shard {
            epoch: 0,
            values: unsync::Cache::with_weighter(
                shard_bytes / ENTRY_BYTES_EXPECTED,
                shard_bytes as u64,
                Weights,
            ),
            hits: 0,
            misses: 0,
        };
        Cache {
            shards: std::array::from_fn(|_| Mutex::new(shard())),
            hasher: DefaultHashBuilder::default(),
        }
    }

    fn index(&self, probe: &Probe<'_>) -> usize {
        let hash = self.hasher.hash_one(probe);
        (hash >> 60) as usize % SHARDS
    }

    fn shard(&self, probe: &Probe<'_>) -> &Mutex<Shard> {
        &self.shards[self.index(probe)]
    }

    /// The changes to cached columns by shard, in their order.
    fn split(&self, ops: &[Op]) -> Changes {
        let mut changes = Changes::default();
        for op in ops {
            let (column, key, value) = match op {
                Op::Put { column, key, value } => (*column, key, Some(value)),
                Op::Delete { column, key } => (*column, key, None),
            };
            if is_cached(column) {
                let index = self.index(&Probe { column, bytes: key });
                let bytes = Bytes::clone(key);
                changes[index].push((Key { column, bytes }, value.cloned()));
            }
        }
        changes
    }

    /// Moves every shard on to `epoch`.
    fn turn(&self, epoch: u64, changes: Changes) {
        for (shard, changes) in self.shards.iter().zip(changes) {
            let mut shard = lock(shard);
            shard.epoch = epoch;
            changes
                .into_iter()
                .for_each(|(key, value)| shard.set(key, value));
        }
    }

    /// Brings every shard to `epoch`, with nothing in it.
    fn restart(&self, epoch: u64) {
        for shard in &self.shards {
            let mut shard = lock(shard);
            shard.epoch = epoch;
            shard.values.clear();
        }
    }
}

impl Shard {
    fn look_up(&mut self, probe: &Probe<'_>) -> Option<Option<Bytes>> {
        let known = self.values.get(probe).cloned();
        match known {
            Some(_) => self.hits += 1,
            None => self.misses += 1,
        }
        known
    }

    /// Takes over what was written. What is written new is likely to be read soon; what is deleted
    /// is not, unless it was here.
    fn set(&mut self, key: Key, value: Option<Bytes>) {
        let weight = Weights.weight(&key, &value);
        let is_known = match self.values.get_mut(&key) {
            // In place, which leaves the old key where it is. What grew may have to drive out others.
            Some(mut known) if weight <= Weights.weight(&key, &known) => {
                *known = value;
                return;
            }
            known => known.is_some(),
        };
        if value.is_some() || is_known {
            self.values.insert(key, value);
        }
    }
}

impl Equivalent<Key> for Probe<'_> {
    fn equivalent(&self, key: &Key) -> bool {
        self.column == key.column && self.bytes == &*key.bytes
    }
}

impl Weighter<Key, Option<Bytes>> for Weights {
    fn weight(&self, key: &Key, value: &Option<Bytes>) -> u64 {
        let value_bytes = value.as_ref().map_or(0, |value| value.len());
        (key.bytes.len() + value_bytes + ENTRY_BYTES) as u64
    }
}

/// A shard after a panic is as whole as before: [`Cached`] empties all of them.
fn lock(shard: &Mutex<Shard>) -> MutexGuard<'_, Shard> {
    shard.lock().unwrap_or_else(PoisonError::into_inner)
}
