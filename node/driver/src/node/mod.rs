//! The RPC server's port, answered by a driver.
//!
//! A file per group of methods: its port, and the answers from a view that this takes.
//! Not here: what all those answers need of a view (`read`).

mod account;
mod chain;
mod contract;
mod debug;
mod dev;
mod events;
mod follow;
mod state;
mod system;
mod tx;

use std::sync::Arc;

use argosy_primitives::{Balance, GenesisHash, Height, TxId, VerifiedTransaction};
use argosy_rpc_api::RpcError;
use argosy_spec::ChainSpec;

use crate::driver::Driver;
use crate::error;
use crate::read::Reader;
use crate::shared::Fate;
use crate::state_file::StateFile;

/// A node in this process, as the RPC server sees it.
pub struct LocalNode {
    driver: Driver,
    spec: Arc<ChainSpec>,
    genesis: GenesisHash,
    version: String,
    mines: bool,
    develops: Option<Developing>,
    relay: Option<Arc<dyn Relay>>,
    known_height: Option<KnownHeight>,
}

/// How far others say the chain is; 0: not enough of them are heard. Must not wait for anything.
pub type KnownHeight = Arc<dyn Fn() -> Height + Send + Sync>;

/// What developers may ask for.
struct Developing {
    /// Where its state is written to.
    file: Option<Arc<StateFile>>,
    /// What the faucet gives if nothing is said.
    faucet_amount: Balance,
}

/// Tokens that the faucet gives if nothing is said.
const FAUCET_TOKENS: Balance = 1_000;

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
            develops: None,
            relay: None,
            known_height: None,
        }
    }

    /// The same, of a node among others: clients' transactions are told to `relay`.
    pub fn relaying(mut self, relay: Arc<dyn Relay>) -> LocalNode {
        self.relay = Some(relay);
        self
    }

    /// The same, of a node that hears how far others are.
    pub fn following(mut self, known_height: KnownHeight) -> LocalNode {
        self.known_height = Some(known_height);
        self
    }

    /// The same, of a development chain: whoever asks gets a block.
    pub fn mining(mut self) -> LocalNode {
        self.mines = true;
        self
    }

    /// The same, of a development chain in memory: whoever asks may edit it, move its clock, put it
    /// back, and write it to its file, if it has one.
    pub fn developing(mut self, file: Option<Arc<StateFile>>) -> LocalNode {
        let faucet = 10_u128.saturating_pow(self.spec.network.token_decimals.into());
        self.mines = true;
        self.develops = Some(Developing {
            file,
            faucet_amount: faucet.saturating_mul(FAUCET_TOKENS),
        });
        self
    }

    fn reader(&self) -> Reader {
        Reader(self.driver.view(), self.heard())
    }

    /// How far others say the chain is.
    fn heard(&self) -> Height {
        self.known_height.as_ref().map_or(0, |known| known())
    }

    fn fate(&self, id: &TxId) -> Result<Option<Fate>, RpcError> {
        self.driver.shared().fate(id).map_err(error::unread)
    }
}
