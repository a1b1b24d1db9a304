//! From actions to a receipt that people can read.
//!
//! ```text
//! actions ─ simulate ─► preview ─ a yes, if somebody sits there ─► sign ─► send, wait, decode
//!                          ├─ --dry-run: that was all
//!                          └─ --unsigned FILE: a file to be signed elsewhere
//! ```
//!
//! Always: what would fail is not sent, unless gas limit and deposit were both given; a transaction
//! that was sent is named, whatever happens then.
//! Not here: what a preview shows (`preview`), the file (`tx::file`).

use argosy_primitives::{Action, EventCursor, SignedTransaction, StatusCode, Transaction};
use argosy_rpc_api::{
    AddressText, BlockSelector, DecodedRevert, EventEntry, EventView, ReceiptAnswer, ReceiptView,
    RpcError, Text,
};
use argosy_sdk::{Abi, Codec, MessageKind, Revert, SdkError, Token, TxOptions, TxPlan};

use serde_json::Value;

use super::abi_book::AbiBook;
use super::preview::preview;
use super::problem::{explained, failure_in, reverted};
use super::session::{Sender, Session};
use super::tx::file::TxFile;
use crate::args::SenderArgs;
use crate::failure::{Exit, Failure};
use crate::output::Report;

/// A transaction that is in a block.
pub(super) struct Sent {
    pub(super) transaction: Transaction,
    pub(super) answer: ReceiptAnswer,
}

/// What came of a transaction that was asked for.
pub(super) enum Outcome {
    /// It is in a block.
    Sent(Box<Sent>),
    /// It was not to be sent: this is what it would do, or where it is written.
    Kept(Report),
}

/// The contract and method that one speaks to, to explain a failure.
#[derive(Clone, Copy)]
pub(super) struct Target<'a> {
    pub(super) contract: AddressText,
    /// None if the contract carries no ABI.
    pub(super) codec: Option<Codec<'a>>,
    pub(super) kind: MessageKind,
    /// None for a raw message.
    pub(super) method: Option<&'a str>,
}

impl Target<'_> {
    pub(super) fn name(&self) -> &str {
        self.method.unwrap_or(self.kind.entry().export_name())
    }

    fn revert(&self, data: &[u8], told: Option<&DecodedRevert>) -> Revert {
        // Without an ABI there are the node's words alone: it knows who speaks JSON and plain text.
        if let (None, Some(told)) = (&self.codec, told) {
            return Revert::Message(told.text.clone());
        }
        let method = self.method.map(|method| (self.kind, method));
        let nothing = Abi::default();
        let codec = self
            .codec
            .unwrap_or(Codec::new(&nothing, self.contract.hrp));
        codec.decode_revert(method, data)
    }

    /// The node's error as a failure, with the contract and its reason if it reverted.
    pub(super) fn failure(&self, error: SdkError, token: &Token) -> Failure {
        let SdkError::Rpc { mut error } = error else {
            return failure_in(error, token);
        };
        let RpcError::Reverted {
            revert_data,
            decoded,
            contract,
            call_stack,
            ..
        } = &mut *error
        else {
            return failure_in(SdkError::Rpc { error }, token);
        };
        contract.get_or_insert(self.contract);
        // The node sees no names, but the method that was called is known here.
        if let Some(outermost) = call_stack.first_mut() {
            let name = || self.name().to_owned();
            outermost.method.get_or_insert_with(name);
        }
        let revert = Box::new(self.revert(&revert_data.0, decoded.as_deref()));
        let method = Some(self.name().to_owned());
        let reverted = SdkError::Reverted {
            method,
            revert,
            error,
        };
        failure_in(reverted, token)
    }
}

impl Session {
    /// What the options say of a transaction.
    pub(super) fn tx_options(&self, sender: &SenderArgs) -> Result<TxOptions, Failure> {
        let deposit_max = sender
            .deposit_max
            .as_deref()
            .map(|it| self.amount(it))
            .transpose()?;
        Ok(TxOptions {
            gas_limit: sender.gas,
            tip: sender.tip,
            deposit_max,
            ..TxOptions::default()
        })
    }

    /// Tries `actions`, shows what they do, asks, sends them and waits for the receipt, whatever it
    /// says; or only the first part of that, as the options say.
    pub(super) async fn send(
        &self,
        sender: &Sender,
        args: &SenderArgs,
        actions: Vec<Action>,
        options: &TxOptions,
        target: Option<Target<'_>>,
        book: &mut AbiBook,
    ) -> Result<Outcome, Failure> {
        let token = self.client.token();
        let failed = |error| match target {
            Some(target) => target.failure(error, token),
            None => failure_in(error, token),
        };
        let plan = self.client.plan(sender.public, actions, options).await;
        let mut plan = plan.map_err(failed)?;
        if args.dry_run && plan.trial.is_none() {
            let at = BlockSelector::Latest;
            let trial = self.client.simulate(&plan.transaction, at).await;
            plan.trial = Some(trial.map_err(failed)?);
        }
        if args.dry_run {
            let report = preview(self, &plan, target, book).await;
            return Ok(Outcome::Kept(report.with("dryRun", true)));
        }
        if let Some(path) = &args.unsigned {
            let file = TxFile::unsigned(&plan.transaction, &self.client);
            return Ok(Outcome::Kept(file.write(path)?));
        }
        self.ask(&plan, target, book).await?;
        let signed = self
            .unlock(sender, &args.passphrase)?
            .sign(plan.transaction);
        let answer = self.submit(&signed).await.map_err(failed)?;
        Ok(Outcome::Sent(Box::new(Sent {
            transaction: signed.transaction,
            answer,
        })))
    }

