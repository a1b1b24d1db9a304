//! What all connections share, and the places of calls in it.
//!
//! Always holds: a place is free again when what it was for has gone, whatever becomes of the call.
//! Not here: in which order a call is looked at (`guard`), shares of addresses (`rate`).

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::time::Instant;

use argosy_rpc_api::{Class, MethodSpec, RpcError};
use jsonrpsee::server::{Extensions, MethodResponse};
use jsonrpsee::types::Request;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::transport;
use crate::accept::Peer;
use crate::config::UNSENT_BYTES_MAX;
use crate::gate::Transport;
use crate::metrics::{Call, Held, Metrics, Refusal};
use crate::rate::{Shares, SocketShare, SocketShares};
use crate::request::{RequestId, RequestIds};
use crate::seats::{Busy, SeatNumber};
use crate::served::Served;
use crate::trace::{BegunCall, ClientTrace, InBatch, Trace, Traces};
use crate::{RateConfig, RpcConfig};

/// Unit in which unsent bytes are counted.
const UNSENT_UNIT: usize = 1024;
/// What a batch is called where calls are called by their methods.
const BATCH: &str = "batch";

/// What all connections share.
pub(crate) struct Limits {
    /// Classes of methods that are not offered here.
    pub(super) withheld: Vec<Class>,
    shares: Shares,
    socket_shares: SocketShares,
    pub(super) calls: Arc<Semaphore>,
    pub(super) max_calls_per_connection: usize,
    pub(super) unsent: Arc<Semaphore>,
    pub(super) max_response_bytes: usize,
    pub(super) metrics: Arc<Metrics>,
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

    /// The share that every address has now.
    pub(crate) fn share(&self) -> Option<RateConfig> {
        self.shares.of_each()
    }

    /// Counts what is asked by a plain GET, as a call is counted.
    pub(crate) fn call_of(&self, asked: &'static MethodSpec) -> Call<'_> {
        self.metrics.call_of(Some(asked))
    }

    /// Lets in what is asked by a plain GET: one at a time on its connection, as HTTP has it.
    pub(crate) fn admit(
        &self,
        request: &Extensions,
        asked: &MethodSpec,
    ) -> Result<Place, RpcError> {
        self.take_share(request, asked.weight)?;
        self.place(request, &Arc::new(Semaphore::new(1)))
    }

    /// Takes of the share of the address what a call costs.
    fn take_share(&self, request: &Extensions, weight: u32) -> Result<(), RpcError> {
        let peer = request.get::<Peer>();
        let address = peer.map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |it| it.0);
        let taken = self.shares.take(address, weight, Instant::now());
        taken.map_err(|retry_after_ms| self.too_much(retry_after_ms))
    }

    /// A caller has used up a share.
    fn too_much(&self, retry_after_ms: u32) -> RpcError {
        self.metrics.refused(Refusal::Rate);
        RpcError::RateLimited { retry_after_ms }
    }

    /// A place among all calls, and among those of the connection.
    pub(super) fn place(
        &self,
        request: &Extensions,
        own_calls: &Arc<Semaphore>,
    ) -> Result<Place, RpcError> {
        let metrics = &self.metrics;
        let overloaded = |refusal, what: &str| {
            metrics.refused(refusal);
            RpcError::Overloaded {
                what: what.to_owned(),
            }
        };
        let own = Arc::clone(own_calls).try_acquire_owned();
        let of_all = Arc::clone(&self.calls).try_acquire_owned();
        let seat = request.get::<SeatNumber>();
        let busy = seat.map(SeatNumber::begin_call);
        let own = own.map_err(|_| {
            let what = "too many open calls on this connection";
            overloaded(Refusal::CallsOfConnection, what)
        })?;
        Ok(Place {
            _of_all: of_all.map_err(|_| overloaded(Refusal::Calls, "too many open calls"))?,
            _busy: busy
                .map(|it| it.ok_or_else(|| overloaded(Refusal::Connections, "too many sockets")))
                .transpose()?,
            own: OwnPlace {
                _counted: metrics.open_call(),
                _own: own,
            },
        })
    }

