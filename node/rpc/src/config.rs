//! Every limit of the server, with its default and its reason. Field names are the operators' words:
//! they are the keys of the daemon's configuration.
//!
//! The largest request follows from the chain: a transaction of the largest size, as hex in JSON,
//! must fit, since code is uploaded this way. That is the only limit on request bodies, 1.7 MiB for
//! transactions of 840 KiB; a second, smaller one for other methods would bound nothing more.
//! One WebSocket may have twice as much in messages without an answer, and one more on its way in.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use argosy_rpc_api::Class;
use argosy_spec::ChainSpec;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::proxies::Proxies;

/// Where clients expect the server.
pub(crate) const PORT: u16 = 9533;
/// Names, ids and braces around a transaction's hex digits.
const REQUEST_FRAME_BYTES: u32 = 16 * 1024;
/// A WebSocket client is asked this often whether it is still there.
pub(crate) const PING_EVERY: Duration = Duration::from_secs(10);
/// It is taken for gone when it has not answered for so long, and no answer was on its way to it.
pub(crate) const PONG_WITHIN: Duration = Duration::from_secs(30);
/// Answers that wait in one WebSocket's queue; more wait in their tasks, see `max_calls_per_connection`.
pub(crate) const SOCKET_QUEUE_MAX: usize = 4;
/// Answers besides those of calls with a place that one WebSocket may leave untaken: calls that are
/// refused, and what is no call. Nothing more is read from it, then.
pub(crate) const REFUSALS_MAX: u32 = 16;
/// What is ready for a WebSocket that is at its end must be taken so soon.
pub(crate) const LAST_WORDS_WITHIN: Duration = Duration::from_secs(1);
/// A socket without a call is not closed for another one before so long: its request may be on its
/// way in, or its answer on its way out.
pub(crate) const QUIET_MIN: Duration = Duration::from_secs(1);
/// A socket that takes nothing of an answer for so long is closed.
pub(crate) const WRITE_WITHIN: Duration = Duration::from_secs(20);
/// What the kernel may keep of answers for one socket; it counts twice as much, for its own needs. Left to
/// itself it keeps 4 MiB and more.
pub(crate) const SEND_BUFFER_BYTES: usize = 256 * 1024;
/// Of that, what is not on the line yet: more makes nothing faster, and what is behind it later.
#[cfg(any(target_os = "linux", target_os = "android"))]
pub(crate) const NOT_SENT_BYTES: u32 = 64 * 1024;
/// A call waits this long for a thread before it is told that the node is overloaded.
pub(crate) const THREAD_WITHIN: Duration = Duration::from_secs(2);
/// How long `tx_submitAndWait` waits if the caller does not say.
pub(crate) const WAIT_MS_DEFAULT: u32 = 10_000;
/// Events on a page if the caller does not say.
pub(crate) const EVENTS_DEFAULT: u32 = 100;
/// Entries on a page of a contract's storage, of contracts, or of what an account has to do with, if the
/// caller does not say.
pub(crate) const PAGE_DEFAULT: u32 = 100;
/// The same, at most.
pub(crate) const PAGE_MAX: u32 = 1000;
/// Answers to WebSocket clients that are computed and not yet taken, over all clients, one of each
/// not counted.
pub(crate) const UNSENT_BYTES_MAX: usize = 256 * 1024 * 1024;

