//! Questions to contracts: a read-only frame on a state that is thrown away.
//!
//! Invariant: the answer is a function of state, block and request, as in a transaction.
//! Not here: which state (`chain`), how long a caller may keep a node busy (`rpc`, by `gas_max`).

use argosy_primitives::{Address, Balance, Gas, StatusCode};
use argosy_spec::ChainSpec;
use argosy_state::{Account, State};
use argosy_vm_engine::Engine;

use crate::error::Fault;
use crate::frame::Call;
use crate::scope::{BlockContext, Environment, TxScope};
use crate::trace::Trace;

/// A question to a contract.
#[derive(Clone, Copy, Debug)]
pub struct QueryRequest<'b> {
    /// Whom to ask.
    pub contract: Address,
    /// Who asks: the contract sees it as caller and signer.
    pub caller: Address,
    /// What it is to believe was sent along; whoever asks need not have it.
    pub funds: Balance,
    /// Input of its `query` entry.
    pub message: &'b [u8],
    /// What the answer may use, loading of the code included.
    pub gas_max: Gas,
}

/// A contract's answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueryOutcome {
    /// `Success`, or why there is no answer.
    pub status: StatusCode,
    /// The answer, or why the contract refused.
    pub data: Vec<u8>,
    /// What it used.
    pub gas_used: Gas,
    /// Failed frames, reasons and log lines.
    pub trace: Trace,
}

/// Asks a contract, on `state`, as if in `block`.
pub fn query(
    mut state: State,
    block: BlockContext,
    spec: &ChainSpec,
    engine: &Engine,
    request: &QueryRequest<'_>,
) -> Result<QueryOutcome, Fault> {
    let env = Environment {
        spec,
        engine,
        block,
    };
    if request.message.len() > spec.limits.data_bytes_max as usize {
        let reason = "the message is longer than a contract's input may be";
        return Ok(refused(StatusCode::LimitExceeded, reason));
    }
    if !lend(&mut state, request)? {
        let reason = "nobody can have what the question brings along";
        return Ok(refused(StatusCode::InsufficientBalance, reason));
    }
    let mut scope = TxScope::new(env, &mut state, request.caller);
    let outcome = scope.call(Call {
        caller: request.caller,
        to: request.contract,
        funds: request.funds,
        input: request.message,
        gas: request.gas_max,
        read_only: true,
    })?;
    let trace = scope.trace;
    Ok(QueryOutcome {
        status: outcome.status,
        data: outcome.data,
        gas_used: outcome.gas_used,
        trace,
    })
}

/// Gives whoever asks what the question brings along, in a state that is thrown away; `false`: no
/// chain has so much.
fn lend(state: &mut State, request: &QueryRequest<'_>) -> Result<bool, Fault> {
    let (caller, funds) = (&request.caller, request.funds);
    if funds == 0 {
        return Ok(true);
    }
    let contract = state.account(&request.contract)?.unwrap_or_default();
    if contract.balance.checked_add(funds).is_none() {
        return Ok(false);
    }
    let account = state.account(caller)?.unwrap_or_default();
    let balance = account.balance.max(funds);
    state.set_account(caller, &Account { balance, ..account });
    Ok(true)
}

/// A question that nobody was asked.
fn refused(status: StatusCode, reason: &str) -> QueryOutcome {
    let mut trace = Trace::default();
    trace.note(reason.to_owned());
    QueryOutcome {
        status,
        data: Vec::new(),
        gas_used: 0,
        trace,
    }
}
