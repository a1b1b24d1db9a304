//! What all frames of one transaction share: state, gas, deposit allowance, events, running frames.
//!
//! Invariant: [`TxScope::rollback`] restores everything that a receipt or the state could show, and
//! nothing else: gas stays spent, loaded code stays loaded, the trace stays written.
//! Not here: what is done with it (`ledger`, `frame`, `actions`).

use std::collections::BTreeMap;

use argosy_primitives::{
    Address, Balance, CodeHash, Event, Gas, GenesisHash, Height, StatusCode, TimestampMs,
};
use argosy_spec::ChainSpec;
use argosy_state::{Savepoint, State, StateError};
use argosy_vm_engine::Engine;
use argosy_vm_host::{HostFault, MigrationFacts};

use crate::error::Fault;
use crate::recorder::Recorder;
use crate::system_event::SystemEvent;
use crate::trace::Trace;

/// The block that is being executed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BlockContext {
    /// The chain.
    pub chain: GenesisHash,
    /// Protocol version in force.
    pub version: u32,
    /// Its height.
    pub height: Height,
    /// Its time.
    pub time_ms: TimestampMs,
    /// Who gets the tips.
    pub proposer: Address,
    /// Price per gas that is burned.
    pub base_price: u64,
}

/// What does not change while a block is executed.
#[derive(Clone, Copy)]
pub(crate) struct Environment<'a> {
    pub(crate) spec: &'a ChainSpec,
    pub(crate) engine: &'a Engine,
    pub(crate) block: BlockContext,
}

/// One transaction, or one query, at work.
pub(crate) struct TxScope<'a> {
    pub(crate) env: Environment<'a>,
    pub(crate) state: &'a mut State,
    /// Pays deposits and gets refunds.
    pub(crate) signer: Address,
    /// Gas that the next action may use.
    pub(crate) gas_left: Gas,
    /// What the signer may still lock; refunds raise it.
    pub(crate) deposit_left: Balance,
    deposit_max: Balance,
    /// The lowest that `deposit_left` ever was, in frames that were undone too.
    deposit_low: Balance,
    pub(crate) events: Vec<Event>,
    /// Contracts that contracts created without a salt of their own.
    pub(crate) creations: u32,
    /// Migrations that are running, outermost first.
    pub(crate) migrations: Vec<MigrationFacts>,
    /// Contracts that are running, outermost first.
    pub(crate) running: Vec<RunningFrame>,
    /// Code that this transaction has paid to load, with its instrumented size.
    pub(crate) loaded: BTreeMap<CodeHash, u32>,
    pub(crate) trace: Trace,
    /// Frames that the trace was ever given, those that made room included.
    pub(crate) frames_noted: usize,
    /// Somebody who asked for this execution; none in a block.
    pub(crate) recorder: Option<Box<Recorder>>,
}

/// A frame on the call stack.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct RunningFrame {
    pub(crate) contract: Address,
    /// The call that it waits for may come back to it.
    pub(crate) is_open: bool,
    /// Its ABI sends messages when its own work is done, so that whatever comes back finds it at
    /// rest: it may be entered at any time.
    pub(crate) is_actor: bool,
    /// The last thing that it asked other code for failed, and the trace tells so.
    pub(crate) after_failure: bool,
}

/// A point to return to: rolled back or kept.
#[must_use = "an open mark must be rolled back or kept"]
pub(crate) struct Mark {
    state: Savepoint,
    events: usize,
    creations: u32,
    deposit_left: Balance,
}

/// Why a step did not finish.
#[derive(Debug)]
pub(crate) enum Halt {
    /// The transaction's own doing: becomes a status.
    Failed(StatusCode),
    /// The node is broken.
    Fault(Fault),
}

/// A step of a transaction.
pub(crate) type Step<T> = Result<T, Halt>;

impl<'a> TxScope<'a> {
    pub(crate) fn new(env: Environment<'a>, state: &'a mut State, signer: Address) -> Self {
        Self {
            env,
            state,
            signer,
            gas_left: 0,
            deposit_left: 0,
            deposit_max: 0,
            deposit_low: 0,
            events: Vec::new(),
            creations: 0,
            migrations: Vec::new(),
            running: Vec::new(),
            loaded: BTreeMap::new(),
            trace: Trace::default(),
            frames_noted: 0,
            recorder: None,
        }
    }

