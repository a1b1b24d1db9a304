//! The thread that owns the replica.
//!
//! States: running → stopped (asked to, or the replica failed). There is no way back.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TrySendError, sync_channel};
use std::thread::JoinHandle;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use argosy_chain::ChainView;
use argosy_primitives::{Height, TimestampMs, TxId, VerifiedTransaction};
use argosy_replica::{Action, Event, Refusal, Replica};
use tokio::sync::oneshot;

use crate::shared::Shared;

/// How the driver runs its replica.
#[derive(Clone, Copy, Debug)]
pub struct DriverConfig {
    /// Commands that may wait in the inbox; more are refused with [`SubmitError::Busy`].
    pub inbox_max: usize,
    /// Submissions that are taken together before the replica may make a block.
    pub batch_max: usize,
    /// Dropped and refused transactions that are remembered.
    pub tombstones_max: usize,
    /// How often the replica is told the time.
    pub tick_ms: u64,
}

impl Default for DriverConfig {
    fn default() -> DriverConfig {
        DriverConfig {
            inbox_max: 4_096,
            batch_max: 512,
            tombstones_max: 100_000,
            tick_ms: 10,
        }
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
    /// The driver has stopped.
    #[error("the node has stopped: {0}")]
    Stopped(String),
}

/// How a driver ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DriverStopped {
    /// It was asked to.
    Asked,
    /// The replica failed or panicked; the node must not go on.
    Fault(String),
}

/// Something that the thread is asked to do.
enum Command {
    Submit {
        tx: Arc<VerifiedTransaction>,
        reply: oneshot::Sender<Result<TxId, Refusal>>,
    },
    Mine {
        reply: oneshot::Sender<Height>,
    },
    Stop,
}

/// Handle to the thread. Clones share it.
#[derive(Clone)]
pub struct Driver {
    inbox: SyncSender<Command>,
    shared: Arc<Shared>,
}

impl Driver {
    /// Starts the thread. The receiver resolves once, when the driver has stopped.
    pub fn start(
        replica: Replica,
        config: DriverConfig,
    ) -> std::io::Result<(Driver, oneshot::Receiver<DriverStopped>)> {
        let (inbox, commands) = sync_channel(config.inbox_max);
        let shared = Arc::new(Shared::new(replica.chain().view(), config.tombstones_max));
        let (ended, end) = oneshot::channel();
        let worker = Worker {
            replica,
            config,
            shared: Arc::clone(&shared),
            commands,
        };
        let thread = std::thread::Builder::new()
            .name("replica".into())
            .spawn(move || {
                // Contracts need a large stack; without this, each that runs costs a thread.
                let ended = argosy_chain::on_big_stack(|| worker.run());
                ended.unwrap_or_else(|error| Err(error.to_string()))
            })?;
        let watched = Arc::clone(&shared);
        std::thread::Builder::new()
            .name("replica-watch".into())
            .spawn(move || watch(thread, &watched, ended))?;
        Ok((Driver { inbox, shared }, end))
    }

    /// Hands in a transaction; answers when the mempool has taken or refused it.
    pub async fn submit(&self, tx: Arc<VerifiedTransaction>) -> Result<TxId, SubmitError> {
        let (reply, answer) = oneshot::channel();
        self.send(Command::Submit { tx, reply })?;
        Ok(answer.await.map_err(|_| self.stopped())??)
    }

    /// Makes one block, empty or not, and answers its height.
    pub async fn mine(&self) -> Result<Height, SubmitError> {
        let (reply, answer) = oneshot::channel();
        self.send(Command::Mine { reply })?;
        answer.await.map_err(|_| self.stopped())
    }

    /// Asks the thread to finish what it is doing and stop.
    pub fn stop(&self) {
        // A full inbox drains; a closed one has stopped already.
        let inbox = self.inbox.clone();
        if let Err(TrySendError::Full(stop)) = inbox.try_send(Command::Stop) {
            std::thread::spawn(move || inbox.send(stop));
        }
    }

    /// Reads at the present head.
    pub fn view(&self) -> ChainView {
        self.shared.view()
    }

    pub(crate) fn shared(&self) -> &Shared {
        &self.shared
    }

