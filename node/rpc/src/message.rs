//! One message of a WebSocket, and the answer to it.
//!
//! As by HTTP, but for batches, which are refused: calls are side by side here anyway. And a call whose id
//! is none, such as -1 or 1.5, is refused: by HTTP it is acknowledged, but here its client would wait.
//! Not here: what a call may cost (`guard`), how messages come and answers go (`session`).

use std::borrow::Cow;
use std::future::{Future, ready};
use std::sync::Arc;

use argosy_rpc_api::RpcError;
use futures::FutureExt;
use futures::future::BoxFuture;
use jsonrpsee::core::middleware::{Batch, Notification, RpcServiceT};
use jsonrpsee::core::server::helpers::prepare_error;
use jsonrpsee::server::{ConnectionId, Extensions, MethodCallback, MethodResponse, Methods};
use jsonrpsee::types::error::{
    BATCHES_NOT_SUPPORTED_CODE, BATCHES_NOT_SUPPORTED_MSG, reject_too_big_request,
};
use jsonrpsee::types::{ErrorCode, ErrorObject, Id, Params, Request};
use serde::de::IgnoredAny;
use serde_json::value::RawValue;

use crate::follow::Begun;
use crate::guard::{Guard, OwnPlace, Untaken};

/// Who speaks on a WebSocket.
pub(crate) struct Caller {
    pub(crate) guard: Guard<Direct>,
    /// What each call carries: from where it comes, and how.
    pub(crate) extensions: Extensions,
}

/// An answer, and what counts until it is taken.
pub(crate) struct Answer {
    text: String,
    is_error: bool,
    place: Option<Arc<OwnPlace>>,
    untaken: Option<Arc<Untaken>>,
}

/// The methods, without a server before them.
#[derive(Clone)]
pub(crate) struct Direct {
    pub(crate) methods: Methods,
    pub(crate) max_response_bytes: usize,
}

impl Caller {
    /// The answer to a message, and in `begun` what begins when that is on its way; `None`: it wants none.
    pub(crate) async fn answer(&self, message: Vec<u8>, begun: &Arc<Begun>) -> Option<Answer> {
        let mut request = match read(&message) {
            Said::Call(request) => request,
            // Reading it was work, too.
            Said::Told => {
                let _paid_or_not = self.guard.pay_for_none(&self.extensions);
                return None;
            }
            Said::Wrong(response) => {
                let paid = self.guard.pay_for_none(&self.extensions);
                let refused =
                    |error: RpcError| MethodResponse::error(Id::Null, ErrorObject::from(error));
                return Some(Answer::of(paid.map_or_else(refused, |()| response)));
            }
        };
        // What it says is held once while it is served.
        drop(message);
        *request.extensions_mut() = self.extensions.clone();
        request.extensions_mut().insert(Arc::clone(begun));
        Some(Answer::of(self.guard.call(request).await))
    }
}

impl Answer {
    /// To a message that is too large to be read; who sent it has to be told before it is cut off.
    pub(crate) fn too_large(bytes_max: u32) -> Answer {
        let error = reject_too_big_request(bytes_max);
        Answer::of(MethodResponse::error(Id::Null, error))
    }

    /// Whether the call has failed.
    pub(crate) fn is_error(&self) -> bool {
        self.is_error
    }

    /// It leaves: its text, and what it holds until it is taken. The place of its call is free before
    /// its client can have it, and call again.
    pub(crate) fn leave(self) -> (String, Option<Arc<Untaken>>) {
        drop(self.place);
        (self.text, self.untaken)
    }

    fn of(mut response: MethodResponse) -> Answer {
        let is_error = response.as_error_code().is_some();
        let held = response.extensions_mut();
        let (place, untaken) = (held.remove(), held.remove());
        Answer {
            is_error,
            text: String::from(Box::<str>::from(response.into_json())),
            place,
            untaken,
        }
    }
}

/// What a message is.
enum Said {
    Call(Request<'static>),
    /// Nobody waits for an answer.
    Told,
    Wrong(MethodResponse),
}

/// What has an id of any kind waits for an answer.
#[derive(serde::Deserialize)]
struct Named {
    id: Option<IgnoredAny>,
}

fn read(message: &[u8]) -> Said {
    match message.iter().find(|it| !it.is_ascii_whitespace()) {
        Some(b'{') => {}
        Some(b'[') => return Said::Wrong(no_batches()),
        Some(_) | None => {
            let error = ErrorObject::from(ErrorCode::ParseError);
            return Said::Wrong(MethodResponse::error(Id::Null, error));
        }
    }
    if let Ok(request) = serde_json::from_slice::<Request<'_>>(message) {
        return Said::Call(owned(request));
    }
    if serde_json::from_slice::<Notification<'_>>(message).is_ok() {
        return match serde_json::from_slice::<Named>(message) {
            Ok(Named { id: None }) => Said::Told,
            Ok(Named { id: Some(_) }) | Err(_) => {
                let error = ErrorObject::from(ErrorCode::InvalidRequest);
                Said::Wrong(MethodResponse::error(Id::Null, error))
            }
        };
    }
    let (id, code) = prepare_error(message);
    Said::Wrong(MethodResponse::error(id, ErrorObject::from(code)))
}