    /// Sets what the signer may lock.
    pub(crate) fn allow_deposit(&mut self, deposit_max: Balance) {
        self.deposit_left = deposit_max;
        self.deposit_max = deposit_max;
        self.deposit_low = deposit_max;
    }

    /// The least `deposit_max` that would have been enough for all that was locked.
    pub(crate) fn deposit_needed(&self) -> Balance {
        self.deposit_max.saturating_sub(self.deposit_low)
    }

    /// A point to return to.
    pub(crate) fn mark(&mut self) -> Mark {
        Mark {
            state: self.state.savepoint(),
            events: self.events.len(),
            creations: self.creations,
            deposit_left: self.deposit_left,
        }
    }

    /// Keeps what was done since `mark`.
    pub(crate) fn keep(&mut self, mark: Mark) {
        self.state.release(mark.state);
    }

    /// Undoes all that a receipt or the state could show since `mark`.
    pub(crate) fn rollback(&mut self, mark: Mark) {
        self.state.rollback(mark.state);
        self.events.truncate(mark.events);
        self.creations = mark.creations;
        self.deposit_left = mark.deposit_left;
    }

    /// Pays for an action's work, or empties the meter and fails.
    pub(crate) fn charge(&mut self, gas: Gas) -> Step<()> {
        match self.gas_left.checked_sub(gas) {
            Some(left) => {
                self.gas_left = left;
                Ok(())
            }
            None => {
                self.gas_left = 0;
                Err(Halt::Failed(StatusCode::OutOfGas))
            }
        }
    }

    /// Takes `amount` from what the signer allows to be locked; the caller puts it into a record.
    pub(crate) fn lock_deposit(&mut self, amount: Balance) -> Step<()> {
        let left = self.deposit_left.checked_sub(amount);
        self.deposit_left = left.ok_or(Halt::Failed(StatusCode::DepositLimit))?;
        self.deposit_low = self.deposit_low.min(self.deposit_left);
        Ok(())
    }

    /// Gives `amount` back to the signer; the caller has taken it from a record.
    pub(crate) fn refund_deposit(&mut self, amount: Balance) -> Result<(), Fault> {
        let left = self.deposit_left.checked_add(amount);
        self.deposit_left = left.ok_or(Fault::Invariant("deposits exceed the supply"))?;
        Ok(())
    }

    /// Announces what the chain itself did.
    pub(crate) fn announce(&mut self, event: SystemEvent) -> Step<()> {
        self.emit(event.to_event())
    }

    /// Adds an event, up to the number that one transaction may have.
    pub(crate) fn emit(&mut self, event: Event) -> Step<()> {
        if self.events.len() >= self.env.spec.limits.events_max as usize {
            return Err(Halt::Failed(StatusCode::LimitExceeded));
        }
        self.events.push(event);
        Ok(())
    }

    /// Tells whoever listens.
    #[inline]
    pub(crate) fn tell(&mut self, what: impl FnOnce(&mut Recorder)) {
        if let Some(recorder) = &mut self.recorder {
            what(recorder);
        }
    }

    /// Whether `contract` may be entered now. A contract that is running decides for itself: each
    /// of its frames must wait for a call that allows re-entry.
    pub(crate) fn may_enter(&self, contract: &Address) -> bool {
        let mut frames = self
            .running
            .iter()
            .filter(|frame| frame.contract == *contract);
        frames.all(|frame| frame.is_open || frame.is_actor)
    }
}

impl From<StatusCode> for Halt {
    fn from(status: StatusCode) -> Self {
        Halt::Failed(status)
    }
}

impl From<Fault> for Halt {
    fn from(fault: Fault) -> Self {
        Halt::Fault(fault)
    }
}

impl From<StateError> for Halt {
    fn from(error: StateError) -> Self {
        Halt::Fault(error.into())
    }
}

impl From<HostFault> for Halt {
    fn from(fault: HostFault) -> Self {
        Halt::Fault(fault.into())
    }
}
