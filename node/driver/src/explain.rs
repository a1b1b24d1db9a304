//! Why an execution failed: the node's trace, read by the ABIs in the code that ran.
//!
//! ```text
//! trace ─► frames of the last failure ─► code of each ─► its ABI ─► method, arguments, reason
//!                                                    └─► none, but it speaks JSON ─┘
//! ```
//!
//! Always: what an ABI does not explain stays bytes, and is no error; time and size of what is
//! decoded are bounded, whatever a contract's ABI, message or data are made of. Nothing of it is
//! part of the chain's state.
//! Not here: how the chain notes what happened (`executor`), and the error that tells it (`rpc`).

use std::cell::OnceCell;
use std::collections::BTreeMap;
use std::sync::Arc;

use argosy_chain::{
    FailedFrame, FrameEntry, Location, RefusedCode, Trace, TracedFrame, likely_abi,
};
use argosy_primitives::{AbiKind, Action, CodeHash, Receipt, StatusCode};
use argosy_rpc::{Cause, Failure, RefusedModule};
use argosy_rpc_api::{
    AddressText, AskedCall, Bytes, CallFrame, Decimal, DecodedRevert, RevertReason, RpcError,
    Status,
};
use argosy_values::{Allowance, Codec, DecodedCall, Revert};
use argosy_vm_abi::schema::MessageKind;
use argosy_vm_abi::{ABI_SECTION, Abi, custom_sections, split_message};
use serde_json::{Map, Value};

use crate::error::unread;
use crate::json_words;
use crate::read::Reader;

/// Parts of one decoded message or reason.
const VALUES_MAX: usize = 512;
/// Parts of all that is decoded for one answer, tried in vain or not.
const ALL_VALUES_MAX: usize = 2_048;
/// All that is decoded for one answer, as text and as JSON together, in bytes.
const DECODED_BYTES_MAX: usize = 64 * 1_024;

/// Where code may be that the state does not have: in the transaction that was undone.
#[derive(Clone, Copy)]
pub(crate) enum Uploads<'a> {
    /// Nothing was uploaded.
    None,
    /// These actions would have uploaded it.
    Of(&'a [Action]),
    /// A transaction in a block would have.
    In(Location),
}

impl Reader {
    /// Why an execution failed that ended with `status` and `data` and left this trace.
    pub(crate) fn cause(
        &self,
        (status, data): (StatusCode, &[u8]),
        trace: &Trace,
        uploads: Uploads<'_>,
    ) -> Cause {
        let call_stack = Explainer::new(self, uploads).stack(&running(&trace.frames), status, data);
        let outermost = call_stack.first();
        Cause {
            diagnostic: describe(trace),
            decoded: outermost.and_then(|frame| frame.decoded.clone()),
            refused: trace.refusal.as_ref().map(refused),
            call_stack,
            ..Cause::default()
        }
    }

    /// Calls of contracts in the words of their ABIs, whether or not they failed.
    pub(crate) fn told(&self, frames: &[TracedFrame], uploads: Uploads<'_>) -> Vec<CallFrame> {
        let mut explainer = Explainer::new(self, uploads);
        let frames = frames.iter().map(|it| FailedFrame {
            depth: it.depth,
            contract: it.contract,
            code: it.code,
            entry: it.entry,
            message: it.message.clone(),
            status: it.status,
            gas_used: it.gas_used,
            data: it.data.clone(),
            diagnostic: it.diagnostic.clone(),
            after_failure: false,
        });
        let frames = frames.map(|it| explainer.frame(&it, it.data.as_deref().unwrap_or_default()));
        frames.collect()
    }

    /// Why a transaction failed that is in a block: as its trial would have been answered.
    pub(crate) fn failure(&self, location: Location, receipt: &Receipt) -> RpcError {
        self.failed(location, receipt, Uploads::In(location))
    }

    /// The same of any receipt, with what was to be done.
    pub(crate) fn failed(
        &self,
        location: Location,
        receipt: &Receipt,
        uploads: Uploads<'_>,
    ) -> RpcError {
        // Whoever asks for a receipt gets it, also where the node's own notes are damaged: the log
        // tells of that.
        let trace = self.0.trace(location).map_err(unread).ok().flatten();
        let ended = (receipt.status, receipt.data.as_slice());
        let trace = trace.unwrap_or_default();
        let mut cause = self.cause(ended, &trace, uploads);
        if cause.call_stack.is_empty() {
            cause.target = match uploads {
                Uploads::None => None,
                Uploads::Of(actions) => self.target(actions, receipt.action),
                Uploads::In(location) => (self.actions(location))
                    .and_then(|actions| self.target(&actions, receipt.action)),
            };
        }
        RpcError::from(Failure {
            status: receipt.status,
            data: receipt.data.clone(),
            gas_used: receipt.gas_used,
            // Who runs out of gas has used all that there was.
            gas_limit: receipt.gas_used,
            contract: None,
            action: Some(receipt.action),
            cause,
        })
    }

