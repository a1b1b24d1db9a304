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
//! who sends and does not read waits in the end, with what it sent on its own side.
//! Not here: how long one that takes nothing is waited for (`accept`), what a message says (`message`).

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use futures::io::{BufReader, BufWriter};
use futures::{StreamExt, stream};
use hyper::upgrade::Upgraded;
use hyper_util::rt::TokioIo;
use jsonrpsee::server::StopHandle;
use soketto::connection::Error as SocketError;
use soketto::data::ByteSlice125;
use soketto::{Incoming, base};
use tokio::sync::mpsc;
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::{MissedTickBehavior, interval, sleep, timeout};
use tokio_util::compat::Compat;

use crate::config::{LAST_WORDS_WITHIN, PING_EVERY, PONG_WITHIN, SOCKET_QUEUE_MAX};
use crate::message::{Answer, Caller};
use crate::room::{Room, Taken};

type Stream = BufReader<BufWriter<Compat<TokioIo<Upgraded>>>>;
type Sender = soketto::Sender<Stream>;
type Receiver = soketto::Receiver<Stream>;

/// One WebSocket.
pub(crate) struct Session {
    pub(crate) caller: Arc<Caller>,
    pub(crate) room: Room,
    pub(crate) request_bytes_max: u32,
    pub(crate) stop: StopHandle,
}

/// A message that has room.
struct Message {
    bytes: Vec<u8>,
    room: Taken,
}

/// An answer on its way out. Its room is free again when the socket has taken it.
struct Outgoing {
    answer: Answer,
    _room: Option<Taken>,
}

/// Why a session is over.
enum End {
    /// The server stops.
    Stopped,
    /// The client left, is silent, or sent what cannot be read on.
    Gone,
    /// The socket takes no answers.
    Deaf,
}

impl Session {
    /// Serves until the client leaves or the server stops.
    pub(crate) async fn run(self, sender: Sender, receiver: Receiver) {
        let Session {
            caller,
            room,
            request_bytes_max,
            stop,
        } = self;
        let (outbox, answers) = mpsc::channel(SOCKET_QUEUE_MAX);
        let leaving = Arc::new(Leaving::default());
        let mut writer = tokio::spawn(write(sender, answers, Arc::clone(&leaving)));
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
                        let _full = outbox.try_send(Outgoing { answer, _room: None });
                        break End::Gone;
                    }
                    None => break End::Gone,
                },
            }
        };
        match end {
            End::Stopped => tokio::select! {
                () = finish(calls, outbox, &mut writer) => {}
                // What still comes is not served; it tells whether somebody is there. Behind a message that
                // is too large there is nothing: it would be found again and again.
                () = async { while let Some(Read::Message(_)) = reads.next().await {} } => {}
            },
            End::Gone => {
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
    if let Some(answer) = caller.answer(bytes).await {
        let _room = Some(room);
        // An error: nobody is there to take it.
        let _gone = outbox.send(Outgoing { answer, _room }).await;
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
}

/// One step of reading.
enum Step {
    Message,
    Pong,
    TooLarge,
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
                return Step::End;
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

/// How many answers have begun to leave, and how many of them have left, in one number: it is odd while
/// one is on its way. Pings are behind that one, however long a slow line takes for it.
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

/// Writes answers and pings until there are no more answers, and says farewell.
async fn write(mut sender: Sender, mut answers: mpsc::Receiver<Outgoing>, leaving: Arc<Leaving>) {
    let mut pings = interval(PING_EVERY);
    pings.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        let written = tokio::select! {
            biased;
            _ = pings.tick() => ping(&mut sender).await,
            outgoing = answers.recv() => match outgoing {
                Some(outgoing) => {
                    leaving.turn();
                    let written = outgoing.write(&mut sender).await;
                    leaving.turn();
                    written
                }
                None => break,
            },
        };
        if let Err(error) = written {
            tracing::debug!(target: "rpc", %error, "a WebSocket takes no answers");
            return;
        }
    }
    let _gone = sender.close().await;
}

impl Outgoing {
    /// It is forgotten, with all that it holds, when the socket has taken it.
    async fn write(self, sender: &mut Sender) -> Result<(), SocketError> {
        let Outgoing { answer, _room } = self;
        let (text, _untaken) = answer.leave();
        sender.send_text_owned(text).await?;
        sender.flush().await
    }
}

async fn ping(sender: &mut Sender) -> Result<(), SocketError> {
    let nothing: &[u8] = &[];
    let nothing = ByteSlice125::try_from(nothing).expect("it is shorter than 125 bytes");
    sender.send_ping(nothing).await?;
    sender.flush().await
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
