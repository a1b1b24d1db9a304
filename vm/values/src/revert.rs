//! Why a contract gave up, as far as its ABI tells.

use std::fmt;

use argosy_vm_abi::schema::MessageKind;
use argosy_vm_abi::{RevertData, SdkError as ContractSdkError};
use serde_json::{Value, json};

use crate::decode::TOO_MANY_PARTS;
use crate::limits::ERROR_TYPES_MAX;
use crate::{AbiValue, Codec, CodecError};

/// Why a contract gave up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Revert {
    /// The method's own error, by the ABI.
    Error(AbiValue),
    /// A text.
    Message(String),
    /// The contract SDK refused before, or on behalf of, the method.
    Sdk(ContractSdkError),
    /// Bytes that the ABI does not explain.
    Unknown(Vec<u8>),
}

impl Codec<'_> {
    /// Reads why a contract gave up. Without the method, an error counts as read if exactly one of
    /// the contract's error types fits, and there are not too many to try.
    pub fn decode_revert(&self, method: Option<(MessageKind, &str)>, data: &[u8]) -> Revert {
        let unknown = Revert::Unknown(data.to_vec());
        let bytes = match RevertData::parse(data) {
            Ok(RevertData::Error(bytes)) => bytes,
            Ok(RevertData::Message(text)) => return Revert::Message(text),
            Ok(RevertData::Sdk(reason)) => return Revert::Sdk(reason),
            Err(_) => return unknown,
        };
        let messages = self.abi().messages.iter();
        let mut types: Vec<&str> = messages
            .filter(|it| method.is_none_or(|(kind, name)| it.kind == kind && it.name == name))
            .filter_map(|it| it.error.as_deref())
            .collect();
        types.sort_unstable();
        types.dedup();
        if types.len() > ERROR_TYPES_MAX {
            return unknown;
        }
        let mut fitting = None;
        for ty in types {
            match self.decode_value(ty, &bytes) {
                Ok(error) if fitting.is_none() => fitting = Some(error),
                // Two fit, or nobody knows whether this one does.
                Ok(_)
                | Err(CodecError::Malformed {
                    reason: TOO_MANY_PARTS,
                    ..
                }) => return unknown,
                Err(_) => {}
            }
        }
        fitting.map_or(unknown, Revert::Error)
    }
}

impl Revert {
    /// The reason in JSON, tagged by `type`.
    pub fn to_json(&self) -> Value {
        match self {
            Revert::Error(value) => json!({ "type": "error", "error": value.to_json() }),
            Revert::Message(text) => json!({ "type": "message", "message": text }),
            Revert::Sdk(reason) => json!({ "type": "sdk", "reason": reason.as_str() }),
            Revert::Unknown(bytes) => {
                json!({ "type": "unknown", "data": const_hex::encode_prefixed(bytes) })
            }
        }
    }
}

impl fmt::Display for Revert {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Revert::Error(value) => value.fmt(f),
            Revert::Message(text) => f.write_str(text),
            Revert::Sdk(reason) => f.write_str(explain(*reason)),
            Revert::Unknown(bytes) if bytes.is_empty() => f.write_str("reverted without a reason"),
            Revert::Unknown(bytes) => {
                let bytes = const_hex::encode_prefixed(bytes);
                write!(
                    f,
                    "reverted for a reason that the ABI does not explain: {bytes}"
                )
            }
        }
    }
}

fn explain(reason: ContractSdkError) -> &'static str {
    match reason {
        ContractSdkError::UnknownSelector => "the contract has no such method",
        ContractSdkError::BadArguments => "the contract could not read the arguments",
        ContractSdkError::NotPayable => "funds were sent to a method that takes none",
        ContractSdkError::CorruptStorage => "a stored value is not of its type",
        ContractSdkError::BadReply => "a called contract answered with something unexpected",
        ContractSdkError::CallFailed => "a call, transfer or instantiation inside failed",
        ContractSdkError::Overflow => "arithmetic left its range",
    }
}
