//! Who may talk to us: the first look at every HTTP request and WebSocket handshake.
//!
//! Two attacks by web pages are stopped here. A page may point its own host name at this machine
//! and so speak to the node as if it were its own server: the `Host` header gives it away. A page
//! may open a WebSocket to any machine without asking first: its `Origin` gives it away.
//! IP addresses are allowed as hosts, since only a name can be pointed somewhere else.

use std::net::IpAddr;
use std::sync::Arc;
use std::task::{Context, Poll};

use futures::future::{Either, Ready, ready};
use hyper::StatusCode;
use hyper::header::{HOST, HeaderValue, ORIGIN};
use hyper::http::uri::{Authority, Uri};
use jsonrpsee::server::{HttpBody, HttpRequest, HttpResponse, ws};
use tower::{Layer, Service};

use crate::RpcConfig;
use crate::metrics::{Metrics, TurnedAway};
use crate::request::RequestId;
use crate::trace::ClientTrace;

/// Whom the configuration lets in.
#[derive(Debug, Default)]
pub(crate) struct Rules {
    hosts: Vec<String>,
    origins: Vec<String>,
}

/// How a call came in; the guard asks for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Transport {
    Http,
    WebSocket,
}

impl Transport {
    /// The one spelling.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Transport::Http => "http",
            Transport::WebSocket => "websocket",
        }
    }
}

impl Rules {
    pub(crate) fn new(config: &RpcConfig) -> Rules {
        let lower = |names: &[String]| names.iter().map(|it| it.to_ascii_lowercase()).collect();
        Rules {
            hosts: lower(&config.hosts),
            origins: lower(&config.origins),
        }
    }

    fn allows_host(&self, authority: &Authority) -> bool {
        let host = authority.host().to_ascii_lowercase();
        is_this_machine(&host)
            || is_ip(&host)
            || self.hosts.iter().any(|it| *it == host || it == "*")
    }

    /// Pages served from this machine are let in on any port: they are a developer's own.
    pub(crate) fn allows_origin(&self, origin: &HeaderValue) -> bool {
        let Ok(origin) = origin.to_str().map(str::to_ascii_lowercase) else {
            return false;
        };
        if self.origins.iter().any(|it| *it == origin || it == "*") {
            return true;
        }
        let uri: Option<Uri> = origin.parse().ok();
        uri.is_some_and(|it| it.scheme().is_some() && it.host().is_some_and(is_this_machine))
    }

    /// Refuses with a line that says what to do.
    fn check<B>(&self, request: &HttpRequest<B>) -> Result<(), (TurnedAway, String)> {
        let malformed = |reason: &str| Err((TurnedAway::Malformed, reason.to_owned()));
        let mut hosts = request.headers().get_all(HOST).iter();
        let authority = match (hosts.next(), hosts.next()) {
            (Some(host), None) => Authority::try_from(host.as_bytes()).ok(),
            (Some(_), Some(_)) => return malformed("more than one Host header"),
            (None, _) => request.uri().authority().cloned(),
        };
        let Some(authority) = authority else {
            return malformed("no valid Host header");
        };
        if request.uri().authority().is_some_and(|it| *it != authority) {
            return malformed("the Host header differs from the requested address");
        }
        if !self.allows_host(&authority) {
            let host = authority.host();
            return Err((
                TurnedAway::Host,
                format!("host {host:?} is not allowed; the operator may add it to rpc.hosts"),
            ));
        }
        match request.headers().get(ORIGIN) {
            Some(origin) if !self.allows_origin(origin) => Err((
                TurnedAway::Origin,
                format!("origin {origin:?} is not allowed; the operator may add it to rpc.origins"),
            )),
            _ => Ok(()),
        }
    }
}

fn status(why: TurnedAway) -> StatusCode {
    match why {
        TurnedAway::Malformed => StatusCode::BAD_REQUEST,
        TurnedAway::Host | TurnedAway::Origin => StatusCode::FORBIDDEN,
    }
}

fn is_this_machine(host: &str) -> bool {
    let ip: Option<IpAddr> = unbracketed(host).parse().ok();
    host == "localhost" || ip.is_some_and(|it| it.is_loopback())
}

