//! The machine: one event in, actions out.
//!
//! Always: after a fault the replica must not be stepped again; the chain's head moves only
//! through blocks that were verified by executing them.

use std::collections::BTreeSet;
use std::sync::Arc;

use argosy_chain::{
    Account, BuildRequest, Built, Candidate, Candidates, Chain, Committed, Inadmissible, Refused,
    crash_point,
};
use argosy_mempool::{AccountView, Mempool, Picker};
use argosy_primitives::{Address, Evidence, TimestampMs, TxId, VerifiedTransaction};

use crate::event::{Action, Event, Refusal, ReplicaFault};
use crate::solo::BlockMode;

/// How a replica behaves; nothing of it is consensus.
#[derive(Clone, Debug)]
pub struct Config {
    /// When blocks are made.
    pub blocks: BlockMode,
    /// The mempool's bounds.
    pub pool: argosy_mempool::Limits,
    /// Who proposes.
    pub proposer: Address,
    /// At most this many transactions in a block.
    pub txs_per_block_max: u32,
    /// Execute every own block a second time before it is committed, as another validator would,
    /// and stop if the results differ.
    pub verify_own: bool,
    /// Transactions that this node never proposes: those during which it failed before.
    pub quarantined: BTreeSet<TxId>,
}

/// A lone proposer's node without its edges.
pub struct Replica {
    pub(crate) chain: Chain,
    pub(crate) pool: Mempool,
    pub(crate) config: Config,
    /// Blocks of the next height that were executed; one of them may be decided.
    pub(crate) candidates: Vec<Candidate>,
    /// Proofs of misbehaviour for this node's next block.
    pub(crate) evidence: Vec<Evidence>,
    pub(crate) last_block_ms: TimestampMs,
    /// The last block could take nothing of what is ready; the next would not, either.
    pub(crate) barren: bool,
}

impl Replica {
    /// A replica at the chain's head with an empty mempool.
    pub fn new(chain: Chain, config: Config) -> Replica {
        let pool = Mempool::new(config.pool, chain.view().next_base_price());
        let last_block_ms = chain.head().header.time_ms;
        Replica {
            chain,
            pool,
            config,
            candidates: Vec::new(),
            evidence: Vec::new(),
            last_block_ms,
            barren: false,
        }
    }

    /// The chain.
    pub fn chain(&self) -> &Chain {
        &self.chain
    }

    /// The mempool.
    pub fn pool(&self) -> &Mempool {
        &self.pool
    }

    /// Takes one event and says what follows from it.
    pub fn step(&mut self, event: Event) -> Result<Vec<Action>, ReplicaFault> {
        match event {
            Event::Submitted { tx } => self.submit(tx),
            Event::Settled { now_ms } => self.settle(now_ms),
            Event::Tick { now_ms } => self.tick(now_ms),
            Event::Mine { now_ms } => self.produce(now_ms),
            Event::Propose {
                height,
                round,
                now_ms,
            } => self.propose((height, round), now_ms),
            Event::Judge(proposed) => self.judge(*proposed),
            Event::Decided {
                certificate,
                durability,
            } => self.decided(certificate, durability),
            Event::Extended { certificate } => {
                self.chain.extend_certificate(certificate);
                Ok(Vec::new())
            }
            Event::Accused { evidence } => {
                self.accuse(evidence);
                Ok(Vec::new())
            }
        }
    }

    fn submit(&mut self, tx: Arc<VerifiedTransaction>) -> Result<Vec<Action>, ReplicaFault> {
        let (id, sender) = (tx.id(), tx.sender());
        let admitted = match self.refusal(&tx)? {
            Some(reason) => Err(reason),
            None => {
                let account = self.account(&sender)?;
                self.pool.insert(tx, account).map_err(Refusal::Pool)
            }
        };
        Ok(match admitted {
            Ok(inserted) => {
                self.barren = false;
                let dropped = inserted.dropped.into_iter().map(Action::Dropped);
                std::iter::once(Action::Admitted { id, sender })
                    .chain(dropped)
                    .collect()
            }
            Err(reason) => vec![Action::Refused { id, reason }],
        })
    }

    /// The protocol's reason against a transaction, if there is one that time will not mend.
    fn refusal(&self, tx: &VerifiedTransaction) -> Result<Option<Refusal>, ReplicaFault> {
        let view = self.chain.view();
        if self.config.quarantined.contains(&tx.id()) {
            return Ok(Some(Refusal::Quarantined { id: tx.id() }));
        }
        let Err(reason) = view.check(tx)? else {
            return Ok(None);
        };
        if let Some(at) = view.locate(&tx.id())? {
            return Ok(Some(Refusal::Executed {
                id: tx.id(),
                height: at.height,
            }));
        }
        // A later nonce may wait for the earlier ones; a low price ceiling for a lower base price.
        let waits = matches!(reason, Inadmissible::NonceTooHigh { .. });
        Ok((!waits).then_some(Refusal::Protocol(reason)))
    }

