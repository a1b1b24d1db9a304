//! A block at work: transactions in order, then what the chain itself does at the end.
//!
//! ```text
//! begin ─► carry ─► apply, apply, … ─► finish        tips to the proposer, supply, hot set, root
//! ```
//!
//! Invariant: a transaction that is inadmissible leaves the state as it was, so a builder may go on
//! with the next one. After a [`Fault`] the executor must be dropped.
//! Not here: which transactions to try, block size, header checks (`chain`).

use std::collections::BTreeMap;

use argosy_primitives::{
    Balance, CodeHash, CommitCertificate, Evidence, Gas, Receipt, StateRoot, VerifiedTransaction,
};
use argosy_spec::ChainSpec;
use argosy_state::{State, StateDelta};
use argosy_system::{Carried, carry};
use argosy_vm_engine::Engine;

use crate::actions::PERFORMED;
use crate::admit::{AccountFacts, Admitted, BlockFacts, admit};
use crate::error::{ApplyError, Fault, Inadmissible};
use crate::scope::{BlockContext, Environment};
use crate::supply::SupplyChange;
use crate::trace::Trace;
use crate::transaction::{self, Order};

/// Applies the transactions of one block, one after the other.
pub struct BlockExecutor<'a> {
    pub(crate) env: Environment<'a>,
    pub(crate) state: State,
    pub(crate) gas_used: Gas,
    burned: Balance,
    tips: Balance,
    /// What edits did to the supply.
    pub(crate) edited: SupplyChange,
    pub(crate) loaded: BTreeMap<CodeHash, u32>,
    pub(crate) receipts: Vec<Receipt>,
    pub(crate) traces: Vec<(u32, Trace)>,
}

/// What a block did.
#[derive(Debug)]
pub struct BlockOutcome {
    /// What changes in the store.
    pub delta: StateDelta,
    /// Root of the state after the block.
    pub state_root: StateRoot,
    /// One per transaction.
    pub receipts: Vec<Receipt>,
    /// What this node noted of transactions that failed, by their index. Not consensus.
    pub traces: Vec<(u32, Trace)>,
    /// Sum over the transactions.
    pub gas_used: Gas,
    /// Fees that left the supply.
    pub burned: Balance,
    /// Fees that the proposer got.
    pub tips: Balance,
}

impl<'a> BlockExecutor<'a> {
    /// Starts a block on `state`. Fails if the protocol version lets actions into blocks that this
    /// node cannot perform.
    pub fn begin(
        state: State,
        block: BlockContext,
        spec: &'a ChainSpec,
        engine: &'a Engine,
    ) -> Result<Self, Fault> {
        let version = spec.protocol.version(block.version);
        let version = version.ok_or(Fault::VersionUnknown(block.version))?;
        let unknown = version
            .actions
            .iter()
            .find(|action| !PERFORMED.contains(action));
        if let Some(action) = unknown {
            return Err(Fault::ActionUnknown(*action));
        }
        Ok(Self {
            env: Environment {
                spec,
                engine,
                block,
            },
            state,
            gas_used: 0,
            burned: 0,
            tips: 0,
            edited: SupplyChange::default(),
            loaded: BTreeMap::new(),
            receipts: Vec::new(),
            traces: Vec::new(),
        })
    }

    /// What the block says of agreement, which its transactions then find done; it was verified.
    pub fn carry(
        &mut self,
        certificate: Option<&CommitCertificate>,
        evidence: &[Evidence],
    ) -> Result<(), Fault> {
        let carried = Carried {
            height: self.env.block.height,
            proposer: self.env.block.proposer,
            certificate,
            evidence,
        };
        Ok(carry(&mut self.state, self.env.spec, &carried)?)
    }

    /// Whether the block has room for the transaction's gas limit.
    pub fn fits(&self, tx: &VerifiedTransaction) -> bool {
        let after = self.gas_used.checked_add(tx.transaction().gas_limit);
        after.is_some_and(|after| after <= self.env.spec.limits.block_gas_max)
    }

