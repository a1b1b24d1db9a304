//! What a server waits for: that there is something new to read.

use argosy_primitives::Height;
use tokio::sync::watch;

/// News. Both are told after what they tell of can be read, and are answered at once.
pub trait FollowPort {
    /// The height of the newest block.
    fn heads(&self) -> watch::Receiver<Height>;

    /// Changes whenever a transaction may be elsewhere in its life, and with each block.
    fn changes(&self) -> watch::Receiver<u64>;

    /// How often the chain went back to an earlier block, or became another one; only development chains
    /// do. It is counted before anything of what came of it can be read, and `heads` tells of it after.
    fn reverts(&self) -> u64 {
        0
    }

    /// The highest block that is still what it was when the chain had gone back so often; `None`: all are.
    fn kept_since(&self, _reverts: u64) -> Option<Height> {
        None
    }
}
