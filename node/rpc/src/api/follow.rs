//! Subscriptions: opened and ended over a WebSocket, which has a desk for them.
//!
//! Not here: what they tell, and when (`follow`).

use std::sync::Arc;

use argosy_rpc_api::{Decimal, RpcError};
use jsonrpsee::server::Extensions;

use super::Api;
use crate::follow::{Begun, Desk, Feed, Kind};

impl Api {
    /// Opens a subscription for the WebSocket that a call came by.
    pub(super) async fn follow(
        &self,
        call: &Extensions,
        method: &str,
        feed: Feed,
    ) -> Result<Decimal<u64>, RpcError> {
        let socket = call.get::<Arc<Desk>>().zip(call.get::<Arc<Begun>>());
        let (desk, begun) = socket.ok_or_else(|| needs_websocket(method))?;
        desk.open(&self.hub, feed, begun).await
    }
}

/// Ends a subscription of the WebSocket that a call came by; whether there was one.
pub(super) fn end(
    call: &Extensions,
    method: &str,
    (kind, number): (Kind, Decimal<u64>),
) -> Result<bool, RpcError> {
    let desk = call.get::<Arc<Desk>>();
    let desk = desk.ok_or_else(|| needs_websocket(method))?;
    Ok(desk.end(kind, number.0))
}

fn needs_websocket(method: &str) -> RpcError {
    RpcError::NeedsWebSocket {
        method: method.to_owned(),
    }
}
