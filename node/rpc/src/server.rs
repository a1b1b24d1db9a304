//! The server's life.
//!
//! ```text
//! start ──► serving ──stop──► open calls finish ──► stopped
//!                               │ longer than max_stop_ms
//!                               ▼
//!                             sockets are cut ──► stopped
//! ```
//!
//! Layers, outermost first: socket ([`accept`](crate::accept)), gate, CORS, plain GETs
//! ([`rest`](crate::rest)), then JSON by HTTP or [`websocket`](crate::websocket), guard, methods.

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use hyper::header::{ACCEPT, CONTENT_TYPE};
use jsonrpsee::server::middleware::rpc::RpcServiceBuilder;
use jsonrpsee::server::{BatchRequestConfig, Server, ServerConfig, ServerHandle, stop_channel};
use tokio::net::TcpListener;
use tokio::runtime::Handle;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tower::ServiceBuilder;
use tower::layer::util::{Identity, Stack};
use tower_http::cors::{AllowOrigin, CorsLayer};

use crate::accept::Connections;
use crate::api::Api;
use crate::config::{ConfigError, QUIET_MIN, request_bytes_max};
use crate::follow::Hub;
use crate::gate::{GateLayer, Rules};
use crate::guard::{GuardLayer, Limits};
use crate::metrics::Metrics;
use crate::request::{REQUEST_ID, RequestIds};
use crate::rest::{LAST_EVENT_ID, Rest, RestLayer};
use crate::seats::Seats;
use crate::secure::Secure;
use crate::trace::{TRACEPARENT, Traces};
use crate::websocket::{Tasks, WebSocketLayer, WebSockets};
use crate::workers::Workers;
use crate::{Node, RpcConfig};

pub(crate) type RpcStack = Stack<GuardLayer, Identity>;
pub(crate) type HttpStack =
    Stack<WebSocketLayer, Stack<RestLayer, Stack<CorsLayer, Stack<GateLayer, Identity>>>>;

/// How long cut connections may take to notice.
const CUT_WITHIN: Duration = Duration::from_secs(1);
/// Browsers may remember for so long that they may call.
const CORS_AGE: Duration = Duration::from_secs(3600);

/// A running server. Dropping it stops it without waiting.
pub struct RpcServer {
    address: SocketAddr,
    handle: ServerHandle,
    cut: watch::Sender<bool>,
    stop_within: Duration,
    accepting: JoinHandle<()>,
    metrics: Arc<Metrics>,
    limits: Arc<Limits>,
    websockets: Arc<Tasks>,
}

/// By which the shares of a running server's callers are changed. Clones change the same.
#[derive(Clone)]
pub struct Shares(Arc<Limits>);

impl Shares {
    /// From now on callers have the shares that `config` gives them, on open sockets too; nothing else of
    /// it counts. What they used before stays used.
    pub fn set(&self, config: &RpcConfig) -> Result<(), ConfigError> {
        config.check()?;
        self.0.set_shares(config);
        Ok(())
    }
}

/// What a server may do without.
#[derive(Default)]
pub struct Extras {
    /// Follows some of the calls.
    pub traces: Option<Arc<dyn Traces>>,
    /// Stands between sockets and HTTP; wanted where `tls_dir` is set, and there alone.
    pub secure: Option<Arc<dyn Secure>>,
}

/// Why the server did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// A setting is out of its range.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The setting wants what its caller has not brought, or the other way round.
    #[error("rpc.tls_dir is set, and this program has no TLS to serve with, or has it unasked")]
    Tls,
    /// The address is taken, or not ours.
    #[error("cannot listen on {address}; is another node running? choose another with rpc.listen")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// The system's answer.
        #[source]
        source: io::Error,
    },
}

/// How the server stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stopped {
    /// Every open call got its answer.
    Graceful,
    /// Some calls took too long; their connections were cut.
    Cut,
}

impl fmt::Debug for RpcServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RpcServer")
            .field("address", &self.address)
            .finish_non_exhaustive()
    }
}

impl RpcServer {
    /// Starts to serve `node` on the threads of `runtime`.
    pub async fn start(
        config: RpcConfig,
        node: Arc<dyn Node>,
        runtime: &Handle,
    ) -> Result<RpcServer, StartError> {
        RpcServer::start_traced(config, node, None, runtime).await
    }

    /// The same, where `traces` follows some of the calls.
    pub async fn start_traced(
        config: RpcConfig,
        node: Arc<dyn Node>,
        traces: Option<Arc<dyn Traces>>,
        runtime: &Handle,
    ) -> Result<RpcServer, StartError> {
        let secure = None;
        RpcServer::start_with(config, node, Extras { traces, secure }, runtime).await
    }

