//! What a transaction may do, one function per action.
//!
//! Invariant: an action that does not succeed may leave half a change behind; `transaction` rolls the
//! whole transaction back. Actions of the stake and governance kind are refused when a block begins.

mod code; // store and remove
mod contract; // instantiate, call, upgrade, hand over

use argosy_primitives::{Action, ActionKind, StatusCode};

use crate::error::Fault;
use crate::explain::explain;
use crate::scope::{Halt, Step, TxScope};

/// The actions that this version of the node can perform.
pub(crate) const PERFORMED: [ActionKind; 7] = [
    ActionKind::Transfer,
    ActionKind::StoreCode,
    ActionKind::RemoveCode,
    ActionKind::Instantiate,
    ActionKind::Call,
    ActionKind::Upgrade,
    ActionKind::SetAdmin,
];

/// What an action came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Outcome {
    pub(crate) status: StatusCode,
    pub(crate) data: Vec<u8>,
}

impl Outcome {
    pub(crate) fn success(data: Vec<u8>) -> Self {
        Self {
            status: StatusCode::Success,
            data,
        }
    }
}

/// Performs one action on behalf of the transaction's signer.
pub(crate) fn perform(scope: &mut TxScope<'_>, action: &Action) -> Result<Outcome, Fault> {
    let outcome = match dispatch(scope, action) {
        Ok(outcome) => outcome,
        Err(Halt::Failed(status)) => Outcome {
            status,
            data: Vec::new(),
        },
        Err(Halt::Fault(fault)) => return Err(fault),
    };
    // A failed frame tells its own story.
    let has_told = scope.trace.has_ended_frame() || scope.trace.reason.is_some();
    if !outcome.status.is_success() && !has_told {
        explain(scope, action, outcome.status);
    }
    Ok(outcome)
}

fn dispatch(scope: &mut TxScope<'_>, action: &Action) -> Step<Outcome> {
    let signer = scope.signer;
    match action {
        Action::Transfer { to, amount } => {
            scope.transfer(&signer, to, *amount)?;
            Ok(Outcome::success(Vec::new()))
        }
        Action::StoreCode { code } => code::store(scope, code),
        Action::RemoveCode { code } => code::remove(scope, code),
        Action::Instantiate {
            code,
            salt,
            admin,
            funds,
            message,
        } => contract::instantiate(
            scope,
            contract::New {
                code,
                salt,
                admin,
                funds,
                message,
            },
        ),
        Action::Call {
            contract,
            funds,
            message,
            abi_hash,
        } => {
            contract::check_abi(scope, contract, abi_hash.as_ref())?;
            contract::call(scope, contract, *funds, message)
        }
        Action::Upgrade {
            contract,
            code,
            message,
        } => {
            contract::check_admin(scope, contract)?;
            contract::upgrade(scope, contract, code, message)
        }
        Action::SetAdmin { contract, admin } => {
            contract::check_admin(scope, contract)?;
            contract::set_admin(scope, contract, *admin)
        }
        Action::Bond { .. } | Action::Unbond { .. } | Action::Unjail | Action::Govern { .. } => {
            Err(Fault::ActionUnknown(action.kind()).into())
        }
    }
}
