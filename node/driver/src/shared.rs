//! What readers see of the running replica.
//!
//! Always: `publish` shows a committed block before it wakes anyone.

use std::collections::{BTreeMap, VecDeque};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};

use argosy_chain::{ChainView, Location};
use argosy_primitives::{Address, Height, Nonce, TimestampMs, TxId};
use argosy_replica::{Action, Replica};
use argosy_rpc_api::{DropReasonView, RpcError};
use tokio::sync::watch;

use crate::fault::DriverFault;
use crate::statuses::{Book, Entry, Source, Standing};
use crate::waiters::{Waiter, Waiters};

/// Ways back of a development chain that are remembered; who has not looked since begins anew.
const REVERTS_MAX: usize = 1_024;

/// What became of a transaction, the chain included.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    /// It waits.
    Pooled,
    /// It left the mempool.
    Dropped(DropReasonView),
    /// It was not admitted.
    Refused(RpcError),
    /// It was executed; with instant finality this is final.
    Executed(Location),
}

/// Snapshots and statuses, shared between the thread and the readers.
pub(crate) struct Shared {
    inner: RwLock<Inner>,
    /// When the thread last looked at its inbox, in milliseconds after `born`.
    beat_ms: AtomicU64,
    born: Instant,
    stopping: AtomicBool,
    changes: watch::Sender<u64>,
    waiters: Waiters,
    heads: watch::Sender<Height>,
}

struct Inner {
    view: ChainView,
    statuses: Book,
    /// Next nonces of the senders that have something waiting.
    pending: BTreeMap<Address, Nonce>,
    pooled: (usize, usize),
    paused: Option<Arc<str>>,
    has_stopped: bool,
    fault: Option<Arc<str>>,
    /// How often a development chain went back, and the highest blocks that it kept the last times.
    reverts: u64,
    kept: VecDeque<Height>,
}

impl Shared {
    pub(crate) fn new(view: ChainView, statuses: Book) -> Shared {
        let height = view.head().header.height;
        let inner = Inner {
            view,
            statuses,
            pending: BTreeMap::new(),
            pooled: (0, 0),
            paused: None,
            has_stopped: false,
            fault: None,
            reverts: 0,
            kept: VecDeque::new(),
        };
        Shared {
            inner: RwLock::new(inner),
            beat_ms: AtomicU64::new(0),
            born: Instant::now(),
            stopping: AtomicBool::new(false),
            changes: watch::Sender::new(0),
            waiters: Waiters::default(),
            heads: watch::Sender::new(height),
        }
    }

    /// Takes over what a step did with what `source` handed in, and answers with what has changed of
    /// the standing of transactions. Who waits for blocks hears of them; who waits for anything else is
    /// called by [`Shared::wake`], when that is kept.
    pub(crate) fn publish(
        &self,
        replica: &Replica,
        actions: &[Action],
        (source, now_ms): (Source, TimestampMs),
    ) -> Vec<(TxId, Option<Entry>)> {
        let mut inner = self.inner.write().unwrap_or_else(PoisonError::into_inner);
        for action in actions {
            if let Action::Committed(committed) = action {
                inner.view = committed.view.clone();
                // A block of edits may have moved the nonce of anybody who has something waiting.
                if committed.transactions.is_empty() && replica.chain().is_dev() {
                    inner.pending = replica.pool().next_nonces();
                }
            }
            inner.statuses.note(action, source, now_ms);
            for sender in touched(action) {
                match replica.pool().next_nonce(&sender) {
                    Some(nonce) => inner.pending.insert(sender, nonce),
                    None => inner.pending.remove(&sender),
                };
            }
        }
        inner.pooled = (replica.pool().len(), replica.pool().size_bytes());
        let height = inner.view.head().header.height;
        let changed = inner.statuses.take_changed();
        drop(inner);
        let is_new = |last: &mut Height| std::mem::replace(last, height) != height;
        self.heads.send_if_modified(is_new);
        changed
    }

    /// What became of transactions, as it is now.
    pub(crate) fn statuses(&self) -> Book {
        self.read(|inner| inner.statuses.clone())
    }

    /// Shows another chain than the one so far, with these statuses; up to the block `kept` it is the same.
    pub(crate) fn replace(&self, replica: &Replica, statuses: Book, kept: Height) {
        let mut inner = self.inner.write().unwrap_or_else(PoisonError::into_inner);
        inner.reverts += 1;
        inner.kept.push_back(kept);
        if inner.kept.len() > REVERTS_MAX {
            inner.kept.pop_front();
        }
        inner.view = replica.chain().view();
        let height = inner.view.head().header.height;
        inner.statuses = statuses;
        inner.pending = replica.pool().next_nonces();
        inner.pooled = (replica.pool().len(), replica.pool().size_bytes());
        drop(inner);
        self.wake_all();
        // News also where the height is the same.
        self.heads.send_replace(height);
    }

    /// How often the chain went back.
    pub(crate) fn reverts(&self) -> u64 {
        self.read(|inner| inner.reverts)
    }

    /// The highest block that is still what it was after so many ways back; `None`: all of them are.
    pub(crate) fn kept_since(&self, reverts: u64) -> Option<Height> {
        self.read(|inner| {
            let since = usize::try_from(inner.reverts.saturating_sub(reverts));
            let since = since.unwrap_or(usize::MAX);
            if since == 0 {
                return None;
            }
            match since <= inner.kept.len() {
                true => inner.kept.iter().rev().take(since).copied().min(),
                // Nobody remembers; the genesis block is always the same.
                false => Some(0),
            }
        })
    }

