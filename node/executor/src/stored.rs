//! Traces on disk: bytes that say which layout they have, and the layouts of earlier versions.
//!
//! ```text
//! 3 ‖ SCALE(Trace)           this version
//! 2 ‖ SCALE(SecondTrace)     frames did not say what they ended after
//! 0 or 1 ‖ …                 SCALE(FirstTrace): the byte is the tag of its reason
//! ```
//!
//! Always: what any version of this node wrote is read.
//! Not here: where traces lie (`argosy-chain`).

use argosy_primitives::{
    Address, CodeHash, DecodeError, Gas, Limits, StatusCode, decode_untrusted,
};
use parity_scale_codec::{Decode, DecodeWithMemTracking, Encode};

use crate::trace::{FailedFrame, FrameEntry, LogLine, RefusedCode, Trace};

const LAYOUT: u8 = 3;
const SECOND_LAYOUT: u8 = 2;

/// A trace whose frames did not say what they ended after.
#[derive(Encode, Decode, DecodeWithMemTracking)]
struct SecondTrace {
    reason: Option<String>,
    frames: Vec<SecondFrame>,
    logs: Vec<LogLine>,
    is_truncated: bool,
    refusal: Option<RefusedCode>,
}

#[derive(Encode, Decode, DecodeWithMemTracking)]
struct SecondFrame {
    depth: u32,
    contract: Address,
    code: Option<CodeHash>,
    entry: FrameEntry,
    message: Option<Vec<u8>>,
    status: StatusCode,
    gas_used: Gas,
    data: Option<Vec<u8>>,
    diagnostic: Option<String>,
}

/// A trace before it had a layout byte, codes, messages and refusals.
#[derive(Encode, Decode, DecodeWithMemTracking)]
struct FirstTrace {
    reason: Option<String>,
    frames: Vec<FirstFrame>,
    logs: Vec<LogLine>,
    is_truncated: bool,
}

#[derive(Encode, Decode, DecodeWithMemTracking)]
struct FirstFrame {
    depth: u32,
    contract: Address,
    entry: FrameEntry,
    status: StatusCode,
    gas_used: Gas,
    data: Option<Vec<u8>>,
    diagnostic: Option<String>,
}

impl Trace {
    /// The bytes to keep.
    pub fn to_stored(&self) -> Vec<u8> {
        let mut bytes = vec![LAYOUT];
        self.encode_to(&mut bytes);
        bytes
    }

    /// Reads what [`Self::to_stored`] wrote, in this version or an earlier one.
    pub fn from_stored(bytes: &[u8]) -> Result<Trace, DecodeError> {
        let limits = Limits::for_size(bytes.len());
        match bytes.split_first() {
            Some((&LAYOUT, trace)) => decode_untrusted(trace, limits),
            Some((&SECOND_LAYOUT, trace)) => {
                decode_untrusted(trace, limits).map(|it: SecondTrace| it.into())
            }
            _ => decode_untrusted(bytes, limits).map(|it: FirstTrace| SecondTrace::from(it).into()),
        }
    }
}

impl From<SecondTrace> for Trace {
    fn from(second: SecondTrace) -> Self {
        Trace {
            reason: second.reason,
            frames: second.frames.into_iter().map(FailedFrame::from).collect(),
            logs: second.logs,
            is_truncated: second.is_truncated,
            refusal: second.refusal,
        }
    }
}

impl From<SecondFrame> for FailedFrame {
    fn from(second: SecondFrame) -> Self {
        FailedFrame {
            depth: second.depth,
            contract: second.contract,
            code: second.code,
            entry: second.entry,
            message: second.message,
            status: second.status,
            gas_used: second.gas_used,
            data: second.data,
            diagnostic: second.diagnostic,
            // Most often it is so where the depths fit.
            after_failure: true,
        }
    }
}

impl From<FirstTrace> for SecondTrace {
    fn from(first: FirstTrace) -> Self {
        SecondTrace {
            reason: first.reason,
            frames: first.frames.into_iter().map(SecondFrame::from).collect(),
            logs: first.logs,
            is_truncated: first.is_truncated,
            refusal: None,
        }
    }
}

impl From<FirstFrame> for SecondFrame {
    fn from(first: FirstFrame) -> Self {
        SecondFrame {
            depth: first.depth,
            contract: first.contract,
            code: None,
            entry: first.entry,
            message: None,
            status: first.status,
            gas_used: first.gas_used,
            data: first.data,
            diagnostic: first.diagnostic,
        }
    }
}
