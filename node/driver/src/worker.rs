//! What the replica's thread does: commands and time in, blocks out, then the news to the readers.
//!
//! It works in turns: a batch of commands, then at most one block that they gave rise to, then the
//! time. So however much waits, it hears of a pause or an end between two blocks.
//!
//! Always: a block is committed before anyone hears of it; while the node is paused none is made
//! and nothing is taken.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, TryRecvError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use argosy_chain::{ChainError, crash_point};
use argosy_kv::Store;
use argosy_primitives::{Height, TimestampMs, TxId, VerifiedTransaction};
use argosy_replica::{Action, Event, Replica, ReplicaFault};
use tokio::sync::oneshot;

use crate::agreed::Urgent;
use crate::dev::{DevRequest, DevTools, Reply};
use crate::driver::{DriverConfig, SubmitError};
use crate::fault::{DriverFault, with_causes};
use crate::metrics::Metrics;
use crate::shared::Shared;
use crate::statuses::{self, Source};

/// Something that the thread is asked to do.
pub(crate) enum Command {
    Submit {
        tx: Arc<VerifiedTransaction>,
        source: Source,
        reply: oneshot::Sender<Result<TxId, SubmitError>>,
    },
    Mine {
        reply: oneshot::Sender<Result<Height, SubmitError>>,
    },
    /// Something that only a development chain does.
    Develop { request: DevRequest, reply: Reply },
    /// Nothing but to look up: the end is asked for elsewhere.
    Wake,
}

/// Nobody can ask for anything any more.
struct Disconnected;

/// What a fork reads of its origin did not come, and why. Nothing was done.
pub(crate) struct Unread(pub(crate) String);

/// What the thread owns.
pub(crate) struct Worker {
    pub(crate) replica: Replica,
    pub(crate) config: DriverConfig,
    pub(crate) shared: Arc<Shared>,
    /// Keeps what became of transactions.
    pub(crate) store: Option<Arc<dyn Store>>,
    pub(crate) commands: Receiver<Command>,
    pub(crate) urgent: Receiver<Urgent>,
    pub(crate) metrics: Metrics,
    pub(crate) dev: DevTools,
}

impl Worker {
    /// Works until it is asked to stop, nobody can ask any more, or the replica fails.
    pub(crate) fn run(mut self) -> Result<(), DriverFault> {
        let mut busy = false;
        while !self.shared.is_stopping() {
            self.shared.beat();
            match self.next(busy) {
                Ok(Some(first)) => self.take_batch(first)?,
                Ok(None) => {}
                Err(Disconnected) => break,
            }
            self.take_urgent()?;
            let now_ms = self.dev.now_ms();
            busy = self.may_go_on() && !self.step(Event::Settled { now_ms })?.is_empty();
            if self.may_go_on() {
                self.step(Event::Tick { now_ms })?;
            }
        }
        Ok(())
    }

    /// The next command; with nothing else to do it is waited for, for a tick at most.
    fn next(&self, busy: bool) -> Result<Option<Command>, Disconnected> {
        if busy {
            return match self.commands.try_recv() {
                Ok(command) => Ok(Some(command)),
                Err(TryRecvError::Empty) => Ok(None),
                Err(TryRecvError::Disconnected) => Err(Disconnected),
            };
        }
        let tick = Duration::from_millis(self.config.tick_ms.max(1));
        match self.commands.recv_timeout(tick) {
            Ok(command) => Ok(Some(command)),
            Err(RecvTimeoutError::Timeout) => Ok(None),
            Err(RecvTimeoutError::Disconnected) => Err(Disconnected),
        }
    }

    fn may_go_on(&self) -> bool {
        self.shared.paused().is_none() && !self.shared.is_stopping()
    }

    /// Takes what is in the inbox, up to a batch; leaves the rest when the end is asked for.
    fn take_batch(&mut self, first: Command) -> Result<(), DriverFault> {
        let rest = self.config.batch_max.saturating_sub(1);
        self.take(first)?;
        for _ in 0..rest {
            if self.shared.is_stopping() {
                break;
            }
            let Ok(command) = self.commands.try_recv() else {
                break;
            };
            self.take_urgent()?;
            self.take(command)?;
        }
        Ok(())
    }

    /// Does what is asked. A caller that went away does not need the answer.
    fn take(&mut self, command: Command) -> Result<(), DriverFault> {
        let paused = self.shared.paused().map(SubmitError::Paused);
        match (command, paused) {
            (Command::Submit { tx, source, reply }, None) => {
                let taken = self.submit(tx, source)?;
                crash_point!("driver::before_reply");
                drop(reply.send(taken));
            }
            (Command::Submit { reply, .. }, Some(paused)) => drop(reply.send(Err(paused))),
            (Command::Mine { reply }, None) => {
                let now_ms = self.dev.now_ms();
                let mined = self.step_for(Event::Mine { now_ms })?;
                self.shared.beat();
                let height = self.replica.chain().head().header.height;
                let mined = mined.map(|()| height);
                drop(reply.send(mined.map_err(|Unread(reason)| SubmitError::Unread(reason))));
            }
            (Command::Mine { reply }, Some(paused)) => drop(reply.send(Err(paused))),
            (Command::Develop { request, reply }, None) => {
                let done = self.develop(request)?;
                self.shared.beat();
                drop(reply.send(done));
            }
            (Command::Develop { reply, .. }, Some(paused)) => {
                drop(reply.send(Err(paused.into())));
            }
            (Command::Wake, _) => {}
        }
        Ok(())
    }

