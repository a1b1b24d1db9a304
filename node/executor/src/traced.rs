//! A transaction that is executed for somebody who wants to know what it does: frames, gas, changes.
//!
//! Invariant: receipt and state are those of an execution that nobody listens to.
//! Not here: which state it is executed on, and whether it came out as it did then (`chain`).

use argosy_primitives::{Gas, Receipt, VerifiedTransaction};
use argosy_spec::ChainSpec;
use argosy_state::{Changed, State};
use argosy_vm_engine::Engine;

use crate::admit::{check_shape, intrinsic_gas};
use crate::block::BlockExecutor;
use crate::error::{ApplyError, Fault, Inadmissible};
use crate::fees::{GasPrice, gas_cost};
use crate::profile::ProfileNode;
use crate::recorder::{Ask, Recorded, Recorder, TracedFrame};
use crate::scope::{BlockContext, Environment, TxScope};
use crate::simulate::{DEPOSIT_MAX, SimulateRequest};
use crate::trace::Trace;
use crate::transaction::{self, Order};

/// What a transaction did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Traced {
    /// The receipt that it got.
    pub receipt: Receipt,
    /// What the node notes of a failure.
    pub trace: Trace,
    /// Frames, in the order in which they were opened; none for [`Ask::Profile`].
    pub frames: Vec<TracedFrame>,
    /// Gas that no frame used which is kept: the transaction's bytes, actions and results.
    pub outside_gas: Gas,
    /// Gas by function, for [`Ask::Profile`]: callers before whom they call.
    pub profile: Vec<ProfileNode>,
    /// What it changed in state, its fee included; what the block does at its end is not.
    pub changes: Vec<Changed>,
    /// Something was left out because a bound was reached.
    pub is_truncated: bool,
}

impl Traced {
    fn new(
        (receipt, trace): (Receipt, Trace),
        recorder: Option<Box<Recorder>>,
        changes: Vec<Changed>,
    ) -> Traced {
        let Recorded {
            frames,
            frames_gas,
            profile,
            is_truncated,
        } = recorder.map(|it| it.finish()).unwrap_or_default();
        let profile = profile.map(|it| it.finish(receipt.gas_used));
        Traced {
            outside_gas: receipt.gas_used.saturating_sub(frames_gas),
            receipt,
            trace,
            frames,
            profile: profile.unwrap_or_default(),
            changes,
            is_truncated,
        }
    }
}

impl BlockExecutor<'_> {
    /// As [`BlockExecutor::apply`], and tells what the transaction does. It goes into no block.
    pub fn apply_traced(
        &mut self,
        tx: &VerifiedTransaction,
        ask: Ask,
    ) -> Result<Traced, ApplyError> {
        let admitted = self.admit(tx)?;
        let transaction = tx.transaction();
        let order = Order {
            sender: tx.sender(),
            actions: &transaction.actions,
            gas_limit: transaction.gas_limit,
            deposit_max: transaction.deposit_max,
        };
        let recorder = Some(Box::new(Recorder::new(ask)));
        let since = self.state.savepoint();
        let (env, state) = (self.env, &mut self.state);
        let executed = transaction::execute_told(env, state, &order, &admitted, recorder)?;
        let changes = self.state.changed_since(&since).map_err(Fault::from)?;
        self.state.release(since);
        let told = (executed.receipt, executed.trace);
        Ok(Traced::new(told, executed.recorder, changes))
    }
}

/// What a transaction would do as the first of `block`, with all the gas that the request allows; nothing
/// is reserved, and no fee is paid.
pub fn simulate_traced(
    mut state: State,
    block: BlockContext,
    spec: &ChainSpec,
    engine: &Engine,
    request: &SimulateRequest<'_>,
    ask: Ask,
) -> Result<Traced, ApplyError> {
    check_shape(request.actions, request.size_bytes, block.version, spec)?;
    let gas_limit = request.gas_max.min(spec.limits.tx_gas_max);
    let intrinsic = intrinsic_gas(request.actions, request.size_bytes, spec);
    let Some(gas_left) = gas_limit.checked_sub(intrinsic) else {
        return Err(Inadmissible::GasLimitTooLow {
            gas_limit,
            intrinsic,
        }
        .into());
    };
    let price = GasPrice::whole(block.base_price, request.tip).ok_or(Inadmissible::CostOverflow)?;
    let deposit_max = request.deposit_max.unwrap_or(DEPOSIT_MAX).min(DEPOSIT_MAX);
    let env = Environment {
        spec,
        engine,
        block,
    };
    let since = state.savepoint();
    let mut scope = TxScope::new(env, &mut state, request.sender);
    scope.recorder = Some(Box::new(Recorder::new(ask)));
    scope.allow_deposit(deposit_max);
    scope.gas_left = gas_left;
    let acted = transaction::act(&mut scope, request.actions)?;
    let gas_used = gas_limit.saturating_sub(scope.gas_left);
    let receipt = Receipt {
        status: acted.outcome.status,
        action: acted.action,
        data: acted.outcome.data,
        gas_used,
        fee: gas_cost(gas_used, price.total()),
        deposit: transaction::signed_difference(deposit_max, scope.deposit_left)?,
        events: std::mem::take(&mut scope.events),
    };
    let TxScope {
        trace, recorder, ..
    } = scope;
    let changes = state.changed_since(&since).map_err(Fault::from)?;
    state.rollback(since);
    Ok(Traced::new((receipt, trace), recorder, changes))
}
