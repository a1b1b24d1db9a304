//! What a transaction would do: the real executor on a state that is thrown away.
//!
//! ```text
//! dry run (gas_max, any deposit, nothing reserved) ─► gas and deposit that were needed
//! real run (a little more gas than that, exactly that deposit, both reserved) ─► the answer
//! ```
//!
//! The second run is there because the first does not prove that its own gas suffices: sub-calls get
//! 63/64 of what is left, and a contract may ask how much that is.
//!
//! Invariant: a real run that succeeds here succeeds on chain, on the same state and block.
//! Not here: signature, nonce and lifetime, which a simulation does not look at.

use argosy_primitives::{Action, Address, Balance, Gas, Receipt};
use argosy_spec::ChainSpec;
use argosy_state::State;
use argosy_vm_engine::Engine;

use crate::admit::{Admitted, check_shape, intrinsic_gas};
use crate::error::{ApplyError, Fault, Inadmissible};
use crate::fees::{GasPrice, gas_cost};
use crate::scope::{BlockContext, Environment, TxScope};
use crate::trace::Trace;
use crate::transaction::{self, Order};

/// Real runs at most; each doubles the gas of the one before.
const REAL_RUNS_MAX: u32 = 5;

/// A transaction that may not be signed yet.
#[derive(Clone, Copy, Debug)]
pub struct SimulateRequest<'b> {
    /// Who would sign.
    pub sender: Address,
    /// What it would do.
    pub actions: &'b [Action],
    /// Its encoded size with signature.
    pub size_bytes: usize,
    /// Per gas, on top of the base price.
    pub tip: u64,
    /// Gas that each run may use at most.
    pub gas_max: Gas,
    /// Deposit that may be locked; `None`: whatever is needed.
    pub deposit_max: Option<Balance>,
}

/// What it would do, and what it needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Simulated {
    /// The receipt it would get.
    pub receipt: Receipt,
    /// Failed frames, reasons and log lines.
    pub trace: Trace,
    /// A gas limit with which it does what the receipt says.
    pub gas_limit: Gas,
    /// The least `deposit_max` with which it does so.
    pub deposit_max: Balance,
    /// What the sender must hold for these two, besides what it transfers.
    pub reserve: Balance,
    /// What the sender holds.
    pub balance: Balance,
}

/// Simulates a transaction on `state`, as if it were the first of `block`.
pub fn simulate(
    mut state: State,
    block: BlockContext,
    spec: &ChainSpec,
    engine: &Engine,
    request: &SimulateRequest<'_>,
) -> Result<Simulated, ApplyError> {
    check_shape(request.actions, request.size_bytes, block.version, spec)?;
    let gas_max = request.gas_max.min(spec.limits.tx_gas_max);
    let intrinsic = intrinsic_gas(request.actions, request.size_bytes, spec);
    if gas_max < intrinsic {
        return Err(Inadmissible::GasLimitTooLow {
            gas_limit: gas_max,
            intrinsic,
        }
        .into());
    }
    let price = GasPrice {
        base: block.base_price,
        tip: request.tip,
    };
    let price_total = price
        .base
        .checked_add(price.tip)
        .ok_or(Inadmissible::CostOverflow)?;
    let balance = state
        .account(&request.sender)
        .map_err(Fault::from)?
        .unwrap_or_default()
        .balance;
    let env = Environment {
        spec,
        engine,
        block,
    };

    let dry = dry_run(env, &mut state, request, gas_max, intrinsic)?;
    let deposit_max = dry.deposit_needed;
    let mut gas_limit = with_margin(dry.receipt.gas_used).min(gas_max);
    let answer = |receipt, trace, gas_limit| {
        let reserve = gas_cost(gas_limit, price_total).saturating_add(deposit_max);
        Simulated {
            receipt,
            trace,
            gas_limit,
            deposit_max,
            reserve,
            balance,
        }
    };
    for _ in 0..REAL_RUNS_MAX {
        let reserve = gas_cost(gas_limit, price_total).saturating_add(deposit_max);
        if !dry.receipt.status.is_success() || reserve > balance {
            break;
        }
        let admitted = Admitted {
            price,
            intrinsic,
            reserve,
        };
        let order = Order {
            sender: request.sender,
            actions: request.actions,
            gas_limit,
            deposit_max,
        };
        let savepoint = state.savepoint();
        let real = transaction::execute(env, &mut state, &order, &admitted)?;
        state.rollback(savepoint);
        if real.receipt.status.is_success() || gas_limit == gas_max {
            return Ok(answer(real.receipt, real.trace, gas_limit));
        }
        gas_limit = gas_limit.saturating_mul(2).min(gas_max);
    }
    Ok(answer(dry.receipt, dry.trace, gas_limit))
}

/// What a run with nothing reserved found.
struct DryRun {
    receipt: Receipt,
    trace: Trace,
    deposit_needed: Balance,
}

fn dry_run(
    env: Environment<'_>,
    state: &mut State,
    request: &SimulateRequest<'_>,
    gas_max: Gas,
    intrinsic: Gas,
) -> Result<DryRun, Fault> {
    // Far more than any supply, and far from the end of the type: refunds only add supplies.
    let deposit_max = request.deposit_max.unwrap_or(Balance::MAX / 2);
    let savepoint = state.savepoint();
    let mut scope = TxScope::new(env, state, request.sender);
    scope.allow_deposit(deposit_max);
    scope.gas_left = gas_max.saturating_sub(intrinsic);
    let acted = transaction::act(&mut scope, request.actions)?;
    let gas_used = gas_max.saturating_sub(scope.gas_left);
    let deposit_needed = scope.deposit_needed();
    let deposit = transaction::signed_difference(deposit_max, scope.deposit_left)?;
    let TxScope { events, trace, .. } = scope;
    state.rollback(savepoint);
    let price = u128::from(env.block.base_price) + u128::from(request.tip);
    let receipt = Receipt {
        status: acted.outcome.status,
        action: acted.action,
        data: acted.outcome.data,
        gas_used,
        fee: u128::from(gas_used).saturating_mul(price),
        deposit,
        events,
    };
    Ok(DryRun {
        receipt,
        trace,
        deposit_needed,
    })
}

/// A sixteenth more: state may have moved a little when the transaction is included.
fn with_margin(gas: Gas) -> Gas {
    gas.saturating_add(gas / 16)
}