    fn send(&self, command: Command) -> Result<(), SubmitError> {
        self.inbox.try_send(command).map_err(|error| match error {
            TrySendError::Full(_) => SubmitError::Busy,
            TrySendError::Disconnected(_) => self.stopped(),
        })
    }

    fn stopped(&self) -> SubmitError {
        let fault = self.shared.fault();
        SubmitError::Stopped(
            fault.map_or_else(|| "it was asked to".into(), |fault| fault.to_string()),
        )
    }
}

/// Waits for the thread's end and tells it; a panic is a fault like any other.
fn watch(
    thread: JoinHandle<Result<(), String>>,
    shared: &Shared,
    ended: oneshot::Sender<DriverStopped>,
) {
    let stopped = match thread.join() {
        Ok(Ok(())) => DriverStopped::Asked,
        Ok(Err(fault)) => DriverStopped::Fault(fault),
        Err(panic) => DriverStopped::Fault(format!(
            "the replica panicked: {}",
            panic_text(panic.as_ref())
        )),
    };
    if let DriverStopped::Fault(fault) = &stopped {
        tracing::error!(target: "driver", %fault, "replica failed, the node admits nothing more");
        shared.stop(Some(fault));
    } else {
        shared.stop(None);
    }
    // Nobody may be waiting any more.
    let _ = ended.send(stopped);
}

fn panic_text(panic: &(dyn std::any::Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("no message")
}

/// What the thread owns.
struct Worker {
    replica: Replica,
    config: DriverConfig,
    shared: Arc<Shared>,
    commands: Receiver<Command>,
}

impl Worker {
    fn run(mut self) -> Result<(), String> {
        let tick = Duration::from_millis(self.config.tick_ms.max(1));
        loop {
            match self.commands.recv_timeout(tick) {
                Ok(first) => {
                    if !self.take_batch(first)? {
                        return Ok(());
                    }
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return Ok(()),
            }
            self.step(Event::Tick { now_ms: now_ms() })?;
        }
    }

    /// Takes what is in the inbox, lets the replica make blocks of it, then answers.
    /// `false`: asked to stop.
    fn take_batch(&mut self, first: Command) -> Result<bool, String> {
        let mut next = Some(first);
        let mut taken = 0;
        while let Some(command) = next {
            match command {
                Command::Submit { tx, reply } => self.submit(tx, reply)?,
                Command::Mine { reply } => {
                    self.step(Event::Mine { now_ms: now_ms() })?;
                    // A caller that went away does not need the answer.
                    let _ = reply.send(self.replica.chain().head().header.height);
                }
                Command::Stop => return Ok(false),
            }
            taken += 1;
            next = if taken < self.config.batch_max {
                self.commands.try_recv().ok()
            } else {
                None
            };
        }
        self.step(Event::Settled { now_ms: now_ms() })?;
        Ok(true)
    }

    fn submit(
        &mut self,
        tx: Arc<VerifiedTransaction>,
        reply: oneshot::Sender<Result<TxId, Refusal>>,
    ) -> Result<(), String> {
        let id = tx.id();
        let actions = self.step(Event::Submitted { tx })?;
        let refusal = actions.into_iter().find_map(|action| match action {
            Action::Refused {
                id: refused,
                reason,
            } if refused == id => Some(reason),
            Action::Refused { .. }
            | Action::Admitted { .. }
            | Action::Dropped(_)
            | Action::Committed(_) => None,
        });
        // A caller that went away can ask for the status.
        let _ = reply.send(refusal.map_or(Ok(id), Err));
        Ok(())
    }

    fn step(&mut self, event: Event) -> Result<Vec<Action>, String> {
        let actions = self
            .replica
            .step(event)
            .map_err(|fault| fault.to_string())?;
        if !actions.is_empty() {
            self.shared.publish(&self.replica, &actions);
        }
        for action in &actions {
            if let Action::Committed(committed) = action {
                let head = committed.view.head();
                tracing::info!(
                    target: "driver",
                    height = head.header.height,
                    transactions = committed.transactions.len(),
                    gas_used = head.header.gas_used,
                    "committed block"
                );
            }
        }
        Ok(actions)
    }
}

fn now_ms() -> TimestampMs {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}
