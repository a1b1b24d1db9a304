//! `argosy contract call`.

use argosy_primitives::{Action, Address};
use argosy_rpc_api::BlockSelector;
use argosy_sdk::{AbiValue, MessageKind};
use serde_json::json;

use super::message::{self, Spoken};
use crate::args::{MessageArgs, SenderArgs};
use crate::commands::failure;
use crate::commands::send::{Outcome, Target};
use crate::commands::session::Session;
use crate::commands::tx::trace;
use crate::failure::Failure;
use crate::output::Report;

/// What was asked for.
#[derive(Clone, Copy)]
pub(super) struct Asked<'a> {
    pub(super) sender: &'a SenderArgs,
    pub(super) funds: Option<&'a str>,
    /// Whether to tell what is different in state afterwards.
    pub(super) diff: bool,
    pub(super) message: &'a MessageArgs,
}

/// Calls and tells.
pub(super) async fn run(
    address: Address,
    asked: Asked<'_>,
    session: &Session,
) -> Result<Report, Failure> {
    let (sender, args) = (asked.sender, asked.message);
    let contract = super::open(session, address).await?;
    let contract = contract.map(|it| it.with_names(session.address_book()));
    let codec = contract.as_ref().map(|it| it.codec());
    let message = match message::read(codec.as_ref(), MessageKind::Call, args)? {
        Spoken::Message(message) => message,
        Spoken::Help(report) => return Ok(report),
    };
    let funds = session.funds(asked.funds)?;
    let method = message.method.as_deref();
    let item = codec
        .zip(method)
        .and_then(|(codec, method)| codec.abi().message(MessageKind::Call, method));
    if let Some(item) = item.filter(|it| funds > 0 && !it.payable) {
        return Err(Failure::usage(format!("{} takes no funds", item.name)));
    }
    let who = session.sender(sender)?;
    let bytes = message.bytes;
    let call = Action::Call {
        contract: address,
        funds,
        message: bytes.clone(),
        // The signer commits to the ABI by which the message was built.
        abi_hash: contract
            .as_ref()
            .filter(|_| method.is_some())
            .map(|it| it.abi_hash()),
    };
    let target = Some(Target {
        contract: session.client.text(address),
        codec,
        kind: MessageKind::Call,
        method,
    });
    let mut book = session.abi_book();
    if let Some(contract) = &contract {
        book.insert(address, contract.abi().clone());
    }
    let options = session.tx_options(sender)?;
    let outcome = session.send(&who, sender, vec![call], &options, target, &mut book);
    let outcome = outcome.await?;
    let sent = match outcome {
        Outcome::Sent(sent) => sent,
        Outcome::Kept(report) if asked.diff => {
            let (caller, at) = (Some(who.address()), BlockSelector::Latest);
            let trace = session
                .client
                .trace_call((address, bytes), caller, funds, at);
            let trace = trace.await.map_err(failure)?;
            return Ok(trace::changes(report, &trace, session, &book));
        }
        Outcome::Kept(report) => return Ok(report),
    };

    let report = Report::new(json!({"contract": session.client.text(address), "method": method}));
    let receipt = &sent.answer.receipt;
    let report = match (codec, method) {
        _ if !receipt.status.0.is_success() => report,
        (Some(codec), Some(method)) => {
            let value = codec.decode_return(MessageKind::Call, method, &receipt.data.0);
            let value = value.map_err(|error| failure(error.into()))?;
            let shown = (value != AbiValue::Tuple(Vec::new())).then(|| value.to_string());
            report
                .row_if("result", shown)
                .with("result", value.to_json())
        }
        _ => report.row("result", &receipt.data),
    };
    let report = session.finish(report, &sent, target, &mut book).await?;
    if !asked.diff {
        return Ok(report);
    }
    let id = sent.answer.tx_id.0;
    match session.client.trace_transaction(id).await {
        Ok(trace) => Ok(trace::changes(report, &trace, session, &book)),
        // It is in a block all the same: who hears of a failure sends it again.
        Err(error) => {
            let elsewhere = format!("`argosy tx trace {id}` asks another node (--rpc-url)");
            (session.output).warning(format!("what it changed is not told: {error}; {elsewhere}"));
            Ok(report)
        }
    }
}
