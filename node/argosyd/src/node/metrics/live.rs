//! What is read from the node's parts when somebody asks.

use std::fmt;
use std::sync::{Arc, Weak};

use argosy_driver::Driver;
use argosy_kv::{CacheFigures, Cached};
use argosy_store::RocksStore;
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::registry::Unit;

use super::gauge;
use crate::node::status::{Status, Topic};

/// Asks them each time.
pub(super) struct Live {
    /// Not a reason to keep the database open.
    pub(super) store: Weak<RocksStore>,
    pub(super) cache: Weak<Cached>,
    pub(super) driver: Driver,
    pub(super) status: Arc<Status>,
}

impl fmt::Debug for Live {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Live")
    }
}

impl Collector for Live {
    fn encode(&self, encoder: DescriptorEncoder<'_>) -> Result<(), fmt::Error> {
        let (transactions, bytes) = self.driver.pooled();
        let ready = self.status.ready();
        let figures = LiveFigures {
            waiting: (transactions as u64, bytes as u64),
            is_paused: self.driver.paused().is_some(),
            has_failed: self.driver.fault().is_some(),
            is_ready: ready.holds,
            checks: ready.checks().collect(),
            free_bytes: self.status.free_bytes(),
            cache: self.cache.upgrade().map(|it| it.figures()),
            store: self.store.upgrade().map(|it| it.figures()),
        };
        figures.encode(encoder)
    }
}

/// What there is to know.
#[derive(Debug)]
pub(super) struct LiveFigures {
    /// Transactions and their bytes.
    waiting: (u64, u64),
    is_paused: bool,
    has_failed: bool,
    is_ready: bool,
    checks: Vec<(Topic, bool)>,
    free_bytes: Option<u64>,
    cache: Option<CacheFigures>,
    store: Option<argosy_store::Figures>,
}

impl LiveFigures {
    /// Of a node that has everything.
    pub(super) fn sample() -> LiveFigures {
        LiveFigures {
            waiting: (0, 0),
            is_paused: false,
            has_failed: false,
            is_ready: true,
            checks: Topic::OF_READY.map(|it| (it, true)).to_vec(),
            free_bytes: Some(0),
            cache: Some(CacheFigures::default()),
            store: Some(argosy_store::Figures::default()),
        }
    }

    pub(super) fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), fmt::Error> {
        self.encode_node(&mut encoder)?;
        if let Some(free) = self.free_bytes {
            gauge(
                &mut encoder,
                ("disk_free", "Free on the disk of the data directory"),
                Some(Unit::Bytes),
                free,
            )?;
        }
        if let Some(cache) = &self.cache {
            encode_cache(&mut encoder, cache)?;
        }
        match &self.store {
            Some(store) => encode_store(&mut encoder, store),
            None => Ok(()),
        }
    }

    fn encode_node(&self, encoder: &mut DescriptorEncoder<'_>) -> Result<(), fmt::Error> {
        let (transactions, bytes) = self.waiting;
        gauge(
            encoder,
            ("mempool_transactions", "Transactions that wait"),
            None,
            transactions,
        )?;
        gauge(
            encoder,
            ("mempool", "Encoded transactions that wait"),
            Some(Unit::Bytes),
            bytes,
        )?;
        let words = [
            ("paused", "1 while no blocks are made", self.is_paused),
            (
                "failed",
                "1 once the node has stopped itself",
                self.has_failed,
            ),
            ("ready", "1 while /readyz says so", self.is_ready),
        ];
        for (name, help, holds) in words {
            gauge(encoder, (name, help), None, u64::from(holds))?;
        }
        let help = "1 while this is as /readyz wants it, for each thing that it looks at";
        let mut family = encoder.encode_descriptor("ready_check", help, None, MetricType::Gauge)?;
        for (topic, holds) in &self.checks {
            let labels = [("check", topic.as_str())];
            let series = family.encode_family(&labels)?;
            ConstGauge::new(i64::from(*holds)).encode(series)?;
        }
        Ok(())
    }
}

/// The database.
fn encode_store(
    encoder: &mut DescriptorEncoder<'_>,
    figures: &argosy_store::Figures,
) -> Result<(), fmt::Error> {
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
        gauge(encoder, (name, help), Some(Unit::Bytes), bytes)?;
    }
    Ok(())
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
