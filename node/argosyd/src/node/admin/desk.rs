//! Who may ask: a request is looked at, its token first, and what becomes of it is told.

use std::convert::Infallible;
use std::time::Duration;

use argosy_rpc_api::RpcError;
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::{Bytes, Incoming};
use hyper::header::{
    ALLOW, AUTHORIZATION, CACHE_CONTROL, CONNECTION, CONTENT_TYPE, HeaderMap, HeaderValue,
    WWW_AUTHENTICATE,
};
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use serde_json::{Value, json};
use tokio::time::{sleep, timeout};

use super::Stream;
use super::call::{Asked, failed};
use super::methods::Methods;
use super::token::Token;

/// A head must be whole within this time, and then the body; so long may a socket stay idle, too.
const PART_WITHIN: Duration = Duration::from_secs(10);
/// A socket lives no longer.
const SOCKET_WITHIN: Duration = Duration::from_secs(120);
/// Who shows no token waits for so long, and its connection ends: a web page that asks again and again fills no
/// log, and nobody tries many.
const REFUSED_AFTER: Duration = Duration::from_millis(100);
/// Longest request line and headers.
const HEAD_BYTES_MAX: usize = 16 * 1024;
/// Longest body: a filter is the longest thing that anybody has to say here.
const BODY_BYTES_MAX: usize = 64 * 1024;
/// Of what a caller said, in a log.
const SAID_CHARS_MAX: usize = 256;

/// Where calls are taken.
pub(super) struct Desk {
    token: Token,
    methods: Methods,
}

impl Desk {
    pub(super) fn new(token: Token, methods: Methods) -> Desk {
        Desk { token, methods }
    }

    /// Serves one connection to its end.
    pub(super) async fn serve(&self, stream: Box<dyn Stream>, from: String) {
        let (desk, from) = (self, from.as_str());
        let service = service_fn(move |request: Request<Incoming>| async move {
            Ok::<_, Infallible>(desk.answer(request, from).await)
        });
        let connection = hyper::server::conn::http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(PART_WITHIN)
            .max_buf_size(HEAD_BYTES_MAX)
            .serve_connection(TokioIo::new(stream), service);
        match timeout(SOCKET_WITHIN, connection).await {
            Ok(Ok(())) | Err(_) => {}
            Ok(Err(error)) => tracing::debug!(target: "admin", %error, "a connection broke off"),
        }
    }

    async fn answer(&self, request: Request<Incoming>, from: &str) -> Response<Full<Bytes>> {
        if let Err(reason) = self.check(request.headers()) {
            tracing::warn!(target: "admin", code = "admin.refused", from, reason, "refuses a caller");
            sleep(REFUSED_AFTER).await;
            let error = failed(&Value::Null, &RpcError::Unauthorized {});
            let mut response = respond(StatusCode::UNAUTHORIZED, &error);
            let scheme = HeaderValue::from_static("Bearer");
            response.headers_mut().insert(WWW_AUTHENTICATE, scheme);
            let close = HeaderValue::from_static("close");
            response.headers_mut().insert(CONNECTION, close);
            return response;
        }
        if request.method() != Method::POST || request.uri().path() != "/" {
            let hint = json!({"error": "calls come by POST to /"});
            let mut response = respond(StatusCode::METHOD_NOT_ALLOWED, &hint);
            let allowed = HeaderValue::from_static("POST");
            response.headers_mut().insert(ALLOW, allowed);
            return response;
        }
        let body = Limited::new(request.into_body(), BODY_BYTES_MAX).collect();
        let body = match timeout(PART_WITHIN, body).await {
            Ok(Ok(body)) => body.to_bytes(),
            Ok(Err(_)) => {
                let hint = json!({"error": "the body is too large, or broke off"});
                return respond(StatusCode::PAYLOAD_TOO_LARGE, &hint);
            }
            Err(_) => {
                let hint = json!({"error": "the body took too long"});
                return respond(StatusCode::REQUEST_TIMEOUT, &hint);
            }
        };
        let answer = match Asked::read(&body) {
            Ok(asked) => self.call(&asked, from).await,
            Err(refusal) => refusal,
        };
        respond(StatusCode::OK, &answer)
    }

    /// Whoever shows two tokens has shown none.
    fn check(&self, headers: &HeaderMap) -> Result<(), &'static str> {
        let mut shown = headers.get_all(AUTHORIZATION).iter();
        let (Some(shown), None) = (shown.next(), shown.next()) else {
            return Err("it shows no token");
        };
        let shown = shown.as_bytes().strip_prefix(b"Bearer ");
        match shown.is_some_and(|it| self.token.is(it)) {
            true => Ok(()),
            false => Err("its token is wrong"),
        }
    }

    /// Does what is asked, and tells that it was.
    async fn call(&self, asked: &Asked, from: &str) -> Value {
        let done = match asked.arguments() {
            Ok(arguments) => self.methods.call(&asked.method, &arguments).await,
            Err(error) => Err(error),
        };
        let result = done.as_ref().map_or_else(RpcError::kind, |_| "ok");
        let said = |text: &str| text.chars().take(SAID_CHARS_MAX).collect::<String>();
        tracing::info!(
            target: "admin",
            code = "admin.called",
            method = said(&asked.method),
            params = said(&asked.params.to_string()),
            from,
            result,
            "a call of whoever runs the node"
        );
        match done {
            Ok(result) => json!({"jsonrpc": "2.0", "id": asked.id, "result": result}),
            Err(error) => failed(&asked.id, &error),
        }
    }
}

fn respond(status: StatusCode, answer: &Value) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::from(format!("{answer}\n")));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    let json = HeaderValue::from_static("application/json");
    headers.insert(CONTENT_TYPE, json);
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
