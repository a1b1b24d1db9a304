//! Room for the messages of one WebSocket, from when they were read until their answers are taken.
//!
//! ```text
//! |                              room                              |
//! | message | message |          large message          |   free   |
//!  a message takes its bytes, and no less than its share of the room
//! ```
//!
//! Always holds: at most `messages_max` messages have room, and their bytes are at most `bytes_max`,
//! but for rounding. What is refused, or is no call at all, has room as well: nothing piles up unseen.
//! Not here: which calls may run (`guard`), and what answers take (`guard`).

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::metrics::{Held, Metrics};

/// The room of one WebSocket.
pub(crate) struct Room {
    free: Arc<Semaphore>,
    /// All that there is.
    size: u32,
    /// The least that a message takes.
    share: u32,
    metrics: Arc<Metrics>,
}

/// Room of one message; free again when dropped. The figure goes first, so that it is never above what there
/// is room for.
pub(crate) struct Taken {
    _counted: Held,
    _bytes: OwnedSemaphorePermit,
}

impl Room {
    pub(crate) fn new(messages_max: u32, bytes_max: u32, metrics: Arc<Metrics>) -> Room {
        let messages_max = messages_max.max(1);
        let share = bytes_max.div_ceil(messages_max).max(1);
        let size = share.saturating_mul(messages_max);
        Room {
            free: Arc::new(Semaphore::new(size as usize)),
            size,
            share,
            metrics,
        }
    }

    /// Waits until there is room for a message.
    pub(crate) async fn take(&self, bytes: usize) -> Taken {
        let bytes = u32::try_from(bytes).unwrap_or(u32::MAX);
        let bytes = bytes.clamp(self.share, self.size);
        let taken = match Arc::clone(&self.free).try_acquire_many_owned(bytes) {
            Ok(taken) => taken,
            Err(_) => {
                self.metrics.delayed_messages.inc();
                let free = Arc::clone(&self.free);
                free.acquire_many_owned(bytes)
                    .await
                    .expect("nobody closes it")
            }
        };
        Taken {
            _counted: self.metrics.message(),
            _bytes: taken,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::FutureExt;

    fn room(messages_max: u32, bytes_max: u32) -> Room {
        Room::new(messages_max, bytes_max, Arc::default())
    }

    #[track_caller]
    fn take(room: &Room, bytes: usize) -> Taken {
        let taken = room.take(bytes).now_or_never();
        taken.unwrap_or_else(|| panic!("no room for {bytes}"))
    }

    #[track_caller]
    fn waits(room: &Room, bytes: usize) {
        let taken = room.take(bytes).now_or_never();
        assert!(taken.is_none(), "room for {bytes}");
    }

    #[tokio::test]
    async fn so_many_small_messages_have_room() {
        for (messages_max, bytes_max) in [(4, 400), (3, 400), (400, 3), (1, 1), (1, 0)] {
            let room = room(messages_max, bytes_max);
            let taken: Vec<_> = (0..messages_max).map(|_| take(&room, 0)).collect();
            waits(&room, 0);
            drop(taken);
            take(&room, 0);
        }
    }

    #[tokio::test]
    async fn so_many_bytes_have_room() {
        let room = room(4, 400);
        let large = take(&room, 250);
        waits(&room, 151);
        let small = take(&room, 150);
        waits(&room, 0);
        drop(large);
        let other = take(&room, 249);
        waits(&room, 2);
        drop((small, other));
        // What no client may send would have all of it.
        let _all = take(&room, usize::MAX);
        waits(&room, 0);
    }

    #[tokio::test]
    async fn who_waits_is_next() {
        let room = room(1, 10);
        let first = take(&room, 10);
        let next = room.take(10);
        futures::pin_mut!(next);
        assert!(next.as_mut().now_or_never().is_none());
        drop(first);
        assert!(next.now_or_never().is_some());
        assert_eq!(room.metrics.delayed_messages.get(), 1);
    }
}
