//! The `Host` port: what the chain offers to one running frame, in words of the chain.
//!
//! The executor implements it, per frame; tests fake it. Adapters have already paid for each call
//! and checked sizes, capabilities and read-only frames when they come here.
//!
//! Always holds: a method that returns a refusal or a failed status has changed nothing.
//! Not here: gas of the own frame. Only sub-calls carry gas, as a limit and as what was used.

use std::ops::ControlFlow;
use std::sync::Arc;

use argosy_primitives::{
    Address, Balance, CodeHash, Gas, GenesisHash, Height, StatusCode, TimestampMs,
};
use argosy_vm_abi::Capabilities;
use parity_scale_codec::{Decode, DecodeWithMemTracking, Encode};

use crate::fault::HostFault;
use crate::registry::{Facts, Question};
use crate::watch::Observed;

/// Where and for whom a frame runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallContext {
    /// Genesis hash of the chain.
    pub chain: GenesisHash,
    /// Height of the block.
    pub height: Height,
    /// Time of the block.
    pub time_ms: TimestampMs,
    /// Who signed the transaction.
    pub signer: Address,
    /// Who called: the signer or a contract.
    pub caller: Address,
    /// The contract that runs.
    pub contract: Address,
    /// What the caller sent along; already on the contract's balance.
    pub funds: Balance,
    /// What the contract's manifest declares.
    pub capabilities: Capabilities,
    /// Nothing may change in this frame, nor in what it calls.
    pub read_only: bool,
}

/// What the chain does for a running contract.
pub trait Host {
    /// The frame. Does not change while it runs.
    fn context(&self) -> &CallContext;

    /// The free balance of an address; 0 if it does not exist.
    fn balance(&mut self, address: &Address) -> Result<Balance, HostFault>;

    /// The value at `key` of the running contract.
    fn storage_get(&mut self, key: &[u8]) -> Result<Option<Arc<[u8]>>, HostFault>;

    /// Writes a value; refused with `DepositLimit` when the signer's ceiling does not cover it.
    fn storage_set(&mut self, key: &[u8], value: &[u8]) -> Result<(), HostError>;

    /// Removes a value; `true` if there was one.
    fn storage_remove(&mut self, key: &[u8]) -> Result<bool, HostError>;

    /// Shows entries in order of their keys until the range, the limit or the visitor ends it.
    /// A step must not cost work before it is asked for: the visitor pays one by one.
    fn storage_range(
        &mut self,
        range: &RangeRequest<'_>,
        visit: &mut RangeVisitor<'_>,
    ) -> Result<(), HostFault>;

    /// Moves funds of the running contract.
    fn transfer(&mut self, to: &Address, amount: Balance) -> Result<StatusCode, HostFault>;

