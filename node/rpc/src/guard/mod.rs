//! What a call may cost: it is looked at before its method runs.
//!
//! In this order: has the caller a share left, does the method exist, is it offered here, do the parameters
//! have the right names and number, is there a place. Every refusal is an error with a `kind`. A call that is
//! refused for what it says costs what it would cost otherwise: reading it is work, too.
//! Here a call gets its names, under which its work is done and whatever it logs is logged (`served`).

mod limits; // what all connections share
mod params; // names and number of parameters

use std::future::Future;
use std::sync::Arc;
use std::time::Instant;

use argosy_rpc_api::{METHODS, MethodSpec, RpcError};
use futures::FutureExt;
use jsonrpsee::core::middleware::{Batch, BatchEntry, Notification, RpcServiceT};
use jsonrpsee::core::server::BatchResponseBuilder;
use jsonrpsee::server::{Extensions, MethodResponse, StopHandle};
use jsonrpsee::types::Request;
use tokio::sync::Semaphore;
use tower::Layer;

use crate::answer::{refusal, shaped};
use crate::gate::Transport;
use crate::metrics::OTHER;
use crate::rate::SocketShare;
use crate::served::{self, Served};
use crate::trace::{self, InBatch};

pub(crate) use limits::{Limits, OwnPlace, Place, Untaken};
use params::check_params;

/// What a call costs that names no method of this server.
const NO_METHOD_WEIGHT: u32 = 1;

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

/// What is known of a call that may run.
struct Admitted {
    place: Place,
    /// The parameter that was given, if it is only one: a wrong value can be no other's.
    only_param: Option<&'static str>,
}

impl<S> Guard<S> {
    /// Takes of the caller's shares what it costs to read a message that is no call.
    pub(crate) fn pay_for_none(&self, caller: &Extensions) -> Result<(), RpcError> {
        self.limits.pay(caller, &self.own_share, NO_METHOD_WEIGHT)
    }

    fn admit(
        &self,
        request: &Request<'_>,
        method: Option<&MethodSpec>,
    ) -> Result<Admitted, RpcError> {
        let weight = method.map_or(NO_METHOD_WEIGHT, |it| it.weight);
        self.limits
            .pay(request.extensions(), &self.own_share, weight)?;
        let method = method.ok_or_else(|| RpcError::MethodNotFound {
            method: request.method_name().chars().take(64).collect(),
        })?;
        if self.limits.withheld.contains(&method.class) {
            let method = method.name.to_owned();
            return Err(RpcError::MethodDisabled { method });
        }
        let only_param = check_params(method, request.params.as_deref())?.only(method);
        let place = self.limits.place(request.extensions(), &self.own_calls)?;
        Ok(Admitted { place, only_param })
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
        let (begun, transport) = (Instant::now(), transport(request.extensions()));
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
        let (id, transport) = (request.id().into_owned(), transport(request.extensions()));
        let response = self.inner.call(request).await;
        let response = shaped(response, &id, only_param, &served.request_id);
        match transport {
            Transport::WebSocket => {
                let held = self.limits.until_taken(response, place, &self.own_answer);
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
            // From its first call on, with which it has come.
            let mut follower: Option<InBatch> = None;
            for entry in batch {
                let answer = match entry {
                    Ok(BatchEntry::Call(mut request)) => {
                        let of = request.extensions();
                        let follow = || InBatch(guard.limits.follow_batch(of));
                        let part = follower.get_or_insert_with(follow).clone();
                        request.extensions_mut().insert(part);
                        guard.call(request).await
                    }
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
                    trace::answered(follower.and_then(|it| it.0), too_large.as_error_code());
                    return too_large;
                }
            }
            trace::answered(follower.and_then(|it| it.0), None);
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
fn transport(request: &Extensions) -> Transport {
    let noted = request.get::<Transport>();
    noted.copied().unwrap_or(Transport::Http)
}

/// `true` once the server was told to stop.
pub(crate) fn is_stopping(stop: &StopHandle) -> bool {
    stop.clone().shutdown().now_or_never().is_some()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::RpcConfig;
    use crate::request::RequestIds;
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
        let response = MethodResponse::error(Id::Number(1), answer);
        guard.limits.until_taken(response, place, &guard.own_answer)
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
