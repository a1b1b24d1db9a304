//! Why a call of a contract failed: by its own error, or by another.

use std::fmt;

use argosy_primitives::{Hrp, StatusCode};
use argosy_rpc_api::RpcError;
use argosy_vm_abi::RevertData;
use argosy_vm_abi::schema::MessageKind;
use parity_scale_codec::{Decode, DecodeWithMemTracking, Encode, Input};

use super::{Readable, Schema, read};
use crate::codec::Codec;
use crate::contract::{explain, explain_failure};
use crate::{SdkError, api::ReceiptAnswer};

/// Why a call failed.
#[derive(Debug, Clone)]
pub enum CallError<E> {
    /// The contract refused with its own error.
    Refused {
        /// Its error.
        error: E,
        /// How that came here: before it was sent, or in a receipt.
        source: Box<SdkError>,
    },
    /// Anything else: another reason of the contract, the chain's, the node's, the network's.
    Other(Box<SdkError>),
}

/// The error of a method that has none of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoError {}

impl Encode for NoError {
    fn encode(&self) -> Vec<u8> {
        match *self {}
    }
}

impl Decode for NoError {
    fn decode<I: Input>(_: &mut I) -> Result<NoError, parity_scale_codec::Error> {
        Err("this method has no error of its own".into())
    }
}

impl DecodeWithMemTracking for NoError {}

impl<E> CallError<E> {
    /// Any error that is not the contract's own.
    pub(crate) fn other(error: SdkError) -> CallError<E> {
        CallError::Other(Box::new(error))
    }

    /// The contract's own error, if it is one.
    pub fn refusal(&self) -> Option<&E> {
        match self {
            CallError::Refused { error, .. } => Some(error),
            CallError::Other(_) => None,
        }
    }

    /// The same as the SDK's error: category, code, transaction.
    pub fn sdk(&self) -> &SdkError {
        match self {
            CallError::Refused { source, .. } | CallError::Other(source) => source,
        }
    }

    /// The same as the SDK's error, for those who do not need the type.
    pub fn into_sdk(self) -> SdkError {
        match self {
            CallError::Refused { source, .. } | CallError::Other(source) => *source,
        }
    }
}

impl<E: Readable> CallError<E> {
    /// A node's refusal, with the contract's reason.
    pub(crate) fn explained(
        schema: &Schema,
        hrp: Hrp,
        entry: (MessageKind, &str),
        error: SdkError,
    ) -> CallError<E> {
        let own = own_error(&error);
        let abi = schema.abi();
        let source = Box::new(explain(&Codec::new(&abi, hrp), entry, error));
        match own {
            Some(error) => CallError::Refused { error, source },
            None => CallError::Other(source),
        }
    }

    /// A receipt that tells of a failure is an error with the contract's reason.
    pub(crate) fn of_receipt(
        schema: &Schema,
        hrp: Hrp,
        entry: (MessageKind, &str),
        answer: ReceiptAnswer,
    ) -> Result<ReceiptAnswer, CallError<E>> {
        let receipt = &answer.receipt;
        let own = match receipt.status.0 {
            StatusCode::Success => return Ok(answer),
            StatusCode::Reverted => in_revert(&receipt.data),
            _ => None,
        };
        let abi = schema.abi();
        explain_failure(&Codec::new(&abi, hrp), entry, answer).map_err(|error| {
            let source = Box::new(error);
            match own {
                Some(error) => CallError::Refused { error, source },
                None => CallError::Other(source),
            }
        })
    }
}

fn own_error<E: Readable>(error: &SdkError) -> Option<E> {
    match error.rpc()? {
        RpcError::Reverted { revert_data, .. } => in_revert(revert_data),
        _ => None,
    }
}

/// The method's own error in what a contract said when it gave up.
fn in_revert<E: Readable>(data: &[u8]) -> Option<E> {
    match RevertData::parse(data).ok()? {
        RevertData::Error(bytes) => read(&bytes),
        RevertData::Message(_) | RevertData::Sdk(_) => None,
    }
}

impl<E> fmt::Display for CallError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.sdk().fmt(f)
    }
}

impl<E: fmt::Debug> std::error::Error for CallError<E> {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.sdk().source()
    }
}

impl<E> From<SdkError> for CallError<E> {
    fn from(error: SdkError) -> CallError<E> {
        CallError::other(error)
    }
}

impl<E> From<CallError<E>> for SdkError {
    fn from(error: CallError<E>) -> SdkError {
        error.into_sdk()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_methods_own_error_is_one() {
        let own = |data: RevertData| in_revert::<u16>(&data.encode());
        assert_eq!(own(RevertData::Error(vec![1, 2])), Some(513));
        assert_eq!(
            own(RevertData::Error(vec![1, 2, 3])),
            None,
            "bytes are left"
        );
        assert_eq!(own(RevertData::Message("no".to_owned())), None);
        assert_eq!(in_revert::<u16>(b"\xff"), None);
        assert_eq!(
            in_revert::<NoError>(&RevertData::Error(vec![]).encode()),
            None
        );
    }
}
