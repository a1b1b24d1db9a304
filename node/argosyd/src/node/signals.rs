//! What the system tells a daemon: to stop, and to read its configuration again.

use std::future::poll_fn;
use std::io;
use std::task::Poll;

use tokio::signal::unix::{Signal, SignalKind, signal};

/// Signals that ask a process to stop. From when they are listened for none is lost.
pub(crate) struct Signals(Vec<(Signal, &'static str)>);

/// SIGHUP, where it asks for something else.
pub(super) struct Hangups(Signal);

impl Signals {
    /// For a process that cannot read its configuration again: SIGHUP stops it, too.
    pub(crate) fn listen() -> io::Result<Signals> {
        let mut signals = Signals::of_a_node()?;
        signals.0.push((signal(SignalKind::hangup())?, "SIGHUP"));
        Ok(signals)
    }

    /// For a node.
    pub(super) fn of_a_node() -> io::Result<Signals> {
        Ok(Signals(vec![
            (signal(SignalKind::terminate())?, "SIGTERM"),
            (signal(SignalKind::interrupt())?, "SIGINT"),
        ]))
    }

    /// Until one arrives; its name.
    pub(crate) async fn stop(&mut self) -> &'static str {
        poll_fn(|context| {
            let came = |it: &mut (Signal, &'static str)| {
                let came = it.0.poll_recv(context).is_ready();
                came.then_some(it.1)
            };
            match self.0.iter_mut().find_map(came) {
                Some(name) => Poll::Ready(name),
                None => Poll::Pending,
            }
        })
        .await
    }
}

impl Hangups {
    pub(super) fn listen() -> io::Result<Hangups> {
        signal(SignalKind::hangup()).map(Hangups)
    }

    /// Until one arrives. Some that come at once may be one.
    pub(super) async fn next(&mut self) {
        if self.0.recv().await.is_none() {
            // The runtime is ending.
            std::future::pending::<()>().await;
        }
    }
}
