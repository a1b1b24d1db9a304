//! The handle to the replica's thread, and that thread's end.
//!
//! States: running ⇄ paused → stopped (asked to, or the replica failed). There is no way back.
//! Not here: what the thread does (`worker`).

use std::sync::Arc;
use std::sync::mpsc::{Sender, SyncSender, TrySendError, channel, sync_channel};
use std::time::Duration;

use argosy_chain::ChainView;
use argosy_kv::Store;
use argosy_primitives::{Height, TxId, VerifiedTransaction};
use argosy_replica::{Refusal, Replica};
use tokio::sync::{oneshot, watch};

use crate::agreed::{Gone, Urgent};
use crate::dev::DevTools;
use crate::fault::{DriverFault, DriverStopped};
use crate::metrics::Metrics;
use crate::shared::Shared;
use crate::statuses::{self, Book, Bounds, Source};
use crate::worker::{Command, Worker, now_ms};

/// How the driver runs its replica.
#[derive(Clone, Copy, Debug)]
pub struct DriverConfig {
    /// Commands that may wait in the inbox; more are refused with [`SubmitError::Busy`].
    pub inbox_max: usize,
    /// Submissions that are taken together before the replica may make a block.
    pub batch_max: usize,
    /// Dropped transactions that are remembered: of those that clients handed in, and of those that
    /// others did, each.
    pub tombstones_max: usize,
    /// The same of refused ones.
    pub refusals_max: usize,
    /// None of them is remembered for longer.
    pub tombstones_keep_ms: u64,
    /// How often the replica is told the time.
    pub tick_ms: u64,
}

impl Default for DriverConfig {
    fn default() -> DriverConfig {
        DriverConfig {
            inbox_max: 4_096,
            batch_max: 512,
            tombstones_max: 100_000,
            refusals_max: 20_000,
            tombstones_keep_ms: 24 * 3_600_000,
            tick_ms: 10,
        }
    }
}

impl DriverConfig {
    /// Nothing is known of transactions.
    pub(crate) fn empty_book(&self) -> Book {
        Book::new(Bounds {
            ended_max: self.tombstones_max,
            refused_max: self.refusals_max,
            keep_ms: self.tombstones_keep_ms,
        })
    }

    /// What is known of transactions when the thread starts.
    fn book(&self, store: Option<&dyn Store>, view: &ChainView) -> std::io::Result<Book> {
        let mut book = self.empty_book();
        if let Some(store) = store {
            let left = statuses::load(store).map_err(std::io::Error::other)?;
            // What is in the newest block may have left its records behind; of older ones they were deleted
            // before the next block was made.
            let newest = view.block(view.head().header.height);
            let newest = newest.map_err(std::io::Error::other)?;
            let executed = newest.map(|it| it.body.transactions).unwrap_or_default();
            let executed: Vec<_> = executed.iter().map(|it| it.id()).collect();
            book.restore(left, &executed, now_ms());
            let changed = book.take_changed();
            statuses::write(store, changed).map_err(std::io::Error::other)?;
        }
        Ok(book)
    }
}

/// Why a transaction could not be handed in.
#[derive(Debug, thiserror::Error)]
pub enum SubmitError {
    /// The replica does not admit it.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// Too many commands wait; try again.
    #[error("the node is busy; try again")]
    Busy,
    /// The node makes no blocks for now.
    #[error("the node is paused: {0}")]
    Paused(Arc<str>),
    /// What is read of a fork's origin did not come; nothing was done.
    #[error("{0}")]
    Unread(String),
    /// The driver has stopped.
    #[error("the node has stopped: {0}")]
    Stopped(String),
}

/// Handle to the thread. Clones share it.
#[derive(Clone)]
pub struct Driver {
    inbox: SyncSender<Command>,
    urgent: Sender<Urgent>,
    shared: Arc<Shared>,
    metrics: Metrics,
}

impl Driver {
    /// Starts the thread. The receiver resolves once, when the driver has stopped. What became of
    /// transactions that are in no block is forgotten with this process.
    pub fn start(
        replica: Replica,
        config: DriverConfig,
    ) -> std::io::Result<(Driver, oneshot::Receiver<DriverStopped>)> {
        Driver::start_with(replica, config, None)
    }

    /// The same, and what became of transactions is kept in `store`, which is the chain's.
    pub fn start_keeping(
        replica: Replica,
        config: DriverConfig,
        store: Arc<dyn Store>,
    ) -> std::io::Result<(Driver, oneshot::Receiver<DriverStopped>)> {
        Driver::start_with(replica, config, Some(store))
    }

