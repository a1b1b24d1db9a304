//! Following calls: what somebody who looks at traces hears of a call that is served.
//!
//! Always: a call is served the same whether it is followed or not.
//! Not here: which calls are followed, spans, and who collects them (the daemon adapts them to [`Traces`]).

use std::future::Future;
use std::sync::Arc;

use argosy_primitives::TxId;
use argosy_rpc_api::RpcError;
use hyper::HeaderMap;
use hyper::header::{HeaderName, HeaderValue};

/// The client's place in its trace (W3C Trace Context).
pub(crate) const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");

/// Chooses the calls that are followed. Asked where calls are served: must not wait.
pub trait Traces: Send + Sync + 'static {
    /// A call begins; `None`: it is not followed.
    fn begin(&self, call: &BegunCall<'_>) -> Option<Arc<dyn Trace>>;
}

/// A call of a method that there is, before anything else is known of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BegunCall<'a> {
    /// Its method.
    pub method: &'static str,
    /// `http` or `websocket`.
    pub transport: &'static str,
    /// What the client says of its trace, unread; by HTTP only, where each request may say it.
    pub traceparent: Option<&'a str>,
}

/// A call that is followed, until this is dropped. Told where calls are served: must not wait.
pub trait Trace: Send + Sync + 'static {
    /// It hands a transaction to the node.
    fn submits(&self, id: &TxId);

    /// The node's mempool has taken the transaction, or refused it.
    fn submitted(&self, id: &TxId, refused: Option<&RpcError>);

    /// It has an answer, which is an error of this code, or a result.
    fn answered(&self, error_code: Option<i32>);
}

/// What the client of one HTTP request says of its trace.
#[derive(Debug, Clone)]
pub(crate) struct ClientTrace(HeaderValue);

impl ClientTrace {
    /// Whoever says two things has said nothing.
    pub(crate) fn of(headers: &HeaderMap) -> Option<ClientTrace> {
        let mut said = headers.get_all(TRACEPARENT).iter();
        match (said.next(), said.next()) {
            (Some(one), None) => Some(ClientTrace(one.clone())),
            (None, _) | (Some(_), Some(_)) => None,
        }
    }

    pub(crate) fn text(&self) -> Option<&str> {
        self.0.to_str().ok()
    }
}

tokio::task_local! {
    /// The call that this task serves, if it is followed.
    static SERVED: Arc<dyn Trace>;
}

/// Does the work of a call, which then finds out who follows it.
pub(crate) async fn serving<F: Future>(trace: Option<Arc<dyn Trace>>, work: F) -> F::Output {
    match trace {
        Some(trace) => SERVED.scope(trace, work).await,
        None => work.await,
    }
}

/// Who follows the call that this task serves.
pub(crate) fn served() -> Option<Arc<dyn Trace>> {
    SERVED.try_with(Arc::clone).ok()
}

/// Tells of the answer, after which the call is over.
pub(crate) fn answered(trace: Option<Arc<dyn Trace>>, error_code: Option<i32>) {
    if let Some(trace) = trace {
        trace.answered(error_code);
    }
}