fn owned(request: Request<'_>) -> Request<'static> {
    let Request {
        id, method, params, ..
    } = request;
    let params = params.map(Cow::into_owned);
    Request::owned(method.into_owned(), params, id.into_owned())
}

fn no_batches() -> MethodResponse {
    let error = ErrorObject::borrowed(BATCHES_NOT_SUPPORTED_CODE, BATCHES_NOT_SUPPORTED_MSG, None);
    MethodResponse::error(Id::Null, error)
}

impl Direct {
    fn begin(&self, request: Request<'_>) -> BoxFuture<'static, MethodResponse> {
        let Request {
            id,
            method,
            params,
            extensions,
            ..
        } = request;
        let id = id.into_owned();
        let params = Params::new(params.as_deref().map(RawValue::get)).into_owned();
        let bytes_max = self.max_response_bytes;
        match self.methods.method(&method) {
            Some(MethodCallback::Async(serve)) => {
                serve(id, params, ConnectionId::default(), bytes_max, extensions)
            }
            Some(MethodCallback::Sync(serve)) => {
                ready(serve(id, params, bytes_max, extensions)).boxed()
            }
            // Ours are methods like others, and the guard lets nothing past it that does not exist.
            Some(MethodCallback::Subscription(_) | MethodCallback::Unsubscription(_)) | None => {
                let error = ErrorObject::from(ErrorCode::MethodNotFound);
                ready(MethodResponse::error(id, error)).boxed()
            }
        }
    }
}

impl RpcServiceT for Direct {
    type MethodResponse = MethodResponse;
    type NotificationResponse = MethodResponse;
    type BatchResponse = MethodResponse;

    fn call<'a>(&self, request: Request<'a>) -> impl Future<Output = MethodResponse> + Send + 'a {
        self.begin(request)
    }

    fn batch<'a>(&self, _: Batch<'a>) -> impl Future<Output = MethodResponse> + Send + 'a {
        ready(no_batches())
    }

    fn notification<'a>(
        &self,
        _: Notification<'a>,
    ) -> impl Future<Output = MethodResponse> + Send + 'a {
        ready(MethodResponse::notification())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(message: &str, expected: &str) {
        let found = match read(message.as_bytes()) {
            Said::Call(request) => format!("call {}", request.method_name()),
            Said::Told => "told".to_owned(),
            Said::Wrong(response) => format!("{:?}", response.as_error_code()),
        };
        assert_eq!(found, expected, "{message}");
    }

    #[test]
    fn a_message_is_a_call_or_news_or_wrong() {
        check(r#"{"jsonrpc":"2.0","id":1,"method":"a"}"#, "call a");
        check(
            " \n{\"jsonrpc\":\"2.0\",\"id\":null,\"method\":\"a\",\"params\":[1]} ",
            "call a",
        );
        check(r#"{"jsonrpc":"2.0","method":"a"}"#, "told");
        check(r#"{"jsonrpc":"2.0","method":"a","params":{}}"#, "told");
        for id in ["-1", "1.5", "true", "{}", "1,\"id\":1"] {
            let message = format!(r#"{{"jsonrpc":"2.0","id":{id},"method":"a"}}"#);
            check(&message, "Some(-32600)");
        }
        check(r#"{"jsonrpc":"1.0","id":1,"method":"a"}"#, "Some(-32600)");
        check(r#"{"id":1}"#, "Some(-32600)");
        check("{}", "Some(-32700)");
        check("{", "Some(-32700)");
        check("x", "Some(-32700)");
        check("", "Some(-32700)");
        check("[]", "Some(-32005)");
        check(r#"[{"jsonrpc":"2.0","id":1,"method":"a"}]"#, "Some(-32005)");
    }

    #[test]
    fn who_sent_what_is_wrong_is_told_which_it_was() {
        let Said::Wrong(response) = read(br#"{"id":7,"method":7}"#) else {
            panic!("it is no call");
        };
        assert!(response.as_json().get().contains(r#""id":7"#));
    }
}
