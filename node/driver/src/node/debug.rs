//! What transactions did, by executing them once more.
//!
//! Not here: how that is told (`traced`), and executing (`chain`).

use std::time::{Duration, Instant};

use argosy_chain::{Ask, Location, RetraceError, Traced};
use argosy_primitives::{Action, TxId};
use argosy_rpc::{DebugPort, QueryCall};
use argosy_rpc_api::{BlockSelector, Height, ProfileAnswer, RpcError, Status, Text, TraceAnswer};

use super::LocalNode;
use super::tx::untried;
use crate::error::unread;
use crate::explain::Uploads;
use crate::read::Reader;

/// How long the transactions before the one in question may take.
const TRACE_WITHIN: Duration = Duration::from_secs(20);

impl DebugPort for LocalNode {
    fn trace(&self, id: &TxId) -> Result<Option<TraceAnswer>, RpcError> {
        self.reader().trace(id)
    }

    fn trace_call(&self, call: QueryCall, at: BlockSelector) -> Result<TraceAnswer, RpcError> {
        self.reader().trace_call(call, at)
    }

    fn profile(&self, id: &TxId) -> Result<Option<ProfileAnswer>, RpcError> {
        self.reader().profile(id)
    }
}

impl Reader {
    fn trace(&self, id: &TxId) -> Result<Option<TraceAnswer>, RpcError> {
        let Some((location, traced)) = self.retraced(id, Ask::Frames)? else {
            return Ok(None);
        };
        let answer = self.trace_answer(traced, Uploads::In(location));
        Ok(Some(TraceAnswer {
            at: self.block_at(location.height)?,
            tx_id: Some(Text(*id)),
            index: Some(location.index),
            ..answer
        }))
    }

    fn trace_call(&self, call: QueryCall, at: BlockSelector) -> Result<TraceAnswer, RpcError> {
        let then = self.state_at(at)?;
        let action = Action::Call {
            contract: call.contract,
            funds: call.funds,
            message: call.message,
            abi_hash: None,
        };
        let (caller, gas_max) = (call.caller, call.gas_limit);
        let traced = then.0.trace_action(caller, action, gas_max, Ask::Frames);
        Ok(then.trace_answer(traced.map_err(untried)?, Uploads::None))
    }

    fn profile(&self, id: &TxId) -> Result<Option<ProfileAnswer>, RpcError> {
        let Some((location, traced)) = self.retraced(id, Ask::Profile)? else {
            return Ok(None);
        };
        let (nodes, modules) = self.profile_nodes(&traced.profile);
        Ok(Some(ProfileAnswer {
            at: self.block_at(location.height)?,
            tx_id: Text(*id),
            index: location.index,
            status: Status(traced.receipt.status),
            gas_used: argosy_rpc_api::Decimal(traced.receipt.gas_used),
            nodes,
            modules,
            truncated: traced.is_truncated,
        }))
    }

    /// A transaction of a block, executed once more; `None`: it is in none.
    fn retraced(&self, id: &TxId, ask: Ask) -> Result<Option<(Location, Traced)>, RpcError> {
        let Some(location) = self.0.locate(id).map_err(unread)? else {
            return Ok(None);
        };
        let begin = Instant::now();
        let goes_on = || begin.elapsed() < TRACE_WITHIN;
        let traced = self.0.retrace(location, ask, goes_on).map_err(untraced)?;
        Ok(Some((location, traced)))
    }
}

fn untraced(error: RetraceError) -> RpcError {
    match error {
        RetraceError::Gone { height, oldest } => RpcError::NotTraceable {
            height: Height(height),
            oldest_height: Height(oldest),
        },
        RetraceError::GivenUp { done, before } => RpcError::Overloaded {
            what: format!(
                "{done} of the {before} transactions before it took more than {} s",
                TRACE_WITHIN.as_secs()
            ),
        },
        RetraceError::Chain(error) => unread(error),
        RetraceError::NoTransaction { .. } | RetraceError::Differs { .. } => {
            tracing::error!(
                target: "driver",
                code = "chain.trace_differs",
                %error,
                "a transaction that was executed once more came out otherwise; see argosyd verify"
            );
            let reference = format!("{error}; this node or its store is broken");
            RpcError::Internal { reference }
        }
    }
}
