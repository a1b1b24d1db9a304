//! Values in state, with proofs.

use argosy_rpc_api::{
    AddressText, BlockSelector, PROVEN_KEYS_MAX, RANGE_ENTRIES_MAX, RpcError, StateAnswer,
    StateApiServer, StateDiffAnswer, StateKeyView, StatePlace, StateProofAnswer, StateProofsAnswer,
    StateRangeAnswer,
};
use jsonrpsee::core::async_trait;

use super::Api;
use super::events::too_large;
use crate::{StateDiff, StateRange};

#[async_trait]
impl StateApiServer for Api {
    async fn state_value(
        &self,
        address: AddressText,
        key: StateKeyView,
        at: Option<BlockSelector>,
    ) -> Result<StateAnswer, RpcError> {
        let address = self.address("address", address)?;
        self.read(move |node| node.state_value(address, key, at.unwrap_or_default()))
            .await
    }

    async fn state_range(
        &self,
        address: AddressText,
        after: Option<StateKeyView>,
        limit: Option<u32>,
        at: Option<BlockSelector>,
    ) -> Result<StateRangeAnswer, RpcError> {
        let address = self.address("address", address)?;
        let limit = limit.unwrap_or(RANGE_ENTRIES_MAX);
        if limit == 0 {
            return Err(RpcError::invalid("limit", "limit must be at least 1"));
        }
        if limit > RANGE_ENTRIES_MAX {
            return too_large("limit", RANGE_ENTRIES_MAX, limit as usize);
        }
        let range = StateRange { after, limit };
        self.read(move |node| node.state_range(address, range, at.unwrap_or_default()))
            .await
    }

    async fn state_diff(
        &self,
        address: Option<AddressText>,
        after: Option<StatePlace>,
        limit: Option<u32>,
        at: Option<BlockSelector>,
    ) -> Result<StateDiffAnswer, RpcError> {
        let address = address.map(|it| self.address("address", it)).transpose()?;
        let after = match after {
            Some(place) => Some((self.address("after", place.address)?, place.key)),
            None => None,
        };
        let limit = Api::page_limit(limit)?;
        let diff = StateDiff {
            address,
            after,
            limit,
        };
        self.read(move |node| node.state_diff(diff, at.unwrap_or_default()))
            .await
    }

    async fn state_proof(
        &self,
        address: AddressText,
        key: StateKeyView,
        at: Option<BlockSelector>,
    ) -> Result<StateProofAnswer, RpcError> {
        let address = self.address("address", address)?;
        self.read(move |node| node.state_proof(address, key, at.unwrap_or_default()))
            .await
    }

    async fn state_proofs(
        &self,
        keys: Vec<StatePlace>,
        at: Option<BlockSelector>,
    ) -> Result<StateProofsAnswer, RpcError> {
        if keys.is_empty() || keys.len() > PROVEN_KEYS_MAX {
            let reason = format!("1 to {PROVEN_KEYS_MAX} keys, not {}", keys.len());
            return Err(RpcError::invalid("keys", reason));
        }
        let place = |it: StatePlace| Ok((self.address("keys", it.address)?, it.key));
        let keys: Vec<_> = keys
            .into_iter()
            .map(place)
            .collect::<Result<_, RpcError>>()?;
        self.read(move |node| node.state_proofs(keys, at.unwrap_or_default()))
            .await
    }
}
