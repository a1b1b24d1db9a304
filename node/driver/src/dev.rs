//! What the thread of a development chain does on request: edits, time, pace, snapshots.
//!
//! ```text
//! clock = the machine's + offset          setTime, increaseTime: the offset moves, a block is made
//! snapshots: id ─► chain, mempool, statuses, offset       revert to one forgets it and later ones
//! ```
//!
//! Always: done between two blocks, so that a snapshot is of whole ones; block time never runs
//! backwards; every request is refused where the chain is no development chain in memory. What the store
//! keeps of statuses goes back with the chain, since it is in the same store.
//! Not here: files (`state_file`), the RPC's words (`node::dev`).

use std::collections::BTreeMap;
use std::time::Instant;

use argosy_chain::{ChainError, ChainView, Edit, EditRefusal, Moment};
use argosy_primitives::{Height, Receipt, TimestampMs};
use argosy_replica::{Action, BlockMode, Event, Mark, Replica};
use tokio::sync::oneshot;

use crate::driver::{Driver, SubmitError};
use crate::fault::DriverFault;
use crate::statuses::{Book, Source};
use crate::worker::{Command, Unread, Worker, now_ms};

/// Snapshots that are kept at once.
pub(crate) const SNAPSHOTS_MAX: usize = 256;

/// The last millisecond of the year 9999: no clock is set beyond.
pub(crate) const TIME_MS_MAX: TimestampMs = 253_402_300_799_999;

/// Something that a developer asks for.
pub(crate) enum DevRequest {
    /// Blocks are made at another pace.
    Blocks(BlockMode),
    /// The clock shows this from now on, and a block is made.
    SetTime(TimestampMs),
    /// The clock shows so much more from now on, and a block is made.
    IncreaseTime(u64),
    /// A block with these changes.
    Edit(Vec<Edit>),
    /// Remember this moment.
    Snapshot,
    /// Go back to a moment, and forget it and those after it.
    Revert(u32),
    /// Go back to where the chain began in this process, and forget all moments.
    Reset,
    /// Go to a moment that was read from a file, and forget all others.
    Load(Moment),
}

/// What came of it.
pub(crate) struct Developed {
    /// The chain afterwards.
    pub(crate) view: ChainView,
    /// Of a snapshot.
    pub(crate) snapshot: Option<u32>,
    /// The receipt of an edit that acted for somebody.
    pub(crate) receipt: Option<Receipt>,
}

