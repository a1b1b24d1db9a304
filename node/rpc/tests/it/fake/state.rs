//! Values in state, with proofs.

use argosy_primitives::{Address, Hrp};
use argosy_proof::{StateMultiproof, StateProof};
use argosy_rpc::{StateDiff, StatePort, StateRange};
use argosy_rpc_api::{
    AddressText, BlockSelector, Bytes, HeaderView, RpcError, StateAnswer, StateChange,
    StateDiffAnswer, StateEntry, StateKeyView, StatePlace, StateProofAnswer, StateProofsAnswer,
    StateRangeAnswer, StateValue,
};
use serde_json::json;

use super::{Example, FakeNode, HEAD, address, at, header};

impl StatePort for FakeNode {
    fn state_value(
        &self,
        address: Address,
        key: StateKeyView,
        _: BlockSelector,
    ) -> Result<StateAnswer, RpcError> {
        Ok(StateAnswer {
            at: at(HEAD),
            address: AddressText::new(Hrp::Dev, address),
            key,
            value: Some(Bytes(vec![7])),
        })
    }

    fn state_range(
        &self,
        address: Address,
        range: StateRange,
        _: BlockSelector,
    ) -> Result<StateRangeAnswer, RpcError> {
        let entry = StateEntry {
            key: range.after.unwrap_or(StateKeyView::Account {}),
            value: Bytes(vec![7]),
        };
        Ok(StateRangeAnswer {
            at: at(HEAD),
            address: AddressText::new(Hrp::Dev, address),
            entries: vec![entry; range.limit.min(3) as usize],
            more: range.limit < 3,
        })
    }

    fn state_diff(&self, diff: StateDiff, _: BlockSelector) -> Result<StateDiffAnswer, RpcError> {
        let text = |it| AddressText::new(Hrp::Dev, it);
        let change = StateChange::Storage {
            address: diff.address.map_or(address(7), text),
            key: Bytes(vec![1]),
            before: None,
            after: Some(Bytes(vec![7])),
        };
        Ok(StateDiffAnswer {
            at: at(HEAD),
            changes: vec![change; diff.limit.min(3) as usize],
            next: diff.after.map(|(address, key)| StatePlace {
                address: text(address),
                key,
            }),
        })
    }

    fn state_proof(
        &self,
        address: Address,
        key: StateKeyView,
        _: BlockSelector,
    ) -> Result<StateProofAnswer, RpcError> {
        let header = HeaderView::new(&header(HEAD), Hrp::Dev);
        let place = (AddressText::new(Hrp::Dev, address), key.as_key());
        let proof = StateProof::default();
        Ok(StateProofAnswer::new(at(HEAD), header, place, None, &proof))
    }

    fn state_proofs(
        &self,
        keys: Vec<(Address, StateKeyView)>,
        _: BlockSelector,
    ) -> Result<StateProofsAnswer, RpcError> {
        let header = HeaderView::new(&header(HEAD), Hrp::Dev);
        let absent = |(address, key)| StateValue {
            address: AddressText::new(Hrp::Dev, address),
            key,
            value: None,
        };
        let values = keys.into_iter().map(absent).collect();
        let proof = StateMultiproof::default();
        Ok(StateProofsAnswer::new(at(HEAD), header, values, &proof))
    }
}

/// Calls of each method of this group, as [`super::examples`] has them.
pub(super) fn examples() -> Vec<Example> {
    let address = json!(address(7));
    vec![
        (
            "state_getStorage",
            vec![address.clone(), json!({"type": "account"}), json!("latest")],
        ),
        (
            "state_getRange",
            vec![
                address.clone(),
                json!({"type": "contract"}),
                json!(100),
                json!("latest"),
            ],
        ),
        (
            "state_getStorageDiff",
            vec![
                address.clone(),
                json!({"address": address, "key": {"type": "account"}}),
                json!(2),
                json!("latest"),
            ],
        ),
        (
            "state_getProof",
            vec![
                address.clone(),
                json!({"type": "storage", "key": "0x01"}),
                json!("latest"),
            ],
        ),
        (
            "state_getProofs",
            vec![
                json!([{"address": address, "key": {"type": "account"}}]),
                json!("latest"),
            ],
        ),
    ]
}
