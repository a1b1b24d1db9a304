//! Contracts, and what they answer.

use argosy_primitives::{AbiHash, Address, CodeHash, Hrp};
use argosy_rpc::{ContractPort, Found, Outcome, QueryCall};
use argosy_rpc_api::{
    AbiAnswer, AddressText, BlockSelector, Bytes, CallFrame, ContractAnswer, RpcError, Text,
};
use serde_json::json;

use super::{Example, FakeNode, HEAD, address, at, found};

impl ContractPort for FakeNode {
    fn contract(&self, contract: Address, _: BlockSelector) -> Result<ContractAnswer, RpcError> {
        Err(RpcError::ContractNotFound {
            contract: Some(AddressText::new(Hrp::Dev, contract)),
            gas_used: None,
        })
    }

    fn abi(&self, _: Address, _: BlockSelector) -> Result<AbiAnswer, RpcError> {
        Ok(AbiAnswer {
            at: at(HEAD),
            code: Text(CodeHash::ZERO),
            abi_hash: Text(AbiHash::ZERO),
            section: Bytes(vec![]),
        })
    }

    fn code_bytes(&self, hash: &CodeHash) -> Result<Vec<u8>, RpcError> {
        match *hash == CodeHash::ZERO {
            true => Ok(b"\0asm\x01\0\0\0".to_vec()),
            false => Err(RpcError::not_found("code", hash)),
        }
    }

    fn query(&self, call: QueryCall, _: BlockSelector) -> Result<Found<Outcome>, RpcError> {
        let data = call.message.clone();
        self.queries.lock().unwrap().push(call.clone());
        Ok(found(Outcome {
            status: self.status,
            data,
            gas_used: 9,
            diagnostic: Some("told to".to_owned()),
            call_stack: vec![CallFrame {
                contract: AddressText::new(Hrp::Dev, call.contract),
                method: None,
            }],
        }))
    }
}

/// Calls of each method of this group, as [`super::examples`] has them.
pub(super) fn examples() -> Vec<Example> {
    let address = json!(address(7));
    vec![
        (
            "contract_query",
            vec![
                address.clone(),
                json!("0x0102"),
                address.clone(),
                json!("5"),
                json!("1000"),
                json!("earliest"),
            ],
        ),
        ("contract_getInfo", vec![address.clone(), json!(1)]),
        ("contract_getAbi", vec![address, json!(1)]),
    ]
}
