//! What a call may cost: it is looked at before its method runs.
//!
//! In this order: does the method exist, is it offered here, do the parameters have the right names and
//! number, has the caller a share left, is there a place. Every refusal is an error with a `kind`.
//! Here a call gets its names, under which its work is done and whatever it logs is logged (`served`).

use std::collections::BTreeSet;
use std::fmt;
use std::future::Future;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::time::Instant;

use argosy_rpc_api::{Class, METHODS, MethodSpec, RpcError};
use futures::FutureExt;
use jsonrpsee::core::middleware::{Batch, BatchEntry, Notification, RpcServiceT};
use jsonrpsee::core::server::BatchResponseBuilder;
use jsonrpsee::server::{MethodResponse, StopHandle};
use jsonrpsee::types::Request;
use serde::de::{Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tower::Layer;

use crate::RpcConfig;
use crate::accept::Peer;
use crate::answer::{refusal, shaped};
use crate::config::UNSENT_BYTES_MAX;
use crate::gate::Transport;
use crate::metrics::{Held, Metrics, OTHER, Refusal};
use crate::rate::{Shares, SocketShare, SocketShares};
use crate::request::{RequestId, RequestIds};
use crate::seats::{Busy, SeatNumber};
use crate::served::{self, Served};
use crate::trace::{self, BegunCall, ClientTrace, Traces};

/// Unit in which unsent bytes are counted.
const UNSENT_UNIT: usize = 1024;

/// What all connections share.
pub(crate) struct Limits {
    /// Classes of methods that are not offered here.
    withheld: Vec<Class>,
    shares: Shares,
    socket_shares: SocketShares,
    calls: Arc<Semaphore>,
    max_calls_per_connection: usize,
    unsent: Arc<Semaphore>,
    max_response_bytes: usize,
    metrics: Arc<Metrics>,
    traces: Option<Arc<dyn Traces>>,
    ids: RequestIds,
}

impl Limits {
    pub(crate) fn new(
        config: &RpcConfig,
        metrics: Arc<Metrics>,
        traces: Option<Arc<dyn Traces>>,
        ids: RequestIds,
    ) -> Limits {
        let all = [Class::Public, Class::Operator, Class::Dev];
        Limits {
            withheld: all.into_iter().filter(|it| !config.offers(*it)).collect(),
            shares: Shares::new(config.rate),
            socket_shares: SocketShares::new(config.websocket_rate),
            calls: Arc::new(Semaphore::new(config.max_calls as usize)),
            max_calls_per_connection: config.max_calls_per_connection as usize,
            unsent: Arc::new(Semaphore::new(UNSENT_BYTES_MAX / UNSENT_UNIT)),
            max_response_bytes: config.max_response_bytes as usize,
            metrics,
            traces,
            ids,
        }
    }

    /// From now on callers have the shares that `config` gives them.
    pub(crate) fn set_shares(&self, config: &RpcConfig) {
        self.shares.set(config.rate);
        self.socket_shares.set(config.websocket_rate);
    }

    /// What a call is called, and who follows it, refused or not, if it is one of a method that there is.
    fn served(&self, request: &Request<'_>, method: Option<&'static MethodSpec>) -> Served {
        let transport = transport(request);
        let client = request.extensions().get::<ClientTrace>();
        // What a handshake says would hold for every call of its socket.
        let named = (request.extensions().get::<RequestId>())
            .filter(|_| transport == Transport::Http)
            .cloned();
        let request_id = named.unwrap_or_else(|| self.ids.fresh());
        let trace = self.traces.as_ref().zip(method).and_then(|(traces, it)| {
            traces.begin(&BegunCall {
                method: it.name,
                transport: transport.as_str(),
                traceparent: client.and_then(ClientTrace::text),
                new_trace_id: request_id.as_trace_id(),
            })
        });
        let followed = trace.as_ref().map(|it| it.trace_id());
        Served {
            trace_id: followed.or_else(|| client?.trace_id()),
            request_id,
            trace,
        }
    }
}

/// Puts the guard before the methods, once per WebSocket or HTTP request.
#[derive(Clone)]
pub(crate) struct GuardLayer(pub(crate) Arc<Limits>);

impl<S> Layer<S> for GuardLayer {
    type Service = Guard<S>;

    fn layer(&self, inner: S) -> Guard<S> {
        Guard {
            inner,
            own_calls: Arc::new(Semaphore::new(self.0.max_calls_per_connection)),
            own_answer: Arc::new(Semaphore::new(1)),
            own_share: Arc::default(),
            limits: Arc::clone(&self.0),
        }
    }
}

/// The methods behind the guard, for one connection.
#[derive(Clone)]
pub(crate) struct Guard<S> {
    inner: S,
    limits: Arc<Limits>,
    own_calls: Arc<Semaphore>,
    /// Room for one answer that needs none of what all connections share.
    own_answer: Arc<Semaphore>,
    /// What a WebSocket has used of its share.
    own_share: Arc<SocketShare>,
}

/// The right to run one call, until there is an answer.
struct Place {
    _of_all: OwnedSemaphorePermit,
    _busy: Option<Busy>,
    own: OwnPlace,
}

/// A place among the calls of one connection. It goes with a WebSocket's answer, as one of its
/// extensions, until that begins to leave. The figure goes first, so that it is never above the limit.
pub(crate) struct OwnPlace {
    _counted: Held,
    _own: OwnedSemaphorePermit,
}

/// Room for an answer until the client of a WebSocket has taken it; another one of its extensions.
pub(crate) struct Untaken {
    _counted: Held,
    _room: OwnedSemaphorePermit,
}

/// What is known of a call that may run.
struct Admitted {
    place: Place,
    /// The parameter that was given, if it is only one: a wrong value can be no other's.
    only_param: Option<&'static str>,
}

impl<S> Guard<S> {
    fn admit(
        &self,
        request: &Request<'_>,
        method: Option<&MethodSpec>,
    ) -> Result<Admitted, RpcError> {
        let method = method.ok_or_else(|| RpcError::MethodNotFound {
            method: request.method_name().chars().take(64).collect(),
        })?;
        if self.limits.withheld.contains(&method.class) {
            let method = method.name.to_owned();
            return Err(RpcError::MethodDisabled { method });
        }
        let metrics = &self.limits.metrics;
        let only_param = check_params(method, request.params.as_deref())?.only(method);
        self.pay(request, method.weight, Instant::now())
            .map_err(|retry_after_ms| {
                metrics.refused(Refusal::Rate);
                RpcError::RateLimited { retry_after_ms }
            })?;
        let overloaded = |refusal, what: &str| {
            metrics.refused(refusal);
            RpcError::Overloaded {
                what: what.to_owned(),
            }
        };
        let own = Arc::clone(&self.own_calls).try_acquire_owned();
        let of_all = Arc::clone(&self.limits.calls).try_acquire_owned();
        let seat = request.extensions().get::<SeatNumber>();
        let busy = seat.map(SeatNumber::begin_call);
        let own = own.map_err(|_| {
            let what = "too many open calls on this connection";
            overloaded(Refusal::CallsOfConnection, what)
        })?;
        let place = Place {
            _of_all: of_all.map_err(|_| overloaded(Refusal::Calls, "too many open calls"))?,
            _busy: busy
                .map(|it| it.ok_or_else(|| overloaded(Refusal::Connections, "too many sockets")))
                .transpose()?,
            own: OwnPlace {
                _counted: metrics.open_call(),
                _own: own,
            },
        };
        Ok(Admitted { place, only_param })
    }

    /// Takes a call's weight of its caller's shares: of its WebSocket's first, so that one which asks too
    /// much takes nothing from others at its address.
    fn pay(&self, request: &Request<'_>, weight: u32, now: Instant) -> Result<(), u32> {
        if transport(request) == Transport::WebSocket {
            let own = &self.own_share;
            self.limits.socket_shares.take(own, weight, now)?;
        }
        let peer = request.extensions().get::<Peer>();
        let address = peer.map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |it| it.0);
        self.limits.shares.take(address, weight, now)
    }

    /// A WebSocket's answer counts until the client has taken it: who asks and does not read runs out
    /// of places, and all such answers together have a limit. One of each socket does not count among
    /// those, so that who reads is served whatever others leave unread.
    fn until_taken(
        &self,
        mut response: MethodResponse,
        place: Place,
    ) -> Result<MethodResponse, RpcError> {
        let limits = &self.limits;
        let bytes = response.as_json().get().len();
        let units = u32::try_from(bytes.div_ceil(UNSENT_UNIT)).unwrap_or(u32::MAX);
        let own = Arc::clone(&self.own_answer).try_acquire_owned();
        let room = own.or_else(|_| Arc::clone(&limits.unsent).try_acquire_many_owned(units));
        let Ok(room) = room else {
            limits.metrics.refused(Refusal::Unsent);
            return Err(RpcError::Overloaded {
                what: "too many answers wait to be read".to_owned(),
            });
        };
        let untaken = Untaken {
            _counted: limits.metrics.unsent(bytes),
            _room: room,
        };
        response.extensions_mut().insert(Arc::new(place.own));
        response.extensions_mut().insert(Arc::new(untaken));
        Ok(response)
    }
}

