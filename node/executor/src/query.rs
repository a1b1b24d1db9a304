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
use crate::profile::ProfileNode;
use crate::recorder::{Ask, Recorder};
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
    state: State,
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
    Ok(answer(state, env, request, None)?.0)
}

/// As [`query`], and tells where the gas of the question went, by function.
pub fn query_profiled(
    state: State,
    block: BlockContext,
    spec: &ChainSpec,
    engine: &Engine,
    request: &QueryRequest<'_>,
) -> Result<(QueryOutcome, Vec<ProfileNode>), Fault> {
    let env = Environment {
        spec,
        engine,
        block,
    };
    let recorder = Some(Box::new(Recorder::new(Ask::Profile)));
    let (outcome, recorder) = answer(state, env, request, recorder)?;
    let profile = recorder.and_then(|it| it.finish().profile);
    let nodes = profile.map(|it| it.finish(outcome.gas_used));
    Ok((outcome, nodes.unwrap_or_default()))
}

type Listening = Option<Box<Recorder>>;

/// The answer, and what `recorder` heard.
fn answer(
    mut state: State,
    env: Environment<'_>,
    request: &QueryRequest<'_>,
    recorder: Listening,
) -> Result<(QueryOutcome, Listening), Fault> {
    if request.message.len() > env.spec.limits.data_bytes_max as usize {
        let reason = "the message is longer than a contract's input may be";
        return Ok((refused(StatusCode::LimitExceeded, reason), recorder));
    }
    if !lend(&mut state, request)? {
        let reason = "nobody can have what the question brings along";
        return Ok((refused(StatusCode::InsufficientBalance, reason), recorder));
    }
    let mut scope = TxScope::new(env, &mut state, request.caller);
    scope.recorder = recorder;
    let outcome = scope.call(Call {
        caller: request.caller,
        to: request.contract,
        funds: request.funds,
        input: request.message,
        gas: request.gas_max,
        read_only: true,
    })?;
    let TxScope {
        trace, recorder, ..
    } = scope;
    let answer = QueryOutcome {
        status: outcome.status,
        data: outcome.data,
        gas_used: outcome.gas_used,
        trace,
    };
    Ok((answer, recorder))
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
