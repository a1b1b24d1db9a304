//! The seam for ABIs: how a contract's imports become calls of the `Host` port.
//!
//! ```text
//! AbiAdapter ──start──► Session
//!   begin(guest, host)            writes arguments, names the export to run
//!     the tier runs the export ◄──► import(index, args, guest, host)
//!   end(returned, guest, host)    reads what the export left, acts on it
//! ```
//!
//! A session owns what one frame needs between imports (input, registers, iterators) and neither
//! guest nor host, so that a tier can lend both for one step at a time. An ABI that exchanges data
//! through allocations of the contract uses [`Guest::invoke`]; one that returns messages to be
//! dispatched later does so in `end`.
//!
//! Not here: what a module may export (`argosy-vm-prepare` judges uploads).

use argosy_primitives::{AbiKind, Gas, StatusCode};
use argosy_vm_abi::{Entry, ExportRules, ImportSpec, Signs};

use crate::execution::TrapKind;
use crate::fault::HostFault;
use crate::guest::{Guest, OutOfGas};
use crate::port::{Host, HostError};

/// One ABI.
pub trait AbiAdapter: Send + Sync {
    /// Which.
    fn kind(&self) -> AbiKind;

    /// The module name of every import.
    fn import_module(&self) -> &'static str;

    /// The imports that a module may use. Their order gives the index in [`Session::import`].
    fn imports(&self) -> &'static [ImportSpec];

    /// What it asks of a module's exports.
    fn exports(&self) -> &'static ExportRules;

    /// By what a module is recognised as one of this ABI.
    fn signs(&self) -> Signs;

    /// A session for one frame.
    fn start(&self, invocation: Invocation) -> Box<dyn Session>;
}

/// What a frame is started with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invocation {
    /// What is asked of the contract.
    pub entry: Entry,
    /// The message.
    pub input: Vec<u8>,
}

/// One ABI at work in one frame.
pub trait Session {
    /// Prepares the instance and names the export to run.
    fn begin(&mut self, guest: &mut dyn Guest, host: &mut dyn Host) -> Result<Invoke, Stop>;

    /// Serves the import at `index` of the table. `i32` arguments come sign-extended; a result is
    /// cut to its type, and meaningless for imports that have none.
    fn import(
        &mut self,
        index: usize,
        args: &[i64],
        guest: &mut dyn Guest,
        host: &mut dyn Host,
    ) -> Result<i64, Stop>;

    /// The export returned: how the frame ends.
    fn end(&mut self, returned: Option<i64>, guest: &mut dyn Guest, host: &mut dyn Host) -> Stop;
}

/// An export to run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invoke {
    /// Its name.
    pub export: &'static str,
    /// Its arguments, each cut to the parameter's type.
    pub args: Vec<i64>,
}

/// Why a frame ends.
#[derive(Debug)]
pub enum Stop {
    /// With success and this data.
    Finished(Vec<u8>),
    /// By the contract's will, with this data.
    Reverted(Vec<u8>),
    /// The gas is used up.
    OutOfGas,
    /// By a rule of the chain.
    Refused(StatusCode),
    /// The contract broke a rule of Wasm or of an import.
    Trapped(TrapKind),
    /// The node is broken: no result at all.
    Fault(HostFault),
}

impl From<OutOfGas> for Stop {
    fn from(_: OutOfGas) -> Stop {
        Stop::OutOfGas
    }
}

impl From<HostFault> for Stop {
    fn from(fault: HostFault) -> Stop {
        Stop::Fault(fault)
    }
}

impl From<HostError> for Stop {
    fn from(error: HostError) -> Stop {
        match error {
            HostError::Refused(status) => Stop::Refused(status),
            HostError::Fault(fault) => Stop::Fault(fault),
        }
    }
}

/// The largest part of `left` that a sub-call may get: 63/64, so that the caller can go on.
pub fn forwardable(left: Gas) -> Gas {
    left - left / 64
}
