//! The RPC server's port, answered by a driver.

use std::sync::Arc;

use argosy_mempool::Reject;
use argosy_primitives::{
    Address, Block, GenesisHash, Header, Transaction, TxId, VerifiedTransaction,
};
use argosy_replica::Refusal;
use argosy_rpc::{
    AccountPort, ChainPort, ContractPort, DevPort, EventsPort, EventsQuery, Found, Included,
    Outcome, QueryCall, Settled, Simulated, StatePort, SystemPort, TxPort,
};
use argosy_rpc_api::{
    AbiAnswer, AccountAnswer, At, BlockSelector, ContractAnswer, Decimal, EventsPage, Health,
    HealthStatus, PoolView, RpcError, StateKeyView, StateProofAnswer, StateProofsAnswer, Status,
    TimestampMs, TxProofAnswer, TxStatus,
};
use argosy_spec::ChainSpec;
use async_trait::async_trait;

use crate::driver::{Driver, SubmitError};
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

impl SystemPort for LocalNode {
    fn spec(&self) -> &ChainSpec {
        &self.spec
    }

    fn genesis_hash(&self) -> GenesisHash {
        self.genesis
    }

    fn health(&self) -> Health {
        let (reader, shared) = (self.reader(), self.driver.shared());
        let (transactions, size_bytes) = shared.pooled();
        let (fault, paused) = (shared.fault(), shared.paused());
        Health {
            status: match (&fault, shared.has_stopped(), &paused) {
                (Some(_), _, _) => HealthStatus::Failed,
                (None, true, _) => HealthStatus::Stopping,
                (None, false, Some(_)) => HealthStatus::Paused,
                (None, false, None) => HealthStatus::Ok,
            },
            reason: fault.or(paused).map(|reason| reason.to_string()),
            version: self.version.clone(),
            at: reader.at(),
            time_ms: TimestampMs(reader.0.head().header.time_ms),
            pool: PoolView {
                transactions: u32::try_from(transactions).unwrap_or(u32::MAX),
                size_bytes: Decimal(u64::try_from(size_bytes).unwrap_or(u64::MAX)),
            },
        }
    }
}

impl ChainPort for LocalNode {
    fn header(&self, at: BlockSelector) -> Result<Found<Header>, RpcError> {
        self.reader().header(at)
    }

    fn block(&self, at: BlockSelector) -> Result<Found<Block>, RpcError> {
        self.reader().block(at)
    }
}

impl AccountPort for LocalNode {
    fn account(&self, address: Address, at: BlockSelector) -> Result<AccountAnswer, RpcError> {
        let reader = self.reader();
        let mut answer = reader.account(address, at)?;
        if answer.at == reader.at() {
            let waiting = self.driver.shared().pending_nonce(&address);
            answer.next_nonce = Some(Decimal(waiting.unwrap_or(0).max(answer.nonce.0)));
        }
        Ok(answer)
    }
}

#[async_trait]
impl TxPort for LocalNode {
    fn simulate(&self, tx: Transaction, at: BlockSelector) -> Result<Found<Simulated>, RpcError> {
        self.reader().simulate(&tx, at)
    }

    fn status(&self, id: &TxId) -> Result<Found<Option<TxStatus>>, RpcError> {
        let fate = self.fate(id)?;
        // A later view than the fate's: what was executed then still is.
        let reader = self.reader();
        let value = match fate {
            None => None,
            Some(Fate::Pooled) => Some(TxStatus::Pending),
            Some(Fate::Dropped(reason)) => Some(TxStatus::Dropped {
                reason: error::dropped(reason),
            }),
            Some(Fate::Refused(reason)) => Some(TxStatus::Refused {
                error: error::refusal(&reason, *id),
            }),
            Some(Fate::Executed(at)) => {
                let Included { at, index, receipt } = reader.included(at)?;
                Some(TxStatus::Included {
                    block: at,
                    index,
                    status: Status(receipt.status),
                })
            }
        };
        Ok(Found {
            at: reader.at(),
            value,
        })
    }

    fn receipt(&self, id: &TxId) -> Result<Option<Included>, RpcError> {
        let reader = self.reader();
        let location = reader.0.locate(id).map_err(error::unread)?;
        location.map(|at| reader.included(at)).transpose()
    }

    fn tx_proof(&self, id: &TxId) -> Result<Option<TxProofAnswer>, RpcError> {
        self.reader().tx_proof(id)
    }

    async fn submit(&self, tx: VerifiedTransaction) -> Result<(), RpcError> {
        let (id, tx) = (tx.id(), Arc::new(tx));
        let taken = self.driver.submit(Arc::clone(&tx)).await;
        // One that came from another node before is this node's client's, too, from now on.
        let waits = matches!(
            taken,
            Ok(_) | Err(SubmitError::Refused(Refusal::Pool(Reject::Known { .. })))
        );
        if let (Some(relay), true) = (&self.relay, waits) {
            relay.taken(&tx);
        }
        taken
            .map(drop)
            .map_err(|refused| error::submit(refused, id))
    }

    async fn settled(&self, id: TxId) -> Result<Settled, RpcError> {
        let mut changes = self.driver.shared().watch();
        loop {
            changes.mark_unchanged();
            match self.fate(&id)? {
                Some(Fate::Executed(at)) => {
                    return Ok(Settled::Included(self.reader().included(at)?));
                }
                Some(Fate::Dropped(reason)) => return Ok(Settled::Dropped(error::dropped(reason))),
                Some(Fate::Refused(reason)) => return Err(error::refusal(&reason, id)),
                None => return Err(RpcError::not_found("transaction", id)),
                Some(Fate::Pooled) if self.driver.shared().has_stopped() => {
                    return Err(RpcError::Stopping {});
                }
                Some(Fate::Pooled) => {}
            }
            if changes.changed().await.is_err() {
                return Err(RpcError::Stopping {});
            }
        }
    }
}

impl ContractPort for LocalNode {
    fn contract(&self, contract: Address, at: BlockSelector) -> Result<ContractAnswer, RpcError> {
        self.reader().contract(contract, at)
    }

    fn abi(&self, contract: Address, at: BlockSelector) -> Result<AbiAnswer, RpcError> {
        self.reader().abi(contract, at)
    }

    fn query(&self, call: QueryCall, at: BlockSelector) -> Result<Found<Outcome>, RpcError> {
        self.reader().query(&call, at)
    }
}

impl StatePort for LocalNode {
    fn state_proof(
        &self,
        address: Address,
        key: StateKeyView,
        at: BlockSelector,
    ) -> Result<StateProofAnswer, RpcError> {
        self.reader().state_proof(address, &key, at)
    }

    fn state_proofs(
        &self,
        keys: Vec<(Address, StateKeyView)>,
        at: BlockSelector,
    ) -> Result<StateProofsAnswer, RpcError> {
        self.reader().state_proofs(&keys, at)
    }
}

impl EventsPort for LocalNode {
    fn events(&self, query: EventsQuery) -> Result<EventsPage, RpcError> {
        self.reader().events(&query)
    }
}

#[async_trait]
impl DevPort for LocalNode {
    async fn mine(&self) -> Result<At, RpcError> {
        if !self.mines {
            let method = "dev_mine".to_owned();
            return Err(RpcError::MethodDisabled { method });
        }
        let height = self.driver.mine().await.map_err(error::mine)?;
        Ok(self.reader().header(BlockSelector::Height(height))?.at)
    }
}
