//! The subscriptions of one WebSocket.
//!
//! ```text
//! open ──the answer with its number leaves──► tells ──ended, or unsubscribed──► gone
//!   │ the call is refused after all
//!   ▼
//! gone
//! ```
//!
//! Always holds: no notice leaves before the answer that gives its number; all of them end with the
//! socket.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use argosy_rpc_api::{Decimal, RpcError};
use serde::Serialize;
use tokio::sync::{Semaphore, mpsc, oneshot};
use tokio::task::AbortHandle;

use super::feed::{Feed, Kind, Told};
use super::follower::Follower;
use super::hub::Hub;
use crate::seats::SeatNumber;
use crate::session::{News, Outgoing};

/// The subscriptions of one WebSocket.
pub(crate) struct Desk {
    outbox: mpsc::WeakSender<Outgoing>,
    own_places: Arc<Semaphore>,
    turns: Arc<Semaphore>,
    seat: Option<SeatNumber>,
    open: Mutex<Open>,
}

#[derive(Default)]
struct Open {
    last: u64,
    tasks: BTreeMap<u64, (Kind, AbortHandle)>,
    is_closed: bool,
}

/// The subscriptions that one call has opened, until its answer leaves.
#[derive(Default)]
pub(crate) struct Begun(Mutex<Vec<oneshot::Sender<()>>>);

impl Begun {
    /// The answer is on its way: notices may follow.
    pub(crate) fn begin(&self) {
        let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for subscription in waiting.drain(..) {
            // An error: it has ended meanwhile.
            let _gone = subscription.send(());
        }
    }

    fn push(&self, subscription: oneshot::Sender<()>) {
        let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.push(subscription);
    }
}

impl Desk {
    pub(crate) fn new(
        hub: &Hub,
        outbox: mpsc::WeakSender<Outgoing>,
        seat: Option<SeatNumber>,
    ) -> Desk {
        Desk {
            outbox,
            own_places: hub.own_places(),
            turns: Arc::new(Semaphore::new(1)),
            seat,
            open: Mutex::default(),
        }
    }

    /// Opens a subscription, which tells when `begun` says so, and answers with its number.
    pub(crate) async fn open(
        self: &Arc<Self>,
        hub: &Arc<Hub>,
        feed: Feed,
        begun: &Begun,
    ) -> Result<Decimal<u64>, RpcError> {
        let kind = feed.kind();
        let place = hub.place(kind, Some(&self.own_places))?;
        let feed = hub.begin(feed).await?;
        let outbox = self.outbox.upgrade().ok_or(RpcError::Stopping {})?;
        let mut open = self.table();
        if open.is_closed {
            return Err(RpcError::Stopping {});
        }
        open.last = open.last.saturating_add(1);
        let number = open.last;
        let render = Arc::new(move |told: &Told| notification(kind, number, told));
        let turns = Arc::clone(&self.turns);
        let follower = Follower::new(feed, Arc::clone(hub), place, turns, render);
        let (begin, may_begin) = oneshot::channel();
        begun.push(begin);
        let desk = Arc::downgrade(self);
        let seat = self.seat.clone();
        let task = tokio::spawn(async move {
            // An error: the call was refused after all.
            if may_begin.await.is_ok() {
                tell(follower, outbox, seat).await;
            }
            Desk::forget(&desk, number);
        });
        open.tasks.insert(number, (kind, task.abort_handle()));
        Ok(Decimal(number))
    }

    /// Ends a subscription; whether there was one of this kind.
    pub(crate) fn end(&self, kind: Kind, number: u64) -> bool {
        let mut open = self.table();
        let is_there = open.tasks.get(&number).is_some_and(|it| it.0 == kind);
        let task = is_there.then(|| open.tasks.remove(&number)).flatten();
        if let Some((_, task)) = &task {
            task.abort();
        }
        task.is_some()
    }

    /// Ends all of them, and lets none begin.
    pub(crate) fn close(&self) {
        let mut open = self.table();
        open.is_closed = true;
        for (_, task) in std::mem::take(&mut open.tasks).into_values() {
            task.abort();
        }
    }

    fn forget(desk: &Weak<Desk>, number: u64) {
        if let Some(desk) = desk.upgrade() {
            desk.table().tasks.remove(&number);
        }
    }

    fn table(&self) -> MutexGuard<'_, Open> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Tells until it has ended, or the client takes nothing any more.
async fn tell(mut follower: Follower, outbox: mpsc::Sender<Outgoing>, seat: Option<SeatNumber>) {
    while let Some(said) = follower.next().await {
        let (taken, was_taken) = oneshot::channel();
        let news = News {
            text: said.text,
            taken,
            turn: said.turn,
        };
        if outbox.send(Outgoing::News(news)).await.is_err() || was_taken.await.is_err() {
            return;
        }
        // Whoever takes what it is told uses its socket.
        if let Some(seat) = &seat {
            drop(seat.begin_call());
        }
    }
}

fn notification(kind: Kind, number: u64, told: &Told) -> String {
    match told {
        Told::Events(notice) => written(kind, number, notice),
        Told::Heads(notice) => written(kind, number, notice),
        Told::Tx(notice) => written(kind, number, notice),
    }
}

fn written(kind: Kind, number: u64, notice: &impl Serialize) -> String {
    #[derive(Serialize)]
    struct Params<'a, T> {
        subscription: Decimal<u64>,
        result: &'a T,
    }
    #[derive(Serialize)]
    struct Notification<'a, T> {
        jsonrpc: &'static str,
        method: &'static str,
        params: Params<'a, T>,
    }
    let notification = Notification {
        jsonrpc: "2.0",
        method: kind.notification(),
        params: Params {
            subscription: Decimal(number),
            result: notice,
        },
    };
    serde_json::to_string(&notification).expect("our types have string keys and no failing fields")
}
