//! Questions to contracts: a read-only frame on a state that is thrown away.
//!
//! Invariant: the answer is a function of state, block and request, as in a transaction.
//! Not here: which state (`chain`), how long a caller may keep a node busy (`rpc`, by `gas_max`).

use argosy_primitives::{Address, Gas, StatusCode};
use argosy_spec::ChainSpec;
use argosy_state::State;
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
    let mut scope = TxScope::new(env, &mut state, request.caller);
    if request.message.len() > spec.limits.data_bytes_max as usize {
        let (status, trace) = (StatusCode::LimitExceeded, Trace::default());
        return Ok(QueryOutcome {
            status,
            data: Vec::new(),
            gas_used: 0,
            trace,
        });
    }
    let outcome = scope.call(Call {
        caller: request.caller,
        to: request.contract,
        funds: 0,
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
