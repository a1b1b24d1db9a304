//! What traces tell about themselves.

use prometheus_client::metrics::counter::Counter;
use prometheus_client::registry::Registry;

/// Metrics of one tracer; clones share them.
#[derive(Clone, Debug, Default)]
pub struct Metrics {
    /// Spans that the collector has taken.
    pub(crate) exported: Counter,
    /// Spans that are lost: the queue was full, or the collector did not take them.
    pub(crate) dropped: Counter,
}

impl Metrics {
    /// Adds them to a registry, under names that begin with `traces`.
    pub fn register(&self, registry: &mut Registry) {
        let registry = registry.sub_registry_with_prefix("traces");
        registry.register(
            "exported",
            "Spans that the collector has taken",
            self.exported.clone(),
        );
        registry.register(
            "dropped",
            "Spans that are lost: too many at once, or the collector did not take them",
            self.dropped.clone(),
        );
    }

    /// Spans that the collector has taken.
    pub fn exported(&self) -> u64 {
        self.exported.get()
    }

    /// Spans that are lost.
    pub fn dropped(&self) -> u64 {
        self.dropped.get()
    }
}
