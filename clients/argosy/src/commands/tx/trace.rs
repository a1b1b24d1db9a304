//! `argosy tx trace`: what a transaction did, as a tree.
//!
//! People read the names that they use here in place of addresses; programs get addresses. What a contract
//! calls itself is no name: anybody's may say what it likes.

use argosy_primitives::{Address, TxId};
use argosy_proof::Supply;
use argosy_rpc_api::{Bytes, StateChange, StepAction, TraceAnswer, TraceFrame, TraceStep};

use crate::commands::abi_book::AbiBook;
use crate::commands::problem::failure;
use crate::commands::session::Session;
use crate::failure::Failure;
use crate::output::{Report, in_line};

/// What was left out.
const MORE: &str = "There was more than an answer holds.";
/// Bytes of a key or value that are shown.
const SHOWN_BYTES: usize = 40;

/// Asks and tells.
pub(super) async fn run(id: TxId, session: &Session) -> Result<Report, Failure> {
    let trace = session.client.trace_transaction(id).await;
    let trace = trace.map_err(failure)?;
    let report = Report::new(&trace)
        .row("transaction", id)
        .row("block", trace.at.height.0);
    Ok(show(report, &trace, session, &session.abi_book()))
}

/// Adds what is different in state to a report.
pub(in crate::commands) fn changes(
    report: Report,
    trace: &TraceAnswer,
    session: &Session,
    book: &AbiBook,
) -> Report {
    let report = report.with("changes", &trace.changes);
    let report = changed_lines(report, &trace.changes, session, book);
    match trace.truncated {
        true => report.heading(MORE),
        false => report,
    }
}

/// Adds what a block changed to a report.
pub(in crate::commands) fn all_changes(
    report: Report,
    changes: &[StateChange],
    session: &Session,
) -> Report {
    let report = report.with("changes", changes);
    changed_lines(report, changes, session, &session.abi_book())
}

fn changed_lines(
    mut report: Report,
    changes: &[StateChange],
    session: &Session,
    book: &AbiBook,
) -> Report {
    let tokens = |amount: u128| session.tokens(amount);
    if !changes.is_empty() {
        report = report.heading("Changes");
    }
    for change in changes.iter().flat_map(|it| changed(it, &tokens)) {
        report = report.line(line(book, format!("  {change}")));
    }
    report
}

/// A trace, for people.
fn show(report: Report, trace: &TraceAnswer, session: &Session, book: &AbiBook) -> Report {
    let tokens = |amount: u128| session.tokens(amount);
    let gas = format!(
        "{}, {} of it outside contracts",
        trace.gas_used, trace.outside_gas
    );
    let mut report = report
        .row("status", trace.status)
        .row_if("reason", trace.reason.clone().map(|it| book.named(it)))
        .row("gas used", gas)
        .row("fee", tokens(trace.fee.0));
    if !trace.frames.is_empty() {
        report = report.heading("Calls");
    }
    for frame in &trace.frames {
        let indent = "  ".repeat(usize::try_from(frame.depth).unwrap_or(1).min(32));
        report = report.line(line(book, format!("{indent}{}", call(frame, &tokens))));
        for step in &frame.steps {
            let step = format!("{indent}  {}", told(step, &tokens));
            report = report.line(line(book, step));
        }
    }
    let report = changed_lines(report, &trace.changes, session, book);
    match trace.truncated {
        true => report.heading(MORE),
        false => report,
    }
}

fn call(frame: &TraceFrame, tokens: &dyn Fn(u128) -> String) -> String {
    let call = &frame.call;
    let asked = call.call.as_deref().unwrap_or(call.name());
    let funds = match frame.funds.0 {
        0 => String::new(),
        funds => format!(" with {}", tokens(funds)),
    };
    let ended = match (call.status.0.is_success(), call.cause()) {
        (true, _) => String::new(),
        (false, Some(cause)) => format!("  {}: {cause}", call.status),
        (false, None) => format!("  {}", call.status),
    };
    format!(
        "{} {asked}{funds}  gas {}, own {}{ended}",
        call.contract, call.gas_used, frame.own_gas
    )
}

