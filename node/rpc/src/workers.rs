//! Blocking work: reads and contract runs happen on threads of their own, so many at a time.
//!
//! Always holds: no call waits for a thread longer than a named time, and work that is given up by
//! its caller still counts until it ends. Subscriptions wait for as long as it takes, and have half of
//! the reading threads at most; those that read the past have half of these.

use std::sync::Arc;

use argosy_rpc_api::RpcError;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

use crate::config::THREAD_WITHIN;
use crate::metrics::{Metrics, Refusal};
use crate::served;
use crate::{Node, RpcConfig};

/// What a piece of work mostly does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Reads.
    Read,
    /// Runs a contract.
    Execution,
}

/// What a subscription reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Pace {
    /// What is new.
    Live,
    /// The past, of which there may be any amount.
    Replay,
}

/// The node and the threads on which it is asked.
#[derive(Clone)]
pub(crate) struct Workers {
    node: Arc<dyn Node>,
    reads: Arc<Semaphore>,
    /// Those of them that subscriptions may have.
    leisure: Arc<Semaphore>,
    /// Those of these that subscriptions may have which read the past.
    replays: Arc<Semaphore>,
    executions: Arc<Semaphore>,
    metrics: Arc<Metrics>,
}

impl Workers {
    pub(crate) fn new(node: Arc<dyn Node>, config: &RpcConfig, metrics: Arc<Metrics>) -> Workers {
        Workers {
            node,
            reads: Arc::new(Semaphore::new(config.read_threads as usize)),
            leisure: Arc::new(Semaphore::new((config.read_threads as usize / 2).max(1))),
            replays: Arc::new(Semaphore::new((config.read_threads as usize / 4).max(1))),
            executions: Arc::new(Semaphore::new(config.execution_threads as usize)),
            metrics,
        }
    }

    pub(crate) fn node(&self) -> &dyn Node {
        self.node.as_ref()
    }

    /// Runs `work` on a thread of its own.
    pub(crate) async fn run<T, F>(&self, kind: Kind, work: F) -> Result<T, RpcError>
    where
        T: Send + 'static,
        F: FnOnce(&dyn Node) -> Result<T, RpcError> + Send + 'static,
    {
        let (places, refusal, what) = match kind {
            Kind::Read => (
                &self.reads,
                Refusal::ReadThreads,
                "all reading threads are busy",
            ),
            Kind::Execution => (
                &self.executions,
                Refusal::ExecutionThreads,
                "all executing threads are busy",
            ),
        };
        let overloaded = || {
            self.metrics.refused(refusal);
            RpcError::Overloaded {
                what: what.to_owned(),
            }
        };
        let place = timeout(THREAD_WITHIN, Arc::clone(places).acquire_owned())
            .await
            .map_err(|_| overloaded())?
            .map_err(|_| RpcError::Stopping {})?;
        self.run_with(place, work).await
    }

    /// Reads for somebody who has time: waits for one of the threads that are for such work. What is long
    /// past waits for one of fewer, so that it does not hold up what comes now.
    pub(crate) async fn run_at_leisure<T, F>(&self, pace: Pace, work: F) -> Result<T, RpcError>
    where
        T: Send + 'static,
        F: FnOnce(&dyn Node) -> Result<T, RpcError> + Send + 'static,
    {
        let replay = match pace {
            Pace::Replay => Some(wait(&self.replays).await?),
            Pace::Live => None,
        };
        let place = (replay, wait(&self.leisure).await?, wait(&self.reads).await?);
        self.run_with(place, work).await
    }

    /// Runs `work` on a thread, which has its `place` until it is done, whoever waits for it.
    async fn run_with<P, T, F>(&self, place: P, work: F) -> Result<T, RpcError>
    where
        P: Send + 'static,
        T: Send + 'static,
        F: FnOnce(&dyn Node) -> Result<T, RpcError> + Send + 'static,
    {
        let (node, served) = (Arc::clone(&self.node), served::for_thread());
        let task = tokio::task::spawn_blocking(move || {
            let _place = place;
            served::on_thread(served, || work(node.as_ref()))
        });
        task.await.unwrap_or_else(|error| Err(crashed(&error)))
    }
}

/// Waits for a place for as long as it takes.
async fn wait(places: &Arc<Semaphore>) -> Result<OwnedSemaphorePermit, RpcError> {
    let place = Arc::clone(places).acquire_owned().await;
    place.map_err(|_| RpcError::Stopping {})
}

/// A panic is a bug of the node. Its text may hold anything, so it goes to the log only.
fn crashed(error: &tokio::task::JoinError) -> RpcError {
    if error.is_cancelled() {
        return RpcError::Stopping {};
    }
    tracing::error!(target: "rpc", code = "rpc.call_panicked", %error, "a call panicked");
    RpcError::Internal {
        reference: "panic".to_owned(),
    }
}