    /// The thread is to end before it does anything more.
    pub(crate) fn ask_to_stop(&self) {
        self.stopping.store(true, Ordering::Relaxed);
    }

    /// Whether the end was asked for.
    pub(crate) fn is_stopping(&self) -> bool {
        self.stopping.load(Ordering::Relaxed)
    }

    /// Marks the driver as stopped.
    pub(crate) fn stop(&self, fault: Option<&DriverFault>) {
        let mut inner = self.inner.write().unwrap_or_else(PoisonError::into_inner);
        inner.has_stopped = true;
        inner.fault = fault.map(|it| it.reason.as_str().into());
        drop(inner);
        self.wake_all();
    }

    pub(crate) fn view(&self) -> ChainView {
        self.read(|inner| inner.view.clone())
    }

    /// Whether nothing is admitted any more.
    pub(crate) fn has_stopped(&self) -> bool {
        self.read(|inner| inner.has_stopped)
    }

    /// The thread is there and looks at its inbox.
    pub(crate) fn beat(&self) {
        self.beat_ms.store(self.age_ms(), Ordering::Relaxed);
    }

    /// For how long the thread has not looked at its inbox.
    pub(crate) fn silent_for(&self) -> Duration {
        let beat_ms = self.beat_ms.load(Ordering::Relaxed);
        Duration::from_millis(self.age_ms().saturating_sub(beat_ms))
    }

    fn age_ms(&self) -> u64 {
        u64::try_from(self.born.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    /// Sets or ends the pause.
    pub(crate) fn pause(&self, reason: Option<&str>) {
        let mut inner = self.inner.write().unwrap_or_else(PoisonError::into_inner);
        inner.paused = reason.map(Arc::from);
    }

    /// Why the driver is paused, if it is.
    pub(crate) fn paused(&self) -> Option<Arc<str>> {
        self.read(|inner| inner.paused.clone())
    }

    /// Why the replica failed, if it did.
    pub(crate) fn fault(&self) -> Option<Arc<str>> {
        self.read(|inner| inner.fault.clone())
    }

    /// Count and bytes of the waiting transactions.
    pub(crate) fn pooled(&self) -> (usize, usize) {
        self.read(|inner| inner.pooled)
    }

    /// The sender's next nonce, counting what waits; `None`: nothing of it waits.
    pub(crate) fn pending_nonce(&self, sender: &Address) -> Option<Nonce> {
        self.read(|inner| inner.pending.get(sender).copied())
    }

    /// Whether a transaction is in the mempool.
    pub(crate) fn waits(&self, id: &TxId) -> bool {
        let is_pooled = |it: &Entry| it.standing == Standing::Pooled;
        self.read(|inner| inner.statuses.get(id).is_some_and(is_pooled))
    }

    /// What became of a transaction; `None`: nobody knows it here.
    pub(crate) fn fate(&self, id: &TxId) -> Result<Option<Fate>, argosy_chain::ChainError> {
        let (view, status) =
            self.read(|inner| (inner.view.clone(), inner.statuses.get(id).cloned()));
        if let Some(at) = view.locate(id)? {
            return Ok(Some(Fate::Executed(at)));
        }
        Ok(status.map(|it| match it.standing {
            Standing::Pooled => Fate::Pooled,
            Standing::Dropped(reason) => Fate::Dropped(reason),
            Standing::Refused(error) => Fate::Refused(error),
        }))
    }

    /// Who handed in a transaction first, and when; `None`: it is in a block, or nobody knows it here.
    pub(crate) fn received(&self, id: &TxId) -> Option<(Source, TimestampMs)> {
        self.read(|inner| {
            let entry = inner.statuses.get(id)?;
            Some((entry.source, entry.received_ms))
        })
    }

    /// Changes whenever something was published.
    pub(crate) fn watch(&self) -> watch::Receiver<u64> {
        self.changes.subscribe()
    }

    /// The height of the newest block.
    pub(crate) fn heads(&self) -> watch::Receiver<Height> {
        self.heads.subscribe()
    }

    /// Hears of everything that [`Shared::fate`] says of a transaction from now on.
    pub(crate) fn wait_for(&self, id: TxId) -> Waiter<'_> {
        self.waiters.wait(id)
    }

    /// Calls whoever waits for changes, or for one of these transactions.
    pub(crate) fn wake(&self, ids: impl IntoIterator<Item = TxId>) {
        self.waiters.tell(ids);
        self.change();
    }

    /// Calls everybody who waits.
    fn wake_all(&self) {
        self.waiters.tell_all();
        self.change();
    }

    fn change(&self) {
        self.changes
            .send_modify(|count| *count = count.wrapping_add(1));
    }

    fn read<T>(&self, read: impl FnOnce(&Inner) -> T) -> T {
        read(&self.inner.read().unwrap_or_else(PoisonError::into_inner))
    }
}

/// The senders whose waiting transactions an action changed.
fn touched(action: &Action) -> Vec<Address> {
    match action {
        Action::Admitted { sender, .. } => vec![*sender],
        Action::Refused { .. } => Vec::new(),
        Action::Dropped(dropped) => vec![dropped.sender],
        Action::Committed(committed) => committed
            .transactions
            .iter()
            .map(|tx| tx.sender())
            .collect(),
        Action::Proposed { .. }
        | Action::NotProposed { .. }
        | Action::Judged { .. }
        | Action::Missing { .. } => Vec::new(),
    }
}
