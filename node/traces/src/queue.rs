//! Spans that ended and are not exported yet.
//!
//! Always: ending a span waits for nothing; there are at most [`QUEUE_MAX`], and what does not find
//! room is counted.

use std::time::Duration;

use opentelemetry::Context;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{Span, SpanData, SpanProcessor};
use tokio::sync::mpsc;

use crate::Metrics;

/// Spans that wait, of about 1 KiB each.
pub(crate) const QUEUE_MAX: usize = 4096;

/// The end of the queue at which spans come in.
#[derive(Debug)]
pub(crate) struct Queue {
    sender: mpsc::Sender<SpanData>,
    metrics: Metrics,
}

impl Queue {
    pub(crate) fn new(metrics: Metrics) -> (Queue, mpsc::Receiver<SpanData>) {
        let (sender, receiver) = mpsc::channel(QUEUE_MAX);
        (Queue { sender, metrics }, receiver)
    }
}

impl SpanProcessor for Queue {
    fn on_start(&self, _: &mut Span, _: &Context) {}

    fn on_end(&self, span: SpanData) {
        if self.sender.try_send(span).is_err() {
            self.metrics.dropped.inc();
        }
    }

    /// [`Exporting`](crate::Exporting) does that by itself.
    fn force_flush(&self) -> OTelSdkResult {
        Ok(())
    }

    /// [`Exporting`](crate::Exporting) ends by itself.
    fn shutdown_with_timeout(&self, _: Duration) -> OTelSdkResult {
        Ok(())
    }
}