    /// The same, with more than a server needs.
    pub async fn start_with(
        config: RpcConfig,
        node: Arc<dyn Node>,
        Extras { traces, secure }: Extras,
        runtime: &Handle,
    ) -> Result<RpcServer, StartError> {
        config.check()?;
        let proxies = config.proxies()?;
        if config.tls_dir.is_some() != secure.is_some() {
            return Err(StartError::Tls);
        }
        // Binding registers with the runtime that will accept.
        let _inside = runtime.enter();
        let (listener, address) = listen(config.listen)?;
        let (stop, handle) = stop_channel();
        let (cut, cut_seen) = watch::channel(false);
        let metrics = Arc::new(Metrics::default());
        let workers = Workers::new(Arc::clone(&node), &config, Arc::clone(&metrics));
        let ids = RequestIds::default();
        let limits = Limits::new(&config, Arc::clone(&metrics), traces, ids.clone());
        let limits = Arc::new(limits);
        let hub = Hub::new(workers.clone(), &config, stop.clone(), Arc::clone(&metrics));
        let hub = Arc::new(hub);
        let api = Api::new(
            workers,
            &config,
            (Arc::clone(&limits), Arc::clone(&hub)),
            stop.clone(),
        );
        let methods = api.clone().into_methods();
        let rest = Rest {
            api,
            hub: Arc::clone(&hub),
            limits: Arc::clone(&limits),
        };
        let tasks = Arc::new(Tasks::default());
        let websockets = WebSockets::new(
            &config,
            node.spec(),
            methods.clone(),
            (Arc::clone(&limits), hub),
            stop.clone(),
            Arc::clone(&metrics),
            Arc::clone(&tasks),
        );
        let http = http_layers(
            Rules::new(&config),
            (rest, websockets),
            Arc::clone(&metrics),
        );
        let service = Server::builder()
            .set_config(transport_config(&config, node.as_ref()))
            .set_rpc_middleware(RpcServiceBuilder::new().layer(GuardLayer(Arc::clone(&limits))))
            .set_http_middleware(http)
            .to_service_builder();
        let connections = Connections {
            service,
            methods,
            seats: Seats::new(
                config.max_connections,
                config.max_connections_per_ip,
                QUIET_MIN,
                Arc::clone(&metrics),
            ),
            proxies,
            secure,
            head_within: config.head_within(),
            body_within: config.body_within(),
            read_within: config.read_within(),
            stop,
            cut: cut_seen,
            metrics: Arc::clone(&metrics),
            ids,
        };
        let accepting = runtime.spawn(connections.serve(listener));
        tracing::info!(target: "rpc", code = "rpc.serving", %address, "serving");
        Ok(RpcServer {
            address,
            handle,
            cut,
            accepting,
            metrics,
            limits,
            websockets: tasks,
            stop_within: Duration::from_millis(config.max_stop_ms.into()),
        })
    }

    /// The address it listens on, with the port that was taken.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// What it counts.
    pub fn metrics(&self) -> &Metrics {
        &self.metrics
    }

    /// By which the shares of its callers are changed.
    pub fn shares(&self) -> Shares {
        Shares(Arc::clone(&self.limits))
    }

    /// Until nothing is accepted any more, which only a bug brings about while it is not stopped.
    pub async fn ended(&mut self) {
        let _well_or_by_a_panic = (&mut self.accepting).await;
    }

    /// Accepts nothing new, lets open calls finish for a while, then cuts what is left.
    pub async fn stop(self) -> Stopped {
        let _already_stopped = self.handle.stop();
        if timeout(self.stop_within, self.handle.clone().stopped())
            .await
            .is_ok()
        {
            return Stopped::Graceful;
        }
        let _nobody_left = self.cut.send(true);
        if timeout(CUT_WITHIN, self.handle.stopped()).await.is_err() {
            tracing::warn!(
                target: "rpc",
                code = "rpc.calls_abandoned",
                "calls are still running; their answers will be dropped"
            );
            self.websockets.end();
        }
        Stopped::Cut
    }
}

fn listen(address: SocketAddr) -> Result<(TcpListener, SocketAddr), StartError> {
    let listen_error = |source| StartError::Listen { address, source };
    let listener = std::net::TcpListener::bind(address)
        .and_then(|it| it.set_nonblocking(true).map(|()| it))
        .and_then(TcpListener::from_std)
        .map_err(listen_error)?;
    let address = listener.local_addr().map_err(listen_error)?;
    Ok((listener, address))
}

fn transport_config(config: &RpcConfig, node: &dyn Node) -> ServerConfig {
    ServerConfig::builder()
        .http_only()
        .max_request_body_size(request_bytes_max(node.spec()))
        .max_response_body_size(config.max_response_bytes)
        // Seats are the limit. This one must not strike while a cut socket's task is still ending.
        .max_connections(config.max_connections.saturating_mul(2))
        .set_batch_request_config(BatchRequestConfig::Limit(config.max_batch_calls))
        .build()
}

fn http_layers(
    rules: Rules,
    (rest, websockets): (Rest, WebSockets),
    metrics: Arc<Metrics>,
) -> ServiceBuilder<HttpStack> {
    let rules = Arc::new(rules);
    let origins = Arc::clone(&rules);
    let cors = CorsLayer::new()
        .allow_origin(AllowOrigin::predicate(move |origin, _| {
            origins.allows_origin(origin)
        }))
        .allow_methods([hyper::Method::POST, hyper::Method::GET])
        .allow_headers([CONTENT_TYPE, ACCEPT, TRACEPARENT, REQUEST_ID, LAST_EVENT_ID])
        .expose_headers([REQUEST_ID])
        .max_age(CORS_AGE);
    ServiceBuilder::new()
        .layer(GateLayer { rules, metrics })
        .layer(cors)
        .layer(RestLayer(Arc::new(rest)))
        .layer(WebSocketLayer(Arc::new(websockets)))
}
