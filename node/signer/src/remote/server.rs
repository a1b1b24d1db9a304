//! Answers for a signer.
//!
//! ```text
//! accepted ──hello──▶ serving ──request, answer──▶ serving ──▶ closed: by the client, for garbage,
//!     └──full, no hello in time, other chain or key──▶ closed            too slow, idle, stopped
//! ```
//!
//! Invariant: at most `connections_max` threads, each of which waits for nothing without a limit.

use std::collections::BTreeMap;
use std::io;
use std::os::fd::AsFd;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, poll};

use super::socket::StopSignal;
use super::stream::{Caller, Closer, Listen};
use super::wire::{self, Answer, FrameError, Hello, Request};
use crate::{Sign, SignError};

/// How much clients may ask of a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ServeLimits {
    /// Open at once; one more is closed at once.
    pub connections_max: usize,
    /// For one frame from its first byte to its last, and for the hello from the beginning.
    pub frame_time: Duration,
    /// Between two requests; clients come back by themselves.
    pub idle_time: Duration,
}

impl Default for ServeLimits {
    fn default() -> ServeLimits {
        ServeLimits {
            connections_max: 8,
            frame_time: Duration::from_secs(2),
            idle_time: Duration::from_secs(600),
        }
    }
}

/// What happened at a server, for logs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ServeEvent {
    /// A client said hello and is right here.
    Opened,
    /// A connection is gone.
    Closed(Closing),
    /// A connection was turned away: there are enough.
    Full,
}

/// Why a connection is gone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Closing {
    /// The client left, or the server was stopped.
    Ended,
    /// It was idle, or its frame took too long.
    TooSlow,
    /// It is looking for another version, chain or key.
    OtherSigner,
    /// It sent what is no request.
    Garbage(String),
    /// The system closed it.
    Failed(String),
}

/// Answers who comes to `door` until `stop` fires. Blocks; gives an error if it cannot listen any more.
pub fn serve(
    door: &dyn Listen,
    signer: &dyn Sign,
    limits: ServeLimits,
    stop: &StopSignal,
    watch: &(dyn Fn(ServeEvent) + Sync),
) -> io::Result<()> {
    let open = Open::default();
    thread::scope(|scope| {
        let result = loop {
            match next(door, stop) {
                Ok(Some(caller)) => {
                    let Some(number) = open.insert(&*caller, limits.connections_max) else {
                        watch(ServeEvent::Full);
                        continue;
                    };
                    let open = &open;
                    let attended = thread::Builder::new().spawn_scoped(scope, move || {
                        let gone = Gone { open, number };
                        let closing = attend(caller, signer, limits, watch);
                        drop(gone);
                        watch(ServeEvent::Closed(closing));
                    });
                    if let Err(error) = attended {
                        open.remove(number);
                        watch(ServeEvent::Closed(Closing::Failed(error.to_string())));
                    }
                }
                Ok(None) => break Ok(()),
                Err(error) => break Err(error),
            }
        };
        open.shut_down();
        result
    })
}

/// The next connection; none if the server is to stop.
fn next(door: &dyn Listen, stop: &StopSignal) -> io::Result<Option<Box<dyn Caller>>> {
    loop {
        let mut ready = [
            PollFd::from_borrowed_fd(stop.0.as_fd(), PollFlags::IN),
            PollFd::from_borrowed_fd(door.waits(), PollFlags::IN),
        ];
        match poll(&mut ready, None) {
            Ok(_) => {}
            Err(rustix::io::Errno::INTR) => continue,
            Err(error) => return Err(error.into()),
        }
        if !ready[0].revents().is_empty() {
            return Ok(None);
        }
        match door.accept() {
            Ok(caller) => return Ok(Some(caller)),
            Err(error) => match error.kind() {
                io::ErrorKind::WouldBlock
                | io::ErrorKind::Interrupted
                | io::ErrorKind::ConnectionAborted => {}
                _ => return Err(error),
            },
        }
    }
}

/// Serves one client until it is gone.
fn attend(
    caller: Box<dyn Caller>,
    signer: &dyn Sign,
    limits: ServeLimits,
    watch: &(dyn Fn(ServeEvent) + Sync),
) -> Closing {
    let time = limits.frame_time;
    let mut stream = match caller.greet(time) {
        Ok(stream) => stream,
        Err(error) => return Closing::Failed(error.to_string()),
    };
    let own = Hello::new(signer.chain(), signer.public_key());
    let greeted = wire::receive::<Hello>(&mut *stream, time, time);
    let theirs = match greeted {
        Ok(theirs) => theirs,
        Err(error) => return error.into(),
    };
    if let Err(error) = wire::send(&mut *stream, &own, time) {
        return error.into();
    }
    if theirs != own {
        return Closing::OtherSigner;
    }
    watch(ServeEvent::Opened);
    loop {
        let answered = wire::receive(&mut *stream, limits.idle_time, time)
            .map(|request| answer(signer, &request))
            .and_then(|answer| wire::send(&mut *stream, &answer, time));
        if let Err(error) = answered {
            return error.into();
        }
    }
}

fn answer(signer: &dyn Sign, request: &Request) -> Answer {
    let signed = match request {
        Request::Mark => signer.mark().map(Answer::Mark),
        Request::Vote(vote) => signer.sign_vote(vote).map(Answer::Signature),
        Request::Proposal(proposal) => signer.sign_proposal(proposal).map(Answer::Signature),
        Request::Parts(parts) => signer.sign_parts(parts).map(Answer::Signature),
        Request::Peer(proof) => signer.sign_peer(proof).map(Answer::Signature),
    };
    signed.unwrap_or_else(|error: SignError| Answer::Refusal(error.into()))
}

impl From<FrameError> for Closing {
    fn from(error: FrameError) -> Closing {
        match error {
            FrameError::Closed => Closing::Ended,
            FrameError::TimedOut => Closing::TooSlow,
            FrameError::Garbage(reason) => Closing::Garbage(reason),
            FrameError::Io(error) => Closing::Failed(error.to_string()),
        }
    }
}

/// The connections that are open, so that they can be counted and closed.
#[derive(Default)]
struct Open(Mutex<(u64, BTreeMap<u64, Closer>)>);

/// Counts a connection out, also if its thread panics.
struct Gone<'a> {
    open: &'a Open,
    number: u64,
}

impl Drop for Gone<'_> {
    fn drop(&mut self) {
        self.open.remove(self.number);
    }
}

impl Open {
    /// The connection's number, if there is room for it.
    fn insert(&self, caller: &dyn Caller, connections_max: usize) -> Option<u64> {
        let mut open = self.lock();
        let (number, closers) = &mut *open;
        if closers.len() >= connections_max {
            return None;
        }
        let closer = caller.closer().ok()?;
        *number += 1;
        closers.insert(*number, closer);
        Some(*number)
    }

    fn remove(&self, number: u64) {
        self.lock().1.remove(&number);
    }

    fn shut_down(&self) {
        self.lock().1.values().for_each(Closer::close);
    }

    fn lock(&self) -> MutexGuard<'_, (u64, BTreeMap<u64, Closer>)> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