    /// Whether the transaction may come next.
    pub fn check(&self, tx: &VerifiedTransaction) -> Result<(), ApplyError> {
        self.admit(tx).map(|_| ())
    }

    /// Runs the transaction. Its receipt tells whether it did what it was to do; an error means that
    /// it may not be in this block, or that the node must stop.
    pub fn apply(&mut self, tx: &VerifiedTransaction) -> Result<&Receipt, ApplyError> {
        let admitted = self.admit(tx)?;
        let transaction = tx.transaction();
        let order = Order {
            sender: tx.sender(),
            actions: &transaction.actions,
            gas_limit: transaction.gas_limit,
            deposit_max: transaction.deposit_max,
        };
        let executed = transaction::execute(self.env, &mut self.state, &order, &admitted)?;
        let sum = |left: Balance, right| left.checked_add(right).ok_or(BEYOND_SUPPLY);
        self.burned = sum(self.burned, executed.burned)?;
        self.tips = sum(self.tips, executed.tip)?;
        self.gas_used = self.gas_used.saturating_add(executed.receipt.gas_used);
        self.loaded.extend(executed.loaded);
        if !executed.receipt.status.is_success() {
            let index = u32::try_from(self.receipts.len()).map_err(|_| TOO_MANY)?;
            self.traces.push((index, executed.trace));
        }
        self.receipts.push(executed.receipt);
        Ok(self.receipts.last().expect("just pushed"))
    }

    /// Ends the block: pays the proposer, brings supply and hot set up to date, computes the root.
    pub fn finish(mut self) -> Result<BlockOutcome, Fault> {
        self.pay_proposer()?;
        let change = SupplyChange::burned(self.burned).and(self.edited)?;
        change.settle(&mut self.state)?;
        let hot_set_bytes_max = self.env.spec.limits.hot_set_bytes_max;
        self.state
            .hot_touch_all(self.env.block.height, &self.loaded, hot_set_bytes_max)?;
        let delta = self.state.into_delta()?;
        Ok(BlockOutcome {
            state_root: delta.root(),
            delta,
            receipts: self.receipts,
            traces: self.traces,
            gas_used: self.gas_used,
            burned: self.burned,
            tips: self.tips,
        })
    }

    pub(crate) fn admit(&self, tx: &VerifiedTransaction) -> Result<Admitted, ApplyError> {
        let block = &self.env.block;
        let account = self
            .state
            .account(&tx.sender())
            .map_err(Fault::from)?
            .unwrap_or_default();
        let account = AccountFacts {
            nonce: account.nonce,
            balance: account.balance,
        };
        let facts = BlockFacts {
            chain: block.chain,
            version: block.version,
            height: block.height,
            base_price: block.base_price,
        };
        let transaction = tx.transaction();
        let admitted = admit(
            transaction,
            tx.size_bytes(),
            &account,
            &facts,
            self.env.spec,
        )?;
        // The whole gas limit fits into the block.
        if !self.fits(tx) {
            return Err(ApplyError::Inadmissible(Inadmissible::BlockFull {
                gas_used: self.gas_used,
                gas_limit: transaction.gas_limit,
                gas_max: self.env.spec.limits.block_gas_max,
            }));
        }
        Ok(admitted)
    }

    /// The proposer's account comes to life without a deposit if there is none: nobody signed.
    fn pay_proposer(&mut self) -> Result<(), Fault> {
        if self.tips == 0 {
            return Ok(());
        }
        let proposer = self.env.block.proposer;
        let mut account = self.state.account(&proposer)?.unwrap_or_default();
        account.balance = account
            .balance
            .checked_add(self.tips)
            .ok_or(BEYOND_SUPPLY)?;
        self.state.set_account(&proposer, &account);
        Ok(())
    }
}

const BEYOND_SUPPLY: Fault = Fault::Invariant("fees exceed the supply");
pub(crate) const TOO_MANY: Fault =
    Fault::Invariant("a block has more transactions than can be counted");
