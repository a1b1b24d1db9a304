//! A transaction of a block executed once more, on the state before it, for somebody who wants to know
//! what it did.
//!
//! ```text
//! state after block h-1 ─► transactions 0 … i-1, compared ─► transaction i, listened to, compared
//! ```
//!
//! Always: nothing is written; what comes out is what the block's receipts say, or an error. The state
//! before is there within the last [`STATE_HEIGHTS`](crate::STATE_HEIGHTS) blocks, and on an archive for
//! every block.
//! Not here: whole blocks with their roots (`reexecute`), who may ask (`rpc`).

use argosy_executor::{
    ApplyError, Ask, BlockContext, BlockExecutor, Traced, on_big_stack, simulate_traced,
};
use argosy_primitives::{
    Action, Address, Block, Gas, Header, Height, Receipt, SignedTransaction, VerifiedTransaction,
};

use crate::error::{ChainError, InadmissibleOr};
use crate::view::{ChainView, Location, Selector};

/// Why a transaction could not be traced.
#[derive(Debug, thiserror::Error)]
pub enum RetraceError {
    /// There is none at that place.
    #[error("there is no transaction {index} in block {height}")]
    NoTransaction {
        /// The block.
        height: Height,
        /// The index.
        index: u32,
    },
    /// The state that it was executed on is no longer kept.
    #[error(
        "the state before block {height} is no longer kept; the oldest block that can be traced is {oldest}"
    )]
    Gone {
        /// The block.
        height: Height,
        /// The oldest whose transactions can be traced.
        oldest: Height,
    },
    /// Whoever asked does not want to wait any longer.
    #[error("given up after {done} of the {before} transactions before it")]
    GivenUp {
        /// Transactions that were executed.
        done: u32,
        /// Transactions before the one in question.
        before: u32,
    },
    /// This node executes it otherwise than it did: the node is broken, or its store is.
    #[error("transaction {index} of block {height} does not come out as it is stored: {what}")]
    Differs {
        /// The block.
        height: Height,
        /// The index.
        index: u32,
        /// The difference.
        what: String,
    },
    /// It could not be read or executed.
    #[error(transparent)]
    Chain(#[from] ChainError),
}

impl ChainView {
    /// The oldest block whose transactions can be traced.
    pub fn oldest_traceable(&self) -> Result<Height, ChainError> {
        let after_state = self.oldest_state()?.saturating_add(1);
        let after_first = self.first.saturating_add(1);
        Ok(after_state.max(after_first).max(self.oldest_block()))
    }

    /// What the transaction at a place did. `goes_on` is asked before each transaction that has to be
    /// executed for that, and says whether there is still somebody who waits.
    pub fn retrace(
        &self,
        at: Location,
        ask: Ask,
        goes_on: impl FnMut() -> bool + Send,
    ) -> Result<Traced, RetraceError> {
        let oldest = self.oldest_traceable()?;
        if at.height < oldest {
            let height = at.height;
            return Err(RetraceError::Gone { height, oldest });
        }
        let missing = RetraceError::NoTransaction {
            height: at.height,
            index: at.index,
        };
        let Some(block) = self.block(at.height)? else {
            return Err(missing);
        };
        if at.index as usize >= block.body.transactions.len() {
            return Err(missing);
        }
        let parent = Selector::Height(at.height.saturating_sub(1));
        let before = self.at(parent)?.ok_or_else(|| {
            ChainError::damaged(format!("the block before {} is missing", at.height))
        })?;
        let done = on_big_stack(|| self.execute_until(&before, &block, (at, ask), goes_on));
        done.map_err(ChainError::from)?
    }

