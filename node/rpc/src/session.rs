//! A WebSocket at work: its calls run side by side, and are answered when they are ready.
//!
//! ```text
//! socket ──► reader ──room──► calls ──► outbox ──► writer ──► socket
//!               ▲                                    │
//!               └── the answer is taken, room again ─┘
//!
//! serving ──stop──► open calls finish ──► farewell
//!    │ the client leaves, says nothing, or takes nothing
//!    ▼
//!  calls are given up
//! ```
//!
//! Always holds: what was read has room until its answer is taken, and without room nothing is read. So
//! who sends and does not read waits in the end, with what it sent on its own side. News of
//! subscriptions go the same way out, one at a time (`follow`).
//! Not here: how long one that takes nothing is waited for (`accept`), what a message says (`message`).

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use futures::io::BufReader;
use futures::{FutureExt, StreamExt, stream};
use hyper::upgrade::Upgraded;
use hyper_util::rt::TokioIo;
use jsonrpsee::server::StopHandle;
use soketto::connection::Error as SocketError;
use soketto::{Incoming, base};
use tokio::sync::{OwnedSemaphorePermit, mpsc, oneshot, watch};
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::{Interval, MissedTickBehavior, interval, sleep, timeout};
use tokio_util::compat::Compat;

use crate::config::{LAST_WORDS_WITHIN, PING_EVERY, PONG_WITHIN, SOCKET_QUEUE_MAX};
use crate::follow::{Desk, Hub};
use crate::frames::{self, Farewell};
use crate::message::{Answer, Caller};
use crate::metrics::{Cut, Metrics};
use crate::room::{Room, Taken};
use crate::seats::SeatNumber;

type Line = Compat<TokioIo<Upgraded>>;
type Frames = frames::Frames<Line>;
type Receiver = soketto::Receiver<BufReader<frames::Incoming<Line>>>;

/// One WebSocket.
pub(crate) struct Session {
    pub(crate) caller: Caller,
    pub(crate) hub: Arc<Hub>,
    pub(crate) room: Room,
    pub(crate) request_bytes_max: u32,
    pub(crate) stop: StopHandle,
    pub(crate) metrics: Arc<Metrics>,
}

/// A message that has room.
struct Message {
    bytes: Vec<u8>,
    room: Taken,
}

/// What is on its way out. All that it holds is free again when the socket has taken it.
pub(crate) enum Outgoing {
    /// An answer, with the room of its message.
    Answer(Answer, Option<Taken>),
    /// What a subscription tells.
    News(News),
}

/// What a subscription tells.
pub(crate) struct News {
    pub(crate) text: String,
    /// Told when the socket has taken it.
    pub(crate) taken: oneshot::Sender<()>,
    pub(crate) turn: OwnedSemaphorePermit,
}

/// Why a session is over.
enum End {
    /// The server stops.
    Stopped,
    /// The client left, or sent what cannot be read on.
    Gone,
    /// The client is not there: it answers no pings.
    Silent,
    /// A message is too large to be read.
    TooLarge,
    /// The socket takes no answers.
    Deaf,
}