impl<S> Guard<S>
where
    S: RpcServiceT<MethodResponse = MethodResponse> + Send + Sync + 'static,
{
    /// Lets a call in, or refuses it, and tells those who want to know.
    async fn serve(
        self,
        request: Request<'_>,
        method: Option<&'static MethodSpec>,
        served: Served,
    ) -> MethodResponse {
        let (begun, transport) = (Instant::now(), transport(&request));
        let mut call = self.limits.metrics.call_of(method);
        let response = match self.admit(&request, method) {
            Ok(admitted) => {
                call.begin();
                self.answer(request, admitted, &served).await
            }
            Err(error) => refusal(request.id().into_owned(), error, &served.request_id),
        };
        let error_code = response.as_error_code();
        call.end(error_code);
        trace::answered(served.trace, error_code);
        tracing::debug!(
            target: "rpc",
            method = method.map_or(OTHER, |it| it.name),
            transport = transport.as_str(),
            error_code,
            elapsed_us = begun.elapsed().as_micros() as u64,
            "served a call"
        );
        response
    }

    /// Does what a call asks for.
    async fn answer(
        &self,
        request: Request<'_>,
        Admitted { place, only_param }: Admitted,
        served: &Served,
    ) -> MethodResponse {
        let (id, transport) = (request.id().into_owned(), transport(&request));
        let response = self.inner.call(request).await;
        let response = shaped(response, &id, only_param, &served.request_id);
        match transport {
            Transport::WebSocket => {
                let held = self.until_taken(response, place);
                held.unwrap_or_else(|error| refusal(id, error, &served.request_id))
            }
            Transport::Http => response,
        }
    }
}

