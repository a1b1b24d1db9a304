//! What may be wrong before anything is traced.

/// Why something is no trace's name, no collector's address, or does not start.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TraceError {
    /// It is no `traceparent`.
    #[error("no traceparent: {0}")]
    Traceparent(&'static str),
    /// It is no address of a collector.
    #[error("expected {expected}")]
    Endpoint {
        /// What it must be.
        expected: &'static str,
    },
    /// The exporter cannot be made of its settings.
    #[error("cannot export traces: {0}")]
    Exporter(String),
}
