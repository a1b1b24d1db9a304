//! What a transaction would do: what is shown before it is signed, and all there is with `--dry-run`.
//!
//! Always: what it can cost at most is told beside what it cost in the trial; events are decoded by the
//! contracts' ABIs, the transaction by the very bytes that are signed.
//! Not here: what a block or a node does with it later (`send`).

use argosy_primitives::{Action, Address, Hrp, Signature, SignedTransaction, Transaction};
use argosy_rpc_api::{ActionView, SimulationAnswer, TransactionView};
use argosy_sdk::{AbiValue, MessageKind, TxPlan, cost_max};
use serde_json::{Value, json};

use super::abi_book::AbiBook;
use super::send::Target;
use super::session::Session;
use super::tx::actions;
use crate::output::Report;

/// The transaction and its trial.
pub(super) async fn preview(
    session: &Session,
    plan: &TxPlan,
    target: Option<Target<'_>>,
    book: &mut AbiBook,
) -> Report {
    let transaction = &plan.transaction;
    let client = &session.client;
    let report = Report::new(json!({
        "balance": plan.balance.to_string(),
        "costMax": cost_max(transaction).map(|it| it.to_string()),
        "transaction": unsigned_view(transaction, client.hrp()),
    }));
    let sender = Address::of_key(&transaction.signer);
    let from = book.named(client.text(sender).to_string());
    let mut report = report.row("from", from);
    for (index, action) in transaction.actions.iter().enumerate() {
        let said = said(action, target);
        let action = ActionView::new(action, client.hrp());
        let text = match said {
            Some(said) => actions::line(&action, &|it| session.tokens(it), Some(said)),
            None => actions::text(&action, client.hrp(), client.token(), book).await,
        };
        report = report.row(format!("action {index}"), book.named(text));
    }
    let report = match &plan.trial {
        Some(trial) => tried(session, report, transaction, trial, target),
        None => untried(session, report, transaction),
    };
    let report = report
        .row_if(
            "at most",
            cost_max(transaction).map(|it| session.tokens(it)),
        )
        .row("balance", session.tokens(plan.balance));
    match &plan.trial {
        Some(trial) => events(report, trial, book).await,
        None => report,
    }
}

/// What the contract that one speaks to is told.
fn said(action: &Action, target: Option<Target<'_>>) -> Option<String> {
    let (Action::Instantiate { message, .. }
    | Action::Upgrade { message, .. }
    | Action::Call { message, .. }) = action
    else {
        return None;
    };
    let target = target?;
    actions::call(&target.codec?, target.kind, message)
}

/// What it cost in the trial, and what it may cost.
fn tried(
    session: &Session,
    report: Report,
    transaction: &Transaction,
    trial: &SimulationAnswer,
    target: Option<Target<'_>>,
) -> Report {
    let receipt = &trial.receipt;
    let token = session.client.token();
    let result = result(trial, target);
    let shown = result
        .as_ref()
        .filter(|it| **it != AbiValue::Tuple(Vec::new()));
    report
        .row_if("result", shown)
        .row(
            "gas",
            format!("{}, limit {}", receipt.gas_used, transaction.gas_limit),
        )
        .row(
            "fee",
            format!(
                "{}, at most {}",
                session.tokens(receipt.fee.0),
                fee_max(session, transaction)
            ),
        )
        .row(
            "deposit",
            format!(
                "{}, at most {}",
                token.format_signed(receipt.deposit.0),
                session.tokens(transaction.deposit_max)
            ),
        )
        .with("at", trial.at)
        .with("receipt", super::send::without_events(receipt))
        .with("result", result.map(|it| it.to_json()))
        .with("gasLimit", transaction.gas_limit.to_string())
        .with("depositMax", transaction.deposit_max.to_string())
}

/// Limits are all that is known.
fn untried(session: &Session, report: Report, transaction: &Transaction) -> Report {
    report
        .row("gas", format!("not tried, limit {}", transaction.gas_limit))
        .row("fee", format!("at most {}", fee_max(session, transaction)))
        .row(
            "deposit",
            format!("at most {}", session.tokens(transaction.deposit_max)),
        )
}

fn fee_max(session: &Session, transaction: &Transaction) -> String {
    let price = u128::from(transaction.max_gas_price);
    session.tokens(price.saturating_mul(transaction.gas_limit.into()))
}

/// What the method returned in the trial.
fn result(trial: &SimulationAnswer, target: Option<Target<'_>>) -> Option<AbiValue> {
    let target = target?;
    let (codec, method) = (target.codec?, target.method?);
    // The data of a creation begin with the contract's id.
    let is_call = target.kind == MessageKind::Call;
    let data = &trial.receipt.data.0;
    is_call
        .then(|| codec.decode_return(target.kind, method, data).ok())
        .flatten()
}

async fn events(report: Report, trial: &SimulationAnswer, book: &mut AbiBook) -> Report {
    let mut lines = Vec::new();
    let mut views = Vec::new();
    for event in &trial.receipt.events {
        let (text, view) = book.event(event).await;
        lines.push(text);
        views.push(view);
    }
    let report = report.with("events", views);
    if lines.is_empty() {
        return report;
    }
    let report = report.heading("Events");
    let line = |report: Report, text: String| report.columns([format!("  {text}")]);
    lines.into_iter().fold(report, line)
}

/// A transaction for programs, without a signature and without the bytes of code.
pub(super) fn unsigned_view(transaction: &Transaction, hrp: Hrp) -> Value {
    let signed = SignedTransaction {
        transaction: transaction.clone(),
        signature: Signature::Ed25519([0; 64]),
    };
    let mut view = serde_json::to_value(TransactionView::new(&signed, hrp)).unwrap_or_default();
    if let Value::Object(facts) = &mut view {
        facts.remove("signature");
        let actions = facts.get_mut("actions").and_then(Value::as_array_mut);
        for (action, own) in actions.into_iter().flatten().zip(&transaction.actions) {
            if let Action::StoreCode { code } = own {
                *action = json!({"type": "storeCode", "sizeBytes": code.len()});
            }
        }
    }
    view
}
