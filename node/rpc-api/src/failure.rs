//! What an execution failed of: the contracts that were running, and what each of them said.
//!
//! Always: what is decoded was decoded by the ABI in the code that ran; what that does not explain
//! is there as bytes alone. None of it is part of the chain's state.
//! Not here: the errors that carry it (`error`), and reading ABIs (`argosy-values`).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{AddressText, Bytes, Decimal, RpcError, Status};

/// Characters of a contract's words in the message of an error; `decoded` has them all.
const TOLD_CHARS_MAX: usize = 300;

/// One frame of the contracts that were running when a call failed, outermost first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct CallFrame {
    /// Which contract.
    pub contract: AddressText,
    /// Which entry: `init`, `call`, `query`, `upgrade` or `reply`.
    pub entry: String,
    /// Which method, if the contract's ABI has the message's selector.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub method: Option<String>,
    /// The method's arguments by name, if the ABI explains the message.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub args: Option<Value>,
    /// The same in words: `transfer(to: dargo1…, amount: 5)`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub call: Option<String>,
    /// What the entry was given, unless it was too long to keep.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<Bytes>,
    /// How the frame ended.
    pub status: Status,
    /// What it used, with all that it called.
    pub gas_used: Decimal<u64>,
    /// What it ended with, unless that was too long to keep.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data: Option<Bytes>,
    /// That in the words of its ABI, if it reverted and the ABI explains it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decoded: Option<DecodedRevert>,
    /// What the virtual machine had to say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// Why a contract gave up, in the words of its ABI.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct DecodedRevert {
    /// For people: `TooLarge { value: 40, add: 7 }`.
    pub text: String,
    /// For programs.
    #[serde(flatten)]
    pub reason: RevertReason,
}

/// Why a contract gave up, tagged by `type`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "camelCase")]
pub enum RevertReason {
    /// The method's own error.
    Error {
        /// Its value, as the ABI describes it.
        error: Value,
    },
    /// A text.
    Message {
        /// The text.
        message: String,
    },
    /// The contract SDK refused before, or on behalf of, the method.
    Sdk {
        /// The stable word for it.
        reason: String,
    },
}

impl CallFrame {
    /// The method, or the entry if the method is not known.
    pub fn name(&self) -> &str {
        self.method.as_deref().unwrap_or(&self.entry)
    }

    /// What the frame ended of, in words, as far as anything is known beside its status.
    pub fn cause(&self) -> Option<&str> {
        let decoded = self.decoded.as_ref().map(|it| it.text.as_str());
        decoded.or(self.reason.as_deref())
    }
}

impl RpcError {
    /// The contracts that were running when it happened, outermost first, as far as known.
    pub fn call_stack(&self) -> &[CallFrame] {
        match self {
            RpcError::Reverted { call_stack, .. }
            | RpcError::ContractNotFound { call_stack, .. }
            | RpcError::OutOfGas { call_stack, .. }
            | RpcError::Trapped { call_stack, .. }
            | RpcError::StorageLimit { call_stack, .. }
            | RpcError::CallDepth { call_stack, .. }
            | RpcError::ExecutionFailed { call_stack, .. } => call_stack,
            _ => &[],
        }
    }
}

/// `: TooLarge { … }`, and what that came of further inside.
pub(crate) fn because(decoded: &Option<Box<DecodedRevert>>, stack: &[CallFrame]) -> String {
    let outer = decoded.as_ref().map(|it| brief(&it.text));
    let inner = stack.get(1..).and_then(<[CallFrame]>::last);
    let inner = inner.and_then(|frame| Some((brief(frame.cause()?), frame)));
    let place = |frame: &CallFrame| format!("{} of {}", frame.name(), frame.contract);
    match (outer, inner) {
        (None, None) => String::new(),
        (Some(outer), None) => format!(": {outer}"),
        (Some(outer), Some((cause, frame))) if outer != cause => {
            format!(": {outer}; caused by {cause} in {}", place(frame))
        }
        (_, Some((cause, frame))) => format!(": {cause} in {}", place(frame)),
    }
}

/// A contract's words as part of a line: not long, and nothing that a terminal obeys.
fn brief(text: &str) -> String {
    let mut characters = text.chars();
    let plain = |it: char| if it.is_control() { '\u{fffd}' } else { it };
    let head: String = characters
        .by_ref()
        .take(TOLD_CHARS_MAX)
        .map(plain)
        .collect();
    match characters.next() {
        Some(_) => head + "…",
        None => head,
    }
}

/// `: reason`
pub(crate) fn suffix(reason: &Option<String>) -> String {
    (reason.as_ref()).map_or(String::new(), |it| format!(": {it}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use argosy_primitives::{Address, Hrp, StatusCode};

    fn revert(text: &str) -> DecodedRevert {
        DecodedRevert {
            text: text.to_owned(),
            reason: RevertReason::Message {
                message: text.to_owned(),
            },
        }
    }

    fn frame(method: &str, decoded: Option<&str>) -> CallFrame {
        CallFrame {
            contract: AddressText::new(Hrp::Dev, Address::SYSTEM),
            entry: "call".to_owned(),
            method: Some(method.to_owned()),
            args: None,
            call: None,
            message: None,
            status: Status(StatusCode::Reverted),
            gas_used: Decimal(5),
            data: None,
            decoded: decoded.map(revert),
            reason: None,
        }
    }

    #[track_caller]
    fn check(decoded: Option<&str>, stack: &[CallFrame], expected: &str) {
        let decoded = decoded.map(|it| Box::new(revert(it)));
        let place = AddressText::new(Hrp::Dev, Address::SYSTEM).to_string();
        let expected = expected.replace("HERE", &place);
        assert_eq!(because(&decoded, stack), expected);
    }

    #[test]
    fn the_cause_is_told_with_the_effect() {
        let outer = || frame("relay", Some("Failed"));
        check(None, &[], "");
        check(Some("Failed"), &[], ": Failed");
        check(Some("Failed"), &[outer()], ": Failed");
        let stack = [outer(), frame("add", Some("TooLarge"))];
        let expected = ": Failed; caused by TooLarge in add of HERE";
        check(Some("Failed"), &stack, expected);
        check(Some("TooLarge"), &stack, ": TooLarge in add of HERE");
        check(None, &stack, ": TooLarge in add of HERE");
        check(Some("Failed"), &[outer(), frame("add", None)], ": Failed");
        let (long, cut) = ("x".repeat(301), "x".repeat(300));
        check(Some(&long), &[], &format!(": {cut}…"));
        check(Some("a\n\u{1b}[2J"), &[], ": a\u{fffd}\u{fffd}[2J");
    }
}
