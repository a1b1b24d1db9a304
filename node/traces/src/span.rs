//! Something that takes time, in a trace.

use opentelemetry::trace::{
    Span as _, SpanContext, SpanId, SpanKind, Status, TraceContextExt as _, TraceFlags, TraceId,
    TraceState, Tracer as _,
};
use opentelemetry::{Context, KeyValue};
use opentelemetry_sdk::trace::SdkTracer;

use crate::Traceparent;

/// Something that takes time: it begins when it is made and ends when it is dropped.
#[derive(Debug)]
pub struct Span {
    sdk: opentelemetry_sdk::trace::Span,
    tracer: SdkTracer,
}

impl Span {
    /// What somebody asks of this node; the first of its trace if nobody is above.
    pub(crate) fn serving(
        tracer: &SdkTracer,
        name: &'static str,
        parent: Option<&Traceparent>,
    ) -> Span {
        let above = match parent {
            Some(parent) => Context::new().with_remote_span_context(context(parent)),
            None => Context::new(),
        };
        Span::begin(tracer, name, SpanKind::Server, &above)
    }

    fn begin(tracer: &SdkTracer, name: &'static str, kind: SpanKind, above: &Context) -> Span {
        let builder = tracer.span_builder(name).with_kind(kind);
        Span {
            sdk: builder.start_with_context(tracer, above),
            tracer: tracer.clone(),
        }
    }

    /// A part of it, which may end later than it.
    pub fn child(&self, name: &'static str) -> Span {
        let above = Context::new().with_remote_span_context(self.sdk.span_context().clone());
        Span::begin(&self.tracer, name, SpanKind::Internal, &above)
    }

    /// Says something about it.
    pub fn set(&mut self, key: &'static str, text: impl Into<String>) {
        self.sdk.set_attribute(KeyValue::new(key, text.into()));
    }

    /// Says a number about it.
    pub fn set_number(&mut self, key: &'static str, number: i64) {
        self.sdk.set_attribute(KeyValue::new(key, number));
    }

    /// It does not go well, for this reason.
    pub fn fail(&mut self, reason: impl Into<String>) {
        let reason: String = reason.into();
        self.sdk.set_status(Status::error(reason));
    }

    /// Its place, as somebody below it would be told.
    pub fn traceparent(&self) -> Traceparent {
        let place = self.sdk.span_context();
        Traceparent {
            trace: u128::from_be_bytes(place.trace_id().to_bytes()),
            span: u64::from_be_bytes(place.span_id().to_bytes()),
            is_sampled: place.is_sampled(),
        }
    }

    /// Ends it, as dropping it does.
    pub fn end(self) {}
}

fn context(parent: &Traceparent) -> SpanContext {
    SpanContext::new(
        TraceId::from(parent.trace),
        SpanId::from(parent.span),
        TraceFlags::SAMPLED,
        true,
        TraceState::default(),
    )
}
