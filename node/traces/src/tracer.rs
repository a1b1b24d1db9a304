//! Begins spans for the calls that are followed.

use std::sync::Arc;
use std::time::Instant;

use opentelemetry::KeyValue;
use opentelemetry::trace::TracerProvider as _;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::{Sampler, SdkTracer, SdkTracerProvider, SpanLimits};

use crate::choice::Choice;
use crate::ids::{self, Ids};
use crate::queue::Queue;
use crate::{Endpoint, Exporting, Metrics, Span, TraceError, Traceparent};

/// What is said about one span, at most.
const ATTRIBUTES_MAX: u32 = 32;
/// What the collector calls the code that made the spans.
const SCOPE: &str = "argosy";

/// What is traced, and who hears of it.
#[derive(Clone, Debug)]
pub struct Config {
    /// The collector.
    pub endpoint: Endpoint,
    /// Of a thousand calls of which no `traceparent` decides, so many are followed.
    pub sample: u16,
    /// Whether a client's `traceparent` decides if its call is followed.
    pub clients_decide: bool,
    /// Who this is, in OpenTelemetry's words: `service.name` and its like.
    pub resource: Vec<(String, String)>,
}

/// Begins spans. Clones share everything.
#[derive(Clone, Debug)]
pub struct Tracer {
    sdk: SdkTracer,
    choice: Arc<Choice>,
    metrics: Metrics,
}

impl Tracer {
    /// A tracer, and the work of exporting, which its caller runs in a task. Calls nobody yet.
    pub fn start(config: &Config) -> Result<(Tracer, Exporting), TraceError> {
        let metrics = Metrics::default();
        let attributes = config.resource.iter();
        let attributes = attributes.map(|(key, value)| KeyValue::new(key.clone(), value.clone()));
        let resource = Resource::builder_empty()
            .with_attributes(attributes)
            .build();
        let (queue, ended) = Queue::new(metrics.clone());
        let exporting = Exporting::new(&config.endpoint, &resource, ended, metrics.clone())?;
        // Who is followed is decided before a span is begun.
        let provider = SdkTracerProvider::builder()
            .with_sampler(Sampler::AlwaysOn)
            .with_id_generator(Ids::default())
            .with_span_limits(limits())
            .with_resource(resource)
            .with_span_processor(queue)
            .build();
        let tracer = Tracer {
            sdk: provider.tracer(SCOPE),
            choice: Arc::new(Choice::new(config, Instant::now())),
            metrics,
        };
        Ok((tracer, exporting))
    }

    /// Begins to follow a call, below its client's span if it has one; `None`: it is not followed.
    pub fn begin(&self, name: &'static str, parent: Option<Traceparent>) -> Option<Span> {
        self.begin_as(name, parent, None)
    }

    /// The same; if a trace begins with the call, it has this id.
    pub fn begin_as(
        &self,
        name: &'static str,
        parent: Option<Traceparent>,
        new_trace_id: Option<u128>,
    ) -> Option<Span> {
        let is_followed = self.choice.follows(parent.as_ref(), Instant::now());
        let begin = || Span::serving(&self.sdk, name, parent.as_ref());
        is_followed.then(|| ids::with_trace_id(new_trace_id, begin))
    }

    /// What it counts.
    pub fn metrics(&self) -> &Metrics {
        &self.metrics
    }
}

fn limits() -> SpanLimits {
    SpanLimits {
        max_attributes_per_span: ATTRIBUTES_MAX,
        max_events_per_span: 0,
        max_links_per_span: 0,
        max_attributes_per_event: 0,
        max_attributes_per_link: 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::queue::QUEUE_MAX;

    fn start(sample: u16) -> (Tracer, Exporting) {
        let config = Config {
            endpoint: "http://127.0.0.1:1".parse().unwrap(),
            sample,
            clients_decide: true,
            resource: Vec::new(),
        };
        Tracer::start(&config).unwrap()
    }

    #[test]
    fn spans_of_a_call_are_of_its_clients_trace() {
        let (tracer, _exporting) = start(0);
        assert!(tracer.begin("call", None).is_none());
        let text = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
        let parent: Traceparent = text.parse().unwrap();
        let span = tracer.begin("call", Some(parent)).unwrap();
        let (child, other) = (span.child("part"), span.child("part"));
        let places = [span.traceparent(), child.traceparent(), other.traceparent()];
        for place in places {
            assert_eq!(place.to_string()[..35], text[..35]);
            assert!(place.is_sampled() && place.span != parent.span);
        }
        assert_ne!(places[0], places[1]);
        assert_ne!(places[1], places[2]);
    }

    #[test]
    fn calls_without_one_begin_traces_of_their_own() {
        let (tracer, _exporting) = start(1000);
        let begin = || tracer.begin("call", None).unwrap().traceparent();
        assert_ne!(begin().trace, begin().trace);
    }

    #[test]
    fn a_trace_that_begins_has_the_id_that_it_is_to_have() {
        let (tracer, _exporting) = start(1000);
        let trace = |parent: Option<Traceparent>, id: Option<u128>| {
            let span = tracer.begin_as("call", parent, id).unwrap();
            span.traceparent().trace_id()
        };
        assert_eq!(trace(None, Some(7)), 7);
        let zero = trace(None, Some(0));
        assert!(zero != 0 && zero != 7);
        assert_ne!(trace(None, None), 7, "it is of one call");
        let text = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
        let parent: Traceparent = text.parse().unwrap();
        assert_eq!(trace(Some(parent), Some(7)), parent.trace);
        assert_ne!(trace(None, None), 7, "it was not asked for");
    }

    #[test]
    fn a_full_queue_takes_no_more_and_makes_nobody_wait() {
        let (tracer, exporting) = start(1000);
        for _ in 0..QUEUE_MAX {
            tracer.begin("call", None).unwrap().end();
        }
        assert_eq!(tracer.metrics().dropped(), 0);
        tracer.begin("call", None).unwrap().end();
        assert_eq!(tracer.metrics().dropped(), 1);
        drop(exporting);
        tracer.begin("call", None).unwrap().end();
        assert_eq!(tracer.metrics().dropped(), 2, "after the end, too");
    }
}
