//! Errors as answers to a GET: the same object as in JSON-RPC, and the status of HTTP that fits it.

use argosy_rpc_api::RpcError;
use hyper::StatusCode;
use hyper::header::{HeaderValue, RETRY_AFTER};
use jsonrpsee::server::{Extensions, HttpResponse};
use jsonrpsee::types::ErrorObjectOwned;
use serde::Serialize;

use super::json;
use crate::answer::named;
use crate::request::RequestId;

pub(super) fn answer(error: RpcError, request: &Extensions) -> HttpResponse {
    #[derive(Serialize)]
    struct Failed {
        error: ErrorObjectOwned,
    }
    let (status, retry_after) = (status(&error), retry_after(&error));
    let mut object = ErrorObjectOwned::from(error);
    if let Some(name) = request.get::<RequestId>() {
        object = named(object, name);
    }
    let text = serde_json::to_string(&Failed { error: object });
    let mut response = json(status, text.expect("our types have string keys"));
    if let Some(seconds) = retry_after {
        let headers = response.headers_mut();
        headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}

fn status(error: &RpcError) -> StatusCode {
    match error {
        RpcError::InvalidParams { .. } | RpcError::RangeTooLarge { .. } => StatusCode::BAD_REQUEST,
        RpcError::NotFound { .. } => StatusCode::NOT_FOUND,
        RpcError::Pruned { .. } => StatusCode::GONE,
        RpcError::RateLimited { .. } => StatusCode::TOO_MANY_REQUESTS,
        RpcError::Overloaded { .. }
        | RpcError::TooManySubscriptions { .. }
        | RpcError::Stopping {}
        | RpcError::Paused { .. }
        | RpcError::OriginUnread { .. }
        | RpcError::Syncing { .. } => StatusCode::SERVICE_UNAVAILABLE,
        // What else there is does not come of reading, but for failures of the node.
        _ => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

/// Seconds after which it may be worth while.
fn retry_after(error: &RpcError) -> Option<u32> {
    match error {
        RpcError::RateLimited { retry_after_ms } => Some(retry_after_ms.div_ceil(1000).max(1)),
        RpcError::Overloaded { .. } | RpcError::TooManySubscriptions { .. } => Some(1),
        _ => None,
    }
}
