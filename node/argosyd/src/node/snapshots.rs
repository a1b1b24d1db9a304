//! Snapshots of the running chain: one at a time, on a thread that the system favours less.
//!
//! ```text
//! a block is published ─► height due? ─► view of that height ─► make ─► drop older ones
//!        ▲                                                        │
//!        └───── heights that came meanwhile: the newest, if any ──┘
//! ```
//!
//! One that somebody orders is of the head, and is made like those.
//!
//! Always: blocks do not wait; a snapshot that cannot be made is logged and counted, and stops nothing.
//! A node that is told to stop ends one that is under way, which leaves nothing.

use std::num::NonZeroU64;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use argosy_chain::{ChainError, ChainView, Selector};
use argosy_driver::Driver;
use argosy_kv::Column;
use argosy_primitives::Height;
use argosy_snapshot::{
    Made, MakeError, MakeOptions, list, make, prune, refuse_partial, remove_unfinished,
};
use argosy_store::RocksStore;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::{Registry, Unit};
use tokio::sync::{mpsc, oneshot};
use tokio::time::timeout;

use super::tasks::Stop;
use crate::config::SnapshotConfig;
use crate::failure::Failure;

/// How much less the system favours the thread (nice(2)): blocks and readers come first.
const NICENESS: i32 = 15;
/// Sorted records, and the snapshot itself, by the size of what they are made of.
const ROOM_FACTOR: u64 = 3;

/// Somebody who orders a snapshot hears within this that it is begun, or is told to come again.
const BEGINS_WITHIN: Duration = Duration::from_secs(5);

/// A snapshot that was ordered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Begun {
    pub(super) height: Height,
    /// There was one of this height already, and none is made.
    pub(super) is_there: bool,
}

/// One order: who waits to hear that it is begun, or why not.
type Order = oneshot::Sender<Result<Begun, String>>;

/// By which snapshots are ordered.
#[derive(Clone, Debug)]
pub(super) struct Orders(mpsc::Sender<Order>);

/// Where orders come.
pub(super) struct Ordered(mpsc::Receiver<Order>);

impl Orders {
    pub(super) fn channel() -> (Orders, Ordered) {
        let (orders, ordered) = mpsc::channel(1);
        (Orders(orders), Ordered(ordered))
    }

    /// Orders one of the head, and waits until it is begun.
    pub(super) async fn begin(&self) -> Result<Begun, String> {
        let busy = || "a snapshot is being made; try again when it is there".to_owned();
        let (reply, begun) = oneshot::channel();
        self.0.try_send(reply).map_err(|_| busy())?;
        match timeout(BEGINS_WITHIN, begun).await {
            Ok(Ok(begun)) => begun,
            // The node is ending.
            Ok(Err(_)) => Err("no more snapshots are made".into()),
            Err(_) => Err(busy()),
        }
    }
}

/// What is counted.
#[derive(Clone, Debug, Default)]
pub(super) struct Figures {
    /// Height of the last snapshot.
    height: Gauge<u64, AtomicU64>,
    /// How long it took.
    seconds: Gauge<f64, AtomicU64>,
    /// Its size.
    bytes: Gauge<u64, AtomicU64>,
    /// Snapshots made since the start.
    made: Counter,
    /// Heights of which none could be made.
    missed: Counter,
}

impl Figures {
    /// Names them.
    pub(super) fn register(&self, registry: &mut Registry) {
        let registry = registry.sub_registry_with_prefix("snapshot");
        let help = "Height of the last snapshot";
        registry.register("height", help, self.height.clone());
        let help = "How long the last snapshot took";
        registry.register_with_unit("duration", help, Unit::Seconds, self.seconds.clone());
        let help = "Size of the last snapshot";
        registry.register_with_unit("size", help, Unit::Bytes, self.bytes.clone());
        registry.register("made", "Snapshots made", self.made.clone());
        let help = "Heights that were due and of which there is no snapshot";
        registry.register("missed", help, self.missed.clone());
    }
}

/// Makes snapshots of the chain that a driver runs.
pub(super) struct Snapshots {
    pub(super) config: SnapshotConfig,
    /// Of every block whose height is a multiple, besides those that are ordered.
    pub(super) every: Option<NonZeroU64>,
    pub(super) driver: Driver,
    /// Not a reason to keep the database open.
    pub(super) store: Weak<RocksStore>,
    pub(super) min_free_bytes: u64,
    pub(super) figures: Figures,
}

