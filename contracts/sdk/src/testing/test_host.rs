//! What a test says: who calls, with what, when, and what must have happened.

use std::marker::PhantomData;
use std::panic::{AssertUnwindSafe, catch_unwind};

use argosy_primitives::{Address, Balance, Height, StatusCode, TimestampMs};
use argosy_vm_abi::{Entry, RevertData, Selector};
use parity_scale_codec::Encode;

use super::chain::{self, Chain, Ended, Ledger, SubCall, SubInstantiate, UpgradeRequest};
use crate::call::CallError;
use crate::event::Event;
use crate::message::{Contract, Outcome};

/// The chain of one test. It lives on the test's thread and ends with this value.
pub struct TestHost {
    /// Bound to its thread.
    thread: PhantomData<*const ()>,
}

/// Why a message sent by [`TestHost::send`] failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// The contract reverted.
    Reverted(RevertData),
    /// The chain ended it; `Trapped` for a panic.
    Ended(StatusCode),
}

impl TestHost {
    /// A chain with nothing but this contract, which has the capabilities that it declares.
    #[allow(clippy::new_without_default)] // The contract must be named.
    pub fn new<C: Contract>() -> TestHost {
        chain::install(Chain::new(C::CAPABILITIES));
        TestHost {
            thread: PhantomData,
        }
    }

    /// Runs methods as called by `caller`; on an error everything is undone.
    pub fn call_as<O: Outcome>(&self, caller: Address, message: impl FnOnce() -> O) -> O {
        self.pay_as(caller, 0, message)
    }

    /// The same, with funds sent along. `caller` must own them.
    pub fn pay_as<O: Outcome>(
        &self,
        caller: Address,
        funds: Balance,
        message: impl FnOnce() -> O,
    ) -> O {
        let (before, frame) = chain::with(|it| (it.ledger.clone(), it.frame));
        chain::with(|it| {
            let status = it.pay(caller, it.contract, funds);
            assert!(status.is_success(), "the caller owns less than {funds}");
            it.frame.caller = caller;
            it.frame.signer = caller;
            it.frame.funds = funds;
        });
        let outcome = message();
        chain::with(|it| {
            it.frame = frame;
            if !outcome.is_success() {
                it.ledger = before;
            }
        });
        outcome
    }

    /// Runs methods in a read-only frame.
    pub fn query<T>(&self, message: impl FnOnce() -> T) -> T {
        chain::with(|it| it.frame.read_only = true);
        let answer = message();
        chain::with(|it| it.frame.read_only = false);
        answer
    }

    /// Sends a message in bytes through the dispatch of `#[contract]`, as the chain does.
    pub fn send<C: Contract>(
        &self,
        entry: Entry,
        selector: Selector,
        arguments: &impl Encode,
    ) -> Result<Vec<u8>, Failure> {
        self.send_raw::<C>(entry, selector, &arguments.encode())
    }

    /// The same with arguments in bytes, which may be wrong.
    pub fn send_raw<C: Contract>(
        &self,
        entry: Entry,
        selector: Selector,
        arguments: &[u8],
    ) -> Result<Vec<u8>, Failure> {
        let dispatch = match entry {
            Entry::Init => C::dispatch_init,
            Entry::Call => C::dispatch_call,
            Entry::Query => C::dispatch_query,
            Entry::Upgrade => C::dispatch_upgrade,
            Entry::Reply => panic!("a native contract has no replies"),
        };
        let before = chain::with(|it| {
            it.frame.read_only = entry == Entry::Query;
            it.ledger.clone()
        });
        let outcome = catch_unwind(AssertUnwindSafe(|| dispatch(selector, arguments)))
            .map_err(|_| why_ended());
        chain::with(|it| {
            it.frame.read_only = false;
            if outcome.is_err() {
                it.ledger = before;
            }
        });
        outcome
    }

    /// Who calls from now on, outside `call_as`.
    pub fn set_caller(&self, caller: Address) {
        chain::with(|it| {
            it.frame.caller = caller;
            it.frame.signer = caller;
        });
    }

    /// Who signed, if that is not the caller.
    pub fn set_signer(&self, signer: Address) {
        chain::with(|it| it.frame.signer = signer);
    }

    /// What messages find sent along from now on, outside `pay_as`.
    pub fn set_funds(&self, funds: Balance) {
        chain::with(|it| it.frame.funds = funds);
    }

    /// What an address owns.
    pub fn set_balance(&self, address: Address, balance: Balance) {
        chain::with(|it| it.ledger.balances.insert(address, balance));
    }

    /// What an address owns.
    pub fn balance(&self, address: Address) -> Balance {
        chain::with(|it| it.balance(&address))
    }

    /// The block that messages run in.
    pub fn set_block(&self, height: Height, time: TimestampMs) {
        chain::with(|it| {
            it.height = height;
            it.time = time;
        });
    }

    /// The address of the contract.
    pub fn contract(&self) -> Address {
        chain::with(|it| it.contract)
    }

    /// Plays another contract.
    pub fn stub(
        &self,
        address: Address,
        play: impl FnMut(&SubCall) -> Result<Vec<u8>, CallError> + 'static,
    ) {
        chain::with(|it| it.stubs.insert(address, Box::new(play)));
    }

    /// Plays the creation of contracts.
    pub fn stub_instantiate(
        &self,
        play: impl FnMut(&SubInstantiate) -> Result<(Address, Vec<u8>), CallError> + 'static,
    ) {
        chain::with(|it| it.instantiate = Some(Box::new(play)));
    }

    /// Plays upgrades.
    pub fn stub_upgrade(
        &self,
        play: impl FnMut(&UpgradeRequest) -> Result<Vec<u8>, CallError> + 'static,
    ) {
        chain::with(|it| it.upgrade = Some(Box::new(play)));
    }

    /// Announcements of one kind so far, in order.
    pub fn events<E: Event>(&self) -> Vec<E> {
        let events = self.ledger().events;
        let of_kind = events
            .iter()
            .filter(|it| it.topics.first() == Some(&E::SIGNATURE));
        of_kind
            .map(|it| E::decode(&mut it.data.as_slice()).expect("an event decodes as its type"))
            .collect()
    }

    /// Everything that the contract has changed so far.
    pub fn ledger(&self) -> Ledger {
        chain::with(|it| it.ledger.clone())
    }

    /// Lines of [`context::log`](crate::context::log) so far.
    pub fn log(&self) -> Vec<String> {
        chain::with(|it| it.log.clone())
    }
}

impl Drop for TestHost {
    fn drop(&mut self) {
        chain::remove();
    }
}

fn why_ended() -> Failure {
    let ended = chain::with(|it| it.ended.take());
    match ended {
        Some(Ended::Status(status)) => Failure::Ended(status),
        Some(Ended::Revert(data)) => reverted(&data),
        None => Failure::Ended(StatusCode::Trapped),
    }
}

fn reverted(data: &[u8]) -> Failure {
    match RevertData::parse(data) {
        Ok(reason) => Failure::Reverted(reason),
        Err(_) => Failure::Ended(StatusCode::Reverted),
    }
}
