//! The SDK's errors as failures of a command: exit code, facts, what to do.
//!
//! Always: programs get every fact that the node gave, people those that help.

use argosy_primitives::StatusCode;
use argosy_rpc_api::{AddressText, CallFrame, RpcError};
use argosy_sdk::{Category, FailedTx, Revert, SdkError, Token};
use serde_json::{Map, Value};

use crate::failure::{Exit, Failure};

/// Characters of a call or reason that a line of the call stack shows.
const SHOWN_CHARS_MAX: usize = 240;

/// A failure of a command that asked a node.
pub(crate) fn failure(error: SdkError) -> Failure {
    told(error, "in a trial: nothing was sent, nothing is paid")
}

/// The same of what is in a block all the same.
pub(super) fn failure_in_block(error: SdkError) -> Failure {
    told(error, "in a block")
}

/// With what became of it.
fn told(error: SdkError, outcome: &str) -> Failure {
    let exit = match error.category() {
        Category::Input => Exit::Usage,
        Category::Reverted => Exit::Reverted,
        Category::Network => Exit::Network,
        Category::Timeout => Exit::Timeout,
        Category::Refused | Category::BadAnswer => Exit::Failed,
    };
    let kind = match error.rpc() {
        Some(rpc) => rpc.kind().to_owned(),
        None => error.category().as_str().to_ascii_uppercase(),
    };
    let base = Failure::new(exit, kind, &error);
    match &error {
        SdkError::Unreachable { .. } => {
            base.hint("start a chain with `argosy dev`, or name another node with --rpc-url")
        }
        SdkError::HttpStatus { .. } => {
            base.hint("is it an Argosy node? name another one with --rpc-url")
        }
        SdkError::Timeout { .. } => base.hint("wait longer with --timeout SECONDS"),
        SdkError::Unsettled { tx_id, .. } => base
            .data("txId", tx_id.to_string())
            .hint(format!("it is not lost: argosy tx wait {tx_id}")),
        SdkError::Rpc { error } => of_node(base, error, outcome),
        SdkError::Reverted { revert, error, .. } => {
            of_node(base, error, outcome).data("revert", revert.to_json())
        }
        SdkError::Failed(failed) => of_receipt(base, failed),
        SdkError::Codec(_) => base.hint("`-- --help` lists methods and arguments"),
        SdkError::BadUrl { .. }
        | SdkError::Params { .. }
        | SdkError::UnknownRpc { .. }
        | SdkError::BadAnswer { .. }
        | SdkError::OtherChain { .. }
        | SdkError::Proof(_)
        | SdkError::Amount(_)
        | SdkError::Wallet(_)
        | SdkError::Module(_) => base,
    }
}

/// The same, with amounts in the chain's token.
pub(super) fn failure_in(error: SdkError, token: &Token) -> Failure {
    let amounts = match error.rpc() {
        Some(RpcError::TxInsufficientBalance { need, have }) => Some((need.0, have.0)),
        _ => None,
    };
    let base = failure(error);
    match amounts {
        None => base,
        Some((need, have)) => base
            .row(
                "need",
                format!(
                    "{} at most: gas limit times price, deposit, amounts",
                    token.format(need)
                ),
            )
            .row("have", token.format(have)),
    }
}

/// Adds what the node says.
fn of_node(mut base: Failure, error: &RpcError, outcome: &str) -> Failure {
    let facts = serde_json::to_value(error).unwrap_or_default();
    let told = error.to_string();
    for (key, label) in [("contract", "contract"), ("reason", "reason")] {
        let text = facts.get(key).and_then(Value::as_str);
        base = base.row_if(label, text.filter(|it| !told.contains(it)));
    }
    base = stack(base, error.call_stack());
    let gas_used = facts.get("gasUsed").and_then(Value::as_str);
    base = base.row_if("gas used", gas_used.map(|gas| format!("{gas} {outcome}")));
    base = with_facts(base, facts);
    match error {
        RpcError::OutOfGas {
            estimate: Some(gas),
            ..
        } => base.hint(format!(
            "--gas {gas} is enough, or leave it out to have the need measured"
        )),
        RpcError::OutOfGas { .. } => base.hint(
            "leave --gas out to have the need measured; if it was left out, this needs more than \
             one transaction may use",
        ),
        RpcError::StorageLimit { status, .. } if status.0 == StatusCode::DepositLimit => {
            base.hint("raise --deposit-max, or leave it out to have the need measured")
        }
        RpcError::WaitTimeout { tx_id, .. } => {
            base.hint(format!("it is not lost: argosy tx wait {tx_id}"))
        }
        RpcError::NotTraceable { .. } => base.hint(
            "name an archive node with --rpc-url; one keeps the state of every block with \
             state.mode = \"archive\"",
        ),
        RpcError::MethodDisabled { method } if method.contains("index") => base.hint(
            "start the chain with `argosy dev --index`, or set state.index = \"on\" where the node runs",
        ),
        RpcError::MethodDisabled { method } if method.starts_with("debug_") => base.hint(
            "name a node that offers debug methods with --rpc-url: argosy dev, or one of yours with \
             rpc.methods = \"operator\"",
        ),
        RpcError::Pruned { .. } => base.hint(
            "ask for a later block, or name a node that keeps more with --rpc-url, such as an archive",
        ),
        RpcError::ExecutionFailed { status, .. } => match remedy(status.0) {
            Some(remedy) => base.hint(remedy),
            None => base,
        },
        _ => base,
    }
}

