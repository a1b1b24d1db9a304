//! Values in state, with proofs.

use argosy_primitives::Address;
use argosy_rpc_api::{
    BlockSelector, RpcError, StateAnswer, StateKeyView, StateProofAnswer, StateProofsAnswer,
};

/// State as such.
pub trait StatePort {
    /// A value in state, or its absence, without proof.
    fn state_value(
        &self,
        address: Address,
        key: StateKeyView,
        at: BlockSelector,
    ) -> Result<StateAnswer, RpcError>;

    /// A value in state, or its absence, with proof.
    fn state_proof(
        &self,
        address: Address,
        key: StateKeyView,
        at: BlockSelector,
    ) -> Result<StateProofAnswer, RpcError>;

    /// Values in state, or their absence, with one proof; at most
    /// [`argosy_rpc_api::PROVEN_KEYS_MAX`] keys.
    fn state_proofs(
        &self,
        keys: Vec<(Address, StateKeyView)>,
        at: BlockSelector,
    ) -> Result<StateProofsAnswer, RpcError>;
}
