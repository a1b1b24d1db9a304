//! State as such.

use super::spec::{MethodSpec, methods};

/// The methods of this group.
pub(super) const METHODS: &[MethodSpec] = methods! {
    "state_getStorage" (address, key; at) Public weight 2: "A value in state, without proof.";
    "state_getRange" (address; after, limit, at) Public weight 20: "What is kept under an address, in the order of the keys, without proof.";
    "state_getStorageDiff" (; address, after, limit, at) Public weight 20: "What a block changed in state, in the order of the keys, a page at a time.";
    "state_getProof" (address, key; at) Public weight 20: "A value in state, or its absence, with proof.";
    "state_getProofs" (keys; at) Public weight 50: "Values of up to 256 keys in state and 2 MiB, or their absence, with one proof.";
};

#[cfg(any(feature = "client", feature = "server"))]
pub(super) mod traits {
    use jsonrpsee::proc_macros::rpc;

    #[cfg(feature = "server")] // A client's trait has the transport's errors instead.
    use crate::RpcError;
    use crate::{
        AddressText, BlockSelector, StateAnswer, StateDiffAnswer, StateKeyView, StatePlace,
        StateProofAnswer, StateProofsAnswer, StateRangeAnswer,
    };

    /// About state as such.
    #[cfg_attr(
        all(feature = "client", feature = "server"),
        rpc(client, server, namespace = "state")
    )]
    #[cfg_attr(
        all(feature = "client", not(feature = "server")),
        rpc(client, namespace = "state")
    )]
    #[cfg_attr(
        all(feature = "server", not(feature = "client")),
        rpc(server, namespace = "state")
    )]
    pub trait StateApi {
        /// A value in state, without proof.
        #[method(name = "getStorage")]
        async fn state_value(
            &self,
            address: AddressText,
            key: StateKeyView,
            at: Option<BlockSelector>,
        ) -> Result<StateAnswer, RpcError>;

        /// What is kept under an address, from behind a key on, without proof: whoever has all of it can
        /// prove it whole with the proof of one key.
        #[method(name = "getRange")]
        async fn state_range(
            &self,
            address: AddressText,
            after: Option<StateKeyView>,
            limit: Option<u32>,
            at: Option<BlockSelector>,
        ) -> Result<StateRangeAnswer, RpcError>;

        /// What a block changed in state, in the order of the keys, a page at a time.
        #[method(name = "getStorageDiff")]
        async fn state_diff(
            &self,
            address: Option<AddressText>,
            after: Option<StatePlace>,
            limit: Option<u32>,
            at: Option<BlockSelector>,
        ) -> Result<StateDiffAnswer, RpcError>;

        /// A value in state, or its absence, with proof.
        #[method(name = "getProof")]
        async fn state_proof(
            &self,
            address: AddressText,
            key: StateKeyView,
            at: Option<BlockSelector>,
        ) -> Result<StateProofAnswer, RpcError>;

        /// Values of several keys in state, or their absence, with one proof.
        #[method(name = "getProofs")]
        async fn state_proofs(
            &self,
            keys: Vec<StatePlace>,
            at: Option<BlockSelector>,
        ) -> Result<StateProofsAnswer, RpcError>;
    }
}
