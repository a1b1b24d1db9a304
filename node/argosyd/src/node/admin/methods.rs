//! What is done for whoever runs the node.
//!
//! Always: nothing here changes what is committed or signed.

use std::path::PathBuf;
use std::sync::{Arc, Weak};

use argosy_driver::Driver;
use argosy_network::{PeerStanding, Standing};
use argosy_rpc_api::RpcError;
use argosy_store::RocksStore;
use serde_json::{Map, Value, json};
use tokio::sync::watch;

use super::call::Arguments;
use super::peers;
use crate::node::log::LogFilter;
use crate::node::reload::Named;
use crate::node::snapshots::Orders;
use crate::node::status::{LEAVING, Status};

/// No filter is longer.
const FILTER_BYTES_MAX: usize = 4096;

/// What the methods need of a running node.
pub(in crate::node) struct Methods {
    pub(in crate::node) filter: LogFilter,
    pub(in crate::node) driver: Driver,
    pub(in crate::node) status: Arc<Status>,
    /// Not a reason to keep the database open.
    pub(in crate::node) store: Weak<RocksStore>,
    pub(in crate::node) snapshots: Orders,
    pub(in crate::node) snapshots_dir: PathBuf,
    /// Of networks that there are: who is in them.
    pub(in crate::node) consensus: Option<argosy_consensus::Metrics>,
    pub(in crate::node) gossip: Option<argosy_network::Metrics>,
    /// Whom the operator names in them.
    pub(in crate::node) named: watch::Sender<Named>,
}

impl Methods {
    /// Does what a method is for; its arguments are those of the table.
    pub(super) async fn call(
        &self,
        method: &str,
        arguments: &Arguments,
    ) -> Result<Value, RpcError> {
        match method {
            "admin_peers" => Ok(self.peers()),
            "admin_addPeer" => {
                self.are_others(method)?;
                peers::add(&self.named, arguments)
            }
            "admin_removePeer" => {
                self.are_others(method)?;
                peers::remove(&self.named, arguments)
            }
            "admin_setLogFilter" => self.set_log_filter(arguments),
            "admin_createSnapshot" => self.create_snapshot().await,
            "admin_prepareShutdown" => self.prepare_shutdown(arguments).await,
            other => Err(RpcError::MethodNotFound {
                method: other.to_owned(),
            }),
        }
    }

    fn peers(&self) -> Value {
        let networks = [
            ("consensus", self.consensus.as_ref().map(|it| it.standing())),
            ("gossip", self.gossip.as_ref().map(|it| it.standing())),
        ];
        let there = networks.into_iter().filter_map(|(name, standing)| {
            let standing = standing.as_ref().map(standing_view)?;
            Some((name.to_owned(), standing))
        });
        Value::Object(there.collect())
    }

    /// Refuses what only a node among others can do.
    fn are_others(&self, method: &str) -> Result<(), RpcError> {
        match self.consensus {
            Some(_) => Ok(()),
            None => Err(RpcError::MethodDisabled {
                method: method.to_owned(),
            }),
        }
    }

    fn set_log_filter(&self, arguments: &Arguments) -> Result<Value, RpcError> {
        let wrong = |reason: &str| RpcError::invalid("filter", reason);
        let text = match arguments.get("filter") {
            Some(Value::String(text)) if text.len() <= FILTER_BYTES_MAX => text,
            Some(Value::String(_)) => return Err(wrong("it is too long")),
            Some(_) | None => return Err(wrong("expected a text, such as info,rpc=debug")),
        };
        let set = self.filter.set(text);
        let before = set.map_err(|failure| wrong(failure.message()))?;
        Ok(json!({"filter": text, "before": before}))
    }

    async fn create_snapshot(&self) -> Result<Value, RpcError> {
        let begun = self.snapshots.begin().await;
        let begun = begun.map_err(|what| RpcError::Overloaded { what })?;
        Ok(json!({
            "height": begun.height,
            "isThere": begun.is_there,
            "folder": self.snapshots_dir,
        }))
    }

    async fn prepare_shutdown(&self, arguments: &Arguments) -> Result<Value, RpcError> {
        let is_leaving = match arguments.get("cancel") {
            None | Some(Value::Bool(false)) => true,
            Some(Value::Bool(true)) => false,
            Some(_) => return Err(RpcError::invalid("cancel", "expected true or false")),
        };
        self.status.set_leaving(is_leaving);
        match is_leaving {
            true => self.driver.pause(LEAVING),
            // Where the disk is full, the guard of the disk pauses it at its next look.
            false => self.driver.resume(),
        }
        self.flush().await?;
        let (waiting, _) = self.driver.pooled();
        Ok(json!({
            "isPrepared": is_leaving,
            "height": self.driver.view().head().header.height,
            "waitingTransactions": waiting,
        }))
    }

    /// Writes to files what is in memory and in the log of the database, so that the end is quick.
    async fn flush(&self) -> Result<(), RpcError> {
        let Some(store) = self.store.upgrade() else {
            return Err(RpcError::Stopping {});
        };
        let flushed = tokio::task::spawn_blocking(move || store.flush()).await;
        let error = match flushed {
            Ok(Ok(())) => return Ok(()),
            Ok(Err(error)) => format!("{:#}", anyhow::Error::new(error)),
            Err(error) => error.to_string(),
        };
        tracing::warn!(target: "admin", code = "admin.flush_failed", error, "cannot flush the database");
        Err(RpcError::Internal {
            reference: "admin.flush_failed".to_owned(),
        })
    }
}

fn standing_view(standing: &Standing) -> Value {
    let peers: Vec<_> = standing.peers.iter().map(peer_view).collect();
    let away = standing.sent_away.iter();
    let away = away
        .map(|it| json!({"id": it.peer.to_string(), "reason": it.reason, "seconds": it.seconds}));
    json!({"peers": peers, "sentAway": away.collect::<Vec<_>>()})
}

fn peer_view(peer: &PeerStanding) -> Value {
    let mut view = Map::new();
    view.insert("id".into(), json!(peer.peer.to_string()));
    if let Some(address) = peer.address {
        view.insert("address".into(), json!(address));
    }
    view.insert("names".into(), json!(peer.names));
    if let Some(score) = peer.score {
        view.insert("score".into(), json!(score));
    }
    view.insert("remarks".into(), json!(peer.remarks));
    Value::Object(view)
}