impl<S> RpcServiceT for Guard<S>
where
    S: RpcServiceT<MethodResponse = MethodResponse, NotificationResponse = MethodResponse>
        + Send
        + Sync
        + Clone
        + 'static,
{
    type MethodResponse = MethodResponse;
    type NotificationResponse = MethodResponse;
    type BatchResponse = MethodResponse;

    fn call<'a>(&self, request: Request<'a>) -> impl Future<Output = MethodResponse> + Send + 'a {
        let guard = self.clone();
        async move {
            let name = request.method_name();
            let method = METHODS.iter().find(|it| it.name == name);
            let served = guard.limits.served(&request, method);
            served::serving(served.clone(), guard.serve(request, method, served)).await
        }
    }

    /// One after the other: a batch has no more rights than its calls.
    fn batch<'a>(&self, batch: Batch<'a>) -> impl Future<Output = MethodResponse> + Send + 'a {
        let guard = self.clone();
        async move {
            let mut answers = BatchResponseBuilder::new_with_limit(guard.limits.max_response_bytes);
            let mut is_told = false;
            for entry in batch {
                let answer = match entry {
                    Ok(BatchEntry::Call(request)) => guard.call(request).await,
                    Ok(BatchEntry::Notification(told)) => {
                        is_told = true;
                        guard.notification(told).await;
                        continue;
                    }
                    Err(wrong) => {
                        let (error, id) = wrong.into_parts();
                        MethodResponse::error(id, error)
                    }
                };
                if let Err(too_large) = answers.append(answer) {
                    return too_large;
                }
            }
            if answers.is_empty() && is_told {
                return MethodResponse::notification();
            }
            MethodResponse::from_batch(answers.finish())
        }
    }

    fn notification<'a>(
        &self,
        told: Notification<'a>,
    ) -> impl Future<Output = MethodResponse> + Send + 'a {
        self.inner.notification(told)
    }
}

/// How a call came in.
fn transport(request: &Request<'_>) -> Transport {
    let noted = request.extensions().get::<Transport>();
    noted.copied().unwrap_or(Transport::Http)
}

/// Checks names and number of parameters; their values are the method's business.
fn check_params(method: &MethodSpec, params: Option<&RawValue>) -> Result<Given, RpcError> {
    let wrong = |reason: String| RpcError::InvalidParams {
        param: None,
        reason,
    };
    let text = params.map_or("[]", RawValue::get);
    let mut json = serde_json::Deserializer::from_str(text);
    let given = json
        .deserialize_any(Shape(method))
        .map_err(|error| wrong(error.to_string()))?;
    let needed = method.params.iter().filter(|it| !it.optional);
    match &given {
        Given::Names(names) => {
            let mut missing = needed.filter(|it| !names.contains(it.name));
            match missing.next() {
                Some(param) => Err(RpcError::invalid(
                    param.name,
                    format!("{} is missing", param.name),
                )),
                None => Ok(given),
            }
        }
        Given::Count(count) if *count < needed.count() => {
            let missing = method.params.get(*count).map_or("", |it| it.name);
            Err(RpcError::invalid(missing, format!("{missing} is missing")))
        }
        Given::Count(_) => Ok(given),
    }
}

