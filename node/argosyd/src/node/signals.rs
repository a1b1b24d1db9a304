//! What the system tells a daemon: to stop.

use tokio::signal::unix::{Signal, SignalKind, signal};

/// Signals that ask the node to stop. From `listen` on none is lost.
pub(crate) struct Signals([(Signal, &'static str); 3]);

impl Signals {
    pub(crate) fn listen() -> std::io::Result<Signals> {
        let listen = |kind, name| Ok::<_, std::io::Error>((signal(kind)?, name));
        Ok(Signals([
            listen(SignalKind::terminate(), "SIGTERM")?,
            listen(SignalKind::interrupt(), "SIGINT")?,
            listen(SignalKind::hangup(), "SIGHUP")?,
        ]))
    }

    /// Until one arrives; its name.
    pub(crate) async fn stop(&mut self) -> &'static str {
        let [(terminate, first), (interrupt, second), (hangup, third)] = &mut self.0;
        tokio::select! {
            _ = terminate.recv() => first,
            _ = interrupt.recv() => second,
            _ = hangup.recv() => third,
        }
    }
}
