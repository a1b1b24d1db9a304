//! The port for operators: `/livez`, `/readyz`, `/startupz`, `/metrics`, `/version`. Read-only.
//!
//! Always: it answers from the first moment on, also while the directory is being opened; sockets,
//! and how long each may take, are bounded.
//! Not here: JSON-RPC (`argosy-rpc`), on a port of its own.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::header::{ACCEPT, ALLOW, CACHE_CONTROL, CONTENT_TYPE, HeaderValue};
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::time::timeout;

use super::metrics::Metrics;
use super::status::{Answer, Status};
use super::tasks::Stop;
use crate::config::OpsConfig;
use crate::failure::{Failure, not_listening};

/// A request must be whole within this time; so long may a socket stay idle, too.
const HEAD_WITHIN: Duration = Duration::from_secs(10);
/// A socket lives no longer: scrapers come again, and one that takes nothing of its answer goes.
const SOCKET_WITHIN: Duration = Duration::from_secs(120);
/// Longest request line and headers.
const HEAD_BYTES_MAX: usize = 16 * 1024;
/// After a failed `accept` (too many open files, say) there is no use in trying at once.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

const TEXT: &str = "text/plain; charset=utf-8";
const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";
const JSON: &str = "application/json";
const INDEX: &str =
    "Argosy node: /livez /readyz /startupz (each with ?verbose) /metrics /version\n";

/// A port that is listened on, and what is told there.
pub(super) struct Ops {
    listener: TcpListener,
    places: Arc<Semaphore>,
    facts: Facts,
}

#[derive(Clone)]
struct Facts {
    status: Arc<Status>,
    metrics: Arc<Metrics>,
}

impl Ops {
    /// Takes the port.
    pub(super) async fn listen(
        config: &OpsConfig,
        status: Arc<Status>,
        metrics: Arc<Metrics>,
    ) -> Result<(Ops, SocketAddr), Failure> {
        let failed = |error| not_listening("ops.listen", config.listen, &error);
        let listener = TcpListener::bind(config.listen).await.map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        let ops = Ops {
            listener,
            places: Arc::new(Semaphore::new(config.max_connections as usize)),
            facts: Facts { status, metrics },
        };
        Ok((ops, address))
    }

    /// Answers until it is told to stop.
    pub(super) async fn run(self, mut stop: Stop) -> Result<(), Failure> {
        loop {
            let accepted = tokio::select! {
                biased;
                () = stop.asked() => return Ok(()),
                accepted = self.accept() => accepted,
            };
            match accepted {
                Ok((stream, place)) => {
                    let facts = self.facts.clone();
                    tokio::spawn(async move {
                        serve(stream, facts).await;
                        drop(place);
                    });
                }
                Err(error) => {
                    tracing::warn!(
                        target: "ops",
                        code = "ops.accept_failed",
                        %error,
                        "could not accept a connection"
                    );
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                }
            }
        }
    }

    /// The next connection, once there is a place for it.
    async fn accept(&self) -> std::io::Result<(TcpStream, tokio::sync::OwnedSemaphorePermit)> {
        let place = Arc::clone(&self.places).acquire_owned().await;
        let place = place.map_err(std::io::Error::other)?;
        let (stream, _) = self.listener.accept().await?;
        Ok((stream, place))
    }
}

async fn serve(stream: TcpStream, facts: Facts) {
    let service = service_fn(move |request: Request<Incoming>| {
        let answer = facts.answer(&request);
        async move { Ok::<_, Infallible>(answer) }
    });
    let connection = hyper::server::conn::http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_WITHIN)
        .max_buf_size(HEAD_BYTES_MAX)
        .serve_connection(TokioIo::new(stream), service);
    match timeout(SOCKET_WITHIN, connection).await {
        Ok(Ok(())) | Err(_) => {}
        Ok(Err(error)) => tracing::debug!(target: "ops", %error, "a connection broke off"),
    }
}

impl Facts {
    fn answer(&self, request: &Request<Incoming>) -> Response<Full<Bytes>> {
        if request.method() != Method::GET && request.method() != Method::HEAD {
            let mut response = respond(StatusCode::METHOD_NOT_ALLOWED, TEXT, "only GET\n".into());
            let allowed = HeaderValue::from_static("GET, HEAD");
            response.headers_mut().insert(ALLOW, allowed);
            return response;
        }
        match request.uri().path() {
            "/livez" => checked(&self.status.live(), request),
            "/readyz" => checked(&self.status.ready(), request),
            "/startupz" => checked(&self.status.started(), request),
            "/metrics" => match self.metrics.text() {
                Ok(text) => respond(StatusCode::OK, OPEN_METRICS, text),
                Err(_) => respond(
                    StatusCode::INTERNAL_SERVER_ERROR,
                    TEXT,
                    "cannot encode\n".into(),
                ),
            },
            "/version" => respond(StatusCode::OK, JSON, format!("{}\n", self.status.version())),
            "/" => respond(StatusCode::OK, TEXT, INDEX.into()),
            _ => respond(StatusCode::NOT_FOUND, TEXT, INDEX.into()),
        }
    }
}

/// `?verbose` tells all checks, not only those that fail; who accepts JSON alone, or says `?format=json`, gets
/// that.
fn checked(answer: &Answer, request: &Request<Incoming>) -> Response<Full<Bytes>> {
    let status = match answer.holds {
        true => StatusCode::OK,
        false => StatusCode::SERVICE_UNAVAILABLE,
    };
    let mut said = request.uri().query().unwrap_or_default().split('&');
    let verbose = said
        .clone()
        .any(|it| it == "verbose" || it.starts_with("verbose="));
    let accepts = request.headers().get(ACCEPT);
    let wants_json = said.any(|it| it == "format=json") || accepts.is_some_and(|it| it == JSON);
    match wants_json {
        true => respond(status, JSON, format!("{}\n", answer.json(verbose))),
        false => respond(status, TEXT, answer.text(verbose)),
    }
}

fn respond(status: StatusCode, kind: &'static str, text: String) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::from(text));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
