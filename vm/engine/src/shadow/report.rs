//! A difference between the tiers, with all it takes to see it again.

use std::fmt;

use argosy_primitives::{
    Address, Balance, CodeHash, DecodeError, Gas, GenesisHash, Height, Limits, StatusCode,
    TimestampMs, decode_untrusted,
};
use argosy_vm_abi::{Capabilities, Entry};
use argosy_vm_host::{CallContext, Code, Execution, Invocation};
use parity_scale_codec::{Decode, DecodeWithMemTracking, Encode};

use super::again;
use super::transcript::Step;

/// How a frame ended on one tier.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking)]
pub enum Outcome {
    /// To its end: status, gas used, data.
    Ended(StatusCode, Gas, Vec<u8>),
    /// It asked the chain for something else than the other tier.
    Deviated(String),
    /// The tier itself failed.
    Failed(String),
    /// The machine could not run it on this tier.
    NotRun,
}

/// A frame and what the chain answered it.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking)]
pub struct Frame {
    entry: u8,
    input: Vec<u8>,
    gas_limit: Gas,
    chain: GenesisHash,
    height: Height,
    time_ms: TimestampMs,
    signer: Address,
    caller: Address,
    contract: Address,
    funds: Balance,
    capabilities: u32,
    read_only: bool,
    steps: Vec<Step>,
}

/// A difference between the tiers.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking)]
pub struct Report {
    /// The code as uploaded.
    pub code: CodeHash,
    /// What both tiers ran.
    pub instrumented: Vec<u8>,
    /// What was run.
    pub frame: Frame,
    /// What counts.
    pub interpreted: Outcome,
    /// What came out of compiled code.
    pub compiled: Outcome,
}

/// What came out when a report was run again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Replayed {
    /// On tier 1.
    pub interpreted: Outcome,
    /// On tier 2.
    pub compiled: Outcome,
}

/// A report holds a module and a transcript; both are bounded by gas, this by memory.
const REPORT_LIMITS: Limits = Limits {
    size_max: 256 << 20,
    depth_max: 16,
    memory_max: 1 << 30,
};

impl Outcome {
    pub(super) fn of(execution: &Execution) -> Outcome {
        Outcome::Ended(execution.status, execution.gas_used, execution.data.clone())
    }
}

impl Frame {
    pub(super) fn new(
        invocation: &Invocation,
        gas_limit: Gas,
        context: &CallContext,
        steps: Vec<Step>,
    ) -> Frame {
        let entries = Entry::OF_ANY_ABI.into_iter();
        let entry = entries.take_while(|it| *it != invocation.entry).count();
        Frame {
            entry: entry as u8,
            input: invocation.input.clone(),
            gas_limit,
            chain: context.chain,
            height: context.height,
            time_ms: context.time_ms,
            signer: context.signer,
            caller: context.caller,
            contract: context.contract,
            funds: context.funds,
            capabilities: context.capabilities.bits(),
            read_only: context.read_only,
            steps,
        }
    }

    fn context(&self) -> Option<CallContext> {
        Some(CallContext {
            chain: self.chain,
            height: self.height,
            time_ms: self.time_ms,
            signer: self.signer,
            caller: self.caller,
            contract: self.contract,
            funds: self.funds,
            capabilities: Capabilities::from_bits(self.capabilities)?,
            read_only: self.read_only,
        })
    }
}

impl Report {
    /// Reads a report from its SCALE bytes.
    pub fn parse(bytes: &[u8]) -> Result<Report, DecodeError> {
        decode_untrusted(bytes, REPORT_LIMITS)
    }

    /// Runs the frame again on both tiers; `None` if it names an entry or a capability that this
    /// version does not know.
    pub fn replay(&self, interpreted: &dyn Code, compiled: &dyn Code) -> Option<Replayed> {
        let frame = &self.frame;
        let context = frame.context()?;
        let invocation = Invocation {
            entry: *Entry::OF_ANY_ABI.get(usize::from(frame.entry))?,
            input: frame.input.clone(),
        };
        let run = |code| again(code, &invocation, frame.gas_limit, &context, &frame.steps);
        Some(Replayed {
            interpreted: run(interpreted),
            compiled: run(compiled),
        })
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let code = &self.code;
        let contract = &self.frame.contract;
        write!(
            f,
            "code {code:?} of contract {contract:?}: interpreted {}, compiled {}",
            self.interpreted, self.compiled
        )
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Outcome::Ended(status, gas, data) => {
                let (status, bytes) = (status.as_str(), data.len());
                write!(f, "{status} with {gas} gas and {bytes} bytes")
            }
            Outcome::Deviated(how) => write!(f, "deviated: {how}"),
            Outcome::Failed(how) => write!(f, "failed: {how}"),
            Outcome::NotRun => f.write_str("not run"),
        }
    }
}
