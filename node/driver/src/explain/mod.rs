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

mod explainer; // frames in the words of ABIs
mod stack; // which frames the failure ended

use argosy_chain::{FailedFrame, FrameEntry, Location, RefusedCode, Trace, TracedFrame};
use argosy_primitives::{Action, Receipt, StatusCode};
use argosy_rpc::{Cause, Failure, RefusedModule};
use argosy_rpc_api::{AddressText, AskedCall, CallFrame, RpcError};

use crate::error::unread;
use crate::read::Reader;
use explainer::Explainer;
use stack::{describe, running};

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

    /// The actions of a transaction in a block.
    fn actions(&self, location: Location) -> Option<Vec<Action>> {
        let block = self.0.block(location.height).ok()??;
        let mut transactions = block.body.transactions.into_iter();
        let index = usize::try_from(location.index).ok()?;
        transactions.nth(index).map(|it| it.transaction.actions)
    }
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
