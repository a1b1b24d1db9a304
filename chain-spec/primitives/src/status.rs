//! How a frame or a transaction ended: a number that contracts see and receipts hash.
//!
//! Invariant: numbers are frozen; 0 and only 0 is success.
//! Not here: diagnostics for people (`vm/host`), reasons to refuse a transaction (`executor`).

use core::fmt;

use parity_scale_codec::{Decode, DecodeWithMemTracking, Encode};

macro_rules! status_codes {
    ($($(#[$doc:meta])* $name:ident = $number:literal, $text:literal;)*) => {
        /// How a frame or a transaction ended.
        #[derive(
            Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash,
            Encode, Decode, DecodeWithMemTracking,
        )]
        #[repr(u8)]
        pub enum StatusCode {
            $($(#[$doc])* $name = $number,)*
        }

        impl StatusCode {
            /// Every code.
            pub const ALL: &[StatusCode] = &[$(StatusCode::$name,)*];

            /// The code with this number.
            pub const fn from_u8(number: u8) -> Option<Self> {
                match number {
                    $($number => Some(StatusCode::$name),)*
                    _ => None,
                }
            }

            /// The one spelling shared by logs, metrics and RPC.
            pub const fn as_str(self) -> &'static str {
                match self { $(StatusCode::$name => $text,)* }
            }
        }
    };
}

status_codes! {
    /// Did what it was asked to do.
    Success = 0, "success";
    /// The contract gave up and said why in its data.
    Reverted = 1, "reverted";
    /// The gas limit was used up.
    OutOfGas = 2, "out_of_gas";
    /// The contract broke a rule of Wasm or of the host: unreachable, bad pointer, stack.
    Trapped = 3, "trapped";
    /// Contracts called each other too deeply.
    CallDepth = 4, "call_depth";
    /// The callee is already running and the call does not allow re-entry.
    Reentry = 5, "reentry";
    /// The payer holds less than the amount.
    InsufficientBalance = 6, "insufficient_balance";
    /// Storage would cost more deposit than the signer allowed.
    DepositLimit = 7, "deposit_limit";
    /// No contract has this address.
    ContractNotFound = 8, "contract_not_found";
    /// No code has this hash.
    CodeNotFound = 9, "code_not_found";
    /// The module breaks a limit or uses a refused feature.
    CodeRejected = 10, "code_rejected";
    /// Only the admin or the uploader may do this.
    Unauthorized = 11, "unauthorized";
    /// The contract's manifest does not declare the capability.
    CapabilityMissing = 12, "capability_missing";
    /// A query tried to change something.
    ReadOnly = 13, "read_only";
    /// A key, value, event or piece of data is too large.
    LimitExceeded = 14, "limit_exceeded";
    /// The contract's ABI is not the one that the signer was shown, or has no such entry.
    AbiMismatch = 15, "abi_mismatch";
    /// Contract or code is there already.
    AlreadyExists = 16, "already_exists";
    /// The module has no entry point of this kind.
    EntryMissing = 17, "entry_missing";
    /// Contracts still run this code.
    CodeInUse = 18, "code_in_use";
}

impl StatusCode {
    /// `true` for [`StatusCode::Success`].
    pub const fn is_success(self) -> bool {
        matches!(self, StatusCode::Success)
    }
}

impl fmt::Display for StatusCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
