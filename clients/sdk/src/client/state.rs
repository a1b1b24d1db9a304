//! Values in state, with proofs that are not checked yet.

use argosy_primitives::Address;
use argosy_rpc_api::{
    BlockSelector, StateApiClient, StateKeyView, StatePlace, StateProofAnswer, StateProofsAnswer,
};

use super::Client;
use crate::SdkError;

impl Client {
    /// `state_getProof`, as the node says it; [`proof::state`](crate::proof::state) checks it.
    pub async fn state_proof(
        &self,
        address: Address,
        key: StateKeyView,
        at: BlockSelector,
    ) -> Result<StateProofAnswer, SdkError> {
        let address = self.text(address);
        let answer = self.http().state_proof(address, key, Some(at)).await;
        self.told("state_getProof", answer)
    }

    /// `state_getProofs`, as the node says it; [`proof::states`](crate::proof::states) checks it.
    pub async fn state_proofs(
        &self,
        keys: &[(Address, StateKeyView)],
        at: BlockSelector,
    ) -> Result<StateProofsAnswer, SdkError> {
        let place = |(address, key): &(Address, StateKeyView)| StatePlace {
            address: self.text(*address),
            key: key.clone(),
        };
        let keys = keys.iter().map(place).collect();
        let answer = self.http().state_proofs(keys, Some(at)).await;
        self.told("state_getProofs", answer)
    }
}