impl Session {
    /// Serves until the client leaves or the server stops.
    pub(crate) async fn run(self, frames: Frames, receiver: Receiver) {
        let Session {
            mut caller,
            hub,
            room,
            request_bytes_max,
            stop,
            metrics,
        } = self;
        let (outbox, answers) = mpsc::channel(SOCKET_QUEUE_MAX);
        let seat = caller.extensions.get::<SeatNumber>().cloned();
        let desk = Arc::new(Desk::new(&hub, outbox.downgrade(), seat));
        caller.extensions.insert(Arc::clone(&desk));
        let caller = Arc::new(caller);
        let leaving = Arc::new(Leaving::default());
        let (farewell, told) = watch::channel(Farewell::Normal);
        let mut writer = tokio::spawn(write(frames, answers, Arc::clone(&leaving), told));
        let reader = Reader {
            receiver,
            room,
            leaving,
        };
        let reads = stream::unfold(reader, Reader::next);
        let stopped = stop.clone().shutdown();
        tokio::pin!(reads, stopped);
        let mut calls = JoinSet::new();
        let end = loop {
            tokio::select! {
                biased;
                () = &mut stopped => break End::Stopped,
                _ = &mut writer => break End::Deaf,
                Some(_ended) = calls.join_next() => {}
                read = reads.next() => match read {
                    Some(Read::Message(message)) => {
                        calls.spawn(serve(Arc::clone(&caller), message, outbox.clone()));
                    }
                    Some(Read::TooLarge) => {
                        let answer = Answer::too_large(request_bytes_max);
                        // If there is no place for it, it does not read anyway.
                        let _full = outbox.try_send(Outgoing::Answer(answer, None));
                        break End::TooLarge;
                    }
                    Some(Read::Silence) => break End::Silent,
                    None => break End::Gone,
                },
            }
        };
        desk.close();
        match end {
            End::Stopped => farewell.send_replace(Farewell::Away),
            End::TooLarge => farewell.send_replace(Farewell::TooLarge),
            End::Gone | End::Silent | End::Deaf => Farewell::Normal,
        };
        match end {
            End::Stopped => tokio::select! {
                () = finish(calls, outbox, &mut writer) => {}
                // What still comes is not served; it tells whether somebody is there. Behind a message that
                // is too large there is nothing: it would be found again and again.
                () = async { while let Some(Read::Message(_)) = reads.next().await {} } => {}
            },
            End::Gone | End::Silent | End::TooLarge => {
                if let End::Silent = end {
                    metrics.cut(Cut::Silent);
                }
                drop((calls, outbox));
                let _taken_or_not = timeout(LAST_WORDS_WITHIN, &mut writer).await;
            }
            End::Deaf => {}
        }
        writer.abort();
    }
}

async fn serve(caller: Arc<Caller>, message: Message, outbox: mpsc::Sender<Outgoing>) {
    let Message { bytes, room } = message;
    let begun = Arc::default();
    if let Some(answer) = caller.answer(bytes, &begun).await {
        let is_error = answer.is_error();
        let sent = outbox.send(Outgoing::Answer(answer, Some(room))).await;
        // Otherwise nobody knows the number of what the call has begun.
        if sent.is_ok() && !is_error {
            begun.begin();
        }
    }
}

/// Lets open calls end, and their answers leave.
async fn finish(
    mut calls: JoinSet<()>,
    outbox: mpsc::Sender<Outgoing>,
    writer: &mut JoinHandle<()>,
) {
    while calls.join_next().await.is_some() {}
    drop(outbox);
    let _well_or_not = writer.await;
}

/// What comes over a socket.
struct Reader {
    receiver: Receiver,
    room: Room,
    leaving: Arc<Leaving>,
}

enum Read {
    Message(Message),
    TooLarge,
    Silence,
}

/// One step of reading.
enum Step {
    Message,
    Pong,
    TooLarge,
    Silence,
    End,
}

impl Reader {
    /// Waits for a message, then for room; `None`: there will be none.
    async fn next(mut self) -> Option<(Read, Reader)> {
        let mut bytes = Vec::new();
        loop {
            match self.step(&mut bytes).await {
                Step::Message => break,
                // What came of a message before it is lost, and takes no more room.
                Step::Pong => bytes = Vec::new(),
                Step::TooLarge => return Some((Read::TooLarge, self)),
                Step::Silence => return Some((Read::Silence, self)),
                Step::End => return None,
            }
        }
        let room = self.room.take(bytes.len()).await;
        Some((Read::Message(Message { bytes, room }), self))
    }

