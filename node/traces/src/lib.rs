//! Traces: which calls are followed, what they took, and how a collector hears of it (OTLP over HTTP).
//! Start reading at [`Tracer::start`].
//!
//! ```text
//! Tracer::begin ──► Span ──► its children ──ended──► queue (bounded) ──► Exporting ──batches──► collector
//!       │                                               │
//!       └─► None: not followed                          └─► full: counted and gone
//! ```
//!
//! Always: nobody but [`Exporting`] waits for the collector; what that does not take in time is
//! counted and gone; whatever clients ask for, the number of calls that are followed is bounded.
//! Not here: what a call is and what is said of it (the callers).

mod choice; // which calls are followed
mod endpoint; // where the collector is
mod error;
mod export; // from the queue to the collector
mod ids; // of traces and spans
mod metrics;
mod queue; // spans that ended
mod span; // something that takes time
mod traceparent; // what a client says of its trace
mod tracer; // begins spans

pub use endpoint::Endpoint;
pub use error::TraceError;
pub use export::Exporting;
pub use metrics::Metrics;
pub use span::Span;
pub use traceparent::Traceparent;
pub use tracer::{Config, Tracer};