    /// Shows whoever sits at the terminal what is about to be signed, and asks.
    async fn ask(
        &self,
        plan: &TxPlan,
        target: Option<Target<'_>>,
        book: &mut AbiBook,
    ) -> Result<(), Failure> {
        if !self.output.may_ask() {
            return Ok(());
        }
        let report = preview(self, plan, target, book).await;
        self.output.show(&report);
        self.output.confirm("Sign and send it?")
    }

    /// Hands a signed transaction over and waits for its receipt.
    pub(super) async fn submit(
        &self,
        signed: &SignedTransaction,
    ) -> Result<ReceiptAnswer, SdkError> {
        let waiting = self.output.waiting(format!("sending {}", signed.id()));
        let answer = self.client.submit_and_wait(signed).await;
        drop(waiting);
        answer
    }

    /// The receipt as a report, or as what is shown of a failure.
    pub(super) async fn finish(
        &self,
        report: Report,
        sent: &Sent,
        target: Option<Target<'_>>,
        book: &mut AbiBook,
    ) -> Result<Report, Failure> {
        let limit = Some(sent.transaction.gas_limit);
        let report = self.receipt(report, &sent.answer, limit, book).await;
        let receipt = &sent.answer.receipt;
        let why = sent.answer.error.as_deref();
        match (receipt.status.0, target) {
            (StatusCode::Success, _) => Ok(report),
            (StatusCode::Reverted, Some(target)) => {
                let revert = target.revert(&receipt.data.0, why.and_then(told));
                let failure = reverted(target.name(), target.contract, &revert);
                Err(explained(failure, why).showing(report))
            }
            (status, _) => {
                let message = format!("action {} failed: {}", receipt.action, status.as_str());
                let kind = status.as_str().to_ascii_uppercase();
                let failure = Failure::new(Exit::Reverted, kind, message);
                Err(explained(failure, why).showing(report))
            }
        }
    }

    /// Adds a receipt to a report: cost, place, events.
    pub(super) async fn receipt(
        &self,
        report: Report,
        answer: &ReceiptAnswer,
        gas_limit: Option<u64>,
        book: &mut AbiBook,
    ) -> Report {
        let ReceiptAnswer {
            at,
            tx_id,
            index,
            receipt,
            error,
        } = answer;
        let gas = match gas_limit {
            Some(limit) => format!("{} of {limit}", receipt.gas_used),
            None => receipt.gas_used.to_string(),
        };
        let place = |event: usize| {
            let event = u32::try_from(event).unwrap_or(u32::MAX);
            Text(EventCursor {
                height: at.height.0,
                tx: *index,
                event,
            })
        };
        let entry = |(number, event): (usize, &EventView)| EventEntry {
            cursor: place(number),
            tx_id: Some(*tx_id),
            event: event.clone(),
        };
        let entries: Vec<EventEntry> = receipt.events.iter().enumerate().map(entry).collect();
        let mut lines = Vec::new();
        let mut views = Vec::new();
        for entry in &entries {
            let (text, view) = book.entry(entry).await;
            lines.push([entry.cursor.to_string(), text]);
            views.push(view);
        }
        let report = report
            .row("status", receipt.status)
            .row("gas used", gas)
            .row("fee", self.tokens(receipt.fee.0))
            .row(
                "deposit",
                self.client.token().format_signed(receipt.deposit.0),
            )
            .row("block", format!("{} ({})", at.height, at.hash))
            .row("transaction", tx_id)
            .with("txId", tx_id)
            .with("at", at)
            .with("index", index)
            .with("receipt", without_events(receipt))
            .with("events", views);
        let report = match error {
            Some(error) => report.row("reason", error).with("error", error),
            None => report,
        };
        let report = match gas_limit {
            Some(limit) => report.with("gasLimit", limit.to_string()),
            None => report,
        };
        if lines.is_empty() {
            return report;
        }
        lines
            .into_iter()
            .fold(report.heading("Events"), |report, line| {
                report.columns(line)
            })
    }
}

/// What a node made of a contract's words.
fn told(error: &RpcError) -> Option<&DecodedRevert> {
    match error {
        RpcError::Reverted { decoded, .. } => decoded.as_deref(),
        _ => None,
    }
}

/// The receipt for programs; its events stand beside it, with their cursors and decoded.
pub(super) fn without_events(receipt: &ReceiptView) -> Value {
    let mut view = serde_json::to_value(receipt).unwrap_or_default();
    if let Value::Object(facts) = &mut view {
        facts.remove("events");
    }
    view
}
