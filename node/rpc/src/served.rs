//! The call that is served here and now: what it is called, and who follows it.
//!
//! Always: it is known wherever the work of the call is done, in its task and on threads of blocking
//! work, and nowhere else. Nothing is made of it until somebody asks, such as a line of a log.
//! Not here: threads of the node's own, which serve everybody.

use std::future::Future;
use std::sync::Arc;

use crate::request::RequestId;
use crate::trace::Trace;

/// What the call that is served here and now is called, for a line of a log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServedCall {
    /// Its request, as its client was told: at most 128 letters, digits and `-_.:`.
    pub request_id: String,
    /// The trace that it is in, as 32 hexadecimal digits: its client's, or one that begins with it.
    pub trace_id: Option<String>,
}

impl ServedCall {
    /// `None`: this thread serves nobody.
    pub fn current() -> Option<ServedCall> {
        let call = |served: &Served| ServedCall {
            request_id: served.request_id.to_string(),
            trace_id: served.trace_id.map(|it| format!("{it:032x}")),
        };
        SERVED.try_with(call).ok()
    }
}

/// All that is known of it.
#[derive(Clone)]
pub(crate) struct Served {
    pub(crate) request_id: RequestId,
    pub(crate) trace_id: Option<u128>,
    /// Whoever follows it.
    pub(crate) trace: Option<Arc<dyn Trace>>,
}

tokio::task_local! {
    static SERVED: Served;
}

/// Does the work of a call.
pub(crate) async fn serving<F: Future>(served: Served, work: F) -> F::Output {
    SERVED.scope(served, work).await
}

/// Who follows the call that this task serves.
pub(crate) fn follower() -> Option<Arc<dyn Trace>> {
    SERVED.try_with(|it| it.trace.clone()).ok().flatten()
}

/// For [`on_thread`]. Without whoever follows the call: that ends with its answer, and work on a
/// thread may go on.
pub(crate) fn for_thread() -> Option<Served> {
    let without_follower = |served: &Served| Served {
        request_id: served.request_id.clone(),
        trace_id: served.trace_id,
        trace: None,
    };
    SERVED.try_with(without_follower).ok()
}

/// Does blocking work of a call.
pub(crate) fn on_thread<T>(served: Option<Served>, work: impl FnOnce() -> T) -> T {
    match served {
        Some(served) => SERVED.sync_scope(served, work),
        None => work(),
    }
}
