//! What a server waits for: that there is something new to read.

use argosy_primitives::Height;
use tokio::sync::watch;

/// News. Both are told after what they tell of can be read, and are answered at once.
pub trait FollowPort {
    /// The height of the newest block.
    fn heads(&self) -> watch::Receiver<Height>;

    /// Changes whenever a transaction may be elsewhere in its life, and with each block.
    fn changes(&self) -> watch::Receiver<u64>;
}
