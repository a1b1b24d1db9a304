//! Why somebody may not do something.

use alloc::string::ToString;
use argosy_vm_abi::RevertData;

use crate::abi::TypeName;
use crate::error::{Reason, Revert};

/// Why a check of this module failed.
///
/// A message may return it as it is; its caller reads a text. To give it a place in your own
/// `#[error]` enum, write `impl From<AccessError> for YourError`, and `?` does the rest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AccessError {
    /// Only the owner may.
    NotOwner,
    /// Only who was offered the contract may accept it.
    NotOffered,
    /// Only who has a role may.
    RoleMissing,
    /// Nobody may, while the contract is paused.
    Paused,
}

impl AccessError {
    /// What the caller reads.
    #[inline]
    pub const fn as_str(self) -> &'static str {
        match self {
            AccessError::NotOwner => "only the owner of this contract may do this",
            AccessError::NotOffered => "this contract was not offered to the caller",
            AccessError::RoleMissing => "the caller does not have the role that this needs",
            AccessError::Paused => "this contract is paused",
        }
    }
}

impl Revert for AccessError {
    const NAME: Option<TypeName> = None;

    #[inline]
    fn into_reason(self) -> Reason {
        self.as_str().into_reason()
    }
}

/// For `?` in methods that return `RevertData`, and for `or_revert`.
impl From<AccessError> for RevertData {
    #[inline]
    fn from(error: AccessError) -> RevertData {
        RevertData::Message(error.as_str().to_string())
    }
}