impl Snapshots {
    /// Follows the chain until it is told to stop.
    pub(super) async fn run(
        self,
        Ordered(mut orders): Ordered,
        mut stop: Stop,
    ) -> Result<(), Failure> {
        let mut changes = self.driver.changes();
        let mut last = self.begin();
        loop {
            changes.mark_unchanged();
            let view = self.driver.view();
            let head = view.head().header.height;
            let due = self.every.and_then(|it| Some((it, due(head, it, last)?)));
            if let Some((every, due)) = due {
                self.tell_missed(every, last, due);
                last = due;
                let view = view.at(Selector::Height(due));
                self.make_one(due, view, &mut stop).await;
                continue;
            }
            drop(view);
            tokio::select! {
                biased;
                () = stop.asked() => return Ok(()),
                Some(order) = orders.recv() => self.obey(order, &mut stop).await,
                changed = changes.changed() => if changed.is_err() {
                    // Nothing more will come.
                    stop.asked().await;
                    return Ok(());
                },
            }
        }
    }

    /// Takes away what was broken off; answers the newest height that there is.
    fn begin(&self) -> Height {
        let folder = &self.config.dir;
        let listed = remove_unfinished(folder).and_then(|()| list(folder));
        match listed {
            Ok(listed) => {
                let newest = listed.last().map_or(0, |it| it.height);
                if self.every.is_some() {
                    self.tell_beyond(newest);
                }
                newest
            }
            Err(error) => {
                tracing::error!(
                    target: "snapshot",
                    code = "snapshot.folder_unreadable",
                    folder = %folder.display(),
                    %error,
                    "cannot read the folder of snapshots"
                );
                0
            }
        }
    }

    /// Nothing is made before the chain is longer.
    fn tell_beyond(&self, newest: Height) {
        let (head, folder) = (self.driver.view().head().header.height, &self.config.dir);
        if newest > head {
            tracing::warn!(
                target: "snapshot",
                code = "snapshot.folder_ahead",
                newest,
                head,
                folder = %folder.display(),
                "the folder has a snapshot of a longer chain: no snapshots are made below its height; move it away, or give another snapshot.dir"
            );
        }
    }

    fn tell_missed(&self, every: NonZeroU64, last: Height, due: Height) {
        let between = due.saturating_sub(last) / every;
        if last > 0 && between > 1 {
            self.figures.missed.inc_by(between - 1);
            tracing::warn!(
                target: "snapshot",
                code = "snapshot.heights_missed",
                last,
                due,
                "heights between them came while one was being made, or the node was stopped: no snapshots of those"
            );
        }
    }

    /// The chain has gone on too far: not all that belongs into a snapshot of that height is kept.
    fn tell_late(&self, height: Height, reason: &str) {
        self.figures.missed.inc();
        tracing::warn!(
            target: "snapshot",
            code = "snapshot.too_late",
            height,
            reason,
            "no snapshot was made: it comes too late"
        );
    }

    async fn make_one(
        &self,
        due: Height,
        view: Result<Option<ChainView>, ChainError>,
        stop: &mut Stop,
    ) {
        let made = match view {
            Ok(Some(view)) => match refuse_partial(&view) {
                Ok(()) => self.make(view, stop).await,
                Err(reason) => return self.tell_late(due, &reason.to_string()),
            },
            Ok(None) => return,
            Err(reason @ ChainError::Pruned { .. }) => {
                return self.tell_late(due, &reason.to_string());
            }
            Err(error) => Err(error.to_string()),
        };
        match made {
            Ok(Some((made, took))) => self.tell(&made, took),
            Ok(None) => {}
            Err(reason) => {
                self.figures.missed.inc();
                tracing::error!(
                    target: "snapshot",
                    code = "snapshot.not_made",
                    height = due,
                    reason,
                    "no snapshot was made"
                );
            }
        }
    }

    /// Makes one of the head, unless there is one.
    async fn obey(&self, order: Order, stop: &mut Stop) {
        if order.is_closed() {
            return; // Whoever ordered it has stopped waiting.
        }
        let view = self.driver.view();
        let height = view.head().header.height;
        let listed = list(&self.config.dir).unwrap_or_default();
        let is_there = listed.iter().any(|it| it.height == height);
        let begun = match is_there {
            true => Ok(()),
            false => refuse_partial(&view)
                .map_err(|reason| reason.to_string())
                .and_then(|()| self.check_room()),
        };
        let is_begun = begun.is_ok() && !is_there;
        let begun = begun.map(|()| Begun { height, is_there });
        // Who does not wait any more ordered it all the same.
        let _gone = order.send(begun);
        if is_begun {
            self.make_one(height, Ok(Some(view)), stop).await;
        }
    }

