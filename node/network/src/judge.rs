//! Messages on their way to the node's verdict.
//!
//! Always: what waits here takes at most [`WAITING_BYTES_MAX`], one message is looked at at a time, and
//! in the order in which they came.

use std::sync::Arc;

use argosy_primitives::Hash32;
use libp2p::PeerId;
use libp2p::gossipsub::MessageId;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};
use tokio::task::JoinHandle;

use crate::budget::MESSAGE_BYTES;
use crate::inbox::{Inbox, Taken};

/// Bytes of messages that wait to be looked at.
const WAITING_BYTES_MAX: usize = 8 * 1024 * 1024;

/// What a transaction takes besides its bytes.
const TRANSACTION_COST: usize = 100;

/// A message whose new transactions are to be looked at.
pub(crate) struct Job {
    pub(crate) message: MessageId,
    pub(crate) from: PeerId,
    /// Bytes of all its transactions.
    pub(crate) bytes: usize,
    /// Some of them were here before, or are one too many.
    pub(crate) is_part: bool,
    pub(crate) fresh: Vec<Vec<u8>>,
    pub(crate) hashes: Vec<Hash32>,
}

/// A message that was looked at.
pub(crate) struct Outcome {
    pub(crate) job: Job,
    pub(crate) taken: Vec<Taken>,
}

/// The way in.
pub(crate) struct Judge {
    jobs: mpsc::UnboundedSender<(Job, OwnedSemaphorePermit)>,
    room: Arc<Semaphore>,
}

impl Judge {
    /// Starts looking; the task ends when the judge is dropped.
    pub(crate) fn start(
        inbox: Arc<dyn Inbox>,
    ) -> (Judge, mpsc::UnboundedReceiver<Outcome>, JoinHandle<()>) {
        let (jobs, mut waiting) = mpsc::unbounded_channel::<(Job, OwnedSemaphorePermit)>();
        // As many as there are jobs, which have their bound.
        let (outcomes, done) = mpsc::unbounded_channel();
        let task = tokio::spawn(async move {
            while let Some((job, room)) = waiting.recv().await {
                let taken = inbox.take(&job.fresh).await;
                drop(room);
                if outcomes.send(Outcome { job, taken }).is_err() {
                    return;
                }
            }
        });
        let room = Arc::new(Semaphore::new(WAITING_BYTES_MAX));
        (Judge { jobs, room }, done, task)
    }

    /// Hands a message in; gives it back if too much waits.
    pub(crate) fn hand_in(&self, job: Job) -> Option<Job> {
        let each = job.fresh.len().saturating_mul(TRANSACTION_COST);
        let bytes = job.bytes.saturating_add(MESSAGE_BYTES).saturating_add(each);
        let bytes = u32::try_from(bytes).unwrap_or(u32::MAX);
        let Ok(room) = Arc::clone(&self.room).try_acquire_many_owned(bytes) else {
            return Some(job);
        };
        self.jobs.send((job, room)).err().map(|refused| refused.0.0)
    }
}
