//! `/metrics`: what the crates count, and what is read when somebody asks.
//!
//! Names: `argosy_…` for the node, `process_…` as every exporter calls them. Base units.
//! Not here: the counters themselves (each crate's `metrics.rs`).

use std::fmt;
use std::fs;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use argosy_driver::Driver;
use argosy_kv::{CacheFigures, Cached};
use argosy_store::RocksStore;
use argosy_tiers::Tiers;
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric};
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::{Registry, Unit};

use super::snapshots::Figures;
use super::status::Status;

/// Everything that is told.
pub(super) struct Metrics(Mutex<Registry>);

impl Metrics {
    /// What there is before the node serves: the process and its version.
    pub(super) fn new() -> Metrics {
        let mut registry = Registry::default();
        registry.register_collector(Box::new(Process));
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
        let mut registry = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let node = registry.sub_registry_with_prefix("argosy");
        store.metrics().register(node);
        driver.metrics().register(node);
        node.register_collector(Box::new(Live {
            store: Arc::downgrade(store),
            cache: Arc::downgrade(cache),
            driver: driver.clone(),
            status: Arc::clone(status),
        }));
    }

    /// Adds what compiled code counts, where there is any.
    pub(super) fn attach_tiers(&self, tiers: &Tiers) {
        let mut registry = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        tiers
            .metrics()
            .register(registry.sub_registry_with_prefix("argosy"));
    }

    /// Adds what is told of clients and their calls.
    pub(super) fn attach_rpc(&self, rpc: &argosy_rpc::Metrics) {
        let mut registry = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        rpc.register(registry.sub_registry_with_prefix("argosy"));
    }

    /// Adds what is told of transactions between nodes, where there are others.
    pub(super) fn attach_gossip(&self, gossip: &argosy_network::Metrics) {
        let mut registry = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        gossip.register(registry.sub_registry_with_prefix("argosy"));
    }

    /// Adds what is told of consensus, where there are others.
    pub(super) fn attach_consensus(&self, consensus: &argosy_consensus::Metrics) {
        let mut registry = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        consensus.register(registry.sub_registry_with_prefix("argosy"));
    }

    /// Adds what is told of traces, where there are any.
    pub(super) fn attach_traces(&self, traces: &argosy_traces::Metrics) {
        let mut registry = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        traces.register(registry.sub_registry_with_prefix("argosy"));
    }

    /// Adds what is told of snapshots, where there are any.
    pub(super) fn attach_snapshots(&self) -> Figures {
        let (mut registry, figures) = (
            self.0.lock().unwrap_or_else(PoisonError::into_inner),
            Figures::default(),
        );
        figures.register(registry.sub_registry_with_prefix("argosy"));
        figures
    }

    /// All of it as OpenMetrics text.
    pub(super) fn text(&self) -> Result<String, fmt::Error> {
        let registry = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut text = String::new();
        prometheus_client::encoding::text::encode(&mut text, &registry)?;
        Ok(text)
    }
}

/// What the node's parts say when asked.
struct Live {
    /// Not a reason to keep the database open.
    store: Weak<RocksStore>,
    cache: Weak<Cached>,
    driver: Driver,
    status: Arc<Status>,
}

impl fmt::Debug for Live {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Live")
    }
}

