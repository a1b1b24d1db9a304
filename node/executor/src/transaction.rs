//! One admitted transaction: reserve, act, settle.
//!
//! ```text
//! balance ── gas_limit * price + deposit_max ──► reserved          nonce + 1
//!            actions run in order, all or nothing
//! balance ◄── unused gas * price + unused deposit ── settled       base burned, tip kept aside
//! ```
//!
//! Invariant: whatever the outcome, the nonce has moved and the fee is paid; if an action failed,
//! nothing else has changed.
//! Not here: whether it may run (`admit`), and the block around it (`block`).

use std::collections::BTreeMap;

use argosy_primitives::{Action, Address, Balance, CodeHash, Gas, Receipt, StatusCode};
use argosy_state::State;

use crate::actions::{self, Outcome};
use crate::admit::Admitted;
use crate::error::Fault;
use crate::fees::gas_cost;
use crate::recorder::Recorder;
use crate::scope::{Environment, TxScope};
use crate::trace::Trace;

/// What to do, for whom, within which bounds.
pub(crate) struct Order<'b> {
    pub(crate) sender: Address,
    pub(crate) actions: &'b [Action],
    pub(crate) gas_limit: Gas,
    pub(crate) deposit_max: Balance,
}

/// What a transaction did, and what the block must know of it.
pub(crate) struct Executed {
    pub(crate) receipt: Receipt,
    pub(crate) trace: Trace,
    /// Who listened.
    pub(crate) recorder: Option<Box<Recorder>>,
    /// Code that it paid to load.
    pub(crate) loaded: BTreeMap<CodeHash, u32>,
    /// Part of the fee that is burned.
    pub(crate) burned: Balance,
    /// Part of the fee for the proposer.
    pub(crate) tip: Balance,
}

/// What the actions of a transaction came to.
pub(crate) struct Acted {
    pub(crate) outcome: Outcome,
    /// Index of the last action that ran.
    pub(crate) action: u8,
}

/// Runs an admitted transaction.
pub(crate) fn execute(
    env: Environment<'_>,
    state: &mut State,
    order: &Order<'_>,
    admitted: &Admitted,
) -> Result<Executed, Fault> {
    execute_told(env, state, order, admitted, None)
}

/// The same, for somebody who listens.
pub(crate) fn execute_told(
    env: Environment<'_>,
    state: &mut State,
    order: &Order<'_>,
    admitted: &Admitted,
    recorder: Option<Box<Recorder>>,
) -> Result<Executed, Fault> {
    reserve(state, &order.sender, admitted)?;
    let mut scope = TxScope::new(env, state, order.sender);
    scope.recorder = recorder;
    scope.allow_deposit(order.deposit_max);
    scope.gas_left = order.gas_limit.saturating_sub(admitted.intrinsic);
    let acted = act(&mut scope, order.actions)?;

    let gas_used = gas_used(order.gas_limit, scope.gas_left)?;
    let gas_unused = gas_cost(order.gas_limit - gas_used, admitted.price.total());
    let returned = gas_unused
        .checked_add(scope.deposit_left)
        .ok_or(BEYOND_SUPPLY)?;
    let deposit = signed_difference(order.deposit_max, scope.deposit_left)?;
    let TxScope {
        events,
        loaded,
        trace,
        recorder,
        ..
    } = scope;
    give_back(state, &order.sender, returned)?;

    let receipt = Receipt {
        status: acted.outcome.status,
        action: acted.action,
        data: acted.outcome.data,
        gas_used,
        fee: gas_cost(gas_used, admitted.price.total()),
        deposit,
        events,
    };
    let burned = gas_cost(gas_used, admitted.price.base());
    let tip = gas_cost(gas_used, admitted.price.tip());
    Ok(Executed {
        receipt,
        trace,
        recorder,
        loaded,
        burned,
        tip,
    })
}

/// Performs the actions in order; the first that fails undoes all of them.
pub(crate) fn act(scope: &mut TxScope<'_>, actions: &[Action]) -> Result<Acted, Fault> {
    let mark = scope.mark();
    let mut acted = Acted {
        outcome: Outcome::success(Vec::new()),
        action: 0,
    };
    for (index, action) in (0u8..).zip(actions) {
        acted = Acted {
            outcome: actions::perform(scope, action)?,
            action: index,
        };
        if !acted.outcome.status.is_success() {
            break;
        }
    }
    match acted.outcome.status {
        StatusCode::Success => scope.keep(mark),
        StatusCode::OutOfGas => {
            scope.rollback(mark);
            scope.gas_left = 0;
        }
        _ => scope.rollback(mark),
    }
    Ok(acted)
}

/// Sets aside what the transaction may cost, and moves the nonce.
fn reserve(state: &mut State, sender: &Address, admitted: &Admitted) -> Result<(), Fault> {
    let mut account = state.account(sender)?.unwrap_or_default();
    account.balance = account
        .balance
        .checked_sub(admitted.reserve)
        .ok_or(NOT_ADMITTED)?;
    account.nonce = account.nonce.checked_add(1).ok_or(NOT_ADMITTED)?;
    state.set_account(sender, &account);
    Ok(())
}

fn give_back(state: &mut State, sender: &Address, amount: Balance) -> Result<(), Fault> {
    let mut account = state.account(sender)?.unwrap_or_default();
    account.balance = account.balance.checked_add(amount).ok_or(BEYOND_SUPPLY)?;
    state.set_account(sender, &account);
    Ok(())
}

fn gas_used(limit: Gas, left: Gas) -> Result<Gas, Fault> {
    limit.checked_sub(left).ok_or(Fault::Invariant(
        "a transaction has more gas than its limit",
    ))
}

/// What was locked, negative if more was refunded.
pub(crate) fn signed_difference(before: Balance, after: Balance) -> Result<i128, Fault> {
    let magnitude = i128::try_from(before.abs_diff(after)).map_err(|_| BEYOND_SUPPLY)?;
    Ok(if before >= after {
        magnitude
    } else {
        -magnitude
    })
}

const BEYOND_SUPPLY: Fault = Fault::Invariant("a sum exceeds the supply");
const NOT_ADMITTED: Fault = Fault::Invariant("a transaction ran that was not admitted");