    fn start_with(
        replica: Replica,
        config: DriverConfig,
        store: Option<Arc<dyn Store>>,
    ) -> std::io::Result<(Driver, oneshot::Receiver<DriverStopped>)> {
        let book = config.book(store.as_deref(), &replica.chain().view())?;
        let (inbox, commands) = sync_channel(config.inbox_max);
        // Bounded by those who ask: the engine has a handful of questions open at a time.
        let (urgent, questions) = channel();
        let shared = Arc::new(Shared::new(replica.chain().view(), book));
        let (ended, end) = oneshot::channel();
        let (metrics, running) = (Metrics::default(), replica.chain().running());
        metrics.head(&replica.chain().head().header);
        let worker = Worker {
            dev: DevTools::new(&replica),
            replica,
            config,
            shared: Arc::clone(&shared),
            store,
            commands,
            urgent: questions,
            metrics: metrics.clone(),
        };
        let thread = std::thread::Builder::new()
            .name("replica".into())
            .spawn(move || {
                // Contracts need a large stack; without this, each that runs costs a thread.
                let ended = argosy_chain::on_big_stack(|| worker.run());
                ended.unwrap_or_else(|error| Err(DriverFault::other(&error)))
            })?;
        let watched = Arc::clone(&shared);
        std::thread::Builder::new()
            .name("replica-watch".into())
            .spawn(move || {
                let stopped = DriverStopped::of(thread.join(), &running);
                if let DriverStopped::Fault(fault) = &stopped {
                    tracing::error!(
                        target: "driver",
                        code = "chain.replica_failed",
                        %fault,
                        "replica failed, the node admits nothing more"
                    );
                }
                watched.stop(stopped.fault());
                // Who is told may close the database: nothing here holds it any more.
                drop(watched);
                // Nobody may be waiting any more.
                let _ = ended.send(stopped);
            })?;
        let driver = Driver {
            inbox,
            urgent,
            shared,
            metrics,
        };
        Ok((driver, end))
    }

    /// Hands in a client's transaction; answers when the mempool has taken or refused it.
    pub async fn submit(&self, tx: Arc<VerifiedTransaction>) -> Result<TxId, SubmitError> {
        self.submit_of(tx, Source::Client).await
    }

    /// The same of a transaction that another node handed on.
    pub async fn submit_of_peer(&self, tx: Arc<VerifiedTransaction>) -> Result<TxId, SubmitError> {
        self.submit_of(tx, Source::Peer).await
    }

    async fn submit_of(
        &self,
        tx: Arc<VerifiedTransaction>,
        source: Source,
    ) -> Result<TxId, SubmitError> {
        let taken = self.hand_in(tx, source).await;
        self.metrics.submitted(&taken);
        taken
    }

    async fn hand_in(
        &self,
        tx: Arc<VerifiedTransaction>,
        source: Source,
    ) -> Result<TxId, SubmitError> {
        self.refuse_paused()?;
        let (reply, answer) = oneshot::channel();
        self.send(Command::Submit { tx, source, reply })?;
        answer.await.map_err(|_| self.stopped())?
    }

    /// Makes one block, empty or not, and answers its height.
    pub async fn mine(&self) -> Result<Height, SubmitError> {
        self.refuse_paused()?;
        let (reply, answer) = oneshot::channel();
        self.send(Command::Mine { reply })?;
        answer.await.map_err(|_| self.stopped())?
    }

    /// Asks the thread to finish the block that it is at, and stop; what waits is not taken.
    pub fn stop(&self) {
        self.shared.ask_to_stop();
        // A full inbox wakes it, too; a closed one has stopped already.
        drop(self.inbox.try_send(Command::Wake));
    }

    /// Makes no blocks and takes no transactions, for the reason given, until [`Driver::resume`].
    pub fn pause(&self, reason: &str) {
        self.shared.pause(Some(reason));
    }

    /// Goes on after [`Driver::pause`].
    pub fn resume(&self) {
        self.shared.pause(None);
    }

    /// Why the driver is paused, if it is.
    pub fn paused(&self) -> Option<Arc<str>> {
        self.shared.paused()
    }

    /// Why the replica failed, if it did.
    pub fn fault(&self) -> Option<Arc<str>> {
        self.shared.fault()
    }

    /// For how long the thread has not looked at its inbox: the length of what it is at.
    pub fn silent_for(&self) -> Duration {
        self.shared.silent_for()
    }

    /// What it counts.
    pub fn metrics(&self) -> &Metrics {
        &self.metrics
    }

    /// Whether a transaction waits for a block.
    pub fn waits(&self, id: &TxId) -> bool {
        self.shared.waits(id)
    }

    /// Transactions that wait, and their bytes.
    pub fn pooled(&self) -> (usize, usize) {
        self.shared.pooled()
    }

    /// Reads at the present head.
    pub fn view(&self) -> ChainView {
        self.shared.view()
    }

    /// Changes whenever there may be something new: a block, a transaction that waits or does no
    /// longer, the end.
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.shared.watch()
    }

    pub(crate) fn shared(&self) -> &Shared {
        &self.shared
    }

    pub(crate) fn send(&self, command: Command) -> Result<(), SubmitError> {
        self.inbox.try_send(command).map_err(|error| match error {
            TrySendError::Full(_) => SubmitError::Busy,
            TrySendError::Disconnected(_) => self.stopped(),
        })
    }

    /// Asks before everything that waits.
    pub(crate) fn hurry(&self, urgent: Urgent) -> Result<(), Gone> {
        self.urgent.send(urgent).map_err(|_| Gone)?;
        // A full inbox keeps the thread awake, too.
        drop(self.inbox.try_send(Command::Wake));
        Ok(())
    }

    fn refuse_paused(&self) -> Result<(), SubmitError> {
        self.shared
            .paused()
            .map_or(Ok(()), |reason| Err(SubmitError::Paused(reason)))
    }

    pub(crate) fn stopped(&self) -> SubmitError {
        let fault = self.shared.fault();
        SubmitError::Stopped(
            fault.map_or_else(|| "it was asked to".into(), |fault| fault.to_string()),
        )
    }
}
