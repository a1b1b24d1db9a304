//! What a running contract asks for: the [`Host`] port over a transaction's scope.
//!
//! Adapters have already charged, and checked sizes, capabilities and read-only frames.
//!
//! Invariant: a method that returns a refusal or a failed status has changed nothing.
//! Not here: storage with its deposits (`storage`), frames (`frame`), what is known of others
//! (`look_up`).

use std::sync::Arc;

use argosy_primitives::{Address, Balance, Event, StatusCode};
use argosy_vm_host::{
    CallContext, CallOutcome, CallRequest, Facts, Host, HostError, HostFault, InstantiateOutcome,
    InstantiateRequest, Observed, Question, RangeRequest, RangeVisitor, ReplyRequest,
    UpgradeRequest,
};

use crate::error::Fault;
use crate::frame::{Call, refused};
use crate::lifecycle::{Creation, Upgrade};
use crate::scope::{Halt, RunningFrame, TxScope};

/// One running frame and the transaction around it.
pub(crate) struct FrameHost<'s, 'a> {
    pub(crate) scope: &'s mut TxScope<'a>,
    pub(crate) context: CallContext,
}

impl FrameHost<'_, '_> {
    /// Runs a sub-call during which others may re-enter this frame's contract, or not. If it fails in
    /// a frame, that one says so here.
    fn wait<T>(&mut self, is_open: bool, run: impl FnOnce(&mut TxScope<'_>) -> T) -> T {
        let frame = self.own_frame();
        frame.is_open = is_open;
        frame.after_failure = false;
        let outcome = run(self.scope);
        self.own_frame().is_open = false;
        outcome
    }

    /// Whether the running contract may upgrade another one and hand it over.
    fn is_admin_of(&self, contract: &Address) -> Result<bool, HostFault> {
        let record = self.scope.state.contract(contract);
        let record = record.map_err(HostFault::new)?;
        Ok(record.is_some_and(|it| it.admin == Some(self.context.contract)))
    }

    /// Why the running contract may not upgrade a contract now, if it may not. `upgrade` is an entry as
    /// others are: another contract that waits in the middle of its own work is not entered.
    fn upgrade_refusal(&self, contract: &Address) -> Result<Option<StatusCode>, HostFault> {
        if *contract == self.context.contract {
            return Ok(None);
        }
        if !self.is_admin_of(contract)? {
            return Ok(Some(StatusCode::Unauthorized));
        }
        let may_enter = self.scope.may_enter(contract);
        Ok((!may_enter).then_some(StatusCode::Reentry))
    }

    fn own_frame(&mut self) -> &mut RunningFrame {
        let frame = self.scope.running.last_mut();
        frame.expect("this frame is running")
    }
}

impl Host for FrameHost<'_, '_> {
    fn context(&self) -> &CallContext {
        &self.context
    }

    fn balance(&mut self, address: &Address) -> Result<Balance, HostFault> {
        let account = self.scope.state.account(address).map_err(HostFault::new)?;
        Ok(account.unwrap_or_default().balance)
    }

    fn storage_get(&mut self, key: &[u8]) -> Result<Option<Arc<[u8]>>, HostFault> {
        let value = self.scope.state.storage_get(&self.context.contract, key);
        let value = value.map_err(HostFault::new)?;
        (self.scope).tell(|recorder| recorder.read(key, value.as_deref()));
        Ok(value)
    }

    fn storage_set(&mut self, key: &[u8], value: &[u8]) -> Result<(), HostError> {
        self.scope.tell(|recorder| recorder.write(key, value));
        self.scope
            .storage_set(&self.context.contract, key, value)
            .map_err(host_error)
    }

    fn storage_remove(&mut self, key: &[u8]) -> Result<bool, HostError> {
        self.scope.tell(|recorder| recorder.remove(key));
        self.scope
            .storage_remove(&self.context.contract, key)
            .map_err(host_error)
    }

    fn storage_range(
        &mut self,
        range: &RangeRequest<'_>,
        visit: &mut RangeVisitor<'_>,
    ) -> Result<(), HostFault> {
        let own = self.context.contract;
        // As with single entries: what is read of others is no step of this contract.
        if range.owner.is_none() {
            (self.scope).tell(|recorder| recorder.range(range.start, range.end));
        }
        self.scope
            .storage_range(&range.owner.unwrap_or(own), range, visit)
            .map_err(HostFault::new)
    }

