//! What the driver tells about the chain that it runs.

use std::time::Duration;

use argosy_primitives::{Header, TxId};
use prometheus_client::encoding::{EncodeLabelSet, EncodeLabelValue, LabelValueEncoder};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::registry::{Registry, Unit};

use crate::driver::SubmitError;

/// Metrics of one driver; clones share them.
#[derive(Clone, Debug)]
pub struct Metrics {
    /// Height of the head.
    height: Gauge,
    /// Time of the head, in milliseconds since 1970.
    head_time_ms: Gauge,
    /// Price per gas in the head.
    base_price: Gauge,
    /// Blocks committed since the start.
    blocks: Counter,
    /// Transactions in them.
    transactions: Counter,
    /// Gas used by them.
    gas: Counter,
    /// Time to build, verify and commit a block.
    block_seconds: Histogram,
    /// Transactions handed in, by what became of them at once.
    submissions: Family<SubmissionLabels, Counter>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct SubmissionLabels {
    result: SubmissionResult,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum SubmissionResult {
    Admitted,
    Refused,
    Busy,
    Paused,
    Stopped,
}

impl SubmissionResult {
    const ALL: [SubmissionResult; 5] = [
        SubmissionResult::Admitted,
        SubmissionResult::Refused,
        SubmissionResult::Busy,
        SubmissionResult::Paused,
        SubmissionResult::Stopped,
    ];
}

impl EncodeLabelValue for SubmissionResult {
    fn encode(&self, encoder: &mut LabelValueEncoder<'_>) -> Result<(), std::fmt::Error> {
        let text = match self {
            SubmissionResult::Admitted => "admitted",
            SubmissionResult::Refused => "refused",
            SubmissionResult::Busy => "busy",
            SubmissionResult::Paused => "paused",
            SubmissionResult::Stopped => "stopped",
        };
        EncodeLabelValue::encode(&text, encoder)
    }
}

impl Default for Metrics {
    fn default() -> Metrics {
        let submissions = Family::<SubmissionLabels, Counter>::default();
        for result in SubmissionResult::ALL {
            // Told from the beginning, so that the first one is seen as a change.
            drop(submissions.get_or_create(&SubmissionLabels { result }));
        }
        Metrics {
            height: Gauge::default(),
            head_time_ms: Gauge::default(),
            base_price: Gauge::default(),
            blocks: Counter::default(),
            transactions: Counter::default(),
            gas: Counter::default(),
            // 0.2 ms to 6.5 s.
            block_seconds: Histogram::new(exponential_buckets(0.0002, 2.0, 16)),
            submissions,
        }
    }
}

impl Metrics {
    /// Makes them known under `argosy_chain_…`.
    pub fn register(&self, registry: &mut Registry) {
        let chain = registry.sub_registry_with_prefix("chain");
        chain.register("height", "Height of the head", self.height.clone());
        chain.register(
            "head_time_milliseconds",
            "Time of the head, in milliseconds since 1970",
            self.head_time_ms.clone(),
        );
        chain.register(
            "base_price",
            "Price per gas in the head, in smallest units",
            self.base_price.clone(),
        );
        chain.register(
            "blocks",
            "Blocks committed since the start",
            self.blocks.clone(),
        );
        chain.register(
            "transactions",
            "Transactions in the blocks committed since the start",
            self.transactions.clone(),
        );
        chain.register(
            "gas_used",
            "Gas used in the blocks committed since the start",
            self.gas.clone(),
        );
        chain.register_with_unit(
            "block",
            "Time to build, verify and commit a block",
            Unit::Seconds,
            self.block_seconds.clone(),
        );
        chain.register(
            "submissions",
            "Transactions handed in, by what became of them at once",
            self.submissions.clone(),
        );
    }

    pub(crate) fn head(&self, head: &Header) {
        self.height.set(signed(head.height));
        self.head_time_ms.set(signed(head.time_ms));
        self.base_price.set(signed(head.base_price));
    }

    pub(crate) fn committed(&self, head: &Header, transactions: usize) {
        self.head(head);
        self.blocks.inc();
        self.transactions.inc_by(transactions as u64);
        self.gas.inc_by(head.gas_used);
    }

    /// A step made `blocks` in a time; each gets its share.
    pub(crate) fn made(&self, blocks: u32, took: Duration) {
        for _ in 0..blocks {
            self.block_seconds.observe((took / blocks).as_secs_f64());
        }
    }

    pub(crate) fn submitted(&self, taken: &Result<TxId, SubmitError>) {
        let result = match taken {
            Ok(_) => SubmissionResult::Admitted,
            Err(SubmitError::Refused(_) | SubmitError::Unread(_)) => SubmissionResult::Refused,
            Err(SubmitError::Busy) => SubmissionResult::Busy,
            Err(SubmitError::Paused(_)) => SubmissionResult::Paused,
            Err(SubmitError::Stopped(_)) => SubmissionResult::Stopped,
        };
        let labels = SubmissionLabels { result };
        self.submissions.get_or_create(&labels).inc();
    }
}

/// Gauges are signed; no height or time comes near the limit.
fn signed(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}