impl Collector for Live {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), fmt::Error> {
        let (transactions, bytes) = self.driver.pooled();
        gauge(
            &mut encoder,
            ("mempool_transactions", "Transactions that wait"),
            None,
            transactions as u64,
        )?;
        gauge(
            &mut encoder,
            ("mempool", "Encoded transactions that wait"),
            Some(Unit::Bytes),
            bytes as u64,
        )?;
        gauge(
            &mut encoder,
            ("paused", "1 while no blocks are made"),
            None,
            u64::from(self.driver.paused().is_some()),
        )?;
        gauge(
            &mut encoder,
            ("failed", "1 once the node has stopped itself"),
            None,
            u64::from(self.driver.fault().is_some()),
        )?;
        gauge(
            &mut encoder,
            ("ready", "1 while /readyz says so"),
            None,
            u64::from(self.status.ready().holds),
        )?;
        if let Some(free) = self.status.free_bytes() {
            gauge(
                &mut encoder,
                ("disk_free", "Free on the disk of the data directory"),
                Some(Unit::Bytes),
                free,
            )?;
        }
        if let Some(cache) = self.cache.upgrade() {
            encode_cache(&mut encoder, &cache.figures())?;
        }
        let Some(store) = self.store.upgrade() else {
            return Ok(());
        };
        let figures = store.figures();
        let sizes = [
            (
                "store_live",
                "Live data in the database, estimated",
                figures.live_bytes,
            ),
            (
                "store_files",
                "Files of the database that hold data",
                figures.file_bytes,
            ),
            (
                "store_buffered",
                "Writes in memory and in the log only",
                figures.buffered_bytes,
            ),
            (
                "store_cached",
                "In use of the block cache",
                figures.cached_bytes,
            ),
            (
                "store_compaction",
                "What compaction still has to rewrite, estimated",
                figures.compaction_bytes,
            ),
        ];
        for (name, help, bytes) in sizes {
            gauge(&mut encoder, (name, help), Some(Unit::Bytes), bytes)?;
        }
        Ok(())
    }
}

/// The cache of values in front of the database.
fn encode_cache(
    encoder: &mut DescriptorEncoder<'_>,
    figures: &CacheFigures,
) -> Result<(), fmt::Error> {
    let counts = [
        (
            "value_cache_hits",
            "Reads of the newest state that the cache of values answered",
            figures.hits,
        ),
        (
            "value_cache_misses",
            "Reads of the newest state that went to the database",
            figures.misses,
        ),
    ];
    for (name, help, count) in counts {
        let counter = ConstCounter::new(count);
        let metric = encoder.encode_descriptor(name, help, None, counter.metric_type())?;
        counter.encode(metric)?;
    }
    gauge(
        encoder,
        ("value_cache", "Held by the cache of values, estimated"),
        Some(Unit::Bytes),
        figures.bytes,
    )
}

/// The process, as the system sees it. What it does not tell is left out.
#[derive(Debug)]
struct Process;

impl Collector for Process {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), fmt::Error> {
        if let Some(kib) = status_field("VmRSS:") {
            gauge(
                &mut encoder,
                ("process_resident_memory", "Memory in use"),
                Some(Unit::Bytes),
                kib * 1024,
            )?;
        }
        if let Some(threads) = status_field("Threads:") {
            gauge(&mut encoder, ("process_threads", "Threads"), None, threads)?;
        }
        if let Ok(files) = fs::read_dir("/proc/self/fd") {
            gauge(
                &mut encoder,
                ("process_open_fds", "Open files and sockets"),
                None,
                files.count() as u64,
            )?;
        }
        if let Some(seconds) = cpu_seconds() {
            let counter = ConstCounter::new(seconds);
            let help = "Time on a processor, user and system";
            let metric = encoder.encode_descriptor(
                "process_cpu",
                help,
                Some(&Unit::Seconds),
                counter.metric_type(),
            )?;
            counter.encode(metric)?;
        }
        Ok(())
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

/// A number in `/proc/self/status`.
fn status_field(name: &str) -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|it| it.starts_with(name))?;
    line.split_whitespace().nth(1)?.parse().ok()
}

/// User and system time of `/proc/self/stat`, fields 14 and 15 of proc(5).
#[allow(clippy::float_arithmetic)] // seconds for operators; nothing here is consensus
fn cpu_seconds() -> Option<f64> {
    let stat = fs::read_to_string("/proc/self/stat").ok()?;
    // The second field is a name in parentheses that may hold anything.
    let (_, rest) = stat.rsplit_once(')')?;
    let mut fields = rest.split_whitespace().skip(11);
    let mut ticks = || fields.next()?.parse::<u64>().ok();
    let ticks = ticks()?.saturating_add(ticks()?);
    Some(ticks as f64 / rustix::param::clock_ticks_per_second() as f64)
}
