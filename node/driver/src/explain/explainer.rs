//! Frames and calls in the words of the ABIs that their code carries, within what one answer may cost.
//!
//! Not here: which frames are told (`stack`).

use std::cell::OnceCell;
use std::collections::BTreeMap;
use std::sync::Arc;

use argosy_chain::{FailedFrame, FrameEntry, likely_abi};
use argosy_primitives::{AbiKind, Action, CodeHash, StatusCode};
use argosy_rpc_api::{Bytes, CallFrame, Decimal, DecodedRevert, RevertReason, Status};
use argosy_values::{Allowance, Codec, DecodedCall, Revert};
use argosy_vm_abi::schema::MessageKind;
use argosy_vm_abi::{ABI_SECTION, Abi, custom_sections, split_message};
use serde_json::{Map, Value};

use super::Uploads;
use crate::error::unread;
use crate::json_words;
use crate::read::Reader;

/// Parts of one decoded message or reason.
const VALUES_MAX: usize = 512;
/// Parts of all that is decoded for one answer, tried in vain or not.
const ALL_VALUES_MAX: usize = 2_048;
/// All that is decoded for one answer, as text and as JSON together, in bytes.
const DECODED_BYTES_MAX: usize = 64 * 1_024;

/// Reads frames, within what one answer may cost.
pub(super) struct Explainer<'a> {
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
pub(super) enum Words {
    /// The ABI that it carries.
    Abi(Arc<Abi>),
    /// Nothing: they are JSON.
    Json,
}

/// What a frame was asked for.
#[derive(Default)]
pub(super) struct Asked {
    pub(super) method: Option<String>,
    pub(super) args: Option<Value>,
    pub(super) call: Option<String>,
}

impl<'a> Explainer<'a> {
    pub(super) fn new(reader: &'a Reader, uploads: Uploads<'a>) -> Explainer<'a> {
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
    pub(super) fn stack(
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

    pub(super) fn frame(&mut self, frame: &FailedFrame, said: &[u8]) -> CallFrame {
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

    pub(super) fn asked(&mut self, words: &Words, entry: FrameEntry, message: &[u8]) -> Asked {
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
    pub(super) fn words(&mut self, code: &CodeHash) -> Option<Words> {
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