    /// One block, if it is time for one as soon as something is ready.
    fn settle(&mut self, now_ms: TimestampMs) -> Result<Vec<Action>, ReplicaFault> {
        let is_instant = self.config.blocks == BlockMode::Instant;
        match is_instant && self.pool.has_ready() && !self.barren {
            true => self.produce(now_ms),
            false => Ok(Vec::new()),
        }
    }

    fn tick(&mut self, now_ms: TimestampMs) -> Result<Vec<Action>, ReplicaFault> {
        // Only blocks lower the base price, and in instant mode only transactions make blocks: those
        // that the price has left behind would wait for ever.
        let waits = self.config.blocks == BlockMode::Instant
            && self.pool.waits_for_price()
            && self.price_may_fall();
        match waits || self.config.blocks.is_due(now_ms, self.last_block_ms) {
            true => self.produce(now_ms),
            false => Ok(Vec::new()),
        }
    }

    /// Builds, verifies and commits one block, and brings the mempool to the new head.
    fn produce(&mut self, now_ms: TimestampMs) -> Result<Vec<Action>, ReplicaFault> {
        let request = BuildRequest {
            now_ms,
            proposer: self.config.proposer,
            round: 0,
            txs_max: self.config.txs_per_block_max,
            evidence: Vec::new(),
        };
        let was_ready = self.pool.has_ready();
        let mut source = Waiting {
            picker: self.pool.pick(),
        };
        crash_point!("block::begin");
        let Built { candidate, refused } = self.chain.build(request, &mut source)?;
        crash_point!("block::built");
        let candidate = match self.config.verify_own {
            true => self
                .chain
                .reverify(candidate)
                .map_err(|error| self.divergence(error))?,
            false => candidate,
        };
        crash_point!("block::verified");
        let committed = self.chain.commit(candidate)?;
        crash_point!("block::committed");
        self.last_block_ms = now_ms;
        self.barren = was_ready && committed.transactions.is_empty();
        let mut actions = self.drop_refused(&refused);
        actions.extend(self.follow(&committed)?);
        actions.push(Action::Committed(committed));
        crash_point!("block::followed");
        Ok(actions)
    }

    /// What a block could not take, now or ever, leaves the mempool.
    pub(crate) fn drop_refused(&mut self, refused: &[Refused]) -> Vec<Action> {
        let drop = |it: &Refused| self.pool.drop_inadmissible(&it.id).map(Action::Dropped);
        refused.iter().filter_map(drop).collect()
    }

    pub(crate) fn divergence(&self, error: argosy_chain::ChainError) -> ReplicaFault {
        let height = self.chain.head().header.height.saturating_add(1);
        match error.is_block_fault() {
            true => ReplicaFault::Divergence {
                height,
                reason: error.to_string(),
            },
            false => error.into(),
        }
    }

    pub(crate) fn follow(&mut self, committed: &Committed) -> Result<Vec<Action>, ReplicaFault> {
        let senders = committed.senders()?;
        let changed: Vec<(Address, AccountView)> = senders
            .into_iter()
            .map(|(address, account)| (address, view_of(account)))
            .collect();
        self.follow_accounts(committed, &changed)
    }

    /// Brings the mempool to a committed block after which these accounts are as told.
    pub(crate) fn follow_accounts(
        &mut self,
        committed: &Committed,
        changed: &[(Address, AccountView)],
    ) -> Result<Vec<Action>, ReplicaFault> {
        let included: BTreeSet<TxId> = committed.ids();
        let next_height = self.chain.head().header.height.saturating_add(1);
        let base_price = self.chain.view().next_base_price();
        let dropped = self
            .pool
            .update(next_height, base_price, &included, changed);
        Ok(dropped.into_iter().map(Action::Dropped).collect())
    }

    /// Whether an empty block may lower the base price: the last one, if it was empty, did.
    fn price_may_fall(&self) -> bool {
        let head = &self.chain.head().header;
        head.gas_used > 0 || self.chain.view().next_base_price() < head.base_price
    }

    pub(crate) fn account(&self, address: &Address) -> Result<AccountView, ReplicaFault> {
        let account = self.chain.view().account(address)?;
        Ok(account.map(view_of).unwrap_or_default())
    }
}

fn view_of(account: Account) -> AccountView {
    AccountView {
        nonce: account.nonce,
        balance: account.balance,
    }
}

/// The mempool's order as the chain wants it.
pub(crate) struct Waiting<'a> {
    pub(crate) picker: Picker<'a>,
}

impl Candidates for Waiting<'_> {
    fn peek(&mut self) -> Option<Arc<VerifiedTransaction>> {
        self.picker.peek().map(Arc::clone)
    }

    fn take(&mut self) {
        self.picker.take();
    }

    fn leave(&mut self) {
        self.picker.leave();
    }
}