enum Given {
    Names(BTreeSet<&'static str>),
    Count(usize),
}

impl Given {
    fn only(&self, method: &MethodSpec) -> Option<&'static str> {
        match self {
            Given::Names(names) if names.len() == 1 => names.first().copied(),
            Given::Count(1) => method.params.first().map(|it| it.name),
            Given::Names(_) | Given::Count(_) => None,
        }
    }
}

/// Reads the parameters' outline only.
struct Shape<'a>(&'a MethodSpec);

impl<'de> Visitor<'de> for Shape<'_> {
    type Value = Given;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("parameters as an object or an array")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Given, A::Error> {
        let mut names = BTreeSet::new();
        while let Some(name) = map.next_key::<String>()? {
            map.next_value::<IgnoredAny>()?;
            let known = self.0.params.iter().find(|it| it.name == name);
            let Some(param) = known else {
                let name: String = name.chars().take(64).collect();
                return Err(serde::de::Error::custom(unknown(&name, self.0)));
            };
            if !names.insert(param.name) {
                let twice = format!("{name} is given twice");
                return Err(serde::de::Error::custom(twice));
            }
        }
        Ok(Given::Names(names))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Given, A::Error> {
        let mut count = 0;
        while seq.next_element::<IgnoredAny>()?.is_some() {
            count += 1;
            if count > self.0.params.len() {
                let max = self.0.params.len();
                let many = format!("{} takes at most {max} parameters", self.0.name);
                return Err(serde::de::Error::custom(many));
            }
        }
        Ok(Given::Count(count))
    }
}

fn unknown(name: &str, method: &MethodSpec) -> String {
    let known: Vec<_> = method.params.iter().map(|it| it.name).collect();
    if known.is_empty() {
        return format!("{} takes no parameters, {name:?} was given", method.name);
    }
    let (method, known) = (method.name, known.join(", "));
    format!("{method} has no parameter {name:?}; it takes {known}")
}

/// `true` once the server was told to stop.
pub(crate) fn is_stopping(stop: &StopHandle) -> bool {
    stop.clone().shutdown().now_or_never().is_some()
}

#[cfg(test)]
mod tests {
    use super::*;
    use jsonrpsee::types::{ErrorObject, Id};

    fn limits(config: &RpcConfig) -> Limits {
        Limits::new(config, Arc::default(), None, RequestIds::default())
    }

    /// A call that has an answer, which nobody takes.
    fn answer(guard: &Guard<()>) -> Result<MethodResponse, RpcError> {
        let request = Request::owned("system_health".to_owned(), None, Id::Number(1));
        let method = METHODS.iter().find(|it| it.name == "system_health");
        let place = guard.admit(&request, method)?.place;
        let answer = ErrorObject::owned(-1, "as good as a result", None::<()>);
        guard.until_taken(MethodResponse::error(Id::Number(1), answer), place)
    }

    #[test]
    fn one_answer_of_each_socket_is_let_through_whatever_others_leave_unread() {
        let mut limits = limits(&RpcConfig::default());
        limits.unsent = Arc::new(Semaphore::new(1));
        let layer = GuardLayer(Arc::new(limits));
        let (one, two) = (layer.layer(()), layer.layer(()));
        let (own, shared) = (answer(&one), answer(&one));
        assert!(own.is_ok() && shared.is_ok());
        assert!(matches!(answer(&one), Err(RpcError::Overloaded { .. })));
        assert!(answer(&two).is_ok(), "it has none but this");
        drop(own);
        assert!(answer(&one).is_ok());
    }

    #[test]
    fn an_answer_that_is_not_taken_holds_a_place_of_its_socket_alone() {
        let limits = limits(&RpcConfig {
            max_calls: 1,
            max_calls_per_connection: 2,
            ..RpcConfig::default()
        });
        let guard = GuardLayer(Arc::new(limits)).layer(());
        let untaken = [(); 2].map(|()| answer(&guard));
        assert!(untaken.iter().all(Result::is_ok));
        assert_eq!(guard.own_calls.available_permits(), 0);
        assert_eq!(guard.limits.calls.available_permits(), 1);
        drop(untaken);
        assert_eq!(guard.own_calls.available_permits(), 2);
    }
}
