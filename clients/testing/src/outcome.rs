//! What came of a call: its answer, what was announced, what it cost, and why it failed, frame by frame.

use std::fmt;

use argosy_chain::{FailedFrame, FrameEntry, Trace};
use argosy_primitives::{Address, Gas, Hrp, Receipt, StatusCode};
use argosy_values::{AbiValue, Codec, Revert};
use argosy_vm_abi::schema::MessageKind;
use serde_json::{Map, Value};

use crate::contract::Contract;

/// What came of a transaction.
#[derive(Clone, Debug)]
pub struct Outcome {
    receipt: Receipt,
    trace: Trace,
    /// `contract.method`.
    what: String,
    value: Option<AbiValue>,
    revert: Option<Revert>,
    events: Vec<Announced>,
    /// Failed frames in words, the outermost first.
    stack: Vec<String>,
}

/// An event, read by the ABI of its contract.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Announced {
    /// Whose it is.
    pub contract: Address,
    /// Its name.
    pub name: String,
    /// Its fields by name.
    pub fields: Value,
}

/// Who is asked what, to read the answer.
pub(crate) struct Asked<'a> {
    pub(crate) contract: &'a Contract,
    pub(crate) kind: MessageKind,
    pub(crate) method: &'a str,
}

impl Outcome {
    /// Reads a receipt by the words of the contracts in it.
    pub(crate) fn read(
        asked: &Asked<'_>,
        (receipt, trace): (Receipt, Trace),
        known: &dyn Fn(&Address) -> Option<Contract>,
        hrp: Hrp,
    ) -> Outcome {
        let codec = Codec::new(asked.contract.abi(), hrp);
        let is_success = receipt.status.is_success();
        let value = is_success
            .then(|| {
                codec
                    .decode_return(asked.kind, asked.method, &receipt.data)
                    .ok()
            })
            .flatten();
        let revert = (receipt.status == StatusCode::Reverted)
            .then(|| codec.decode_revert(Some((asked.kind, asked.method)), &receipt.data));
        let events = receipt.events.iter().filter_map(|event| {
            let contract = known(&event.contract)?;
            let read = Codec::new(contract.abi(), hrp).decode_event(event).ok()?;
            let fields = read.fields.iter();
            let fields: Map<String, Value> = fields
                .map(|it| (it.name.clone(), it.value.to_json()))
                .collect();
            Some(Announced {
                contract: event.contract,
                name: read.name,
                fields: Value::Object(fields),
            })
        });
        let frames = trace.frames.iter().rev();
        Outcome {
            events: events.collect(),
            stack: frames.map(|it| told(it, known, hrp)).collect(),
            what: format!("{}.{}", asked.contract.name(), asked.method),
            receipt,
            trace,
            value,
            revert,
        }
    }

    /// Whether it did what it was asked for.
    pub fn is_success(&self) -> bool {
        self.receipt.status.is_success()
    }

    /// The receipt.
    pub fn receipt(&self) -> &Receipt {
        &self.receipt
    }

    /// What a node noted for people.
    pub fn trace(&self) -> &Trace {
        &self.trace
    }

    /// Gas that was paid for.
    pub fn gas(&self) -> Gas {
        self.receipt.gas_used
    }

    /// What the method returned, if it succeeded.
    pub fn value(&self) -> Option<&AbiValue> {
        self.value.as_ref()
    }

    /// Why the contract gave up, if it did.
    pub fn revert(&self) -> Option<&Revert> {
        self.revert.as_ref()
    }

    /// What was announced, in order; events that no ABI here tells of are only in the receipt.
    pub fn events(&self) -> &[Announced] {
        &self.events
    }

    /// The frames that failed, in words, the outermost first.
    pub fn stack(&self) -> &[String] {
        &self.stack
    }

    /// What the method returned, in JSON.
    ///
    /// # Panics
    ///
    /// If it failed: with the reason and the frames.
    #[track_caller]
    pub fn ok(&self) -> Value {
        assert!(self.is_success(), "{self}");
        self.value.as_ref().map_or(Value::Null, AbiValue::to_json)
    }

    /// Sees that it failed, and that the reason has this in its words: `"InsufficientBalance"`.
    ///
    /// # Panics
    ///
    /// If it succeeded, or failed of something else.
    #[track_caller]
    pub fn fails(&self, word: &str) -> &Outcome {
        assert!(
            !self.is_success(),
            "{} succeeded, {word} was expected",
            self.what
        );
        assert!(self.reason().contains(word), "{word} was expected: {self}");
        self
    }

    /// Sees that it used at most so much gas.
    ///
    /// # Panics
    ///
    /// If it used more.
    #[track_caller]
    pub fn at_most(&self, gas_max: Gas) -> &Outcome {
        let gas = self.gas();
        assert!(
            gas <= gas_max,
            "{} used {gas} gas, at most {gas_max} were expected",
            self.what
        );
        self
    }

    fn reason(&self) -> String {
        let status = self.receipt.status;
        match (&self.revert, &self.trace.reason) {
            (Some(revert), _) => format!("{status}: {revert}"),
            (None, Some(reason)) => format!("{status}: {reason}"),
            (None, None) => status.to_string(),
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_success() {
            return write!(f, "{} succeeded for {} gas", self.what, self.gas());
        }
        write!(
            f,
            "{} failed for {} gas: {}",
            self.what,
            self.gas(),
            self.reason()
        )?;
        for line in &self.stack {
            write!(f, "\n  {line}")?;
        }
        for line in &self.trace.logs {
            write!(f, "\n  log: {}", line.text)?;
        }
        Ok(())
    }
}

/// A failed frame in words: `2 token.transfer: reverted: InsufficientBalance { … }`.
fn told(frame: &FailedFrame, known: &dyn Fn(&Address) -> Option<Contract>, hrp: Hrp) -> String {
    let contract = known(&frame.contract);
    let name = contract
        .as_ref()
        .map_or_else(|| frame.contract.to_text(hrp), |it| it.name().to_owned());
    let kind = match frame.entry {
        FrameEntry::Init => Some(MessageKind::Init),
        FrameEntry::Call => Some(MessageKind::Call),
        FrameEntry::Query => Some(MessageKind::Query),
        FrameEntry::Upgrade => Some(MessageKind::Upgrade),
        FrameEntry::Reply => None,
    };
    let method = contract.as_ref().and_then(|it| {
        let selector = frame.message.as_deref()?.first_chunk::<4>()?;
        let message = it.abi().message_by_selector(kind?, *selector)?;
        Some(message.name.clone())
    });
    let reverted = (contract.as_ref(), method.as_deref(), frame.data.as_deref());
    let why = match reverted {
        (Some(contract), Some(method), Some(data)) if frame.status == StatusCode::Reverted => {
            let codec = Codec::new(contract.abi(), hrp);
            Some(
                codec
                    .decode_revert(kind.zip(Some(method)), data)
                    .to_string(),
            )
        }
        _ => frame.diagnostic.clone(),
    };
    let (depth, status) = (frame.depth, frame.status);
    let method = method.unwrap_or_else(|| frame.entry.as_str().to_owned());
    let why = why.map_or_else(String::new, |it| format!(": {it}"));
    format!("{depth} {name}.{method}: {status}{why}")
}
