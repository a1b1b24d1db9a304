//! What the store tells about itself.

use std::time::Duration;

use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::registry::{Registry, Unit};

/// Metrics of one store; clones share them.
#[derive(Clone, Debug)]
pub struct Metrics {
    /// Batches written.
    commits: Counter,
    /// Bytes of keys and values in them.
    committed_bytes: Counter,
    /// Time from handing a batch over until it was durable.
    commit_seconds: Histogram,
}

impl Default for Metrics {
    fn default() -> Metrics {
        Metrics {
            commits: Counter::default(),
            committed_bytes: Counter::default(),
            // 0.1 ms to 6.5 s.
            commit_seconds: Histogram::new(exponential_buckets(0.0001, 2.0, 17)),
        }
    }
}

impl Metrics {
    /// Makes them known under `argosy_store_…`.
    pub fn register(&self, registry: &mut Registry) {
        let store = registry.sub_registry_with_prefix("store");
        store.register("commits", "Batches written", self.commits.clone());
        store.register_with_unit(
            "committed",
            "Keys and values in the batches written",
            Unit::Bytes,
            self.committed_bytes.clone(),
        );
        store.register_with_unit(
            "commit",
            "Time until a batch was durable",
            Unit::Seconds,
            self.commit_seconds.clone(),
        );
    }

    pub(crate) fn committed(&self, bytes: u64, took: Duration) {
        self.commits.inc();
        self.committed_bytes.inc_by(bytes);
        self.commit_seconds.observe(took.as_secs_f64());
    }
}