/// Settings of the server; in a config file every one may be left out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct RpcConfig {
    /// Address to listen on. Port 0 takes a free one.
    pub listen: SocketAddr,
    /// Folder of a certificate, `tls.crt` and `tls.key`: clients speak TLS then (1.3), and nothing else. It
    /// is read again on SIGHUP.
    pub tls_dir: Option<String>,
    /// Host names by which clients may call the node, besides `localhost` and plain IP addresses;
    /// `*` allows all. Guards against web pages that point their own name at this machine.
    pub hosts: Vec<String>,
    /// Web origins that may call the node, besides those on this machine; `*` allows all.
    pub origins: Vec<String>,
    /// Proxies before the node, as addresses or networks such as `10.0.0.0/8`. Of what comes from them the
    /// client is read from `X-Forwarded-For`: the last address there that is none of theirs, since a client may
    /// write others before it. Shares are counted by it then. They may have all sockets, as loopback may: those
    /// are theirs to share out. From anybody else the header says nothing.
    pub trusted_proxies: Vec<String>,
    /// Which methods clients are offered. `public`: those that are for anybody. `operator`: those too that
    /// tell of the node's inside, cost much or change how it works (`debug_`); only where nobody but the
    /// operator reaches the port. Methods of development chains (`dev_`) are there with `dev`, and only then.
    pub methods: Offer,
    /// Whether methods of development chains are offered. Not a setting: it follows from the chain.
    #[serde(skip)]
    pub dev_methods: bool,
    /// Open sockets. For one more, the one that has been without a call for longest is closed; if
    /// all have calls in progress, it waits.
    #[schemars(range(min = 1))]
    pub max_connections: u32,
    /// Open sockets of one IP address; loopback may have all. For one more, one of its own is
    /// closed; if all have calls in progress, the new one is.
    #[schemars(range(min = 1))]
    pub max_connections_per_ip: u32,
    /// How long the head of a request may take in all, from the connection or the answer before:
    /// so long may a socket stay idle, too.
    #[schemars(range(min = 1))]
    pub max_head_ms: u32,
    /// How long the body of a request may take in all: the largest one must get through a slow line.
    #[schemars(range(min = 1))]
    pub max_body_ms: u32,
    /// Calls in progress over all sockets, waiting ones included.
    #[schemars(range(min = 1))]
    pub max_calls: u32,
    /// Calls in progress on one WebSocket, answers that it has not taken included. More are refused;
    /// while 16 of those have not been taken either, nothing more is read from it.
    #[schemars(range(min = 1))]
    pub max_calls_per_connection: u32,
    /// Subscriptions of one WebSocket.
    #[schemars(range(min = 1))]
    pub max_subscriptions_per_connection: u32,
    /// Subscriptions of all WebSockets, and streams of `GET /v1/events`.
    #[schemars(range(min = 1))]
    pub max_subscriptions: u32,
    /// Blocks that may be made while a subscriber takes one notice; after more it is told that it lags,
    /// and where to go on, and its subscription ends.
    #[schemars(range(min = 1))]
    pub max_lag_blocks: u32,
    /// Calls in one batch (HTTP only).
    #[schemars(range(min = 1))]
    pub max_batch_calls: u32,
    /// Bytes of one answer, or of all answers to a batch.
    #[schemars(range(min = 65536))]
    pub max_response_bytes: u32,
    /// Threads that serve sockets; the dev chain has its own number.
    #[schemars(range(min = 1, max = 64))]
    pub threads: u32,
    /// Threads that read.
    #[schemars(range(min = 1, max = 512))]
    pub read_threads: u32,
    /// Threads that run contracts for queries and simulations.
    #[schemars(range(min = 1, max = 64))]
    pub execution_threads: u32,
    /// The longest that `tx_submitAndWait` waits.
    #[schemars(range(min = 1))]
    pub max_wait_ms: u32,
    /// Events on one page.
    #[schemars(range(min = 1))]
    pub max_events: u32,
    /// Share of one IP address, in weights of the method table; none = unlimited.
    pub rate: Option<RateConfig>,
    /// Share of one WebSocket besides, in the same weights; none = unlimited.
    pub websocket_rate: Option<RateConfig>,
    /// How long open calls may take to finish when the server stops.
    #[schemars(range(min = 0, max = 8000))]
    pub max_stop_ms: u32,
}

/// Whose methods a server offers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Offer {
    /// Anybody's.
    Public,
    /// The operator's as well.
    Operator,
}

/// Share of one caller, in weights of the method table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RateConfig {
    /// What flows back per second.
    #[schemars(range(min = 1), extend("x-reloadable" = true))]
    pub per_second: u32,
    /// What may be used at once. At least the weight of the dearest method.
    #[schemars(range(min = 1), extend("x-reloadable" = true))]
    pub burst: u32,
}

