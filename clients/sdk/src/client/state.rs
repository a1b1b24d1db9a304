//! Values in state, with proofs that are not checked yet.

use argosy_primitives::Address;
use argosy_rpc_api::{
    BlockSelector, StateAnswer, StateApiClient, StateDiffAnswer, StateKeyView, StatePlace,
    StateProofAnswer, StateProofsAnswer, StateRangeAnswer,
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

    /// `state_getStorage`, unproven.
    pub async fn state_value(
        &self,
        address: Address,
        key: StateKeyView,
        at: BlockSelector,
    ) -> Result<StateAnswer, SdkError> {
        let address = self.text(address);
        let answer = self.http().state_value(address, key, Some(at)).await;
        self.told("state_getStorage", answer)
    }

    /// `state_getRange`, unproven: [`argosy_proof::verify_whole`] proves all of it at once.
    pub async fn state_range(
        &self,
        address: Address,
        after: Option<StateKeyView>,
        limit: u32,
        at: BlockSelector,
    ) -> Result<StateRangeAnswer, SdkError> {
        let address = self.text(address);
        let http = self.http();
        let answer = http
            .state_range(address, after, Some(limit), Some(at))
            .await;
        self.told("state_getRange", answer)
    }

    /// `state_getStorageDiff`, unproven: at most `limit` of the changes of a block, those under `address` if
    /// it is given. For the next page give the `next` of this one as `after`, and the height of its `at`.
    pub async fn state_diff(
        &self,
        address: Option<Address>,
        after: Option<StatePlace>,
        limit: u32,
        at: BlockSelector,
    ) -> Result<StateDiffAnswer, SdkError> {
        let address = address.map(|it| self.text(it));
        let http = self.http();
        let answer = http.state_diff(address, after, Some(limit), Some(at)).await;
        self.told("state_getStorageDiff", answer)
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
