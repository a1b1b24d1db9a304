//! The RPC server's port, answered by a driver.
//!
//! A file per group of methods: its port, and the answers from a view that this takes.
//! Not here: what all those answers need of a view (`read`).

mod account;
mod chain;
mod contract;
mod dev;
mod events;
mod follow;
mod state;
mod system;
mod tx;

use std::sync::Arc;

use argosy_primitives::{GenesisHash, TxId, VerifiedTransaction};
use argosy_rpc_api::RpcError;
use argosy_spec::ChainSpec;

use crate::driver::Driver;
use crate::error;
use crate::read::Reader;
use crate::shared::Fate;

/// A node in this process, as the RPC server sees it.
pub struct LocalNode {
    driver: Driver,
    spec: Arc<ChainSpec>,
    genesis: GenesisHash,
    version: String,
    mines: bool,
    relay: Option<Arc<dyn Relay>>,
}

/// What hands clients' transactions to other nodes.
pub trait Relay: Send + Sync {
    /// A client's transaction is in the mempool. Must not wait for anything.
    fn taken(&self, transaction: &Arc<VerifiedTransaction>);
}

impl LocalNode {
    /// The node that `driver` runs; `version` is what `system_health` tells.
    pub fn new(driver: Driver, version: &str) -> LocalNode {
        let view = driver.view();
        let (spec, genesis) = (Arc::new(view.spec().clone()), view.genesis_hash());
        LocalNode {
            driver,
            spec,
            genesis,
            version: version.into(),
            mines: false,
            relay: None,
        }
    }

    /// The same, of a node among others: clients' transactions are told to `relay`.
    pub fn relaying(mut self, relay: Arc<dyn Relay>) -> LocalNode {
        self.relay = Some(relay);
        self
    }

    /// The same, of a development chain: whoever asks gets a block.
    pub fn mining(mut self) -> LocalNode {
        self.mines = true;
        self
    }

    fn reader(&self) -> Reader {
        Reader(self.driver.view())
    }

    fn fate(&self, id: &TxId) -> Result<Option<Fate>, RpcError> {
        self.driver.shared().fate(id).map_err(error::unread)
    }
}