fn is_ip(host: &str) -> bool {
    unbracketed(host).parse::<IpAddr>().is_ok()
}

fn unbracketed(host: &str) -> &str {
    let inner = host.strip_prefix('[').and_then(|it| it.strip_suffix(']'));
    inner.unwrap_or(host)
}

/// Puts the gate before a service.
#[derive(Debug, Clone)]
pub(crate) struct GateLayer {
    pub(crate) rules: Arc<Rules>,
    pub(crate) metrics: Arc<Metrics>,
}

impl<S> Layer<S> for GateLayer {
    type Service = Gate<S>;

    fn layer(&self, inner: S) -> Gate<S> {
        Gate {
            rules: Arc::clone(&self.rules),
            metrics: Arc::clone(&self.metrics),
            inner,
        }
    }
}

/// A service behind the gate.
#[derive(Debug, Clone)]
pub(crate) struct Gate<S> {
    rules: Arc<Rules>,
    metrics: Arc<Metrics>,
    inner: S,
}

impl<S, B> Service<HttpRequest<B>> for Gate<S>
where
    S: Service<HttpRequest<B>, Response = HttpResponse>,
{
    type Response = HttpResponse;
    type Error = S::Error;
    type Future = Either<Ready<Result<HttpResponse, S::Error>>, S::Future>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, mut request: HttpRequest<B>) -> Self::Future {
        if let Err((why, reason)) = self.rules.check(&request) {
            self.metrics.turned_away(why);
            let named = request.extensions().get::<RequestId>();
            let named = named.map(tracing::field::display);
            tracing::debug!(target: "rpc", %reason, requestId = named, "turned away a request");
            let mut response = HttpResponse::new(HttpBody::from(reason + "\n"));
            *response.status_mut() = status(why);
            return Either::Left(ready(Ok(response)));
        }
        let transport = match ws::is_upgrade_request(&request) {
            true => Transport::WebSocket,
            false => Transport::Http,
        };
        if transport == Transport::WebSocket {
            // Nobody reads it: it goes with the request, which the connection keeps to its end.
            let counted = Arc::new(self.metrics.websocket());
            request.extensions_mut().insert(counted);
        }
        request.extensions_mut().insert(transport);
        // What a handshake says would hold for every call of its socket, for days.
        if transport == Transport::Http
            && let Some(trace) = ClientTrace::of(request.headers())
        {
            request.extensions_mut().insert(trace);
        }
        Either::Right(self.inner.call(request))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules() -> Rules {
        Rules::new(&RpcConfig {
            hosts: vec!["Node.Example".to_owned()],
            origins: vec!["https://app.example".to_owned()],
            ..RpcConfig::default()
        })
    }

    #[track_caller]
    fn check_host(host: &str, expected: bool) {
        let authority = Authority::try_from(host).unwrap();
        assert_eq!(rules().allows_host(&authority), expected, "{host}");
    }

    #[test]
    fn names_are_allowed_one_by_one() {
        check_host("localhost", true);
        check_host("LOCALHOST:9533", true);
        check_host("127.0.0.1:1", true);
        check_host("[::1]:1", true);
        check_host("192.0.2.7:9533", true);
        check_host("node.example:9533", true);
        check_host("evil.example", false);
        check_host("localhost.evil.example", false);
        check_host("127.0.0.1.evil.example", false);
    }

    #[track_caller]
    fn check_origin(origin: &str, expected: bool) {
        let origin = HeaderValue::from_str(origin).unwrap();
        assert_eq!(rules().allows_origin(&origin), expected, "{origin:?}");
    }

    #[test]
    fn origins_are_allowed_one_by_one() {
        check_origin("http://localhost:3000", true);
        check_origin("https://127.0.0.1", true);
        check_origin("http://[::1]:8080", true);
        check_origin("https://APP.example", true);
        check_origin("http://app.example", false);
        check_origin("https://app.example.evil", false);
        check_origin("http://192.0.2.7", false);
        check_origin("null", false);
        check_origin("localhost", false);
        check_origin("", false);
    }
}
