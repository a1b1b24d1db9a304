//! What is said of a call: its spans, and the words on them.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use argosy_primitives::TxId;
use argosy_rpc::{BegunCall, Trace};
use argosy_rpc_api::RpcError;
use argosy_traces::{Span, Tracer};

use super::waiting::{TX_ID, Waiting};

/// The code of an answer that is an error.
const ERROR_CODE: &str = "rpc.jsonrpc.error_code";

/// Follows calls for the RPC server.
pub(super) struct Calls {
    tracer: Tracer,
    waiting: Arc<Waiting>,
}

/// A call that is followed.
struct Call {
    trace_id: u128,
    waiting: Arc<Waiting>,
    spans: Mutex<Spans>,
}

struct Spans {
    call: Span,
    /// A transaction is being handed in.
    admitted: Option<Span>,
}

impl Calls {
    pub(super) fn new(tracer: Tracer, waiting: Arc<Waiting>) -> Calls {
        Calls { tracer, waiting }
    }
}

impl argosy_rpc::Traces for Calls {
    fn begin(&self, call: &BegunCall<'_>) -> Option<Arc<dyn Trace>> {
        // Whoever says something else has said nothing.
        let parent = call.traceparent.and_then(|it| it.parse().ok());
        let span = self
            .tracer
            .begin_as(call.method, parent, call.new_trace_id)?;
        Some(Call::followed(span, call, &self.waiting))
    }
}

impl Call {
    fn followed(mut span: Span, call: &BegunCall<'_>, waiting: &Arc<Waiting>) -> Arc<dyn Trace> {
        span.set("rpc.system", "jsonrpc");
        span.set("rpc.method", call.method);
        span.set("argosy.transport", call.transport);
        Arc::new(Call {
            trace_id: span.traceparent().trace_id(),
            waiting: Arc::clone(waiting),
            spans: Mutex::new(Spans {
                call: span,
                admitted: None,
            }),
        })
    }

    fn spans(&self) -> MutexGuard<'_, Spans> {
        self.spans.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Trace for Call {
    fn trace_id(&self) -> u128 {
        self.trace_id
    }

    fn begin(&self, call: &BegunCall<'_>) -> Option<Arc<dyn Trace>> {
        let span = self.spans().call.child(call.method);
        Some(Call::followed(span, call, &self.waiting))
    }

    fn submits(&self, id: &TxId) {
        let mut spans = self.spans();
        let mut admitted = spans.call.child("admitted");
        admitted.set(TX_ID, id.to_string());
        spans.admitted = Some(admitted);
    }

    fn submitted(&self, id: &TxId, refused: Option<&RpcError>) {
        let mut spans = self.spans();
        if let (Some(mut admitted), Some(error)) = (spans.admitted.take(), refused) {
            admitted.set_number(ERROR_CODE, error.code().into());
            admitted.fail(error.kind());
        }
        // One that is known was handed in before, and is on its way all the same.
        if refused.is_none_or(|it| matches!(it, RpcError::TxKnown { .. })) {
            self.waiting.add(*id, || spans.call.child("committed"));
        }
    }

    fn answered(&self, error_code: Option<i32>) {
        let mut spans = self.spans();
        if let Some(code) = error_code {
            spans.call.set_number(ERROR_CODE, code.into());
            spans.call.fail(format!("error {code}"));
        }
    }
}