    /// What a call is called, and who follows it, refused or not, if it is one of a method that there is.
    pub(super) fn served(
        &self,
        request: &Request<'_>,
        method: Option<&'static MethodSpec>,
    ) -> Served {
        let request_id = self.request_id(request.extensions());
        let begun =
            |it: &'static MethodSpec| self.begun(it.name, request.extensions(), &request_id);
        let trace = method.and_then(|it| match request.extensions().get::<InBatch>() {
            Some(InBatch(batch)) => batch.as_ref()?.begin(&begun(it)),
            None => self.traces.as_ref()?.begin(&begun(it)),
        });
        let followed = trace.as_ref().map(|it| it.trace_id());
        let client = request.extensions().get::<ClientTrace>();
        Served {
            trace_id: followed.or_else(|| client?.trace_id()),
            request_id,
            trace,
        }
    }

    /// Who follows a batch, and its calls as parts of it.
    pub(super) fn follow_batch(&self, of: &Extensions) -> Option<Arc<dyn Trace>> {
        let traces = self.traces.as_ref()?;
        traces.begin(&self.begun(BATCH, of, &self.request_id(of)))
    }

    fn request_id(&self, of: &Extensions) -> RequestId {
        // What a handshake says would hold for every call of its socket.
        let named = of.get::<RequestId>();
        let named = named.filter(|_| transport(of) == Transport::Http);
        named.cloned().unwrap_or_else(|| self.ids.fresh())
    }

    fn begun<'a>(
        &self,
        method: &'static str,
        of: &'a Extensions,
        request_id: &RequestId,
    ) -> BegunCall<'a> {
        BegunCall {
            method,
            transport: transport(of).as_str(),
            traceparent: of.get::<ClientTrace>().and_then(ClientTrace::text),
            new_trace_id: request_id.as_trace_id(),
        }
    }

    /// Takes a call's weight of its caller's shares: of its WebSocket's first, so that one which asks too
    /// much takes nothing from others at its address.
    pub(super) fn pay(
        &self,
        request: &Extensions,
        own: &SocketShare,
        weight: u32,
    ) -> Result<(), RpcError> {
        if transport(request) == Transport::WebSocket {
            let taken = self.socket_shares.take(own, weight, Instant::now());
            taken.map_err(|retry_after_ms| self.too_much(retry_after_ms))?;
        }
        self.take_share(request, weight)
    }

    /// A WebSocket's answer counts until the client has taken it: who asks and does not read runs out
    /// of places, and all such answers together have a limit. One of each socket does not count among
    /// those, so that who reads is served whatever others leave unread.
    pub(super) fn until_taken(
        &self,
        mut response: MethodResponse,
        place: Place,
        own_answer: &Arc<Semaphore>,
    ) -> Result<MethodResponse, RpcError> {
        let bytes = response.as_json().get().len();
        let units = u32::try_from(bytes.div_ceil(UNSENT_UNIT)).unwrap_or(u32::MAX);
        let own = Arc::clone(own_answer).try_acquire_owned();
        let room = own.or_else(|_| Arc::clone(&self.unsent).try_acquire_many_owned(units));
        let Ok(room) = room else {
            self.metrics.refused(Refusal::Unsent);
            return Err(RpcError::Overloaded {
                what: "too many answers wait to be read".to_owned(),
            });
        };
        let untaken = Untaken {
            _counted: self.metrics.unsent(bytes),
            _room: room,
        };
        response.extensions_mut().insert(Arc::new(place.own));
        response.extensions_mut().insert(Arc::new(untaken));
        Ok(response)
    }
}

/// The right to run one call, until there is an answer.
pub(crate) struct Place {
    _of_all: OwnedSemaphorePermit,
    _busy: Option<Busy>,
    pub(super) own: OwnPlace,
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
