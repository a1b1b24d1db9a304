//! What the server tells about itself.
//!
//! Always holds: a label is a method or an error of the tables in `argosy-rpc-api`, or a word of this
//! file, never what a client sent. So the number of figures has an end, whatever clients do.
//! Not here: what names no method, such as JSON that is broken; sockets and bytes show it.

use std::time::Instant;

use argosy_rpc_api::{ERRORS, MethodSpec};
use jsonrpsee::types::error::OVERSIZED_RESPONSE_CODE;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};

use crate::follow::Kind;

/// Upper bounds of the buckets for the time of a call.
const CALL_SECONDS: [f64; 13] = [
    0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0,
];
/// The method of calls that name none of ours.
pub(crate) const OTHER: &str = "other";
/// The result of calls that succeed.
const OK: &str = "ok";
/// The result of calls whose callers went away before there was an answer.
const ABANDONED: &str = "abandoned";

macro_rules! reasons {
    ($(
        $(#[doc = $doc:literal])+
        $name:ident {$(
            $(#[doc = $reason_doc:literal])+
            $reason:ident = $label:literal,
        )+}
    )+) => {$(
        $(#[doc = $doc])+
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) enum $name {$(
            $(#[doc = $reason_doc])+
            $reason,
        )+}

        impl $name {
            const ALL: &[$name] = &[$($name::$reason,)+];

            const fn label(self) -> Reason {
                let reason = match self {
                    $($name::$reason => $label,)+
                };
                Reason { reason }
            }
        }
    )+};
}

reasons! {
    /// What a call ran into that was not let in, or not answered: most are named after the setting.
    Refusal {
        /// Its address, or its WebSocket, has used its share.
        Rate = "rate",
        /// Its WebSocket has too many calls in progress.
        CallsOfConnection = "max_calls_per_connection",
        /// Too many calls are in progress.
        Calls = "max_calls",
        /// Its socket is about to be closed for another one.
        Connections = "max_connections",
        /// Too many answers wait for clients that do not read.
        Unsent = "unsent",
        /// A connection has its share of subscriptions.
        SubscriptionsOfConnection = "max_subscriptions_per_connection",
        /// There are as many subscriptions as there may be.
        Subscriptions = "max_subscriptions",
        /// No thread that reads became free in time.
        ReadThreads = "read_threads",
        /// No thread that runs contracts became free in time.
        ExecutionThreads = "execution_threads",
    }

    /// Why the server closed a socket.
    Cut {
        /// Another one came, and there was no room.
        Room = "room",
        /// No head of a request within its time: half of one, or none at all.
        Head = "head",
        /// No whole body within its time.
        Body = "body",
        /// It stood still for too long in what it sent.
        Silent = "silent",
        /// It took nothing of an answer for too long.
        Deaf = "deaf",
        /// It did not shake hands in time, or not as TLS has it.
        Handshake = "handshake",
        /// The server stops.
        Stop = "stop",
    }

    /// Why a request was turned away at the gate.
    TurnedAway {
        /// `Host` is missing, or there is more than one.
        Malformed = "malformed",
        /// `Host` is no name of this node.
        Host = "host",
        /// It comes from a web page that may not call this node.
        Origin = "origin",
    }
}

/// Metrics of one server; clones share them.
#[derive(Clone, Debug)]
pub struct Metrics {
    /// Calls, by how they ended.
    calls: Family<CallLabels, Counter>,
    /// Time of those that were let in.
    call_seconds: Family<MethodLabel, Histogram>,
    /// Calls in progress, answers that a WebSocket has not taken included.
    open_calls: Gauge,
    refused_calls: Family<Reason, Counter>,
    /// Answers that wait for clients that do not read.
    unsent_bytes: Gauge,
    /// Messages of WebSockets that were read, and whose answers were not taken.
    messages: Gauge,
    /// Messages that waited until answers before them were taken.
    pub(crate) delayed_messages: Counter,
    /// Subscriptions, by what they follow.
    subscriptions: Family<KindLabel, Gauge>,
    /// What was told to them.
    notices: Family<KindLabel, Counter>,
    /// Those that ended, since they could not be followed any more.
    lagged_subscriptions: Counter,
    /// Open sockets.
    sockets: Gauge,
    /// Those of them that are WebSockets.
    websockets: Gauge,
    /// Sockets that waited until there was room.
    pub(crate) delayed_sockets: Counter,
    /// Sockets that were closed at once, since their address had its share.
    pub(crate) refused_sockets: Counter,
    /// Sockets that could not be accepted.
    pub(crate) failed_accepts: Counter,
    cut_sockets: Family<Reason, Counter>,
    refused_requests: Family<Reason, Counter>,
    /// Everything that was written to sockets.
    pub(crate) sent_bytes: Counter,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct CallLabels {
    method: &'static str,
    result: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct MethodLabel {
    method: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct KindLabel {
    kind: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Reason {
    reason: &'static str,
}

impl Default for Metrics {
    fn default() -> Metrics {
        let call_seconds: fn() -> Histogram = || Histogram::new(CALL_SECONDS);
        let subscriptions = Family::<KindLabel, Gauge>::default();
        let notices = Family::<KindLabel, Counter>::default();
        for kind in Kind::ALL {
            // Told from the beginning, as those below.
            drop(subscriptions.get_or_create(&label(kind)));
            drop(notices.get_or_create(&label(kind)));
        }
        Metrics {
            calls: Family::default(),
            call_seconds: Family::new_with_constructor(call_seconds),
            open_calls: Gauge::default(),
            refused_calls: from_zero(Refusal::ALL.iter().map(|it| it.label())),
            unsent_bytes: Gauge::default(),
            messages: Gauge::default(),
            delayed_messages: Counter::default(),
            subscriptions,
            notices,
            lagged_subscriptions: Counter::default(),
            sockets: Gauge::default(),
            websockets: Gauge::default(),
            delayed_sockets: Counter::default(),
            refused_sockets: Counter::default(),
            failed_accepts: Counter::default(),
            cut_sockets: from_zero(Cut::ALL.iter().map(|it| it.label())),
            refused_requests: from_zero(TurnedAway::ALL.iter().map(|it| it.label())),
            sent_bytes: Counter::default(),
        }
    }
}

fn label(kind: Kind) -> KindLabel {
    KindLabel {
        kind: kind.as_str(),
    }
}

/// Counters that are told from the beginning, so that the first event is seen as a change.
fn from_zero(reasons: impl Iterator<Item = Reason>) -> Family<Reason, Counter> {
    let family = Family::default();
    for reason in reasons {
        count(&family, &reason, 0);
    }
    family
}

fn count(family: &Family<Reason, Counter>, reason: &Reason, by: u64) {
    family.get_or_create(reason).inc_by(by);
}

impl Metrics {
    /// Adds them to a registry, under names that begin with `rpc`.
    pub fn register(&self, registry: &mut Registry) {
        let registry = registry.sub_registry_with_prefix("rpc");
        self.register_calls(registry);
        self.register_subscriptions(registry);
        self.register_sockets(registry);
    }

    fn register_subscriptions(&self, registry: &mut Registry) {
        registry.register(
            "subscriptions",
            "Subscriptions and streams of events, by what they follow",
            self.subscriptions.clone(),
        );
        registry.register(
            "notices",
            "What subscriptions and streams of events were told",
            self.notices.clone(),
        );
        registry.register(
            "lagged_subscriptions",
            "Subscriptions that ended, since their clients were too slow or asked for what is no longer kept",
            self.lagged_subscriptions.clone(),
        );
    }

    fn register_calls(&self, registry: &mut Registry) {
        registry.register(
            "calls",
            "Calls, by method and by how they ended",
            self.calls.clone(),
        );
        registry.register_with_unit(
            "call",
            "Time of calls that were let in, until there is an answer",
            Unit::Seconds,
            self.call_seconds.clone(),
        );
        registry.register(
            "open_calls",
            "Calls in progress, answers that WebSockets have not taken included",
            self.open_calls.clone(),
        );
        registry.register(
            "refused_calls",
            "Calls that ran into a limit, by what it is",
            self.refused_calls.clone(),
        );
        registry.register_with_unit(
            "unsent",
            "Answers to WebSockets whose clients do not take them",
            Unit::Bytes,
            self.unsent_bytes.clone(),
        );
        registry.register(
            "websocket_messages",
            "Messages of WebSockets that were read and whose answers were not taken",
            self.messages.clone(),
        );
        registry.register(
            "delayed_websocket_messages",
            "Messages of WebSockets that waited until answers before them were taken",
            self.delayed_messages.clone(),
        );
    }

    fn register_sockets(&self, registry: &mut Registry) {
        registry.register("sockets", "Open sockets", self.sockets.clone());
        registry.register(
            "websockets",
            "Open sockets that are WebSockets",
            self.websockets.clone(),
        );
        registry.register(
            "delayed_sockets",
            "Sockets that waited until another one made room",
            self.delayed_sockets.clone(),
        );
        registry.register(
            "refused_sockets",
            "Sockets closed at once, since their address has its share",
            self.refused_sockets.clone(),
        );
        registry.register(
            "failed_accepts",
            "Attempts to accept a socket that failed, for want of files, say",
            self.failed_accepts.clone(),
        );
        registry.register(
            "cut_sockets",
            "Sockets that this node closed, by why",
            self.cut_sockets.clone(),
        );
        registry.register(
            "refused_requests",
            "Requests turned away for their Host or Origin",
            self.refused_requests.clone(),
        );
        registry.register_with_unit(
            "sent",
            "Answers, with all that goes with them over the sockets",
            Unit::Bytes,
            self.sent_bytes.clone(),
        );
    }

    /// A call came; `None`: of a method that does not exist.
    pub(crate) fn call_of(&self, method: Option<&MethodSpec>) -> Call<'_> {
        Call {
            metrics: self,
            method: method.map_or(OTHER, |it| it.name),
            result: ABANDONED,
            begun: None,
        }
    }

    /// A call has a place, for as long as this lives.
    pub(crate) fn open_call(&self) -> Held {
        Held::new(&self.open_calls, 1)
    }

    /// An answer waits for its client, for as long as this lives.
    pub(crate) fn unsent(&self, bytes: usize) -> Held {
        Held::new(&self.unsent_bytes, i64::try_from(bytes).unwrap_or(i64::MAX))
    }

    /// A message of a WebSocket has no answer that was taken, for as long as this lives.
    pub(crate) fn message(&self) -> Held {
        Held::new(&self.messages, 1)
    }

    /// Something is followed, for as long as this lives.
    pub(crate) fn subscription(&self, kind: Kind) -> Held {
        Held::new(&self.subscriptions.get_or_create(&label(kind)), 1)
    }

    /// A subscription is told something.
    pub(crate) fn notice(&self, kind: Kind) {
        self.notices.get_or_create(&label(kind)).inc();
    }

    /// A subscription ends, and is told where to go on.
    pub(crate) fn lagged(&self) {
        self.lagged_subscriptions.inc();
    }

    /// A socket is open, for as long as this lives.
    pub(crate) fn socket(&self) -> Held {
        Held::new(&self.sockets, 1)
    }

    /// A WebSocket is open, for as long as this lives.
    pub(crate) fn websocket(&self) -> Held {
        Held::new(&self.websockets, 1)
    }

    pub(crate) fn refused(&self, refusal: Refusal) {
        count(&self.refused_calls, &refusal.label(), 1);
    }

    pub(crate) fn cut(&self, cut: Cut) {
        count(&self.cut_sockets, &cut.label(), 1);
    }

    pub(crate) fn turned_away(&self, why: TurnedAway) {
        count(&self.refused_requests, &why.label(), 1);
    }

    #[cfg(test)]
    pub(crate) fn cuts(&self, cut: Cut) -> u64 {
        self.cut_sockets.get_or_create(&cut.label()).get()
    }
}

/// Counts in a gauge for as long as it lives.
#[derive(Debug)]
pub(crate) struct Held {
    gauge: Gauge,
    by: i64,
}

impl Held {
    fn new(gauge: &Gauge, by: i64) -> Held {
        gauge.inc_by(by);
        Held {
            gauge: gauge.clone(),
            by,
        }
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.gauge.dec_by(self.by);
    }
}

/// A call. It is counted when it goes, with or without an answer.
pub(crate) struct Call<'a> {
    metrics: &'a Metrics,
    method: &'static str,
    result: &'static str,
    begun: Option<Instant>,
}

impl Call<'_> {
    /// It is let in.
    pub(crate) fn begin(&mut self) {
        self.begun = Some(Instant::now());
    }

    /// It has an answer; if that is an error, this is its code.
    pub(crate) fn end(mut self, error: Option<i32>) {
        self.result = result(error);
    }
}

impl Drop for Call<'_> {
    fn drop(&mut self) {
        let (metrics, method, result) = (self.metrics, self.method, self.result);
        let labels = CallLabels { method, result };
        metrics.calls.get_or_create(&labels).inc();
        if let Some(begun) = self.begun {
            let seconds = begun.elapsed().as_secs_f64();
            let labels = MethodLabel { method };
            metrics.call_seconds.get_or_create(&labels).observe(seconds);
        }
    }
}

fn result(error: Option<i32>) -> &'static str {
    let Some(code) = error else {
        return OK;
    };
    match ERRORS.iter().find(|it| it.code == code) {
        Some(entry) => entry.kind,
        // The transport's own; their codes have no names there.
        None if code == OVERSIZED_RESPONSE_CODE => "RESPONSE_TOO_LARGE",
        None => "TRANSPORT",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(error: Option<i32>, expected: &str) {
        assert_eq!(result(error), expected, "{error:?}");
    }

    #[test]
    fn a_result_is_a_word_of_the_tables() {
        check(None, "ok");
        check(Some(-32603), "INTERNAL");
        check(Some(3), "REVERTED");
        check(Some(1304), "OVERLOADED");
        check(Some(-32008), "RESPONSE_TOO_LARGE");
        check(Some(-32000), "TRANSPORT");
        check(Some(0), "TRANSPORT");
    }

    #[test]
    fn an_unanswered_call_is_counted_too() {
        let metrics = Metrics::default();
        let counted = |result| {
            let method = OTHER;
            let labels = CallLabels { method, result };
            metrics.calls.get_or_create(&labels).get()
        };
        drop(metrics.call_of(None));
        metrics.call_of(None).end(Some(-32601));
        assert_eq!((counted(ABANDONED), counted("METHOD_NOT_FOUND")), (1, 1));
    }

    #[test]
    fn what_is_held_is_counted_until_it_goes() {
        let metrics = Metrics::default();
        let (one, two) = (metrics.unsent(5), metrics.clone().unsent(7));
        assert_eq!(metrics.unsent_bytes.get(), 12);
        drop(one);
        assert_eq!(metrics.unsent_bytes.get(), 7);
        drop(two);
        assert_eq!(metrics.unsent_bytes.get(), 0);
    }
}
