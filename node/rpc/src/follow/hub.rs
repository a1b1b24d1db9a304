//! What all subscriptions share: how many there may be, and the threads that read for them.
//!
//! Always holds: subscriptions have at most half of the threads that read, so that calls find one.

use std::sync::Arc;

use argosy_primitives::Height;
use argosy_rpc_api::{BlockSelector, RpcError};
use argosy_spec::Agreement;
use jsonrpsee::server::StopHandle;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};

use super::feed::{Feed, Kind};
use crate::metrics::{Held, Metrics, Refusal};
use crate::workers::{self, Pace, Workers};
use crate::{Node, RpcConfig};

/// The block that is the same in every past of a chain.
const GENESIS: Height = 0;

/// What all subscriptions share.
pub(crate) struct Hub {
    workers: Workers,
    places: Arc<Semaphore>,
    places_max: u32,
    own_places_max: u32,
    lag_blocks_max: u32,
    stop: StopHandle,
    metrics: Arc<Metrics>,
}

/// A feed whose beginning is fixed.
pub(crate) struct Fixed {
    pub(crate) feed: Feed,
    /// How often the chain had gone back before.
    pub(crate) reverts: u64,
    /// Where the cursor is of another past of this chain: the highest block that surely is in both.
    pub(crate) kept: Option<Height>,
}

/// The right to follow something; free again when dropped.
pub(crate) struct Place {
    _of_all: OwnedSemaphorePermit,
    _own: Option<OwnedSemaphorePermit>,
    _counted: Held,
}

impl Hub {
    pub(crate) fn new(
        workers: Workers,
        config: &RpcConfig,
        stop: StopHandle,
        metrics: Arc<Metrics>,
    ) -> Hub {
        Hub {
            workers,
            places: Arc::new(Semaphore::new(config.max_subscriptions as usize)),
            places_max: config.max_subscriptions,
            own_places_max: config.max_subscriptions_per_connection,
            lag_blocks_max: config.max_lag_blocks,
            stop,
            metrics,
        }
    }

    /// Places of one connection.
    pub(crate) fn own_places(&self) -> Arc<Semaphore> {
        Arc::new(Semaphore::new(self.own_places_max as usize))
    }

    /// A place for a subscription; of a connection that may have many, `own` are its places.
    pub(crate) fn place(
        &self,
        kind: Kind,
        own: Option<&Arc<Semaphore>>,
    ) -> Result<Place, RpcError> {
        let too_many = |refusal, scope: &str, max| {
            self.metrics.refused(refusal);
            let scope = scope.to_owned();
            RpcError::TooManySubscriptions { scope, max }
        };
        let own = own.map(|it| Arc::clone(it).try_acquire_owned());
        let own = own.transpose().map_err(|_| {
            let refusal = Refusal::SubscriptionsOfConnection;
            too_many(refusal, "connection", self.own_places_max)
        })?;
        let of_all = Arc::clone(&self.places).try_acquire_owned();
        Ok(Place {
            _of_all: of_all
                .map_err(|_| too_many(Refusal::Subscriptions, "node", self.places_max))?,
            _own: own,
            _counted: self.metrics.subscription(kind),
        })
    }

    /// Fixes where a subscription begins; an error, if it cannot.
    pub(crate) async fn begin(&self, feed: Feed) -> Result<Fixed, RpcError> {
        let work = move |node: &dyn Node| {
            // Before anything is read: what is undone meanwhile is told of.
            let reverts = node.reverts();
            let feed = feed.begin(node)?;
            // A node that makes all blocks itself has told of all that there ever were. So its chain went back
            // meanwhile, or began anew in another process, and nobody knows from where on it is another one.
            // A node that agrees with others may only be behind them.
            let makes_all = node.spec().protocol.agreement == Agreement::Solo;
            let head = node.header(BlockSelector::Latest)?.at.height.0;
            let kept = (makes_all && feed.is_ahead_of(head)).then_some(GENESIS);
            Ok(Fixed {
                feed,
                reverts,
                kept,
            })
        };
        self.workers.run(workers::Kind::Read, work).await
    }

    /// Reads for a subscription, as soon as a thread has time for it.
    pub(crate) async fn read<T, F>(&self, pace: Pace, work: F) -> Result<T, RpcError>
    where
        T: Send + 'static,
        F: FnOnce(&dyn Node) -> Result<T, RpcError> + Send + 'static,
    {
        self.workers.run_at_leisure(pace, work).await
    }

    /// Heads, and changes of any kind.
    pub(crate) fn news(&self) -> (watch::Receiver<Height>, watch::Receiver<u64>) {
        let node = self.workers.node();
        (node.heads(), node.changes())
    }

    /// The highest block that is still what it was when the chain had gone back so often; `None`: all are.
    pub(crate) fn kept_since(&self, reverts: u64) -> Option<Height> {
        self.workers.node().kept_since(reverts)
    }

    /// Blocks that may be made while a client takes one notice.
    pub(crate) fn lag_blocks_max(&self) -> u32 {
        self.lag_blocks_max
    }

    /// Until the server stops.
    pub(crate) async fn stopped(&self) {
        self.stop.clone().shutdown().await;
    }

    pub(crate) fn metrics(&self) -> &Metrics {
        &self.metrics
    }
}
