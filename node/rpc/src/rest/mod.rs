//! What is asked by a plain GET, where HTTP says it better than JSON-RPC.
//!
//! | | |
//! |---|---|
//! | `/v1/events` | events as they come, as server-sent events |
//! | `/v1/code/{hash}` | the bytes of a code |
//! | `/health` | how the node is doing, as the status of the answer says, too |
//! | `/openrpc.json` | the interface as an OpenRPC document |
//!
//! Always holds: a GET has no more rights than a call: shares, places and requests' names are the same.
//! Not here: what is followed and read (`follow`, `port`).

mod code; // the bytes of a code
mod events; // events as they come
mod problem; // errors as answers to a GET
mod query; // the part of an address behind the question mark

use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Instant;

use argosy_rpc_api::{Class, Health, HealthStatus, MethodSpec, RpcError, openrpc};
use futures::FutureExt;
use futures::future::{BoxFuture, Either};
use hyper::body::{Body, Bytes};
use hyper::header::{ALLOW, CACHE_CONTROL, CONTENT_TYPE, HeaderValue};
use hyper::{Method, StatusCode};
use jsonrpsee::core::BoxError;
use jsonrpsee::server::{HttpBody, HttpRequest, HttpResponse, ws};
use tower::{Layer, Service};

use crate::api::Api;
use crate::follow::Hub;
use crate::guard::Limits;

pub(crate) use events::LAST_EVENT_ID;

const EVENTS_PATH: &str = "/v1/events";
const CODE_PATH: &str = "/v1/code/";
const HEALTH_PATH: &str = "/health";
const OPENRPC_PATH: &str = "/openrpc.json";

/// What whoever asks for anything else is told, mostly somebody with a browser.
const DIRECTORY: &str = "Argosy JSON-RPC: POST a call here, or open a WebSocket.\n\
    GET /health, /openrpc.json, /v1/events, /v1/code/{hash}\n";

/// What each costs of its caller's share, as the table of methods has it for calls.
const EVENTS: MethodSpec = get("GET /v1/events", 20);
const CODE: MethodSpec = get("GET /v1/code", 10);
const HEALTH: MethodSpec = get("system_health", 1);
const OPENRPC: MethodSpec = get("rpc.discover", 20);

const fn get(name: &'static str, weight: u32) -> MethodSpec {
    MethodSpec {
        name,
        params: &[],
        class: Class::Public,
        weight,
        summary: "",
    }
}

/// What answers.
pub(crate) struct Rest {
    pub(crate) api: Api,
    pub(crate) hub: Arc<Hub>,
    pub(crate) limits: Arc<Limits>,
}

impl Rest {
    /// What a request asks for; `None`: it is no business of ours.
    fn spec<B>(request: &HttpRequest<B>) -> Option<&'static MethodSpec> {
        match request.uri().path() {
            _ if request.method() != Method::GET || ws::is_upgrade_request(request) => None,
            EVENTS_PATH => Some(&EVENTS),
            HEALTH_PATH => Some(&HEALTH),
            OPENRPC_PATH => Some(&OPENRPC),
            path => path.starts_with(CODE_PATH).then_some(&CODE),
        }
    }

    /// Whether it asks for something by GET that is not there.
    fn is_astray<B>(request: &HttpRequest<B>) -> bool {
        request.method() == Method::GET && !ws::is_upgrade_request(request)
    }

    async fn answer(
        self: Arc<Self>,
        spec: &'static MethodSpec,
        request: HttpRequest,
    ) -> HttpResponse {
        // What it may have for a body is of no interest, and may not be shared between threads.
        let (request, _body) = request.into_parts();
        let begun = Instant::now();
        let mut call = self.limits.call_of(spec);
        let answer = match self.limits.admit(&request.extensions, spec) {
            Ok(_place) => {
                call.begin();
                match spec.name {
                    it if it == EVENTS.name => self.events(&request).await,
                    it if it == CODE.name => self.code(&request).await,
                    it if it == OPENRPC.name => {
                        Ok(json(StatusCode::OK, openrpc().text().to_owned()))
                    }
                    _ => Ok(health(&self.api.health_now())),
                }
            }
            Err(error) => Err(error),
        };
        let error_code = answer.as_ref().err().map(RpcError::code);
        call.end(error_code);
        tracing::debug!(
            target: "rpc",
            method = spec.name,
            transport = "http",
            error_code,
            elapsed_us = begun.elapsed().as_micros() as u64,
            "served a call"
        );
        answer.unwrap_or_else(|error| problem::answer(error, &request.extensions))
    }
}

/// The status is for those who look at nothing else, such as load balancers.
fn health(health: &Health) -> HttpResponse {
    let status = match health.status {
        HealthStatus::Ok => StatusCode::OK,
        // It answers, and what it says may be behind.
        HealthStatus::Syncing | HealthStatus::Paused => StatusCode::PARTIAL_CONTENT,
        HealthStatus::Stopping | HealthStatus::Failed => StatusCode::SERVICE_UNAVAILABLE,
    };
    let text = serde_json::to_string(health).expect("our types have string keys");
    let mut response = json(status, text);
    let no_store = HeaderValue::from_static("no-store");
    response.headers_mut().insert(CACHE_CONTROL, no_store);
    response
}

/// Only calls are taken there; what else there is.
fn directory() -> HttpResponse {
    let mut response = HttpResponse::new(HttpBody::from(DIRECTORY.to_owned()));
    *response.status_mut() = StatusCode::METHOD_NOT_ALLOWED;
    let headers = response.headers_mut();
    headers.insert(ALLOW, HeaderValue::from_static("POST"));
    let is_text = HeaderValue::from_static("text/plain; charset=utf-8");
    headers.insert(CONTENT_TYPE, is_text);
    response
}

fn json(status: StatusCode, text: String) -> HttpResponse {
    let mut response = HttpResponse::new(HttpBody::from(text));
    *response.status_mut() = status;
    let is_json = HeaderValue::from_static("application/json; charset=utf-8");
    response.headers_mut().insert(CONTENT_TYPE, is_json);
    response
}

/// Takes what is asked by a plain GET out of the way of a service that speaks JSON-RPC.
#[derive(Clone)]
pub(crate) struct RestLayer(pub(crate) Arc<Rest>);

impl<S> Layer<S> for RestLayer {
    type Service = RestBefore<S>;

    fn layer(&self, inner: S) -> RestBefore<S> {
        RestBefore {
            rest: Arc::clone(&self.0),
            inner,
        }
    }
}

/// A service that sees none of them.
#[derive(Clone)]
pub(crate) struct RestBefore<S> {
    rest: Arc<Rest>,
    inner: S,
}

impl<S, B> Service<HttpRequest<B>> for RestBefore<S>
where
    S: Service<HttpRequest, Response = HttpResponse>,
    S::Error: 'static,
    B: Body<Data = Bytes> + Send + 'static,
    B::Error: Into<BoxError>,
{
    type Response = HttpResponse;
    type Error = S::Error;
    type Future = Either<BoxFuture<'static, Result<HttpResponse, S::Error>>, S::Future>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: HttpRequest<B>) -> Self::Future {
        let request = request.map(HttpBody::new);
        match Rest::spec(&request) {
            Some(spec) => {
                let answer = Arc::clone(&self.rest).answer(spec, request);
                Either::Left(answer.map(Ok).boxed())
            }
            None if Rest::is_astray(&request) => Either::Left(async { Ok(directory()) }.boxed()),
            None => Either::Right(self.inner.call(request)),
        }
    }
}
