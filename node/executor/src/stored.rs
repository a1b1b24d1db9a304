//! Traces on disk: bytes that say which layout they have, and the layouts of earlier versions.
//!
//! ```text
//! 2 ‖ SCALE(Trace)           this version
//! 0 or 1 ‖ …                 SCALE(FirstTrace): the byte is the tag of its reason
//! ```
//!
//! Always: what any version of this node wrote is read.
//! Not here: where traces lie (`argosy-chain`).

use argosy_primitives::{Address, DecodeError, Gas, Limits, StatusCode, decode_untrusted};
use parity_scale_codec::{Decode, DecodeWithMemTracking, Encode};

use crate::trace::{FailedFrame, FrameEntry, LogLine, Trace};

const LAYOUT: u8 = 2;

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
            _ => decode_untrusted(bytes, limits).map(|it: FirstTrace| it.into()),
        }
    }
}

impl From<FirstTrace> for Trace {
    fn from(first: FirstTrace) -> Self {
        Trace {
            reason: first.reason,
            frames: first.frames.into_iter().map(FailedFrame::from).collect(),
            logs: first.logs,
            is_truncated: first.is_truncated,
            refusal: None,
        }
    }
}

impl From<FirstFrame> for FailedFrame {
    fn from(first: FirstFrame) -> Self {
        FailedFrame {
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
