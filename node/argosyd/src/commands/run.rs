//! `argosyd run`: the node, until a signal or a fault ends it.

use crate::config::Loaded;
use crate::failure::Failure;
use crate::node;

pub(super) fn run(loaded: &Loaded) -> Result<(), Failure> {
    node::log::init(loaded.config())?;
    let ended = node::run(loaded.config());
    if let Err(failure) = &ended {
        // In the log too: a service manager may keep nothing else.
        tracing::error!(target: "node", code = "node.failed", reason = failure.message(), "ended");
    }
    ended
}