    /// Runs another contract: its `query` entry if the call is read-only, else `call`.
    fn call(&mut self, request: &CallRequest<'_>) -> Result<CallOutcome, HostFault>;

    /// Creates a contract and runs its `init` entry; the running contract is the creator.
    fn instantiate(
        &mut self,
        request: &InstantiateRequest<'_>,
    ) -> Result<InstantiateOutcome, HostFault>;

    /// Runs the `upgrade` entry of other code on a contract, which must be the running one, or have
    /// it as its admin and be one that may be entered now; on success that code serves the next frame.
    fn upgrade(&mut self, request: &UpgradeRequest<'_>) -> Result<CallOutcome, HostFault>;

    /// Runs the `reply` entry of the running contract in a frame of its own, with the code that the
    /// contract has by then.
    fn reply(&mut self, request: &ReplyRequest<'_>) -> Result<CallOutcome, HostFault>;

    /// Hands over a contract of which the running one is the admin, or freezes it.
    fn set_admin(
        &mut self,
        contract: &Address,
        admin: Option<Address>,
    ) -> Result<StatusCode, HostFault>;

    /// What the chain knows of others.
    fn look_up(&mut self, question: &Question) -> Result<Facts, HostFault>;

    /// Emits an event; refused with `LimitExceeded` when the transaction has too many.
    fn emit(&mut self, topics: &[[u8; 32]], data: &[u8]) -> Result<(), HostError>;

    /// A line for the local log. Has no effect on any result.
    fn log(&mut self, line: &str);

    /// What a watched frame does. Has no effect on any result.
    fn observe(&mut self, _observed: Observed) {}
}

/// Gets the steps of a range read, and says whether to go on.
pub type RangeVisitor<'a> = dyn FnMut(RangeStep<'_>) -> ControlFlow<()> + 'a;

/// One step of a range read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RangeStep<'a> {
    /// An entry.
    Entry {
        /// Its key.
        key: &'a [u8],
        /// Its value.
        value: &'a [u8],
    },
    /// A key that this block removed was passed over: work all the same, and to be paid for.
    Removed,
}

/// Which entries of a contract's storage to show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RangeRequest<'a> {
    /// Whose; `None`: the running contract's.
    pub owner: Option<Address>,
    /// Least key.
    pub start: &'a [u8],
    /// Key after the greatest; `None`: no end.
    pub end: Option<&'a [u8]>,
    /// Order of the entries.
    pub direction: Direction,
    /// Entries at most.
    pub limit: u32,
}

/// Order of keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// Least key first.
    Ascending,
    /// Greatest key first.
    Descending,
}

/// A call from contract to contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CallRequest<'a> {
    /// The callee.
    pub to: Address,
    /// What it gets; 0 in a read-only call.
    pub funds: Balance,
    /// What it may use, loading of its code included.
    pub gas: Gas,
    /// Its input.
    pub input: &'a [u8],
    /// It may call back into contracts that are already running.
    pub allow_reentry: bool,
    /// It, and all it calls, may read only. Set in every call from a read-only frame.
    pub read_only: bool,
}

/// Creation of a contract by a contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InstantiateRequest<'a> {
    /// Its code.
    pub code: CodeHash,
    /// What its address is.
    pub place: Place,
    /// Who may upgrade it; `None`: nobody.
    pub admin: Option<Address>,
    /// What it gets.
    pub funds: Balance,
    /// What it may use, loading of its code included.
    pub gas: Gas,
    /// Its input.
    pub input: &'a [u8],
}

/// How a new contract comes to its address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking)]
pub enum Place {
    /// By the chain's rule from creator, code and this salt.
    Salted([u8; 32]),
    /// By the same rule, from a salt that no creation had before.
    Fresh,
    /// The ABI has a rule of its own, which gives this address to this creator alone.
    At(Address),
}

/// The end of a message, told to the contract that sent it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReplyRequest<'a> {
    /// What the frame may use, loading of the code included.
    pub gas: Gas,
    /// Its input.
    pub input: &'a [u8],
}

/// Change of a contract's code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UpgradeRequest<'a> {
    /// Whose.
    pub contract: Address,
    /// The new code.
    pub code: CodeHash,
    /// What its `upgrade` may use, loading of the code included.
    pub gas: Gas,
    /// Input of its `upgrade`.
    pub input: &'a [u8],
}

/// How a sub-call ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallOutcome {
    /// `Success`, or why not; then all that the callee did is undone.
    pub status: StatusCode,
    /// At most the gas of the request.
    pub gas_used: Gas,
    /// What the callee returned or reverted with; empty for every other status.
    pub data: Vec<u8>,
}

/// How a creation ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InstantiateOutcome {
    /// The new contract; `None` unless the status is `Success`.
    pub address: Option<Address>,
    /// How its `init` ended.
    pub outcome: CallOutcome,
}

/// Why the host did not do it.
#[derive(Debug, thiserror::Error)]
pub enum HostError {
    /// The frame ends with this status.
    #[error("refused: {}", .0.as_str())]
    Refused(StatusCode),
    /// The node is broken.
    #[error(transparent)]
    Fault(#[from] HostFault),
}
