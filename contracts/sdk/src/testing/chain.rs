//! State and rules of the played chain.

use std::cell::RefCell;
use std::collections::BTreeMap;

use argosy_primitives::{Address, Balance, CodeHash, Event, Gas, Height, StatusCode, TimestampMs};
use argosy_vm_abi::Capabilities;
use parity_scale_codec::Decode;

use super::account;
use crate::call::CallError;

// First values of the chain spec.
const KEY_BYTES_MAX: usize = 256;
const VALUE_BYTES_MAX: usize = 64 * 1024;
const EVENT_BYTES_MAX: usize = 16 * 1024;

thread_local! {
    static CHAIN: RefCell<Option<Chain>> = const { RefCell::new(None) };
}

/// What a failed call leaves as it was.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ledger {
    /// The contract's storage.
    pub storage: BTreeMap<Vec<u8>, Vec<u8>>,
    /// What addresses own; absent is zero.
    pub balances: BTreeMap<Address, Balance>,
    /// Announcements, in order.
    pub events: Vec<Event>,
    /// Transfers made by the contract, in order.
    pub payments: Vec<Payment>,
}

/// A transfer made by the contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Payment {
    /// Who was paid.
    pub to: Address,
    /// How much.
    pub amount: Balance,
}

/// A call that the contract makes, as a stub sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SubCall {
    /// Funds sent along.
    pub funds: Balance,
    /// Gas allowed; 0 is all.
    pub gas: Gas,
    /// Whether the callee may call back.
    pub allow_reentry: bool,
    /// Whether the callee may read only.
    pub read_only: bool,
    /// Selector and arguments.
    pub input: Vec<u8>,
}

impl SubCall {
    /// Whether the method with this selector is called: `call.is(selector!("transfer"))`.
    pub fn is(&self, selector: argosy_vm_abi::Selector) -> bool {
        self.input.starts_with(&selector)
    }

    /// The arguments, as a tuple. Panics if they do not decode.
    #[track_caller]
    pub fn arguments<T: Decode>(&self) -> T {
        let mut rest = self.input.get(4..).unwrap_or_default();
        let arguments = T::decode(&mut rest).expect("the call has arguments of these types");
        assert!(rest.is_empty(), "the call has more arguments than these");
        arguments
    }
}

/// An instantiation that the contract asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SubInstantiate {
    /// Hash of the code.
    pub code: CodeHash,
    /// Tells instances apart.
    pub salt: [u8; 32],
    /// Who may upgrade it.
    pub admin: Option<Address>,
    /// Funds sent along.
    pub funds: Balance,
    /// Gas allowed; 0 is all.
    pub gas: Gas,
    /// Selector and arguments.
    pub input: Vec<u8>,
}

/// An upgrade that the contract asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UpgradeRequest {
    /// Hash of the code.
    pub code: CodeHash,
    /// Selector and arguments.
    pub input: Vec<u8>,
}

pub(super) type CallStub = Box<dyn FnMut(&SubCall) -> Result<Vec<u8>, CallError>>;
pub(super) type InstantiateStub =
    Box<dyn FnMut(&SubInstantiate) -> Result<(Address, Vec<u8>), CallError>>;
pub(super) type UpgradeStub = Box<dyn FnMut(&UpgradeRequest) -> Result<Vec<u8>, CallError>>;

/// The frame that runs.
#[derive(Clone, Copy)]
pub(super) struct Frame {
    pub(super) caller: Address,
    pub(super) signer: Address,
    pub(super) funds: Balance,
    pub(super) read_only: bool,
}

pub(super) struct Chain {
    pub(super) ledger: Ledger,
    pub(super) frame: Frame,
    pub(super) contract: Address,
    pub(super) capabilities: Capabilities,
    pub(super) id: [u8; 32],
    pub(super) height: Height,
    pub(super) time: TimestampMs,
    pub(super) log: Vec<String>,
    pub(super) stubs: BTreeMap<Address, CallStub>,
    pub(super) instantiate: Option<InstantiateStub>,
    pub(super) upgrade: Option<UpgradeStub>,
    /// Why the frame was ended, for `TestHost::send` to find behind the panic.
    pub(super) ended: Option<Ended>,
}

