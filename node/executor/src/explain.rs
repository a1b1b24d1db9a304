//! Why an action failed outside any contract, in words for people.
//!
//! Texts go into the trace, which is this node's own; receipts carry the status alone.

use argosy_primitives::{Action, Address, Hrp, StatusCode};

use crate::scope::TxScope;

/// Notes in the trace why `action` failed.
pub(crate) fn explain(scope: &mut TxScope<'_>, action: &Action, status: StatusCode) {
    let text = match status {
        StatusCode::DepositLimit => format!(
            "the deposit exceeds what deposit_max has left ({}); simulate to learn what is needed",
            scope.deposit_left
        ),
        StatusCode::LimitExceeded => format!(
            "the transaction would emit more than {} events",
            scope.env.spec.limits.events_max
        ),
        StatusCode::OutOfGas => "the gas limit is used up; simulate to learn what is needed".into(),
        _ => of_action(action, status, scope.env.spec.network.hrp),
    };
    scope.trace.note(text);
}

fn of_action(action: &Action, status: StatusCode, hrp: Hrp) -> String {
    let text = |address: &Address| address.to_text(hrp);
    match (action, status) {
        (_, StatusCode::InsufficientBalance) => {
            format!(
                "the signer's balance does not cover {}, with fee and deposit reserved",
                amount(action)
            )
        }
        (Action::StoreCode { .. }, StatusCode::AlreadyExists) => {
            "this code is already stored; instantiate it by its hash".into()
        }
        (Action::RemoveCode { code }, StatusCode::Unauthorized) => {
            format!("only its uploader may remove code {code}")
        }
        (Action::RemoveCode { code }, StatusCode::CodeInUse) => {
            format!("contracts still run code {code}")
        }
        (Action::Instantiate { .. }, StatusCode::AlreadyExists) => {
            "this code, salt and creator have a contract already; choose another salt".into()
        }
        (
            Action::RemoveCode { code }
            | Action::Instantiate { code, .. }
            | Action::Upgrade { code, .. },
            StatusCode::CodeNotFound,
        ) => format!("no code is stored under {code}; store it first"),
        (Action::Call { contract, .. }, StatusCode::AbiMismatch) => {
            let contract = text(contract);
            format!("contract {contract} has another ABI than the one committed to")
        }
        (Action::Upgrade { code, .. }, StatusCode::AbiMismatch) => {
            format!("code {code} is of another ABI kind than the contract")
        }
        (
            Action::Upgrade { contract, .. } | Action::SetAdmin { contract, .. },
            StatusCode::Unauthorized,
        ) => format!("the signer is not the admin of contract {}", text(contract)),
        (
            Action::Call { contract, .. }
            | Action::Upgrade { contract, .. }
            | Action::SetAdmin { contract, .. },
            StatusCode::ContractNotFound,
        ) => format!("there is no contract at {}", text(contract)),
        _ => format!(
            "action {} failed: {}",
            action.kind().as_str(),
            status.as_str()
        ),
    }
}

/// What the action moves from the signer's balance.
fn amount(action: &Action) -> u128 {
    match action {
        Action::Transfer { amount, .. } => *amount,
        Action::Instantiate { funds, .. } | Action::Call { funds, .. } => *funds,
        _ => 0,
    }
}
