//! How a message gives up: everything it did is undone, its caller learns why.
//!
//! ```text
//! Err(value of an #[error] type)   -> RevertData::Error(SCALE bytes)
//! revert("text"), Err("text")      -> RevertData::Message(text)
//! the SDK itself                   -> RevertData::Sdk(reason)
//! panic                            -> status Trapped, no data
//! ```
//!
//! Not here: errors of called contracts (`call::CallError`).

use alloc::string::String;
use alloc::vec::Vec;

use argosy_vm_abi::{RevertData, SdkError};
use parity_scale_codec::{Encode, Output};

use crate::abi::TypeName;
use crate::buffer::{Buffer, encode};
use crate::host;

// Indices of `RevertData`, whose general encoding would make every contract larger.
const ERROR: u8 = 0;
const MESSAGE: u8 = 1;
const SDK: u8 = 2;

/// SCALE bytes of [`RevertData`]: what the caller is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reason(pub Vec<u8>);

/// An error that a message may return; `#[error]` on an enum implements it. Without it:
///
/// ```compile_fail
/// use argosy_contract::prelude::*;
///
/// pub enum ShopError {
///     SoldOut,
/// }
///
/// #[storage]
/// pub struct Shop {}
///
/// #[contract]
/// impl Shop {
///     #[init]
///     pub fn init(&mut self) -> Result<(), ShopError> {
///         Err(ShopError::SoldOut)
///     }
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the error of a message",
    note = "add `#[error]` to your enum, or use `String`, `&'static str` or `RevertData`"
)]
pub trait Revert {
    /// Its type in the ABI, if it has one.
    const NAME: Option<TypeName>;

    /// What the caller is told.
    fn into_reason(self) -> Reason;
}

impl Revert for RevertData {
    const NAME: Option<TypeName> = None;

    fn into_reason(self) -> Reason {
        Reason(encode(&self))
    }
}

impl Revert for String {
    const NAME: Option<TypeName> = None;

    fn into_reason(self) -> Reason {
        reason_of(MESSAGE, self.as_bytes())
    }
}

impl Revert for &'static str {
    const NAME: Option<TypeName> = None;

    fn into_reason(self) -> Reason {
        reason_of(MESSAGE, self.as_bytes())
    }
}

/// Used by `#[error]`: the reason of a typed error.
pub fn reason_of_error(error: &impl Encode) -> Reason {
    reason_of(ERROR, &encode(error))
}

#[inline(never)]
fn reason_of(kind: u8, bytes: &[u8]) -> Reason {
    let mut buffer = Buffer::new();
    buffer.push_byte(kind);
    let (mode, width) = match bytes.len() {
        0x0000..0x0040 => (0, 1),
        0x0040..0x4000 => (1, 2),
        _ => (2, 4),
    };
    let length = (bytes.len() << 2 | mode).to_le_bytes();
    buffer.write(length.get(..width).unwrap_or(&length));
    buffer.write(bytes);
    Reason(buffer.into_bytes())
}

/// Ends the message here, with any error.
pub fn revert(error: impl Revert) -> ! {
    host::revert(&error.into_reason().0)
}

pub(crate) fn revert_sdk(reason: SdkError) -> ! {
    host::revert(&[SDK, reason as u8])
}

/// Short ways to go on with a value, or not at all.
pub trait OrRevert<T> {
    /// The value; else ends the message, and the caller learns why.
    fn or_revert(self) -> T;
}

impl<T, E: Into<RevertData>> OrRevert<T> for Result<T, E> {
    fn or_revert(self) -> T {
        self.unwrap_or_else(|error| revert(error.into()))
    }
}

/// For checked arithmetic: `None` is an overflow.
impl<T> OrRevert<T> for Option<T> {
    fn or_revert(self) -> T {
        self.unwrap_or_else(|| revert_sdk(SdkError::Overflow))
    }
}

/// Returns an error unless a condition holds: `ensure!(amount > 0, TokenError::Nothing)`.
#[macro_export]
macro_rules! ensure {
    ($condition:expr, $error:expr $(,)?) => {
        if !$condition {
            return ::core::result::Result::Err(::core::convert::From::from($error));
        }
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons_have_the_bytes_of_revert_data() {
        for length in [0, 1, 63, 64, 16_383, 16_384] {
            let text = "x".repeat(length);
            let error = RevertData::Error(text.encode());
            assert_eq!(reason_of_error(&text).0, error.encode(), "{length}");
            let message = RevertData::Message(text.clone());
            assert_eq!(text.into_reason().0, message.encode(), "{length}");
            assert_eq!(
                message.clone().into_reason().0,
                message.encode(),
                "{length}"
            );
        }
        for reason in [SdkError::UnknownSelector, SdkError::Overflow] {
            assert_eq!([SDK, reason as u8], *RevertData::Sdk(reason).encode());
        }
    }
}
