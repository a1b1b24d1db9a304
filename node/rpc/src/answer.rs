//! Errors as clients see them: of one shape, whoever made them, and with the name of the request.

use argosy_rpc_api::RpcError;
use jsonrpsee::server::MethodResponse;
use jsonrpsee::types::error::{INTERNAL_ERROR_CODE, INVALID_PARAMS_CODE};
use jsonrpsee::types::{ErrorObjectOwned, Id};
use serde_json::{Map, Value};

use crate::request::RequestId;

/// An answer that is an error.
#[derive(serde::Deserialize)]
struct Failed {
    error: ErrorObjectOwned,
}

/// A call that is refused.
pub(crate) fn refusal(id: Id<'static>, error: RpcError, request: &RequestId) -> MethodResponse {
    MethodResponse::error(id, named(ErrorObjectOwned::from(error), request))
}

/// The answer of a method, which had `only_param` if it had but one parameter.
pub(crate) fn shaped(
    response: MethodResponse,
    id: &Id<'static>,
    only_param: Option<&'static str>,
    request: &RequestId,
) -> MethodResponse {
    if response.as_error_code().is_none() {
        return response;
    }
    match serde_json::from_str(response.as_json().get()) {
        Ok(Failed { error }) => {
            MethodResponse::error(id.clone(), named(ours(error, only_param), request))
        }
        // Cannot be: it was written by the same library.
        Err(_) => response,
    }
}

/// Gives the transport's own errors the shape of ours.
fn ours(error: ErrorObjectOwned, only_param: Option<&'static str>) -> ErrorObjectOwned {
    if RpcError::from_object(&error).is_some() {
        return error;
    }
    let ours = match error.code() {
        INVALID_PARAMS_CODE => RpcError::InvalidParams {
            param: only_param.map(str::to_owned),
            reason: reason_of(&error),
        },
        INTERNAL_ERROR_CODE => RpcError::Internal {
            reference: "transport".to_owned(),
        },
        _ => return error,
    };
    ErrorObjectOwned::from(ours)
}

fn reason_of(error: &ErrorObjectOwned) -> String {
    let detail: Option<String> = error
        .data()
        .and_then(|it| serde_json::from_str(it.get()).ok());
    detail.unwrap_or_else(|| error.message().to_owned())
}

/// Adds what the request is called, by which an operator finds it in the log.
pub(crate) fn named(error: ErrorObjectOwned, request: &RequestId) -> ErrorObjectOwned {
    let facts: Option<Map<String, Value>> = error
        .data()
        .and_then(|it| serde_json::from_str(it.get()).ok());
    let Some(mut facts) = facts else {
        return error;
    };
    facts.insert("requestId".to_owned(), Value::String(request.to_string()));
    ErrorObjectOwned::owned(error.code(), error.message(), Some(facts))
}