    /// What actions ask contracts for, where the ABI of their code has the method. What is not explained is
    /// left out, and is no error.
    pub(crate) fn asked_calls(&self, actions: &[Action]) -> Vec<AskedCall> {
        // No valid transaction has more.
        let actions_max = self.0.spec().limits.actions_max as usize;
        let actions = actions.get(..actions_max).unwrap_or(actions);
        let mut explainer = Explainer::new(self, Uploads::Of(actions));
        let asked = (0..).zip(actions).filter_map(|(index, action)| {
            let (entry, code, message) = match action {
                Action::Instantiate { code, message, .. } => (FrameEntry::Init, *code, message),
                Action::Upgrade { code, message, .. } => (FrameEntry::Upgrade, *code, message),
                Action::Call {
                    contract, message, ..
                } => {
                    let record = self.0.contract(contract).map_err(unread).ok().flatten();
                    (FrameEntry::Call, record?.code, message)
                }
                _ => return None,
            };
            let words = explainer.words(&code)?;
            let asked = explainer.asked(&words, entry, message);
            Some(AskedCall {
                action: index,
                entry: entry.as_str().to_owned(),
                method: asked.method?,
                args: asked.args,
                call: asked.call,
            })
        });
        asked.collect()
    }

    /// The contract that an action is about, if it names one.
    pub(crate) fn target(&self, actions: &[Action], index: u8) -> Option<AddressText> {
        match actions.get(usize::from(index))? {
            Action::Call { contract, .. }
            | Action::Upgrade { contract, .. }
            | Action::SetAdmin { contract, .. } => Some(self.text(*contract)),
            _ => None,
        }
    }

    fn actions(&self, location: Location) -> Option<Vec<Action>> {
        let block = self.0.block(location.height).ok()??;
        let mut transactions = block.body.transactions.into_iter();
        let index = usize::try_from(location.index).ok()?;
        transactions.nth(index).map(|it| it.transaction.actions)
    }
}

/// Reads frames, within what one answer may cost.
struct Explainer<'a> {
    reader: &'a Reader,
    uploads: Uploads<'a>,
    /// The actions of [`Uploads::In`], once they were looked for.
    read: OnceCell<Option<Vec<Action>>>,
    words: BTreeMap<CodeHash, Option<Words>>,
    allowance: Allowance,
    bytes_left: usize,
}

/// What the messages of a code are read by.
#[derive(Clone)]
enum Words {
    /// The ABI that it carries.
    Abi(Arc<Abi>),
    /// Nothing: they are JSON.
    Json,
}

/// What a frame was asked for.
#[derive(Default)]
struct Asked {
    method: Option<String>,
    args: Option<Value>,
    call: Option<String>,
}