impl Default for RpcConfig {
    fn default() -> RpcConfig {
        RpcConfig {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, PORT)),
            tls_dir: None,
            hosts: Vec::new(),
            origins: Vec::new(),
            trusted_proxies: Vec::new(),
            methods: Offer::Public,
            dev_methods: false,
            max_connections: 128,
            max_connections_per_ip: 64,
            max_head_ms: 30_000,
            max_body_ms: 30_000,
            max_calls: 4096,
            max_calls_per_connection: 64,
            max_subscriptions_per_connection: 64,
            max_subscriptions: 8192,
            max_lag_blocks: 128,
            max_batch_calls: 32,
            max_response_bytes: 5 * 1024 * 1024,
            threads: 2,
            read_threads: 8,
            execution_threads: 2,
            max_wait_ms: 60_000,
            max_events: 1000,
            rate: None,
            websocket_rate: None,
            max_stop_ms: 5000,
        }
    }
}

/// A setting with which the server cannot run.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("rpc.{key} is {found}, it must be {expected}")]
pub struct ConfigError {
    /// Which setting.
    pub key: &'static str,
    /// Its value.
    pub found: String,
    /// What it must be.
    pub expected: String,
}

impl RpcConfig {
    /// Settings for tests and tools: any free port, and every method.
    pub fn on_free_port() -> RpcConfig {
        RpcConfig {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            methods: Offer::Operator,
            dev_methods: true,
            ..RpcConfig::default()
        }
    }

    /// Refuses settings under which the server could not serve a single call.
    pub fn check(&self) -> Result<(), ConfigError> {
        let dearest = argosy_rpc_api::METHODS.iter().map(|it| it.weight).max();
        let least_share = dearest.unwrap_or(1);
        let or_least = |rate: Option<RateConfig>| {
            rate.unwrap_or(RateConfig {
                per_second: 1,
                burst: least_share,
            })
        };
        let (rate, socket) = (or_least(self.rate), or_least(self.websocket_rate));
        let rules = [
            ("max_connections", self.max_connections, 1),
            ("max_connections_per_ip", self.max_connections_per_ip, 1),
            ("max_head_ms", self.max_head_ms, 1),
            ("max_body_ms", self.max_body_ms, 1),
            ("max_calls", self.max_calls, 1),
            ("max_calls_per_connection", self.max_calls_per_connection, 1),
            (
                "max_subscriptions_per_connection",
                self.max_subscriptions_per_connection,
                1,
            ),
            ("max_subscriptions", self.max_subscriptions, 1),
            ("max_lag_blocks", self.max_lag_blocks, 1),
            ("max_batch_calls", self.max_batch_calls, 1),
            ("max_response_bytes", self.max_response_bytes, 64 * 1024),
            ("threads", self.threads, 1),
            ("read_threads", self.read_threads, 1),
            ("execution_threads", self.execution_threads, 1),
            ("max_wait_ms", self.max_wait_ms, 1),
            ("max_events", self.max_events, 1),
            ("rate.per_second", rate.per_second, 1),
            ("rate.burst", rate.burst, least_share),
            ("websocket_rate.per_second", socket.per_second, 1),
            ("websocket_rate.burst", socket.burst, least_share),
        ];
        match rules.into_iter().find(|(_, found, min)| found < min) {
            None => self.proxies().map(drop),
            Some((key, found, min)) => Err(ConfigError {
                key,
                found: found.to_string(),
                expected: format!("at least {min}"),
            }),
        }
    }

    /// The proxies that are trusted.
    pub(crate) fn proxies(&self) -> Result<Proxies, ConfigError> {
        Proxies::parse(&self.trusted_proxies).map_err(|found| ConfigError {
            key: "trusted_proxies",
            found: format!("{found:?}"),
            expected: "an address or a network, such as 10.0.0.0/8".to_owned(),
        })
    }

