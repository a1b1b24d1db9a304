//! How a run ended: the part that consensus sees, and a text for people.

use std::fmt;

use argosy_primitives::{Gas, StatusCode};

use crate::adapter::Stop;
use crate::fault::HostFault;

/// The end of one frame.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Execution {
    /// `Success`, `Reverted`, `OutOfGas`, `Trapped`, or the rule that ended the frame.
    pub status: StatusCode,
    /// At most the limit; all of it when out of gas.
    pub gas_used: Gas,
    /// Returned or revert data; empty for every other status.
    pub data: Vec<u8>,
    /// For people only: never stored, hashed or compared between nodes.
    pub diagnostic: Option<Diagnostic>,
}

impl Execution {
    /// The end of a frame that stopped so, with this much of its gas left. A fault has no end.
    pub fn new(stop: Stop, gas_limit: Gas, gas_left: Gas) -> Result<Execution, HostFault> {
        let (status, data, diagnostic) = match stop {
            Stop::Finished(data) => (StatusCode::Success, data, None),
            Stop::Reverted(data) => (StatusCode::Reverted, data, None),
            Stop::OutOfGas => (StatusCode::OutOfGas, Vec::new(), None),
            Stop::Refused(status) => {
                let text = match refusal(status) {
                    Some(why) => format!("{}: {why}", status.as_str()),
                    None => format!("the frame was ended by the chain: {}", status.as_str()),
                };
                (status, Vec::new(), Some(Diagnostic { trap: None, text }))
            }
            Stop::Trapped(kind) => {
                let text = kind.explain().into();
                let trap = Some(kind);
                let diagnostic = Some(Diagnostic { trap, text });
                (StatusCode::Trapped, Vec::new(), diagnostic)
            }
            Stop::Fault(fault) => return Err(fault),
        };
        let gas_left = match status {
            StatusCode::OutOfGas => 0,
            _ => gas_left.min(gas_limit),
        };
        Ok(Execution {
            status,
            gas_used: gas_limit - gas_left,
            data,
            diagnostic,
        })
    }
}

/// Which rule a frame broke, in words for the contract's author.
const fn refusal(status: StatusCode) -> Option<&'static str> {
    match status {
        StatusCode::LimitExceeded => {
            Some("a key, value, message, result or event is too long, or events are too many")
        }
        StatusCode::ReadOnly => Some("a query, or what it calls, tried to change something"),
        StatusCode::CapabilityMissing => {
            Some("the contract did what its manifest does not declare; see #[contract(uses(...))]")
        }
        StatusCode::EntryMissing => Some("the module has no such entry"),
        _ => None,
    }
}

/// Why a frame did not succeed, for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// What kind of trap, if the status is `Trapped`.
    pub trap: Option<TrapKind>,
    /// A sentence.
    pub text: String,
}

/// Kinds of traps. Engines differ in how they split them, so consensus knows only `Trapped`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum TrapKind {
    /// `unreachable`: a panic of the contract.
    Unreachable,
    /// The guest's stack is deeper than allowed.
    StackDepth,
    /// Access outside the memory, by the contract.
    MemoryOutOfBounds,
    /// A pointer handed to an import lies outside the memory.
    BadPointer,
    /// An argument of an import has no meaning.
    BadArgument,
    /// Division by zero, overflow of a division.
    Arithmetic,
    /// Call through a missing or differently typed table entry.
    IndirectCall,
    /// An import was called where imports are refused.
    NestedImport,
    /// A call of an export that is missing or has another type.
    BadExport,
}

impl TrapKind {
    /// Every kind.
    pub const ALL: [TrapKind; 9] = [
        TrapKind::Unreachable,
        TrapKind::StackDepth,
        TrapKind::MemoryOutOfBounds,
        TrapKind::BadPointer,
        TrapKind::BadArgument,
        TrapKind::Arithmetic,
        TrapKind::IndirectCall,
        TrapKind::NestedImport,
        TrapKind::BadExport,
    ];

    /// The one spelling for logs and answers.
    pub const fn as_str(self) -> &'static str {
        match self {
            TrapKind::Unreachable => "unreachable",
            TrapKind::StackDepth => "stack_depth",
            TrapKind::MemoryOutOfBounds => "memory_out_of_bounds",
            TrapKind::BadPointer => "bad_pointer",
            TrapKind::BadArgument => "bad_argument",
            TrapKind::Arithmetic => "arithmetic",
            TrapKind::IndirectCall => "indirect_call",
            TrapKind::NestedImport => "nested_import",
            TrapKind::BadExport => "bad_export",
        }
    }

    /// What happened, in words for the contract's author.
    pub const fn explain(self) -> &'static str {
        match self {
            TrapKind::Unreachable => "the contract panicked or reached unreachable code",
            TrapKind::StackDepth => "the contract recursed deeper than its stack allows",
            TrapKind::MemoryOutOfBounds => "the contract accessed memory that it does not have",
            TrapKind::BadPointer => "an import was given a range outside the contract's memory",
            TrapKind::BadArgument => "an import was given an argument that means nothing to it",
            TrapKind::Arithmetic => "the contract divided by zero or a division overflowed",
            TrapKind::IndirectCall => {
                "the contract called a table entry that is missing or differs"
            }
            TrapKind::NestedImport => "an import was called while another import ran",
            TrapKind::BadExport => "a called export is missing or has another type",
        }
    }
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.trap {
            Some(kind) => write!(f, "{}: {}", kind.as_str(), self.text),
            None => f.write_str(&self.text),
        }
    }
}