/// Why it was not done. Nothing changed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DevRefusal {
    /// The node takes nothing now.
    #[error(transparent)]
    Busy(#[from] SubmitError),
    /// This is no development chain in memory.
    #[error("this is no development chain in memory")]
    NotDev,
    /// The edit cannot be made.
    #[error(transparent)]
    Edit(#[from] EditRefusal),
    /// Time does not run backwards, and ends somewhere.
    #[error("{wanted} ms is not from {min} to {TIME_MS_MAX}: block time never runs backwards")]
    Time {
        /// What the clock would show.
        wanted: u64,
        /// The head's time.
        min: TimestampMs,
    },
    /// There is no such snapshot, or it was forgotten.
    #[error("there is no snapshot {id}: a revert forgets the one that it goes to, and later ones")]
    NoSnapshot {
        /// Which.
        id: u32,
    },
    /// Too many are kept.
    #[error("{SNAPSHOTS_MAX} snapshots are kept; revert to an early one, or reset")]
    Snapshots,
    /// What was read is no chain of this spec.
    #[error(transparent)]
    Chain(ChainError),
}

/// Where the answer goes.
pub(crate) type Reply = oneshot::Sender<Result<Developed, DevRefusal>>;

/// What the thread remembers for developers.
pub(crate) struct DevTools {
    /// What its clock shows more than the machine's.
    offset_ms: i64,
    snapshots: BTreeMap<u32, Snapshot>,
    next_snapshot: u32,
    /// Where it began, to reset to, and what its clock showed more; `None`: no development chain.
    begin: Option<(Mark, i64)>,
    /// The chain is one that was loaded since.
    is_loaded: bool,
}

struct Snapshot {
    mark: Mark,
    statuses: Book,
    offset_ms: i64,
}

impl DevTools {
    /// Of a replica that has made no block yet in this process.
    pub(crate) fn new(replica: &Replica) -> DevTools {
        let mut tools = DevTools {
            offset_ms: 0,
            snapshots: BTreeMap::new(),
            next_snapshot: 1,
            begin: None,
            is_loaded: false,
        };
        if let Ok(mark) = replica.mark() {
            // A chain that was read from its file: its clock goes on from where it ended.
            let head_ms = replica.chain().head().header.time_ms;
            if head_ms > now_ms() {
                tools.set(head_ms);
            }
            tools.begin = Some((mark, tools.offset_ms));
        }
        tools
    }

    /// The time by this chain's clock.
    pub(crate) fn now_ms(&self) -> TimestampMs {
        now_ms().saturating_add_signed(self.offset_ms)
    }

    /// Lets the clock show `time_ms`.
    fn set(&mut self, time_ms: TimestampMs) {
        let real = now_ms();
        let distance = i64::try_from(time_ms.abs_diff(real)).unwrap_or(i64::MAX);
        self.offset_ms = match time_ms >= real {
            true => distance,
            false => -distance,
        };
    }
}

impl Driver {
    /// Asks the thread for something that only a development chain does.
    pub(crate) async fn develop(&self, request: DevRequest) -> Result<Developed, DevRefusal> {
        if let Some(reason) = self.paused() {
            return Err(SubmitError::Paused(reason).into());
        }
        let (reply, answer) = oneshot::channel();
        self.send(Command::Develop { request, reply })?;
        answer.await.map_err(|_| DevRefusal::from(self.stopped()))?
    }
}

impl Worker {
    /// Does what a developer asks for.
    pub(crate) fn develop(
        &mut self,
        request: DevRequest,
    ) -> Result<Result<Developed, DevRefusal>, DriverFault> {
        if !self.replica.chain().is_dev() {
            return Ok(Err(DevRefusal::NotDev));
        }
        match request {
            DevRequest::Blocks(blocks) => {
                let now_ms = self.dev.now_ms();
                self.replica.set_blocks(blocks, now_ms);
                Ok(Ok(self.developed()))
            }
            DevRequest::SetTime(time_ms) => self.set_time(time_ms),
            DevRequest::IncreaseTime(by_ms) => {
                self.set_time(self.block_time_ms().saturating_add(by_ms))
            }
            DevRequest::Edit(edits) => self.edit(&edits),
            DevRequest::Snapshot => Ok(self.snapshot()),
            DevRequest::Revert(id) => self.revert(id),
            DevRequest::Reset => self.reset(),
            DevRequest::Load(moment) => Ok(self.load(&moment)),
        }
    }

    /// The time that a block would have that is made now.
    fn block_time_ms(&self) -> TimestampMs {
        let head_ms = self.replica.chain().head().header.time_ms;
        self.dev.now_ms().max(head_ms)
    }

    fn set_time(&mut self, wanted: u64) -> Result<Result<Developed, DevRefusal>, DriverFault> {
        let min = self.replica.chain().head().header.time_ms;
        if wanted < min || wanted > TIME_MS_MAX {
            return Ok(Err(DevRefusal::Time { wanted, min }));
        }
        let before_ms = self.dev.offset_ms;
        self.dev.set(wanted);
        // What is due by then is done by then: a block of exactly that time.
        let mined = self.step_for(Event::Mine { now_ms: wanted })?;
        if let Err(Unread(reason)) = mined {
            self.dev.offset_ms = before_ms;
            return Ok(Err(SubmitError::Unread(reason).into()));
        }
        Ok(Ok(self.developed()))
    }

    fn edit(&mut self, edits: &[Edit]) -> Result<Result<Developed, DevRefusal>, DriverFault> {
        let (now_ms, begin) = (self.dev.now_ms(), Instant::now());
        let actions = match self.replica.edit(now_ms, edits) {
            Ok(Ok(actions)) => actions,
            Ok(Err(reason)) => return Ok(Err(reason.into())),
            Err(fault) => {
                let (_, Unread(reason)) = self.spare(&fault)?;
                return Ok(Err(SubmitError::Unread(reason).into()));
            }
        };
        let receipt = actions.iter().find_map(|action| match action {
            Action::Committed(committed) => committed.receipts.last().cloned(),
            Action::Admitted { .. }
            | Action::Refused { .. }
            | Action::Dropped(_)
            | Action::Proposed { .. }
            | Action::NotProposed { .. }
            | Action::Judged { .. }
            | Action::Missing { .. } => None,
        });
        // Nobody handed in anything.
        self.tell(&actions, begin.elapsed(), Source::Peer)?;
        Ok(Ok(Developed {
            receipt,
            ..self.developed()
        }))
    }

    fn snapshot(&mut self) -> Result<Developed, DevRefusal> {
        if self.dev.snapshots.len() >= SNAPSHOTS_MAX {
            return Err(DevRefusal::Snapshots);
        }
        let snapshot = Snapshot {
            mark: self.replica.mark().map_err(DevRefusal::Chain)?,
            statuses: self.shared.statuses(),
            offset_ms: self.dev.offset_ms,
        };
        let id = self.dev.next_snapshot;
        self.dev.next_snapshot = id.saturating_add(1);
        self.dev.snapshots.insert(id, snapshot);
        Ok(Developed {
            snapshot: Some(id),
            ..self.developed()
        })
    }

    fn revert(&mut self, id: u32) -> Result<Result<Developed, DevRefusal>, DriverFault> {
        if !self.dev.snapshots.contains_key(&id) {
            return Ok(Err(DevRefusal::NoSnapshot { id }));
        }
        let mut later = self.dev.snapshots.split_off(&id);
        let Some(snapshot) = later.remove(&id) else {
            return Ok(Err(DevRefusal::NoSnapshot { id }));
        };
        self.dev.offset_ms = snapshot.offset_ms;
        self.go_back(&snapshot.mark)?;
        // Snapshots are of this chain's own past: up to there it is the same.
        let kept = self.height();
        self.show(snapshot.statuses, kept);
        Ok(Ok(self.developed()))
    }

    fn reset(&mut self) -> Result<Result<Developed, DevRefusal>, DriverFault> {
        let Some((begin, offset_ms)) = self.dev.begin.clone() else {
            return Ok(Err(DevRefusal::NotDev));
        };
        self.dev.snapshots.clear();
        self.dev.offset_ms = offset_ms;
        self.go_back(&begin)?;
        let kept = match std::mem::take(&mut self.dev.is_loaded) {
            // Nothing but the genesis block is.
            true => 0,
            false => self.height(),
        };
        self.show(self.config.empty_book(), kept);
        Ok(Ok(self.developed()))
    }

    /// Our own moment, which was whole when it was taken.
    fn go_back(&mut self, mark: &Mark) -> Result<(), DriverFault> {
        let now_ms = self.dev.now_ms();
        let back = self.replica.go_back(mark, now_ms);
        back.map_err(|error| DriverFault::of(&error.into()))
    }

    fn height(&self) -> Height {
        self.replica.chain().head().header.height
    }

    fn load(&mut self, moment: &Moment) -> Result<Developed, DevRefusal> {
        let now_ms = self.dev.now_ms();
        self.replica
            .go_to(moment, now_ms)
            .map_err(DevRefusal::Chain)?;
        self.dev.snapshots.clear();
        // The clock goes on from where the loaded chain ended, if that is later.
        let time_ms = self.block_time_ms();
        self.dev.set(time_ms);
        self.replica.set_blocks(self.replica.blocks(), time_ms);
        self.dev.is_loaded = true;
        self.show(self.config.empty_book(), 0);
        Ok(self.developed())
    }

    /// Shows readers another chain than the one so far; up to the block `kept` it is the same.
    fn show(&mut self, statuses: Book, kept: Height) {
        self.metrics.head(&self.replica.chain().head().header);
        self.shared.replace(&self.replica, statuses, kept);
    }

    fn developed(&self) -> Developed {
        Developed {
            view: self.replica.chain().view(),
            snapshot: None,
            receipt: None,
        }
    }
}