    fn submit(
        &mut self,
        tx: Arc<VerifiedTransaction>,
        source: Source,
    ) -> Result<Result<TxId, SubmitError>, DriverFault> {
        let id = tx.id();
        let actions = match self.step_of(Event::Submitted { tx }, source)? {
            Ok(actions) => actions,
            Err(Unread(reason)) => return Ok(Err(SubmitError::Unread(reason))),
        };
        let refusal = actions.into_iter().find_map(|action| match action {
            Action::Refused {
                id: refused,
                reason,
            } if refused == id => Some(reason),
            Action::Refused { .. }
            | Action::Admitted { .. }
            | Action::Dropped(_)
            | Action::Committed(_)
            | Action::Proposed { .. }
            | Action::NotProposed { .. }
            | Action::Judged { .. }
            | Action::Missing { .. } => None,
        });
        Ok(refusal.map_or(Ok(id), |reason| Err(SubmitError::Refused(reason))))
    }

    pub(crate) fn step(&mut self, event: Event) -> Result<Vec<Action>, DriverFault> {
        // Nobody handed in anything.
        let done = self.step_of(event, Source::Peer)?;
        Ok(done.unwrap_or_default())
    }

    /// The same, of something that somebody waits for.
    pub(crate) fn step_for(&mut self, event: Event) -> Result<Result<(), Unread>, DriverFault> {
        let done = self.step_of(event, Source::Peer)?;
        Ok(done.map(drop))
    }

    /// The same of what `source` handed in.
    fn step_of(
        &mut self,
        event: Event,
        source: Source,
    ) -> Result<Result<Vec<Action>, Unread>, DriverFault> {
        let begin = Instant::now();
        let (actions, unread) = match self.replica.step(event) {
            Ok(actions) => (actions, None),
            Err(fault) => {
                let (dropped, unread) = self.spare(&fault)?;
                (dropped, Some(unread))
            }
        };
        let took = begin.elapsed();
        if !actions.is_empty() {
            crash_point!("driver::stepped");
            self.tell(&actions, took, source)?;
            crash_point!("driver::published");
        }
        Ok(unread.map_or(Ok(actions), Err))
    }

    /// A fault after which a fork goes on, and what left the mempool; any other ends this thread.
    pub(crate) fn spare(
        &mut self,
        fault: &ReplicaFault,
    ) -> Result<(Vec<Action>, Unread), DriverFault> {
        let now_ms = self.dev.now_ms();
        let Some(dropped) = self.replica.leave_out(fault, now_ms) else {
            return Err(DriverFault::of(fault));
        };
        let reason = with_causes(fault);
        tracing::warn!(
            target: "driver",
            code = "chain.origin_unread",
            %reason,
            "a fork's origin was not read; nothing was done"
        );
        Ok((dropped, Unread(reason)))
    }

    /// Tells readers what was done with what `source` handed in, and keeps what became of transactions.
    pub(crate) fn tell(
        &self,
        actions: &[Action],
        took: Duration,
        source: Source,
    ) -> Result<(), DriverFault> {
        // Before anybody hears of them, who then looks at the metrics.
        self.count(actions, took);
        // By the machine's clock, wherever a development chain's is set.
        let news = (source, now_ms());
        let changed = self.shared.publish(&self.replica, actions, news);
        let concerned: Vec<_> = changed.iter().map(|(id, _)| *id).collect();
        if let Some(store) = &self.store {
            let kept = statuses::write(store.as_ref(), changed);
            kept.map_err(|error| DriverFault::of(&ReplicaFault::Chain(ChainError::Store(error))))?;
        }
        // What clients are told then, a kill does not undo.
        self.shared.wake(concerned);
        Ok(())
    }

    /// Blocks that were committed, in metrics and in the log.
    fn count(&self, actions: &[Action], took: Duration) {
        let committed = actions.iter().filter_map(|action| match action {
            Action::Committed(committed) => Some(committed),
            Action::Admitted { .. }
            | Action::Refused { .. }
            | Action::Dropped(_)
            | Action::Proposed { .. }
            | Action::NotProposed { .. }
            | Action::Judged { .. }
            | Action::Missing { .. } => None,
        });
        let mut blocks = 0;
        for committed in committed {
            let head = committed.view.head();
            blocks += 1;
            self.metrics
                .committed(&head.header, committed.transactions.len());
            tracing::info!(
                target: "driver",
                code = "chain.block_committed",
                height = head.header.height,
                hash = %head.hash,
                transactions = committed.transactions.len(),
                gas_used = head.header.gas_used,
                "committed block"
            );
        }
        self.metrics.made(blocks, took);
    }
}

pub(crate) fn now_ms() -> TimestampMs {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}
