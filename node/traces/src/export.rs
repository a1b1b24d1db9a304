//! From the queue to the collector, a batch at a time.
//!
//! Always: each export has a time, and so has the last one; a span is counted once, as taken or as
//! lost, also when it is broken off; a collector that takes nothing is told of in the log once.
//! The foreign exporter reads variables of its own (`OTEL_…`); every one that matters is set here.
//! Left to it are `OTEL_EXPORTER_OTLP_HEADERS` and its like, for collectors that want a token.

use std::future::Future;
use std::pin::pin;
use std::time::Duration;

use opentelemetry_otlp::{
    Protocol, RetryPolicy, SpanExporter, WithExportConfig as _, WithHttpConfig as _,
};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::OTelSdkError;
use opentelemetry_sdk::trace::{SpanData, SpanExporter as _};
use tokio::sync::mpsc;
use tokio::time::{sleep, timeout};

use crate::{Endpoint, Metrics, TraceError};

/// What has ended since is exported this often.
const EVERY: Duration = Duration::from_secs(1);
/// Spans in one request.
const BATCH_MAX: usize = 512;
/// A request may take so long.
const REQUEST_WITHIN: Duration = Duration::from_secs(4);
/// All attempts for one batch.
const EXPORT_WITHIN: Duration = Duration::from_secs(6);
/// What is left when the node stops.
const LAST_WITHIN: Duration = Duration::from_secs(1);

/// The work of exporting, for a task of its own.
#[derive(Debug)]
pub struct Exporting {
    queue: mpsc::Receiver<SpanData>,
    exporter: SpanExporter,
    metrics: Metrics,
    /// The collector did not take the last batch.
    is_refused: bool,
}

impl Exporting {
    pub(crate) fn new(
        endpoint: &Endpoint,
        resource: &Resource,
        queue: mpsc::Receiver<SpanData>,
        metrics: Metrics,
    ) -> Result<Exporting, TraceError> {
        let mut exporter = SpanExporter::builder()
            .with_http()
            .with_endpoint(endpoint.traces_url())
            .with_protocol(Protocol::HttpBinary)
            .with_timeout(REQUEST_WITHIN)
            .with_retry_policy(RetryPolicy::recommended())
            .build()
            .map_err(|error| TraceError::Exporter(error.to_string()))?;
        exporter.set_resource(resource);
        Ok(Exporting {
            queue,
            exporter,
            metrics,
            is_refused: false,
        })
    }

    /// Until `stop`, and for a moment more if something is left. Needs a runtime of tokio around it.
    pub async fn run(mut self, stop: impl Future<Output = ()> + Send) {
        let mut stop = pin!(stop);
        let mut is_on = true;
        while is_on {
            tokio::select! {
                biased;
                () = &mut stop => break,
                () = sleep(EVERY) => {}
            }
            let mut turn = pin!(self.empty());
            is_on = tokio::select! {
                () = &mut turn => true,
                () = &mut stop => {
                    // The collector may have what is on its way: its answer is waited for.
                    let _in_time = timeout(LAST_WITHIN, turn).await;
                    false
                }
            };
        }
        // What the collector does not take now is lost, and counted by then.
        let _in_time = timeout(LAST_WITHIN, self.empty()).await;
        self.queue.close();
        let mut left: u64 = 0;
        while self.queue.try_recv().is_ok() {
            left += 1;
        }
        self.metrics.dropped.inc_by(left);
    }

    /// Exports what waits, up to the first batch that is refused: the rest waits for the next turn.
    async fn empty(&mut self) {
        loop {
            let batch = self.batch();
            if batch.is_empty() || !self.export(batch).await {
                return;
            }
        }
    }

    fn batch(&mut self) -> Vec<SpanData> {
        let mut batch = Vec::new();
        while batch.len() < BATCH_MAX {
            let Ok(span) = self.queue.try_recv() else {
                break;
            };
            batch.push(span);
        }
        batch
    }

    async fn export(&mut self, batch: Vec<SpanData>) -> bool {
        let sent = Sent::new(batch.len(), &self.metrics);
        let taken = timeout(EXPORT_WITHIN, self.exporter.export(batch)).await;
        let taken = taken.unwrap_or(Err(OTelSdkError::Timeout(EXPORT_WITHIN)));
        if taken.is_ok() {
            sent.taken();
        } else {
            drop(sent);
        }
        match (&taken, self.is_refused) {
            (Err(error), false) => tracing::warn!(
                target: "traces",
                code = "traces.refused",
                %error,
                "the collector takes no traces; they are lost until it does"
            ),
            (Ok(()), true) => tracing::info!(
                target: "traces",
                code = "traces.taken_again",
                "the collector takes traces again"
            ),
            (Err(_), true) | (Ok(()), false) => {}
        }
        self.is_refused = taken.is_err();
        taken.is_ok()
    }
}

/// A batch on its way: lost, unless it is taken.
struct Sent {
    count: u64,
    metrics: Metrics,
}

impl Sent {
    fn new(count: usize, metrics: &Metrics) -> Sent {
        Sent {
            count: count as u64,
            metrics: metrics.clone(),
        }
    }

    fn taken(mut self) {
        self.metrics.exported.inc_by(self.count);
        self.count = 0;
    }
}

impl Drop for Sent {
    fn drop(&mut self) {
        self.metrics.dropped.inc_by(self.count);
    }
}
