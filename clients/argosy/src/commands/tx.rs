//! `argosy tx …`: transactions that are made, signed elsewhere, sent, looked up.

pub(super) mod actions; // actions as people read them
pub(super) mod file; // a transaction in a file
mod offline; // argosy tx sign|decode
mod profile; // argosy tx profile
pub(super) mod trace; // argosy tx trace

use std::path::Path;
use std::time::{Duration, Instant};

use argosy_primitives::{Action, SignedTransaction, TxId};
use argosy_rpc_api::{
    BlockDetail, BlockSelector, RpcError, TransactionView, TxStatus, TxStatusAnswer,
};
use serde_json::json;

use super::abi_book::AbiBook;
use super::problem::{failure, failure_in};
use super::send::{Outcome, Sent};
use super::session::Session;
use crate::args::TxCommand;
use crate::failure::{Exit, Failure};
use crate::output::Report;

use file::TxFile;
pub(super) use offline::run as offline;

/// How often a waiting transaction is asked for.
const ASK_EVERY: Duration = Duration::from_millis(200);

/// Asks and tells.
pub(super) async fn run(command: TxCommand, session: &Session) -> Result<Report, Failure> {
    match command {
        TxCommand::Transfer { sender, to, amount } => {
            let (to, amount) = (session.resolve(&to)?, session.amount(&amount)?);
            let who = session.sender(&sender)?;
            let options = session.tx_options(&sender)?;
            let action = Action::Transfer {
                to: to.address,
                amount,
            };
            let mut book = session.abi_book();
            let outcome = session.send(&who, &sender, vec![action], &options, None, &mut book);
            let sent = match outcome.await? {
                Outcome::Sent(sent) => sent,
                Outcome::Kept(report) => return Ok(report),
            };
            let report = Report::new(json!({}))
                .row("from", session.client.text(who.address()))
                .row("to", to)
                .row("amount", session.tokens(amount));
            session.finish(report, &sent, None, &mut book).await
        }
        TxCommand::Get { id } => {
            let status = session.client.tx_status(id).await.map_err(failure)?;
            show(session, &status).await
        }
        TxCommand::Wait { id } => wait(session, id).await,
        TxCommand::Trace { id } => trace::run(id, session).await,
        TxCommand::Profile(args) => profile::run(&args, session).await,
        TxCommand::Send { file } => send(session, &file).await,
        TxCommand::Submit { file } => {
            let signed = signed_for(session, &file)?;
            let id = session.client.submit(&signed).await;
            let id = id.map_err(|it| failure_in(it, session.client.token()))?;
            Ok(Report::new(json!({"txId": id.to_string()}))
                .row("transaction", id)
                .row("next", format!("argosy tx wait {id}")))
        }
        TxCommand::Sign { .. } | TxCommand::Decode { .. } => {
            Err(Failure::failed("this command asks no node"))
        }
    }
}

/// Sends what was signed elsewhere and waits for its receipt.
async fn send(session: &Session, file: &Path) -> Result<Report, Failure> {
    let signed = signed_for(session, file)?;
    let mut book = session.abi_book();
    let answer = session.submit(&signed).await;
    let answer = answer.map_err(|it| failure_in(it, session.client.token()))?;
    let view = TransactionView::new(&signed, session.client.hrp());
    let report = describe(session, Report::new(json!({})), &view, &mut book).await;
    let sent = Sent {
        transaction: signed.transaction,
        answer,
    };
    session.finish(report, &sent, None, &mut book).await
}

/// A transaction that is signed, and for this chain.
fn signed_for(session: &Session, file: &Path) -> Result<SignedTransaction, Failure> {
    let file = TxFile::read(file)?;
    let signed = file.signed()?;
    let (asked, found) = (signed.transaction.chain, session.client.chain());
    if asked == found {
        return Ok(signed);
    }
    let message = format!("the transaction is for chain {asked}, the node is on {found}");
    Err(Failure::usage(message).hint("name a node of its chain with --network or --rpc-url"))
}

/// Asks until the transaction is settled or the user's patience ends.
async fn wait(session: &Session, id: TxId) -> Result<Report, Failure> {
    let begin = Instant::now();
    let _waiting = session.output.waiting(format!("waiting for {id}"));
    loop {
        let status = session.client.tx_status(id).await.map_err(failure)?;
        match status.status {
            TxStatus::Pending => {}
            TxStatus::Included { .. } => return show(session, &status).await,
            TxStatus::Dropped { reason } => {
                let error = RpcError::TxDropped {
                    tx_id: status.tx_id,
                    reason,
                };
                return Err(failure(error.into()));
            }
            TxStatus::Refused { error } => return Err(failure(error.into())),
        }
        if begin.elapsed() >= session.timeout {
            let message = format!(
                "transaction {id} still waits after {} s",
                session.timeout.as_secs()
            );
            return Err(Failure::new(Exit::Timeout, "TIMEOUT", message)
                .data("txId", id.to_string())
                .hint("wait longer with --timeout SECONDS"));
        }
        tokio::time::sleep(ASK_EVERY).await;
    }
}

/// Where a transaction is; what it asked for and did, if it is in a block.
async fn show(session: &Session, status: &TxStatusAnswer) -> Result<Report, Failure> {
    let report = Report::new(status);
    let (block, index) = match &status.status {
        TxStatus::Pending => {
            return Ok(report
                .row("transaction", status.tx_id)
                .row("status", "pending"));
        }
        TxStatus::Dropped { reason } => {
            return Ok(report
                .row("transaction", status.tx_id)
                .row("status", format!("dropped: {reason}")));
        }
        TxStatus::Refused { error } => {
            return Ok(report
                .row("transaction", status.tx_id)
                .row("status", format!("refused: {error}")));
        }
        TxStatus::Included { block, index, .. } => (block, index),
    };
    let at = BlockSelector::Height(block.height.0);
    let block = session
        .client
        .block(at, BlockDetail::Full)
        .await
        .map_err(failure)?;
    let transactions = block.transactions.unwrap_or_default();
    let Some(transaction) = transactions.get(*index as usize) else {
        return Err(Failure::failed(
            "the node says that the transaction is in a block in which it is not",
        ));
    };
    let answer = session
        .client
        .receipt(status.tx_id.0)
        .await
        .map_err(failure)?;
    let mut book = session.abi_book();
    let report = describe(session, report, transaction, &mut book).await;
    Ok(session
        .receipt(report, &answer, Some(transaction.gas_limit.0), &mut book)
        .await)
}

async fn describe(
    session: &Session,
    report: Report,
    transaction: &TransactionView,
    book: &mut AbiBook,
) -> Report {
    let mut report = report
        .row("from", transaction.sender)
        .row("nonce", transaction.nonce)
        .with("transaction", transaction);
    for (index, action) in transaction.actions.iter().enumerate() {
        report = report.row(
            format!("action {index}"),
            actions::text(action, session.client.hrp(), session.client.token(), book).await,
        );
    }
    report
}