    fn transfer(&mut self, to: &Address, amount: Balance) -> Result<StatusCode, HostFault> {
        let status = match self.scope.transfer(&self.context.contract, to, amount) {
            Ok(()) => StatusCode::Success,
            Err(Halt::Failed(status)) => status,
            Err(Halt::Fault(fault)) => return Err(host_fault(fault)),
        };
        (self.scope).tell(|recorder| recorder.transfer(*to, amount, status));
        Ok(status)
    }

    fn call(&mut self, request: &CallRequest<'_>) -> Result<CallOutcome, HostFault> {
        let call = Call {
            caller: self.context.contract,
            to: request.to,
            funds: request.funds,
            input: request.input,
            gas: request.gas,
            read_only: request.read_only || self.context.read_only,
        };
        let called = self.wait(request.allow_reentry, |scope| scope.call(call));
        let called = called.map_err(host_fault)?;
        self.scope.tell(|recorder| recorder.called(called.status));
        Ok(called)
    }

    fn instantiate(
        &mut self,
        request: &InstantiateRequest<'_>,
    ) -> Result<InstantiateOutcome, HostFault> {
        let creation = Creation {
            creator: self.context.contract,
            code: request.code,
            place: request.place,
            admin: request.admin,
            funds: request.funds,
            input: request.input,
            gas: request.gas,
        };
        let created = self.wait(false, |scope| scope.instantiate(creation));
        let created = created.map_err(host_fault)?;
        (self.scope).tell(|recorder| recorder.called(created.outcome.status));
        Ok(created)
    }

    fn upgrade(&mut self, request: &UpgradeRequest<'_>) -> Result<CallOutcome, HostFault> {
        let own = self.context.contract;
        if let Some(status) = self.upgrade_refusal(&request.contract)? {
            self.scope.tell(|recorder| recorder.called(status));
            return Ok(refused(status));
        }
        let upgrade = Upgrade {
            caller: own,
            contract: request.contract,
            code: request.code,
            input: request.input,
            gas: request.gas,
        };
        let upgraded = self.wait(false, |scope| scope.upgrade(upgrade));
        let upgraded = upgraded.map_err(host_fault)?;
        self.scope.tell(|recorder| recorder.called(upgraded.status));
        Ok(upgraded)
    }

    fn reply(&mut self, request: &ReplyRequest<'_>) -> Result<CallOutcome, HostFault> {
        let call = Call {
            caller: self.context.contract,
            to: self.context.contract,
            funds: 0,
            input: request.input,
            gas: request.gas,
            read_only: self.context.read_only,
        };
        let replied = self.wait(true, |scope| scope.reply(call));
        let replied = replied.map_err(host_fault)?;
        self.scope.tell(|recorder| recorder.called(replied.status));
        Ok(replied)
    }

    fn set_admin(
        &mut self,
        contract: &Address,
        admin: Option<Address>,
    ) -> Result<StatusCode, HostFault> {
        if !self.is_admin_of(contract)? {
            return Ok(StatusCode::Unauthorized);
        }
        match self.scope.set_admin(contract, admin) {
            Ok(()) => Ok(StatusCode::Success),
            Err(Halt::Failed(status)) => Ok(status),
            Err(Halt::Fault(fault)) => Err(host_fault(fault)),
        }
    }

    fn look_up(&mut self, question: &Question) -> Result<Facts, HostFault> {
        self.scope.look_up(question).map_err(host_fault)
    }

    fn emit(&mut self, topics: &[[u8; 32]], data: &[u8]) -> Result<(), HostError> {
        self.scope.tell(|recorder| recorder.event(topics, data));
        let contract = self.context.contract;
        let event = Event {
            contract,
            topics: topics.to_vec(),
            data: data.to_vec(),
        };
        self.scope.emit(event).map_err(host_error)
    }

    fn log(&mut self, line: &str) {
        self.scope.tell(|recorder| recorder.line(line));
        self.scope.trace.log(self.context.contract, line);
    }

    fn observe(&mut self, observed: Observed) {
        self.scope.tell(|recorder| recorder.observe(observed));
    }
}

fn host_error(halt: Halt) -> HostError {
    match halt {
        Halt::Failed(status) => HostError::Refused(status),
        Halt::Fault(fault) => HostError::Fault(host_fault(fault)),
    }
}

/// Unwraps a fault that has come through the virtual machine before, so that causes do not nest
/// with the call depth.
fn host_fault(fault: Fault) -> HostFault {
    match fault {
        Fault::Host(fault) => fault,
        other => HostFault::new(other),
    }
}
