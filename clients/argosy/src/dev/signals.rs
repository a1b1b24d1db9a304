//! What reaches a running chain from outside its port: signals, and lines on stdin.

use std::io::BufRead;

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::mpsc;

/// Ctrl-C, and what service managers send.
pub(super) struct Signals {
    interrupt: Signal,
    terminate: Signal,
}

impl Signals {
    /// From now on, no signal is lost.
    pub(super) fn listen() -> std::io::Result<Signals> {
        Ok(Signals {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
        })
    }

    /// Until one arrives.
    pub(super) async fn stop(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}

/// One item per line on stdin, until its end.
pub(super) fn stdin_lines() -> mpsc::Receiver<()> {
    let (sender, lines) = mpsc::channel(1);
    // A read of stdin cannot be cancelled, so its thread is not one of the runtime's.
    std::thread::spawn(move || {
        for line in std::io::stdin().lock().lines() {
            if line.is_err() || sender.blocking_send(()).is_err() {
                break;
            }
        }
    });
    lines
}

/// Nothing, ever.
pub(super) fn no_lines() -> mpsc::Receiver<()> {
    mpsc::channel(1).1
}
