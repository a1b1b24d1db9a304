//! What transactions did, by executing them once more.

use argosy_primitives::TxId;
use argosy_rpc_api::{BlockSelector, ProfileAnswer, RpcError, TraceAnswer};

use super::QueryCall;

/// What transactions did. Where the state before is no longer kept, it is [`RpcError::NotTraceable`].
pub trait DebugPort {
    /// What a transaction did; `None` = it is in no block.
    fn trace(&self, id: &TxId) -> Result<Option<TraceAnswer>, RpcError>;

    /// What a call would do as the first of the next block.
    fn trace_call(&self, call: QueryCall, at: BlockSelector) -> Result<TraceAnswer, RpcError>;

    /// Where the gas of a transaction went; `None` = it is in no block.
    fn profile(&self, id: &TxId) -> Result<Option<ProfileAnswer>, RpcError>;
}
