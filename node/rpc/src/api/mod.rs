//! The methods: from JSON to the node's words, onto the right thread, and back.
//!
//! Nothing is decided here that the node could decide; what is checked is what the node must not
//! be bothered with: networks of addresses, sizes, signatures.

mod account;
mod chain;
mod contract;
mod debug;
mod dev;
mod events;
mod follow;
mod meta;
mod simulated;
mod state;
mod system;
mod tx;

use std::sync::Arc;

use argosy_primitives::{Address, CodeHash, Hrp};
use argosy_rpc_api::{
    AccountApiServer, AddressText, ChainApiServer, ContractApiServer, DebugApiServer, Decimal,
    DevApiServer, EventsApiServer, Health, MetaApiServer, PROVEN_KEYS_MAX, RpcError, ServerLimits,
    StateApiServer, SystemApiServer, TxApiServer,
};
use jsonrpsee::server::{Methods, StopHandle};

use crate::config::{PAGE_DEFAULT, PAGE_MAX, request_bytes_max};
use crate::follow::Hub;
use crate::guard::Limits;
use crate::workers::{Kind, Workers};
use crate::{Node, RpcConfig};

/// The implementation of every method.
#[derive(Clone)]
pub(crate) struct Api {
    workers: Workers,
    hrp: Hrp,
    max_wait_ms: u32,
    max_events: u32,
    limits: ServerLimits,
    shares: Arc<Limits>,
    hub: Arc<Hub>,
    stop: StopHandle,
}

impl Api {
    pub(crate) fn new(
        workers: Workers,
        config: &RpcConfig,
        (shares, hub): (Arc<Limits>, Arc<Hub>),
        stop: StopHandle,
    ) -> Api {
        Api {
            hrp: workers.node().spec().network.hrp,
            limits: limits(config, workers.node()),
            workers,
            max_wait_ms: config.max_wait_ms,
            max_events: config.max_events,
            shares,
            hub,
            stop,
        }
    }

    pub(crate) fn into_methods(self) -> Methods {
        let mut methods = Methods::new();
        let groups: [Methods; 10] = [
            SystemApiServer::into_rpc(self.clone()).into(),
            ChainApiServer::into_rpc(self.clone()).into(),
            AccountApiServer::into_rpc(self.clone()).into(),
            TxApiServer::into_rpc(self.clone()).into(),
            ContractApiServer::into_rpc(self.clone()).into(),
            StateApiServer::into_rpc(self.clone()).into(),
            EventsApiServer::into_rpc(self.clone()).into(),
            DebugApiServer::into_rpc(self.clone()).into(),
            DevApiServer::into_rpc(self.clone()).into(),
            MetaApiServer::into_rpc(self).into(),
        ];
        for group in groups {
            methods.merge(group).expect("no two methods have one name");
        }
        methods
    }

    /// The address, if it is written for this network.
    fn address(&self, param: &str, text: AddressText) -> Result<Address, RpcError> {
        if text.hrp == self.hrp {
            return Ok(text.address);
        }
        let (theirs, ours) = (text.hrp.as_str(), self.hrp.as_str());
        let reason = format!("{text} is for network {theirs}, this one is {ours}");
        Err(RpcError::invalid(param, reason))
    }

    /// How much a page may have, if that is not too much.
    fn page_limit(limit: Option<u32>) -> Result<u32, RpcError> {
        match limit.unwrap_or(PAGE_DEFAULT) {
            0 => Err(RpcError::invalid("limit", "limit must be at least 1")),
            limit if limit > PAGE_MAX => Err(RpcError::RangeTooLarge {
                what: "limit".to_owned(),
                max: Decimal(PAGE_MAX.into()),
                got: Decimal(limit.into()),
            }),
            limit => Ok(limit),
        }
    }

    /// How the node is doing, at once.
    pub(crate) fn health_now(&self) -> Health {
        self.workers.node().health()
    }

    /// The bytes of a code, as they were uploaded.
    pub(crate) async fn code_bytes(&self, hash: CodeHash) -> Result<Vec<u8>, RpcError> {
        self.read(move |node| node.code_bytes(&hash)).await
    }

    async fn read<T, F>(&self, work: F) -> Result<T, RpcError>
    where
        T: Send + 'static,
        F: FnOnce(&dyn Node) -> Result<T, RpcError> + Send + 'static,
    {
        self.workers.run(Kind::Read, work).await
    }
}

/// What `system_limits` tells: what clients can run into, of what is configured.
fn limits(config: &RpcConfig, node: &dyn Node) -> ServerLimits {
    ServerLimits {
        request_bytes_max: request_bytes_max(node.spec()),
        answer_bytes_max: config.max_response_bytes,
        batch_calls_max: config.max_batch_calls,
        socket_calls_max: config.max_calls_per_connection,
        sockets_of_address_max: config.max_connections_per_ip,
        socket_subscriptions_max: config.max_subscriptions_per_connection,
        subscriptions_max: config.max_subscriptions,
        lag_blocks_max: config.max_lag_blocks,
        wait_ms_max: config.max_wait_ms,
        events_max: config.max_events,
        proven_keys_max: PROVEN_KEYS_MAX as u32,
        // It may be another one from call to call.
        share: None,
    }
}
