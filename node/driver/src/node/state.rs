//! Values in state, with proofs.

use argosy_primitives::Address;
use argosy_rpc::StatePort;
use argosy_rpc_api::{
    BlockSelector, Bytes, RpcError, StateAnswer, StateKeyView, StateProofAnswer, StateProofsAnswer,
    StateValue,
};

use super::LocalNode;
use crate::error::unread;
use crate::read::Reader;

impl StatePort for LocalNode {
    fn state_value(
        &self,
        address: Address,
        key: StateKeyView,
        at: BlockSelector,
    ) -> Result<StateAnswer, RpcError> {
        self.reader().state_value(address, key, at)
    }

    fn state_proof(
        &self,
        address: Address,
        key: StateKeyView,
        at: BlockSelector,
    ) -> Result<StateProofAnswer, RpcError> {
        self.reader().state_proof(address, &key, at)
    }

    fn state_proofs(
        &self,
        keys: Vec<(Address, StateKeyView)>,
        at: BlockSelector,
    ) -> Result<StateProofsAnswer, RpcError> {
        self.reader().state_proofs(&keys, at)
    }
}

impl Reader {
    fn state_value(
        &self,
        address: Address,
        key: StateKeyView,
        at: BlockSelector,
    ) -> Result<StateAnswer, RpcError> {
        let then = self.state_at(at)?;
        let value = then.0.state_value(&address, key.as_key()).map_err(unread)?;
        Ok(StateAnswer {
            at: then.at(),
            address: then.text(address),
            key,
            value: value.map(|it| Bytes(it.to_vec())),
        })
    }

    fn state_proof(
        &self,
        address: Address,
        key: &StateKeyView,
        at: BlockSelector,
    ) -> Result<StateProofAnswer, RpcError> {
        let then = self.state_at(at)?;
        let at = then.at();
        let proven = then.0.prove_state(&address, key.as_key()).map_err(unread)?;
        let header = then.header_view(&then.0.head().header);
        let value = proven.value.map(|value| value.to_vec());
        let subject = (then.text(address), key.as_key());
        Ok(StateProofAnswer::new(
            at,
            header,
            subject,
            value,
            &proven.proof,
        ))
    }

    fn state_proofs(
        &self,
        keys: &[(Address, StateKeyView)],
        at: BlockSelector,
    ) -> Result<StateProofsAnswer, RpcError> {
        let then = self.state_at(at)?;
        let asked: Vec<_> = keys.iter().map(|(it, key)| (*it, key.as_key())).collect();
        let proven = then.0.prove_states(&asked).map_err(unread)?;
        let found = keys.iter().zip(proven.values);
        let values = found.map(|((address, key), value)| StateValue {
            address: then.text(*address),
            key: key.clone(),
            value: value.map(|value| Bytes(value.to_vec())),
        });
        let header = then.header_view(&then.0.head().header);
        Ok(StateProofsAnswer::new(
            then.at(),
            header,
            values.collect(),
            &proven.proof,
        ))
    }
}
