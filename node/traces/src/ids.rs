//! Ids of traces and spans: random ones, but for a trace whose id is known before it begins.

use std::cell::Cell;

use opentelemetry::trace::{SpanId, TraceId};
use opentelemetry_sdk::trace::{IdGenerator, RandomIdGenerator};

thread_local! {
    /// For the trace that begins on this thread now.
    static KNOWN: Cell<Option<TraceId>> = const { Cell::new(None) };
}

/// Makes ids for the foreign tracer, which asks for them where it begins spans.
#[derive(Debug, Default)]
pub(crate) struct Ids(RandomIdGenerator);

impl IdGenerator for Ids {
    fn new_trace_id(&self) -> TraceId {
        KNOWN.take().unwrap_or_else(|| self.0.new_trace_id())
    }

    fn new_span_id(&self) -> SpanId {
        self.0.new_span_id()
    }
}

/// Begins a span; if a trace begins with it, it has this id.
pub(crate) fn with_trace_id<T>(id: Option<u128>, begin: impl FnOnce() -> T) -> T {
    // Zero names nothing.
    KNOWN.set(id.filter(|it| *it != 0).map(TraceId::from));
    let begun = begin();
    KNOWN.set(None);
    begun
}
