//! What the replica's thread does: commands and time in, blocks out, then the news to the readers.
//!
//! Always: a block is committed before anyone hears of it; while the node is paused none is made.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use argosy_chain::crash_point;
use argosy_primitives::{Height, TimestampMs, TxId, VerifiedTransaction};
use argosy_replica::{Action, Event, Refusal, Replica};
use tokio::sync::oneshot;

use crate::driver::DriverConfig;
use crate::fault::DriverFault;
use crate::metrics::Metrics;
use crate::shared::Shared;

/// Something that the thread is asked to do.
pub(crate) enum Command {
    Submit {
        tx: Arc<VerifiedTransaction>,
        reply: oneshot::Sender<Result<TxId, Refusal>>,
    },
    Mine {
        reply: oneshot::Sender<Height>,
    },
    Stop,
}

/// What the thread owns.
pub(crate) struct Worker {
    pub(crate) replica: Replica,
    pub(crate) config: DriverConfig,
    pub(crate) shared: Arc<Shared>,
    pub(crate) commands: Receiver<Command>,
    pub(crate) metrics: Metrics,
}

impl Worker {
    /// Works until it is asked to stop, nobody can ask any more, or the replica fails.
    pub(crate) fn run(mut self) -> Result<(), DriverFault> {
        let tick = Duration::from_millis(self.config.tick_ms.max(1));
        loop {
            self.shared.beat();
            match self.commands.recv_timeout(tick) {
                Ok(first) => {
                    if !self.take_batch(first)? {
                        return Ok(());
                    }
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return Ok(()),
            }
            if self.shared.paused().is_none() {
                self.step(Event::Tick { now_ms: now_ms() })?;
            }
        }
    }

    /// Takes what is in the inbox, lets the replica make blocks of it, then answers.
    /// `false`: asked to stop.
    fn take_batch(&mut self, first: Command) -> Result<bool, DriverFault> {
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
        if self.shared.paused().is_none() {
            self.step(Event::Settled { now_ms: now_ms() })?;
        }
        Ok(true)
    }

    fn submit(
        &mut self,
        tx: Arc<VerifiedTransaction>,
        reply: oneshot::Sender<Result<TxId, Refusal>>,
    ) -> Result<(), DriverFault> {
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
        crash_point!("driver::before_reply");
        // A caller that went away can ask for the status.
        let _ = reply.send(refusal.map_or(Ok(id), Err));
        Ok(())
    }

    fn step(&mut self, event: Event) -> Result<Vec<Action>, DriverFault> {
        let begin = Instant::now();
        let actions = self
            .replica
            .step(event)
            .map_err(|fault| DriverFault::of(&fault))?;
        let took = begin.elapsed();
        if actions.is_empty() {
            return Ok(actions);
        }
        crash_point!("driver::stepped");
        self.shared.publish(&self.replica, &actions);
        crash_point!("driver::published");
        let committed = actions.iter().filter_map(|action| match action {
            Action::Committed(committed) => Some(committed),
            Action::Admitted { .. } | Action::Refused { .. } | Action::Dropped(_) => None,
        });
        let mut blocks = 0;
        for committed in committed {
            let head = committed.view.head();
            blocks += 1;
            self.metrics
                .committed(&head.header, committed.transactions.len());
            tracing::info!(
                target: "driver",
                height = head.header.height,
                hash = %head.hash,
                transactions = committed.transactions.len(),
                gas_used = head.header.gas_used,
                "committed block"
            );
        }
        self.metrics.made(blocks, took);
        Ok(actions)
    }
}

fn now_ms() -> TimestampMs {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}
