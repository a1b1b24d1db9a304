//! Values in state, with proofs.

use argosy_primitives::Address;
use argosy_rpc_api::{
    BlockSelector, RpcError, StateAnswer, StateDiffAnswer, StateKeyView, StateProofAnswer,
    StateProofsAnswer, StateRangeAnswer,
};

/// A part of what is kept under an address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StateRange {
    /// Behind this key; `None`: from the first on.
    pub after: Option<StateKeyView>,
    /// So many entries at most, and at most [`argosy_rpc_api::RANGE_ENTRIES_MAX`].
    pub limit: u32,
}

/// A part of what a block changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StateDiff {
    /// Only what is kept under this address.
    pub address: Option<Address>,
    /// Behind this key; `None`: from the first on.
    pub after: Option<(Address, StateKeyView)>,
    /// So many changes at most.
    pub limit: u32,
}

/// State as such.
pub trait StatePort {
    /// A value in state, or its absence, without proof.
    fn state_value(
        &self,
        address: Address,
        key: StateKeyView,
        at: BlockSelector,
    ) -> Result<StateAnswer, RpcError>;

    /// What is kept under an address, in the order of the keys, from behind `range.after` on: at most
    /// `range.limit` entries, or fewer where they are large.
    fn state_range(
        &self,
        address: Address,
        range: StateRange,
        at: BlockSelector,
    ) -> Result<StateRangeAnswer, RpcError>;

    /// What a block changed, in the order of the keys: at most `diff.limit` changes, or fewer where they are
    /// large. [`RpcError::Pruned`] where that is no longer known.
    fn state_diff(&self, diff: StateDiff, at: BlockSelector) -> Result<StateDiffAnswer, RpcError>;

    /// A value in state, or its absence, with proof.
    fn state_proof(
        &self,
        address: Address,
        key: StateKeyView,
        at: BlockSelector,
    ) -> Result<StateProofAnswer, RpcError>;

    /// Values in state, or their absence, with one proof; at most
    /// [`argosy_rpc_api::PROVEN_KEYS_MAX`] keys. Values that are too many for an answer are not read to the end.
    fn state_proofs(
        &self,
        keys: Vec<(Address, StateKeyView)>,
        at: BlockSelector,
    ) -> Result<StateProofsAnswer, RpcError>;
}