/// An end that the contract does not return from.
#[derive(Clone, Debug)]
pub(super) enum Ended {
    Revert(Vec<u8>),
    Status(StatusCode),
}

impl Chain {
    pub(super) fn new(capabilities: Capabilities) -> Chain {
        let nobody = account("nobody");
        Chain {
            ledger: Ledger::default(),
            frame: Frame {
                caller: nobody,
                signer: nobody,
                funds: 0,
                read_only: false,
            },
            contract: account("contract"),
            capabilities,
            id: [7; 32],
            height: 1,
            time: 1_700_000_000_000,
            log: Vec::new(),
            stubs: BTreeMap::new(),
            instantiate: None,
            upgrade: None,
            ended: None,
        }
    }

    pub(super) fn balance(&self, address: &Address) -> Balance {
        self.ledger.balances.get(address).copied().unwrap_or(0)
    }

    /// Moves funds, or says why not.
    pub(super) fn pay(&mut self, from: Address, to: Address, amount: Balance) -> StatusCode {
        let Some(left) = self.balance(&from).checked_sub(amount) else {
            return StatusCode::InsufficientBalance;
        };
        self.ledger.balances.insert(from, left);
        let target = self.ledger.balances.entry(to).or_default();
        *target = target
            .checked_add(amount)
            .expect("a test has less than 2^128 tokens");
        StatusCode::Success
    }

    /// What a frame may not do ends it.
    pub(super) fn require(&mut self, condition: bool, status: StatusCode) {
        if !condition {
            self.ended = Some(Ended::Status(status));
        }
    }

    pub(super) fn require_writable(&mut self) {
        self.require(!self.frame.read_only, StatusCode::ReadOnly);
    }

    pub(super) fn require_capability(&mut self, capability: Capabilities) {
        self.require(
            self.capabilities.contains(capability),
            StatusCode::CapabilityMissing,
        );
    }

    pub(super) fn require_key(&mut self, key: &[u8]) {
        self.require(key.len() <= KEY_BYTES_MAX, StatusCode::LimitExceeded);
    }

    pub(super) fn require_value(&mut self, value: &[u8]) {
        self.require(value.len() <= VALUE_BYTES_MAX, StatusCode::LimitExceeded);
    }

    pub(super) fn require_event(&mut self, data: &[u8]) {
        self.require(data.len() <= EVENT_BYTES_MAX, StatusCode::LimitExceeded);
    }
}

/// Begins a chain on this thread.
pub(super) fn install(chain: Chain) {
    CHAIN.with_borrow_mut(|slot| {
        assert!(
            slot.is_none(),
            "one TestHost at a time: a test runs one contract"
        );
        *slot = Some(chain);
    });
}

/// Ends the chain of this thread.
pub(super) fn remove() {
    CHAIN.with_borrow_mut(|slot| *slot = None);
}

/// Works with the chain of this thread. If a rule was broken, panics, as the chain would end the
/// frame.
pub(super) fn with<T>(work: impl FnOnce(&mut Chain) -> T) -> T {
    let (result, broken) = CHAIN.with_borrow_mut(|slot| {
        let chain = slot.as_mut().expect(
            "a contract needs a chain to run on: let host = TestHost::new::<YourContract>();",
        );
        let had_ended = chain.ended.is_some();
        let result = work(chain);
        (result, chain.ended.clone().filter(|_| !had_ended))
    });
    match broken {
        Some(Ended::Status(status)) => panic!("the chain would end this call with `{status}`"),
        Some(Ended::Revert(data)) => match argosy_vm_abi::RevertData::parse(&data) {
            Ok(reason) => panic!("the contract reverted: {reason:?}"),
            Err(_) => panic!("the contract reverted with {data:?}"),
        },
        None => result,
    }
}
