//! `argosyd run`: the node, until a signal or a fault ends it.

use argosy_primitives::blake3;
use rustix::process::geteuid;

use crate::config::Loaded;
use crate::failure::Failure;
use crate::node;

pub(super) fn run(loaded: &Loaded) -> Result<(), Failure> {
    node::log::init(loaded.config())?;
    let shown = loaded.show(false);
    let settings = const_hex::encode(&blake3(shown.as_bytes())[..8]);
    tracing::info!(target: "node", code = "node.configured", settings, user = geteuid().as_raw(), "the configuration, by its hash");
    let ended = node::run(loaded.config());
    if let Err(failure) = &ended {
        // In the log too: a service manager may keep nothing else.
        tracing::error!(target: "node", code = "node.failed", reason = failure.message(), "ended");
    }
    ended
}
