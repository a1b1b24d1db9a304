//! `argosy tx transfer|get|wait`.

use std::time::{Duration, Instant};

use argosy_primitives::{Action, TxId};
use argosy_rpc_api::{
    ActionView, BlockDetail, BlockSelector, RpcError, TransactionView, TxStatus, TxStatusAnswer,
};
use argosy_sdk::{Codec, MessageKind};

use super::abi_book::AbiBook;
use super::problem::failure;
use super::session::Session;
use crate::args::TxCommand;
use crate::failure::{Exit, Failure};
use crate::output::Report;

/// How often a waiting transaction is asked for.
const ASK_EVERY: Duration = Duration::from_millis(200);

/// Asks and tells.
pub(super) async fn run(command: TxCommand, session: &Session) -> Result<Report, Failure> {
    match command {
        TxCommand::Transfer { sender, to, amount } => {
            let signer = session.signer(&sender)?;
            let (to, amount) = (session.resolve(&to)?, session.amount(&amount)?);
            let options = session.tx_options(&sender)?;
            let action = Action::Transfer {
                to: to.address,
                amount,
            };
            let sent = session.send(&signer, vec![action], &options, None).await?;
            let report = Report::new(serde_json::json!({}))
                .row("from", session.client.text(signer.address()))
                .row("to", to)
                .row("amount", session.tokens(amount));
            session
                .finish(report, &sent, None, &mut session.abi_book())
                .await
        }
        TxCommand::Get { id } => {
            let status = session.client.tx_status(id).await.map_err(failure)?;
            show(session, &status).await
        }
        TxCommand::Wait { id } => wait(session, id).await,
    }
}

/// Asks until the transaction is settled or the user's patience ends.
async fn wait(session: &Session, id: TxId) -> Result<Report, Failure> {
    let begin = Instant::now();
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
            action_text(session, action, book).await,
        );
    }
    report
}

/// An action in a line.
async fn action_text(session: &Session, action: &ActionView, book: &mut AbiBook) -> String {
    match action {
        ActionView::Transfer { to, amount } => {
            format!("transfer {} to {to}", session.tokens(amount.0))
        }
        ActionView::StoreCode { code } => format!("store code of {} bytes", code.0.len()),
        ActionView::RemoveCode { code } => format!("remove code {code}"),
        ActionView::Instantiate { code, .. } => format!("instantiate code {code}"),
        ActionView::Call {
            contract, message, ..
        } => {
            let abi = book.abi(contract.address).await;
            let call = abi.and_then(|abi| {
                let codec = Codec::new(&abi, session.client.hrp());
                let call = codec.decode_call(MessageKind::Call, &message.0).ok()?;
                let args: Vec<String> = call
                    .args
                    .iter()
                    .map(|it| format!("{}: {}", it.name, it.value))
                    .collect();
                Some(format!("{}({})", call.method, args.join(", ")))
            });
            format!(
                "call {contract} {}",
                call.unwrap_or_else(|| message.to_string())
            )
        }
        ActionView::Upgrade { contract, code, .. } => format!("upgrade {contract} to code {code}"),
        ActionView::SetAdmin {
            contract,
            admin: Some(admin),
        } => format!("make {admin} the admin of {contract}"),
        ActionView::SetAdmin {
            contract,
            admin: None,
        } => format!("freeze {contract}"),
        ActionView::Bond { amount, .. } => format!("bond {}", session.tokens(amount.0)),
        ActionView::Unbond { amount } => format!("unbond {}", session.tokens(amount.0)),
        ActionView::Unjail => "unjail".to_owned(),
        ActionView::Govern {
            protocol_version, ..
        } => format!("vote for protocol version {protocol_version}"),
    }
}