    /// Whether clients are offered methods of a class.
    pub(crate) fn offers(&self, class: Class) -> bool {
        match class {
            Class::Public => true,
            Class::Operator => self.methods == Offer::Operator,
            Class::Dev => self.dev_methods,
        }
    }

    /// See [`RpcConfig::max_head_ms`].
    pub(crate) fn head_within(&self) -> Duration {
        Duration::from_millis(self.max_head_ms.into())
    }

    /// See [`RpcConfig::max_body_ms`].
    pub(crate) fn body_within(&self) -> Duration {
        Duration::from_millis(self.max_body_ms.into())
    }

    /// Messages of one WebSocket whose answers it has not taken.
    pub(crate) fn messages_max(&self) -> u32 {
        self.max_calls_per_connection.saturating_add(REFUSALS_MAX)
    }

    /// Longest pause in what a client sends: the longest wait, in which it has nothing to send.
    pub(crate) fn read_within(&self) -> Duration {
        Duration::from_millis(self.max_wait_ms.into()) + Duration::from_secs(15)
    }
}

/// Bytes of the messages of one WebSocket whose answers it has not taken: a large one does not hold
/// up the small ones behind it.
pub(crate) fn room_bytes_max(spec: &ChainSpec) -> u32 {
    request_bytes_max(spec).saturating_mul(2)
}

/// The largest request: two hex digits for every byte of the largest transaction.
pub(crate) fn request_bytes_max(spec: &ChainSpec) -> u32 {
    let digits = spec.limits.tx_size_bytes_max.saturating_mul(2);
    digits.saturating_add(REQUEST_FRAME_BYTES)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_are_in_range() {
        assert_eq!(RpcConfig::default().check(), Ok(()));
    }

    #[test]
    fn one_address_has_half_of_all_subscriptions_at_most() {
        let config = RpcConfig::default();
        let of_address = config.max_connections_per_ip * config.max_subscriptions_per_connection;
        assert!(of_address * 2 <= config.max_subscriptions);
    }

    #[test]
    fn names_the_setting_that_is_out_of_range() {
        let config = RpcConfig {
            read_threads: 0,
            ..RpcConfig::default()
        };
        let error = config.check().unwrap_err().to_string();
        assert_eq!(error, "rpc.read_threads is 0, it must be at least 1");
        let config = RpcConfig {
            rate: Some(RateConfig {
                per_second: 1,
                burst: 1,
            }),
            ..RpcConfig::default()
        };
        assert_eq!(config.check().unwrap_err().key, "rate.burst");
        let config = RpcConfig {
            websocket_rate: config.rate,
            ..RpcConfig::default()
        };
        assert_eq!(config.check().unwrap_err().key, "websocket_rate.burst");
    }

    #[test]
    fn names_the_proxy_that_is_none() {
        let config = RpcConfig {
            trusted_proxies: vec!["10.0.0.0/8".to_owned(), "proxy:80".to_owned()],
            ..RpcConfig::default()
        };
        let error = config.check().unwrap_err().to_string();
        let expected = "rpc.trusted_proxies is \"proxy:80\", it must be an address or a network, such as 10.0.0.0/8";
        assert_eq!(error, expected);
    }

    #[test]
    fn nobody_is_offered_more_than_was_said() {
        let classes = [Class::Public, Class::Operator, Class::Dev];
        let offered = |methods, dev_methods| {
            let config = RpcConfig {
                methods,
                dev_methods,
                ..RpcConfig::default()
            };
            classes.map(|it| config.offers(it))
        };
        assert_eq!(
            classes.map(|it| RpcConfig::default().offers(it)),
            [true, false, false]
        );
        assert_eq!(offered(Offer::Operator, false), [true, true, false]);
        assert_eq!(offered(Offer::Public, true), [true, false, true]);
    }

    #[test]
    fn the_largest_transaction_fits_into_a_request() {
        let spec = ChainSpec::dev();
        assert!(request_bytes_max(&spec) > 2 * spec.limits.tx_size_bytes_max);
    }
}