fn told(step: &TraceStep, tokens: &dyn Fn(u128) -> String) -> String {
    let what = match &step.action {
        StepAction::Read { key, found, value } => match *found {
            true => format!("{} = {}", some(key.as_ref()), some(value.as_ref())),
            false => format!("{} is not there", some(key.as_ref())),
        },
        StepAction::Write { key, value } => {
            format!("{} = {}", some(key.as_ref()), some(value.as_ref()))
        }
        StepAction::Remove { key } => some(key.as_ref()),
        StepAction::Range { start, end } => match end {
            Some(end) => format!("{} to {}", some(start.as_ref()), some(Some(end))),
            None => format!("{} on", some(start.as_ref())),
        },
        StepAction::Transfer { to, amount, status } => {
            format!("{} to {to}: {status}", tokens(amount.0))
        }
        StepAction::Call { status, .. } => status.to_string(),
        StepAction::Event { topics, data } => {
            format!("{topics} topics, {}", some(data.as_ref()))
        }
        StepAction::Log { text } => text.clone().unwrap_or_else(|| LONG.to_owned()),
    };
    format!("{} {what}  gas {}", step.import, step.gas)
}

/// What a change of state is, a line for each part of it.
fn changed(change: &StateChange, tokens: &dyn Fn(u128) -> String) -> Vec<String> {
    match change {
        StateChange::Account {
            address,
            before,
            after,
        } => {
            let (was, is) = (before.as_ref(), after.as_ref());
            let parts = [
                (
                    "balance",
                    was.map(|it| tokens(it.balance.0)),
                    is.map(|it| tokens(it.balance.0)),
                ),
                (
                    "nonce",
                    was.map(|it| it.nonce.to_string()),
                    is.map(|it| it.nonce.to_string()),
                ),
                (
                    "deposit",
                    was.map(|it| tokens(it.deposit.0)),
                    is.map(|it| tokens(it.deposit.0)),
                ),
            ];
            let different = parts.into_iter().filter(|(_, was, is)| was != is);
            different
                .map(|(part, was, is)| format!("{address} {part}: {}", from_to(was, is)))
                .collect()
        }
        StateChange::Contract {
            address,
            before,
            after,
        } => {
            let told = |it: &argosy_rpc_api::ContractState| {
                let (bytes, items) = (it.storage_bytes, it.storage_items);
                let deposit = tokens(it.deposit.0);
                format!("{bytes} bytes in {items} values, {deposit} locked")
            };
            let (was, is) = (before.as_ref().map(told), after.as_ref().map(told));
            vec![format!("{address} contract: {}", from_to(was, is))]
        }
        StateChange::System {
            address,
            key,
            before,
            after,
        } if address.address == Address::SYSTEM && key.0 == Supply::KEY => {
            let told = |it: &Option<Bytes>| {
                let supply = it.as_ref().and_then(|it| Supply::from_value(it).ok());
                supply.map(|it| tokens(it.0))
            };
            vec![format!("supply: {}", from_to(told(before), told(after)))]
        }
        StateChange::Storage {
            address,
            key,
            before,
            after,
        }
        | StateChange::System {
            address,
            key,
            before,
            after,
        } => {
            let value = |it: &Option<Bytes>| it.as_ref().map(short);
            let (was, is) = (value(before), value(after));
            vec![format!("{address} {}: {}", short(key), from_to(was, is))]
        }
    }
}

fn from_to(was: Option<String>, is: Option<String>) -> String {
    let word = |it: Option<String>| it.unwrap_or_else(|| "nothing".to_owned());
    format!("{} -> {}", word(was), word(is))
}

/// What contracts say, as one line, with names in place of addresses.
fn line(book: &AbiBook, text: String) -> String {
    in_line(&book.named(text))
}

/// What stands for bytes that are too long to show.
const LONG: &str = "(long)";

fn some(bytes: Option<&Bytes>) -> String {
    bytes.map_or_else(|| LONG.to_owned(), short)
}

/// Bytes, the first of them if there are many.
pub(in crate::commands) fn short(bytes: &Bytes) -> String {
    match bytes.len() <= SHOWN_BYTES {
        true => bytes.to_string(),
        false => {
            let head = Bytes(bytes.0.iter().take(SHOWN_BYTES).copied().collect());
            format!("{head}... ({} bytes)", bytes.len())
        }
    }
}
