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

use argosy_primitives::{Action, Address, Balance, Gas, Receipt, StatusCode};
use argosy_spec::ChainSpec;
use argosy_state::State;
use argosy_vm_engine::Engine;

use crate::admit::{Admitted, check_shape, intrinsic_gas};
use crate::error::{ApplyError, Fault, Inadmissible};
use crate::fees::{GasPrice, gas_cost};
use crate::scope::{BlockContext, Environment, TxScope};
use crate::trace::Trace;
use crate::transaction::{self, Executed, Order};

/// Real runs at most; each doubles the gas of the one before.
const REAL_RUNS_MAX: u32 = 5;

/// Any deposit: far more than a supply, and far from the end of the type, since refunds add to it.
pub(crate) const DEPOSIT_MAX: Balance = Balance::MAX / 2;

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
        let gas_limit = gas_max;
        return Err(Inadmissible::GasLimitTooLow {
            gas_limit,
            intrinsic,
        }
        .into());
    }
    let price = GasPrice::whole(block.base_price, request.tip).ok_or(Inadmissible::CostOverflow)?;
    let account = state.account(&request.sender).map_err(Fault::from)?;
    let env = Environment {
        spec,
        engine,
        block,
    };
    let simulation = Simulation {
        env,
        request,
        price,
        intrinsic,
        gas_max,
    };
    let balance = account.unwrap_or_default().balance;
    Ok(simulation.run(&mut state, balance)?)
}

struct Simulation<'a> {
    env: Environment<'a>,
    request: &'a SimulateRequest<'a>,
    price: GasPrice,
    intrinsic: Gas,
    gas_max: Gas,
}

/// What a run found.
struct Run {
    receipt: Receipt,
    trace: Trace,
    deposit_needed: Balance,
}

impl Simulation<'_> {
    fn run(&self, state: &mut State, balance: Balance) -> Result<Simulated, Fault> {
        let dry = self.dry_run(state)?;
        let deposit_max = dry.deposit_needed;
        let mut gas_limit = with_margin(dry.receipt.gas_used).min(self.gas_max);
        let mut last = None;
        let runs = if dry.receipt.status.is_success() {
            REAL_RUNS_MAX
        } else {
            0
        };
        for _ in 0..runs {
            if self.reserve(gas_limit, deposit_max) > balance {
                break;
            }
            let real = self.real_run(state, gas_limit, deposit_max)?;
            let is_same = has_same_effect(&real.receipt, &dry.receipt);
            // What is reserved cannot be spent: more gas would make it worse.
            let is_poor = real.receipt.status == StatusCode::InsufficientBalance;
            last = Some((real, gas_limit));
            if is_same || is_poor || gas_limit == self.gas_max {
                break;
            }
            gas_limit = gas_limit.saturating_mul(2).min(self.gas_max);
        }
        let (Run { receipt, trace, .. }, gas_limit) = last.unwrap_or((dry, gas_limit));
        let reserve = self.reserve(gas_limit, deposit_max);
        Ok(Simulated {
            receipt,
            trace,
            gas_limit,
            deposit_max,
            reserve,
            balance,
        })
    }

    fn reserve(&self, gas_limit: Gas, deposit_max: Balance) -> Balance {
        gas_cost(gas_limit, self.price.total()).saturating_add(deposit_max)
    }

    /// All the gas there may be, any deposit, and nothing taken from the sender.
    fn dry_run(&self, state: &mut State) -> Result<Run, Fault> {
        let deposit_max = self
            .request
            .deposit_max
            .unwrap_or(DEPOSIT_MAX)
            .min(DEPOSIT_MAX);
        let savepoint = state.savepoint();
        let mut scope = TxScope::new(self.env, state, self.request.sender);
        scope.allow_deposit(deposit_max);
        scope.gas_left = self.gas_max.saturating_sub(self.intrinsic);
        let acted = transaction::act(&mut scope, self.request.actions)?;
        let gas_used = self.gas_max.saturating_sub(scope.gas_left);
        let receipt = Receipt {
            status: acted.outcome.status,
            action: acted.action,
            data: acted.outcome.data,
            gas_used,
            fee: gas_cost(gas_used, self.price.total()),
            deposit: transaction::signed_difference(deposit_max, scope.deposit_left)?,
            events: std::mem::take(&mut scope.events),
        };
        let (deposit_needed, trace) = (scope.deposit_needed(), scope.trace);
        state.rollback(savepoint);
        Ok(Run {
            receipt,
            trace,
            deposit_needed,
        })
    }

    /// Exactly as in a block.
    fn real_run(
        &self,
        state: &mut State,
        gas_limit: Gas,
        deposit_max: Balance,
    ) -> Result<Run, Fault> {
        let reserve = self.reserve(gas_limit, deposit_max);
        let admitted = Admitted {
            price: self.price,
            intrinsic: self.intrinsic,
            reserve,
        };
        let (sender, actions) = (self.request.sender, self.request.actions);
        let order = Order {
            sender,
            actions,
            gas_limit,
            deposit_max,
        };
        let savepoint = state.savepoint();
        let executed = transaction::execute(self.env, state, &order, &admitted)?;
        state.rollback(savepoint);
        let Executed { receipt, trace, .. } = executed;
        Ok(Run {
            receipt,
            trace,
            deposit_needed: deposit_max,
        })
    }
}

/// Enough gas does not only mean success: a contract may go on when a sub-call runs out of gas.
fn has_same_effect(real: &Receipt, dry: &Receipt) -> bool {
    real.status == dry.status && real.deposit == dry.deposit && real.events == dry.events
}

/// A sixteenth more: state may have moved a little when the transaction is included.
fn with_margin(gas: Gas) -> Gas {
    gas.saturating_add(gas / 16)
}
