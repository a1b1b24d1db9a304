//! Revert payloads: what a contract says when it gives up.
//!
//! A convention between SDK and tools. The chain carries the bytes and never looks inside.

use alloc::string::String;
use alloc::vec::Vec;
use argosy_primitives::codec::{self, DecodeError, Limits};
use parity_scale_codec::{Decode, DecodeWithMemTracking, Encode};

/// Why a contract reverted.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking)]
pub enum RevertData {
    /// The SCALE bytes of the method's own error type, as the ABI names it.
    #[codec(index = 0)]
    Error(Vec<u8>),
    /// A text, for instance of a panic.
    #[codec(index = 1)]
    Message(String),
    /// The SDK refused before, or on behalf of, the method.
    #[codec(index = 2)]
    Sdk(SdkError),
}

impl RevertData {
    /// Reads a payload of any origin.
    pub fn parse(bytes: &[u8]) -> Result<RevertData, DecodeError> {
        codec::decode_untrusted(bytes, Limits::for_size(bytes.len()))
    }
}

/// What the SDK refuses.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Encode, Decode, DecodeWithMemTracking,
)]
pub enum SdkError {
    /// No method has this selector.
    #[codec(index = 0)]
    UnknownSelector,
    /// The arguments do not decode, or bytes are left over.
    #[codec(index = 1)]
    BadArguments,
    /// Funds were sent to a method that takes none.
    #[codec(index = 2)]
    NotPayable,
    /// A stored value does not decode as its type.
    #[codec(index = 3)]
    CorruptStorage,
    /// What a called contract returned does not decode as expected.
    #[codec(index = 4)]
    BadReply,
    /// A called contract, a transfer or an instantiation failed and the method did not handle it.
    #[codec(index = 5)]
    CallFailed,
    /// Arithmetic left its range.
    #[codec(index = 6)]
    Overflow,
}

impl SdkError {
    /// The one spelling for logs, JSON and text.
    pub const fn as_str(self) -> &'static str {
        match self {
            SdkError::UnknownSelector => "unknown_selector",
            SdkError::BadArguments => "bad_arguments",
            SdkError::NotPayable => "not_payable",
            SdkError::CorruptStorage => "corrupt_storage",
            SdkError::BadReply => "bad_reply",
            SdkError::CallFailed => "call_failed",
            SdkError::Overflow => "overflow",
        }
    }
}