/// What to do about an execution that ended so.
const fn remedy(status: StatusCode) -> Option<&'static str> {
    match status {
        StatusCode::Unauthorized => Some(
            "sign by --from as who may: the admin of a contract, which `argosy contract info` names, or the uploader of \
             code; a contract without an admin can never be changed",
        ),
        StatusCode::CapabilityMissing => Some(
            "the contract does not declare what it does: #[contract(uses(…))]; `argosy build` warns of it",
        ),
        StatusCode::EntryMissing => Some(
            "the module has no entry for such a message: methods with #[init], #[call], #[query] and #[upgrade] make them",
        ),
        _ => None,
    }
}

/// The contracts that were running, outermost first: what each was asked for, and how that ended.
fn stack(base: Failure, frames: &[CallFrame]) -> Failure {
    let lines = frames.iter().enumerate();
    lines.fold(base, |base, (depth, frame)| {
        let label = if depth == 0 { "call stack" } else { "" };
        let indent = "  ".repeat(depth);
        let call = shortened(frame.call.as_deref().unwrap_or(frame.name()));
        let cause = frame.cause().map(|it| format!(": {}", shortened(it)));
        let ended = format!("{}, {} gas", frame.status, frame.gas_used);
        base.row(label, format!("{indent}{} {call}", frame.contract))
            .row(
                "",
                format!("{indent}  {ended}{}", cause.unwrap_or_default()),
            )
    })
}

/// A text in one line that is not too long to read; programs get it whole.
fn shortened(text: &str) -> String {
    let text = text.replace('\n', " ");
    match text.char_indices().nth(SHOWN_CHARS_MAX) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

/// Adds what the node knows of why a transaction failed that is in a block.
pub(super) fn explained(base: Failure, error: Option<&RpcError>) -> Failure {
    let Some(error) = error else {
        return base;
    };
    let base = match error {
        RpcError::Reverted { .. } => base,
        other => base.row("reason", other),
    };
    let facts = serde_json::to_value(error).unwrap_or_default();
    stack(with_facts(base, facts), error.call_stack())
}

/// Adds the facts of an error, for programs.
fn with_facts(base: Failure, facts: Value) -> Failure {
    let facts = match facts {
        Value::Object(facts) => facts,
        _ => Map::new(),
    };
    let facts = facts.into_iter().filter(|(key, _)| key != "kind");
    facts.fold(base, |base, (key, value)| base.data(&key, value))
}

/// Adds what a receipt says of a transaction that is in a block, but failed.
fn of_receipt(base: Failure, failed: &FailedTx) -> Failure {
    let FailedTx { answer, revert } = failed;
    let base = base
        .data("txId", answer.tx_id)
        .data("at", answer.at)
        .data("receipt", &answer.receipt)
        .row("status", answer.receipt.status)
        .row("gas used", answer.receipt.gas_used);
    let base = explained(base, answer.error.as_deref());
    match revert {
        Some(revert) => base.row("reason", revert).data("revert", revert.to_json()),
        None if answer.error.is_some() => base,
        None => base.hint(
            "leave --gas and --deposit-max out: then it is tried first, and the trial tells why and where",
        ),
    }
}

/// A revert of `contract`, found in a receipt or an answer, as a failure.
pub(super) fn reverted(method: &str, contract: AddressText, revert: &Revert) -> Failure {
    Failure::new(
        Exit::Reverted,
        "REVERTED",
        format!("{method} reverted: {revert}"),
    )
    .data("contract", contract)
    .data("revert", revert.to_json())
    .row("contract", contract)
}
