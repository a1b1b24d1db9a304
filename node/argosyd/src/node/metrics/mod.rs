//! `/metrics`: what the crates count, and what is read when somebody asks.
//!
//! Names: `argosy_…` for the node, `process_…` as every exporter calls them. Base units.
//! Not here: the counters themselves (each crate's `metrics.rs`).

mod live; // of the node's parts, when somebody asks
mod page; // docs/reference/metrics.md
mod process; // of the process

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use argosy_driver::Driver;
use argosy_kv::Cached;
use argosy_store::RocksStore;
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric};
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::{Registry, Unit};

use super::snapshots::Figures;
use super::status::Status;
use live::Live;
use process::Process;

pub(crate) use page::page;

/// Of everything but the process.
const PREFIX: &str = "argosy";

/// Everything that is told.
pub(super) struct Metrics(Mutex<Registry>);

impl Metrics {
    /// What there is before the node serves: the process and its version.
    pub(super) fn new() -> Metrics {
        Metrics::with(Box::new(Process))
    }

    fn with(process: Box<dyn Collector>) -> Metrics {
        let mut registry = Registry::default();
        registry.register_collector(process);
        let build = Info::new(vec![("version", env!("CARGO_PKG_VERSION"))]);
        registry.register("argosy_build", "Version of the node", build);
        Metrics(Mutex::new(registry))
    }

    /// Adds what the node's parts count.
    pub(super) fn attach(
        &self,
        (store, cache): (&Arc<RocksStore>, &Arc<Cached>),
        driver: &Driver,
        status: &Arc<Status>,
    ) {
        let live = Live {
            store: Arc::downgrade(store),
            cache: Arc::downgrade(cache),
            driver: driver.clone(),
            status: Arc::clone(status),
        };
        self.attach_chain(store.metrics(), driver.metrics(), Box::new(live));
    }

    fn attach_chain(
        &self,
        store: &argosy_store::Metrics,
        driver: &argosy_driver::Metrics,
        live: Box<dyn Collector>,
    ) {
        let mut registry = self.registry();
        let node = registry.sub_registry_with_prefix(PREFIX);
        store.register(node);
        driver.register(node);
        node.register_collector(live);
    }

    /// Adds what compiled code counts, where there is any.
    pub(super) fn attach_tiers(&self, tiers: &argosy_tiers::Metrics) {
        tiers.register(self.registry().sub_registry_with_prefix(PREFIX));
    }

    /// Adds what is told of clients and their calls.
    pub(super) fn attach_rpc(&self, rpc: &argosy_rpc::Metrics) {
        rpc.register(self.registry().sub_registry_with_prefix(PREFIX));
    }

    /// Adds what is told of transactions between nodes, where there are others.
    pub(super) fn attach_gossip(&self, gossip: &argosy_network::Metrics) {
        gossip.register(self.registry().sub_registry_with_prefix(PREFIX));
    }

    /// Adds what is told of consensus, where there are others.
    pub(super) fn attach_consensus(&self, consensus: &argosy_consensus::Metrics) {
        consensus.register(self.registry().sub_registry_with_prefix(PREFIX));
    }

    /// Adds what is told of traces, where there are any.
    pub(super) fn attach_traces(&self, traces: &argosy_traces::Metrics) {
        traces.register(self.registry().sub_registry_with_prefix(PREFIX));
    }

    /// Adds what is told of snapshots, where there are any.
    pub(super) fn attach_snapshots(&self) -> Figures {
        let figures = Figures::default();
        figures.register(self.registry().sub_registry_with_prefix(PREFIX));
        figures
    }

    /// All of it as OpenMetrics text.
    pub(super) fn text(&self) -> Result<String, fmt::Error> {
        let registry = self.registry();
        let mut text = String::new();
        prometheus_client::encoding::text::encode(&mut text, &registry)?;
        Ok(text)
    }

    fn registry(&self) -> MutexGuard<'_, Registry> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn gauge(
    encoder: &mut DescriptorEncoder<'_>,
    (name, help): (&str, &str),
    unit: Option<Unit>,
    value: u64,
) -> Result<(), fmt::Error> {
    let gauge = ConstGauge::new(i64::try_from(value).unwrap_or(i64::MAX));
    let metric = encoder.encode_descriptor(name, help, unit.as_ref(), gauge.metric_type())?;
    gauge.encode(metric)
}