impl<'a> Explainer<'a> {
    fn new(reader: &'a Reader, uploads: Uploads<'a>) -> Explainer<'a> {
        Explainer {
            reader,
            uploads,
            read: OnceCell::new(),
            words: BTreeMap::new(),
            allowance: Allowance::new(ALL_VALUES_MAX),
            bytes_left: DECODED_BYTES_MAX,
        }
    }

    /// The frames that were running, outermost first, of an execution that ended like this.
    fn stack(
        &mut self,
        frames: &[&FailedFrame],
        status: StatusCode,
        data: &[u8],
    ) -> Vec<CallFrame> {
        // From the inside: that is where it began, and what callers pass on is explained there.
        let mut stack: Vec<CallFrame> = Vec::new();
        let mut inside: Option<&[u8]> = None;
        for (depth, frame) in frames.iter().enumerate().rev() {
            // Long data is in no trace, but the outermost frame's is the whole execution's.
            let is_whole = depth == 0 && frame.status == status;
            let whole = is_whole.then_some(data);
            let said = frame.data.as_deref().or(whole).unwrap_or_default();
            let mut told = self.frame(frame, said);
            let is_passed_on = told.decoded.is_none() && inside == Some(said);
            if let Some(inner) = stack.last().filter(|_| is_passed_on && !said.is_empty()) {
                told.decoded = inner.decoded.clone().filter(|it| self.has_room_for(it));
            }
            stack.push(told);
            inside = Some(said);
        }
        stack.reverse();
        stack
    }

    fn frame(&mut self, frame: &FailedFrame, said: &[u8]) -> CallFrame {
        let words = frame.code.and_then(|code| self.words(&code));
        let message = frame.message.as_deref();
        let asked = match (&words, message) {
            (Some(words), Some(message)) => self.asked(words, frame.entry, message),
            _ => Asked::default(),
        };
        let method = asked.method.as_deref();
        let revert = (words.as_ref())
            .filter(|_| frame.status == StatusCode::Reverted)
            .and_then(|words| self.revert(words, (frame.entry, method), said));
        CallFrame {
            contract: self.reader.text(frame.contract),
            entry: frame.entry.as_str().to_owned(),
            method: asked.method,
            args: asked.args,
            call: asked.call,
            message: message.map(|it| Bytes(it.to_vec())),
            status: Status(frame.status),
            gas_used: Decimal(frame.gas_used),
            data: (frame.data.clone()).filter(|it| !it.is_empty()).map(Bytes),
            decoded: revert.filter(|it| self.has_room_for(it)),
            reason: frame.diagnostic.clone(),
        }
    }

    fn asked(&mut self, words: &Words, entry: FrameEntry, message: &[u8]) -> Asked {
        let (method, told) = match words {
            Words::Abi(abi) => {
                let Some(kind) = kind_of(entry) else {
                    return Asked::default();
                };
                let item = split_message(message)
                    .and_then(|(selector, _)| abi.message_by_selector(kind, selector));
                let Some(item) = item else {
                    return Asked::default();
                };
                // The contract may have refused the arguments for the same reason for which they are not
                // read.
                let call = self.codec(abi).decode_call(kind, message).ok();
                let told = call.map(|call| (args_json(&call), call_text(&call)));
                (Some(item.name.clone()), told)
            }
            Words::Json => {
                let Some(spoken) = json_words::read(entry, message) else {
                    return Asked::default();
                };
                let text = spoken.text();
                (Some(spoken.method), Some((spoken.args, text)))
            }
        };
        match told.filter(|(args, call)| self.take(args.to_string().len() + call.len())) {
            Some((args, call)) => Asked {
                method,
                args: Some(args),
                call: Some(call),
            },
            None => Asked {
                method,
                ..Asked::default()
            },
        }
    }

    fn revert(
        &self,
        words: &Words,
        (entry, method): (FrameEntry, Option<&str>),
        said: &[u8],
    ) -> Option<DecodedRevert> {
        match words {
            Words::Abi(abi) => {
                let method = kind_of(entry).zip(method);
                decoded(&self.codec(abi).decode_revert(method, said))
            }
            Words::Json => {
                let text = std::str::from_utf8(said).ok()?;
                decoded(&Revert::Message(text.to_owned()))
            }
        }
    }

    fn codec<'b>(&'b self, abi: &'b Abi) -> Codec<'b> {
        Codec::new(abi, self.reader.hrp())
            .with_values_max(VALUES_MAX)
            .with_allowance(&self.allowance)
    }

    /// What a code's messages are read by; none if it carries no ABI that can be read, and needs one.
    fn words(&mut self, code: &CodeHash) -> Option<Words> {
        if let Some(known) = self.words.get(code) {
            return known.clone();
        }
        let stored = self
            .reader
            .0
            .code_bytes(code)
            .map_err(unread)
            .ok()
            .flatten();
        let words = match stored {
            Some(module) => words_in(&module),
            None => self.uploaded(code),
        };
        self.words.insert(*code, words.clone());
        words
    }

    fn uploaded(&self, code: &CodeHash) -> Option<Words> {
        let actions = match self.uploads {
            Uploads::None => return None,
            Uploads::Of(actions) => actions,
            // A block may be large, and many frames may run code that was undone.
            Uploads::In(location) => self
                .read
                .get_or_init(|| self.reader.actions(location))
                .as_deref()?,
        };
        let mut modules = actions.iter().filter_map(|action| match action {
            Action::StoreCode { code } => Some(code),
            _ => None,
        });
        words_in(modules.find(|module| CodeHash::of(module) == *code)?)
    }

    fn has_room_for(&mut self, revert: &DecodedRevert) -> bool {
        let json = match &revert.reason {
            RevertReason::Error { error } => error.to_string().len(),
            RevertReason::Message { message } => message.len(),
            RevertReason::Sdk { reason } => reason.len(),
        };
        self.take(revert.text.len() + json)
    }

    fn take(&mut self, bytes: usize) -> bool {
        let left = self.bytes_left.checked_sub(bytes);
        self.bytes_left = left.unwrap_or(self.bytes_left);
        left.is_some()
    }
}

fn words_in(module: &[u8]) -> Option<Words> {
    if likely_abi(module) == AbiKind::CosmWasm {
        return Some(Words::Json);
    }
    let section = custom_sections(module, ABI_SECTION)?;
    let abi = Abi::parse(&section).ok()?;
    Some(Words::Abi(Arc::new(abi)))
}

