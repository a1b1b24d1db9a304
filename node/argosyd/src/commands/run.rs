//! `argosyd run`: the node, until a signal or a fault ends it.

use rustix::process::geteuid;

use crate::config::{Loaded, Sources};
use crate::failure::Failure;
use crate::node;

pub(super) fn run(loaded: Loaded, sources: Sources) -> Result<(), Failure> {
    let filter = node::log::init(loaded.config())?;
    let settings = loaded.fingerprint();
    tracing::info!(target: "node", code = "node.configured", settings, user = geteuid().as_raw(), "the configuration, by its hash");
    let ended = node::run(loaded, sources, filter);
    if let Err(failure) = &ended {
        // In the log too: a service manager may keep nothing else.
        tracing::error!(target: "node", code = "node.failed", reason = failure.message(), "ended");
    }
    ended
}