    /// What a transaction of `sender` with nothing but `action` would do as the first of the next block, if
    /// it had all that gas and whatever deposit it needs. No fee is paid.
    pub fn trace_action(
        &self,
        sender: Address,
        action: Action,
        gas_max: Gas,
        ask: Ask,
    ) -> Result<Traced, InadmissibleOr> {
        self.with_request(sender, action, gas_max, |request| {
            let (state, block) = (self.state(), self.next_block());
            let trace = || simulate_traced(state, block, &self.spec, &self.engine, request, ask);
            let done = on_big_stack(trace).map_err(ChainError::from)?;
            done.map_err(|error| match error {
                ApplyError::Inadmissible(reason) => InadmissibleOr::Inadmissible(reason),
                ApplyError::Fault(fault) => InadmissibleOr::Chain(fault.into()),
            })
        })
    }

    /// Executes a block on the view before it, up to the transaction in question.
    fn execute_until(
        &self,
        before: &ChainView,
        block: &Block,
        (at, ask): (Location, Ask),
        mut goes_on: impl FnMut() -> bool,
    ) -> Result<Traced, RetraceError> {
        let context = context_of(&block.header);
        let mut executor = BlockExecutor::begin(before.state(), context, &self.spec, &self.engine)
            .map_err(ChainError::from)?;
        let body = &block.body;
        executor
            .carry(body.last_certificate.as_ref(), &body.evidence)
            .map_err(ChainError::from)?;
        for (index, signed) in (0u32..).zip(&body.transactions) {
            if !goes_on() {
                return Err(RetraceError::GivenUp {
                    done: index,
                    before: at.index,
                });
            }
            let place = Location { index, ..at };
            let stored = self.receipt(place)?;
            let stored = stored.ok_or_else(|| ChainError::damaged(missing_receipt(place)))?;
            let tx = verified(place, signed)?;
            if index < at.index {
                let receipt = executor.apply(&tx);
                compare(place, receipt.map_err(|it| differs(place, it))?, &stored)?;
                continue;
            }
            let traced = executor.apply_traced(&tx, ask);
            let traced = traced.map_err(|it| differs(place, it))?;
            compare(place, &traced.receipt, &stored)?;
            return Ok(traced);
        }
        Err(RetraceError::NoTransaction {
            height: at.height,
            index: at.index,
        })
    }
}

/// What the block was executed with, as its header has it.
fn context_of(header: &Header) -> BlockContext {
    BlockContext {
        chain: header.chain,
        version: header.version,
        height: header.height,
        time_ms: header.time_ms,
        proposer: header.proposer,
        base_price: header.base_price,
    }
}

fn missing_receipt(at: Location) -> String {
    format!("receipt {}.{} is missing", at.height, at.index)
}

fn verified(at: Location, tx: &SignedTransaction) -> Result<VerifiedTransaction, RetraceError> {
    let verified = tx.clone().verify();
    verified.map_err(|error| {
        ChainError::damaged(format!(
            "transaction {}.{} is none: {error}",
            at.height, at.index
        ))
        .into()
    })
}

/// It was admissible when it was executed first.
fn differs(at: Location, error: ApplyError) -> RetraceError {
    match error {
        ApplyError::Inadmissible(reason) => RetraceError::Differs {
            height: at.height,
            index: at.index,
            what: format!("it is not admissible: {reason}"),
        },
        ApplyError::Fault(fault) => ChainError::from(fault).into(),
    }
}

fn compare(at: Location, executed: &Receipt, stored: &Receipt) -> Result<(), RetraceError> {
    let parts = [
        ("status", executed.status == stored.status),
        ("gas", executed.gas_used == stored.gas_used),
        ("result", executed.data == stored.data),
        ("fee", executed.fee == stored.fee),
        ("deposit", executed.deposit == stored.deposit),
        ("events", executed.events == stored.events),
        // The index of the last action, and what is added later.
        ("receipt", executed == stored),
    ];
    match parts.into_iter().find(|(_, is_same)| !is_same) {
        None => Ok(()),
        Some((part, _)) => Err(RetraceError::Differs {
            height: at.height,
            index: at.index,
            what: format!("its {part} is another one"),
        }),
    }
}
