//! A stream that goes out, and the frames that wait for it.
//!
//! Always: frames go in the order in which they were published; a peer for which more waits than may is
//! let go, since what it missed it gets by asking.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;
use futures::io::AsyncWriteExt;
use libp2p::swarm::Stream;
use tokio::sync::mpsc;

/// Frames that may wait, besides the limit on bytes.
const FRAMES_MAX: usize = 4_096;

/// The way to a writer.
#[derive(Debug)]
pub(crate) struct Queue {
    frames: mpsc::Sender<Bytes>,
    bytes: Arc<AtomicUsize>,
    bytes_max: usize,
}

/// The peer does not take frames in time, or is gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Deaf;

impl Queue {
    /// Puts a frame into the queue.
    pub(crate) fn push(&self, frame: Bytes) -> Result<(), Deaf> {
        let size = frame.len();
        let waiting = self.bytes.fetch_add(size, Ordering::Relaxed);
        if waiting.saturating_add(size) > self.bytes_max {
            return Err(Deaf);
        }
        self.frames.try_send(frame).map_err(|_| Deaf)
    }
}

/// A queue, and the task that empties it, which ends with the queue or with the stream.
pub(crate) fn writer(
    stream: Stream,
    bytes_max: usize,
) -> (Queue, impl Future<Output = ()> + Send + use<>) {
    let (frames, waiting) = mpsc::channel(FRAMES_MAX);
    let bytes = Arc::new(AtomicUsize::new(0));
    let queue = Queue {
        frames,
        bytes: Arc::clone(&bytes),
        bytes_max,
    };
    (queue, write(stream, waiting, bytes))
}

async fn write(mut stream: Stream, mut waiting: mpsc::Receiver<Bytes>, bytes: Arc<AtomicUsize>) {
    while let Some(frame) = waiting.recv().await {
        let written = stream.write_all(&frame).await;
        bytes.fetch_sub(frame.len(), Ordering::Relaxed);
        let flushed = match (written, waiting.is_empty()) {
            (Ok(()), true) => stream.flush().await,
            (written, _) => written,
        };
        if flushed.is_err() {
            return; // The connection is gone, which is told elsewhere.
        }
    }
    // Nobody writes any more: whether the peer hears of it is its affair.
    let _ = stream.close().await;
}
