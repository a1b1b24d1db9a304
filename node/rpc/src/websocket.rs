//! WebSockets: the handshake, by which a socket stops to speak HTTP.
//!
//! They are ours, since jsonrpsee's server starts a task for each message that comes and waits for
//! none of them: who sends and does not read fills the memory (ADR 0019).
//! Not here: who may open one (`gate`), what goes over it (`session`).

use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use argosy_spec::ChainSpec;
use futures::future::{Either, Ready, ready};
use futures::io::BufReader;
use hyper::StatusCode;
use hyper_util::rt::TokioIo;
use jsonrpsee::server::{Extensions, HttpBody, HttpRequest, HttpResponse, Methods, StopHandle, ws};
use soketto::handshake::http::Server as Handshake;
use tokio::task::JoinSet;
use tokio_util::compat::TokioAsyncReadCompatExt;
use tower::{Layer, Service};

use crate::RpcConfig;
use crate::config::{request_bytes_max, room_bytes_max};
use crate::follow::Hub;
use crate::frames::divide;
use crate::guard::{GuardLayer, Limits};
use crate::message::{Caller, Direct};
use crate::metrics::Metrics;
use crate::room::Room;
use crate::session::Session;

/// What every WebSocket is given.
pub(crate) struct WebSockets {
    direct: Direct,
    guards: GuardLayer,
    hub: Arc<Hub>,
    stop: StopHandle,
    messages_max: u32,
    room_bytes_max: u32,
    request_bytes_max: u32,
    metrics: Arc<Metrics>,
    tasks: Arc<Tasks>,
}

/// The tasks of all WebSockets; they end with it.
#[derive(Default)]
pub(crate) struct Tasks(Mutex<JoinSet<()>>);

impl Tasks {
    fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        let mut tasks = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // Those that are over, well or by a panic of which the log has told, are forgotten.
        while tasks.try_join_next().is_some() {}
        tasks.spawn(task);
    }

    /// Ends those that are left.
    pub(crate) fn end(&self) {
        let mut tasks = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        tasks.abort_all();
    }
}

impl WebSockets {
    pub(crate) fn new(
        config: &RpcConfig,
        spec: &ChainSpec,
        methods: Methods,
        (limits, hub): (Arc<Limits>, Arc<Hub>),
        stop: StopHandle,
        metrics: Arc<Metrics>,
        tasks: Arc<Tasks>,
    ) -> WebSockets {
        WebSockets {
            direct: Direct {
                methods,
                max_response_bytes: config.max_response_bytes as usize,
            },
            guards: GuardLayer(limits),
            hub,
            stop,
            messages_max: config.messages_max(),
            room_bytes_max: room_bytes_max(spec),
            request_bytes_max: request_bytes_max(spec),
            metrics,
            tasks,
        }
    }

    /// Answers a handshake; its socket is served once that answer has left.
    fn open(&self, mut request: HttpRequest) -> HttpResponse {
        let mut handshake = Handshake::new();
        let agreed = match handshake.receive_request(&request) {
            Ok(agreed) => agreed,
            Err(error) => return refused(&error.to_string()),
        };
        let upgraded = hyper::upgrade::on(&mut request);
        let session = self.session(std::mem::take(request.extensions_mut()));
        let bytes_max = self.request_bytes_max as usize;
        self.tasks.spawn(async move {
            match upgraded.await {
                Ok(upgraded) => {
                    let (incoming, frames) = divide(TokioIo::new(upgraded).compat());
                    let mut halves = handshake.into_builder(BufReader::new(incoming));
                    halves.set_max_message_size(bytes_max);
                    halves.set_max_frame_size(bytes_max);
                    let (_ours_is_frames, receiver) = halves.finish();
                    session.run(frames, receiver).await;
                }
                Err(error) => {
                    tracing::debug!(target: "rpc", %error, "a WebSocket was not opened");
                }
            }
        });
        agreed.map(|()| HttpBody::empty())
    }

    fn session(&self, extensions: Extensions) -> Session {
        let guard = self.guards.layer(self.direct.clone());
        let metrics = Arc::clone(&self.metrics);
        Session {
            caller: Caller { guard, extensions },
            hub: Arc::clone(&self.hub),
            room: Room::new(self.messages_max, self.room_bytes_max, metrics),
            request_bytes_max: self.request_bytes_max,
            stop: self.stop.clone(),
            metrics: Arc::clone(&self.metrics),
        }
    }
}

fn refused(reason: &str) -> HttpResponse {
    let mut response = HttpResponse::new(HttpBody::from(format!("no WebSocket: {reason}\n")));
    *response.status_mut() = StatusCode::BAD_REQUEST;
    response
}

/// Takes handshakes out of the way of a service that speaks HTTP.
#[derive(Clone)]
pub(crate) struct WebSocketLayer(pub(crate) Arc<WebSockets>);

impl<S> Layer<S> for WebSocketLayer {
    type Service = WebSocketsBefore<S>;

    fn layer(&self, inner: S) -> WebSocketsBefore<S> {
        WebSocketsBefore {
            websockets: Arc::clone(&self.0),
            inner,
        }
    }
}

/// A service that sees no handshakes.
#[derive(Clone)]
pub(crate) struct WebSocketsBefore<S> {
    websockets: Arc<WebSockets>,
    inner: S,
}

impl<S> Service<HttpRequest> for WebSocketsBefore<S>
where
    S: Service<HttpRequest, Response = HttpResponse>,
{
    type Response = HttpResponse;
    type Error = S::Error;
    type Future = Either<Ready<Result<HttpResponse, S::Error>>, S::Future>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: HttpRequest) -> Self::Future {
        if ws::is_upgrade_request(&request) {
            return Either::Left(ready(Ok(self.websockets.open(request))));
        }
        Either::Right(self.inner.call(request))
    }
}