    /// Whoever is there answers a ping at least: so long may one step take.
    async fn step(&mut self, bytes: &mut Vec<u8>) -> Step {
        let received = tokio::select! {
            biased;
            received = self.receiver.receive(bytes) => received,
            () = self.leaving.none_for(PONG_WITHIN) => {
                tracing::debug!(target: "rpc", "a WebSocket is silent");
                return Step::Silence;
            }
        };
        match received {
            Ok(Incoming::Data(_)) => Step::Message,
            Ok(Incoming::Pong(_)) => Step::Pong,
            Ok(Incoming::Closed(_)) => Step::End,
            Err(
                SocketError::MessageTooLarge { .. }
                | SocketError::Codec(base::Error::PayloadTooLarge { .. }),
            ) => Step::TooLarge,
            Err(error) => {
                tracing::debug!(target: "rpc", %error, "a WebSocket broke off");
                Step::End
            }
        }
    }
}

/// How many answers and notices have begun to leave, and how many of them have left, in one number: it is
/// odd while one is on its way. Pings go between its pieces, behind what a slow line has not delivered yet.
#[derive(Default)]
struct Leaving(AtomicU64);

impl Leaving {
    /// An answer begins to leave, or has left.
    fn turn(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    /// Until for so long no answer was on its way.
    async fn none_for(&self, time: Duration) {
        loop {
            let before = self.0.load(Ordering::Relaxed);
            sleep(time).await;
            if before & 1 == 0 && self.0.load(Ordering::Relaxed) == before {
                return;
            }
        }
    }
}

/// Writes answers, pings and replies until there are no more answers, and says farewell.
async fn write(
    mut frames: Frames,
    mut answers: mpsc::Receiver<Outgoing>,
    leaving: Arc<Leaving>,
    farewell: watch::Receiver<Farewell>,
) {
    let mut pings = interval(PING_EVERY);
    pings.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        let written = tokio::select! {
            biased;
            _ = pings.tick() => frames.ping().await.map(|()| true),
            () = frames.replies_come() => frames.reply().await,
            outgoing = answers.recv() => match outgoing {
                Some(outgoing) => {
                    leaving.turn();
                    let written = outgoing.write(&mut frames, &mut pings).await;
                    leaving.turn();
                    written.map(|()| true)
                }
                None => break,
            },
        };
        match written {
            Ok(true) => {}
            Ok(false) => break,
            Err(error) => {
                tracing::debug!(target: "rpc", %error, "a WebSocket takes no answers");
                return;
            }
        }
    }
    let farewell = *farewell.borrow();
    let _gone = frames.close(farewell).await;
}

impl Outgoing {
    /// It is forgotten, with all that it holds, when the socket has taken it.
    async fn write(self, frames: &mut Frames, pings: &mut Interval) -> io::Result<()> {
        let is_ping_due = || pings.tick().now_or_never().is_some();
        match self {
            Outgoing::Answer(answer, _room) => {
                let (text, _untaken) = answer.leave();
                frames.text(&text, is_ping_due).await
            }
            Outgoing::News(News { text, taken, turn }) => {
                frames.text(&text, is_ping_due).await?;
                // An error: the subscription has ended meanwhile.
                let _ended = taken.send(());
                drop(turn);
                Ok(())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHORT: Duration = Duration::from_millis(60);

    #[tokio::test]
    async fn who_takes_an_answer_is_not_silent() {
        let leaving = Leaving::default();
        leaving.turn();
        let none = leaving.none_for(SHORT);
        tokio::pin!(none);
        assert!(timeout(3 * SHORT, none.as_mut()).await.is_err(), "it takes");
        leaving.turn();
        none.await;
    }

    #[tokio::test]
    async fn time_begins_anew_with_each_answer() {
        let leaving = Leaving::default();
        let none = leaving.none_for(SHORT);
        tokio::pin!(none);
        assert!(timeout(Duration::ZERO, none.as_mut()).await.is_err());
        leaving.turn();
        leaving.turn();
        sleep(2 * SHORT).await;
        assert!(timeout(Duration::ZERO, none.as_mut()).await.is_err());
        none.await;
    }
}