/// The messages of an entry in a schema; replies are of contracts that have none.
fn kind_of(entry: FrameEntry) -> Option<MessageKind> {
    match entry {
        FrameEntry::Init => Some(MessageKind::Init),
        FrameEntry::Call => Some(MessageKind::Call),
        FrameEntry::Query => Some(MessageKind::Query),
        FrameEntry::Upgrade => Some(MessageKind::Upgrade),
        FrameEntry::Reply => None,
    }
}

fn args_json(call: &DecodedCall) -> Value {
    let args = call.args.iter();
    let args = args.map(|it| (it.name.clone(), it.value.to_json()));
    Value::Object(args.collect::<Map<_, _>>())
}

/// `transfer(to: dargo1…, amount: 5)`
fn call_text(call: &DecodedCall) -> String {
    let args = call.args.iter();
    let args = args.map(|it| format!("{}: {}", it.name, it.value));
    format!("{}({})", call.method, args.collect::<Vec<_>>().join(", "))
}

fn decoded(revert: &Revert) -> Option<DecodedRevert> {
    let reason = match revert {
        Revert::Error(value) => RevertReason::Error {
            error: value.to_json(),
        },
        Revert::Message(text) => RevertReason::Message {
            message: text.clone(),
        },
        Revert::Sdk(reason) => RevertReason::Sdk {
            reason: reason.as_str().to_owned(),
        },
        Revert::Unknown(_) => return None,
    };
    let text = revert.to_string();
    Some(DecodedRevert { text, reason })
}

fn refused(refusal: &RefusedCode) -> RefusedModule {
    RefusedModule {
        rule: refusal.rule.clone(),
        section: refusal.section.clone(),
        offset: refusal.offset,
        feature: refusal.feature.clone(),
        hint: refusal.hint.clone(),
    }
}

/// The frames that were running at the failure that ended the whole, outermost first.
///
/// Frames are noted when they end, so those of the last failure stand at the end, from the inside
/// outwards; failures that a contract lived through come before, and the first frame of the stack that
/// did not end after a failure is the last.
fn running(frames: &[FailedFrame]) -> Vec<&FailedFrame> {
    let mut stack: Vec<&FailedFrame> = Vec::new();
    for (frame, depth) in frames.iter().rev().zip(1..) {
        let is_inside = stack.last().is_none_or(|outer| outer.after_failure);
        if !is_inside || frame.depth != depth {
            break;
        }
        stack.push(frame);
    }
    stack
}

/// The trace in one line: the reason, or what the innermost frame of the last failure had to say.
/// What a contract lived through is not why the whole failed.
fn describe(trace: &Trace) -> Option<String> {
    let innermost = running(&trace.frames).pop();
    let said = innermost.and_then(|frame| frame.diagnostic.clone());
    trace.reason.clone().or(said)
}

#[cfg(test)]
mod tests {
    use argosy_primitives::Address;

    use super::*;

    /// `noted`: depth and contract of each failed frame as it ended, and whether what it asked for last
    /// failed.
    #[track_caller]
    fn check(noted: &[(u32, u8, bool)], expected: &[u8]) {
        let frame = |(depth, contract, after_failure): &(u32, u8, bool)| FailedFrame {
            depth: *depth,
            contract: Address::from_bytes([*contract; 32]),
            code: None,
            entry: FrameEntry::Call,
            message: None,
            status: StatusCode::Reverted,
            gas_used: 0,
            data: None,
            diagnostic: None,
            after_failure: *after_failure,
        };
        let frames: Vec<FailedFrame> = noted.iter().map(frame).collect();
        let found = running(&frames)
            .into_iter()
            .map(|it| it.contract.as_bytes()[0]);
        assert_eq!(found.collect::<Vec<u8>>(), expected, "{noted:?}");
    }

    #[test]
    fn the_stack_is_that_of_the_last_failure() {
        check(&[], &[]);
        check(&[(1, 7, false)], &[7]);
        check(&[(3, 9, false), (2, 8, true), (1, 7, true)], &[7, 8, 9]);
        // Contract 7 lived through the failure of 5 and failed for that of 8.
        check(&[(2, 5, false), (2, 8, false), (1, 7, true)], &[7, 8]);
        // What failed was no contract, or an action after one that lived through a failure.
        check(&[(2, 5, false)], &[]);
        // Contract 7, or one of an action before, lived through the failure of 5, and 7 failed later.
        check(&[(2, 5, false), (1, 7, false)], &[7]);
        // A contract that 7 had called before lived through the failure of 9, not 8.
        check(&[(3, 9, false), (2, 8, false), (1, 7, true)], &[7, 8]);
    }
}