    /// `None`: the end was asked for.
    async fn make(
        &self,
        view: ChainView,
        stop: &mut Stop,
    ) -> Result<Option<(Made, Duration)>, String> {
        self.check_room()?;
        let (ended, mut end) = oneshot::channel();
        let stopping = Arc::new(AtomicBool::new(false));
        let (config, told) = (self.config.clone(), Arc::clone(&stopping));
        let work = move || {
            if rustix::process::setpriority_process(None, NICENESS).is_err() {
                tracing::debug!(target: "snapshot", "the thread keeps its priority");
            }
            let begin = Instant::now();
            let made = make(&view, &config.dir, &MakeOptions::new(&told), |_| ());
            // The database may be closed once this is heard of.
            drop(view);
            let made = made.map(|made| {
                drop_older(&config.dir, config.keep);
                (made, begin.elapsed())
            });
            let _ = ended.send(made);
        };
        let spawned = std::thread::Builder::new().name("snapshot".into());
        spawned.spawn(work).map_err(|error| error.to_string())?;
        let made = tokio::select! {
            biased;
            made = &mut end => made,
            () = stop.asked() => {
                stopping.store(true, Ordering::Relaxed);
                end.await
            }
        };
        match made {
            Ok(Ok(made)) => Ok(Some(made)),
            Ok(Err(MakeError::Stopped)) => Ok(None),
            Ok(Err(error)) => Err(error.to_string()),
            Err(_) => Err("the thread died".into()),
        }
    }

    /// A snapshot must not be what fills the disk.
    fn check_room(&self) -> Result<(), String> {
        let Some(store) = self.store.upgrade() else {
            return Ok(());
        };
        let is_copied = |it: &Column| matches!(it, Column::State | Column::Code);
        let figures = store.column_figures().into_iter();
        let copied = figures.filter(|it| is_copied(&it.column));
        let bytes: u64 = copied.map(|it| it.live_bytes).sum();
        let needed = bytes.saturating_mul(ROOM_FACTOR);
        let needed = needed.saturating_add(self.min_free_bytes);
        let on = match self.config.dir.exists() {
            true => self.config.dir.as_path(),
            false => store.directory().path(),
        };
        match rustix::fs::statvfs(on) {
            Ok(it) if it.f_bavail.saturating_mul(it.f_frsize) < needed => {
                Err("too little is free on the disk".into())
            }
            Ok(_) | Err(_) => Ok(()),
        }
    }

    fn tell(&self, made: &Made, took: Duration) {
        let (height, bytes) = (made.manifest.header.height, made.manifest.total_bytes());
        let took_ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
        self.figures.height.set(height);
        self.figures.bytes.set(bytes);
        self.figures.seconds.set(took.as_secs_f64());
        self.figures.made.inc();
        tracing::info!(
            target: "snapshot",
            code = "snapshot.made",
            height,
            bytes,
            took_ms,
            name = made.name,
            "made a snapshot"
        );
    }
}

fn drop_older(folder: &Path, keep: usize) {
    if let Err(error) = prune(folder, keep) {
        tracing::error!(target: "snapshot", code = "snapshot.old_not_dropped", %error, "cannot drop older snapshots");
    }
}

/// The height of which a snapshot is to be made, at a head.
fn due(head: Height, every: NonZeroU64, last: Height) -> Option<Height> {
    let newest = head - head % every;
    (newest > last).then_some(newest)
}

#[cfg(test)]
mod tests {
    use super::due;

    #[track_caller]
    fn check(head: u64, last: u64, expected: Option<u64>) {
        let every = 10.try_into().unwrap();
        assert_eq!(due(head, every, last), expected, "{head} {last}");
    }

    #[test]
    fn multiples_are_due_once_and_only_the_newest() {
        check(0, 0, None);
        check(9, 0, None);
        check(10, 0, Some(10));
        check(10, 10, None);
        check(19, 10, None);
        check(45, 10, Some(40));
        // A folder of a longer chain.
        check(45, 90, None);
    }
}
