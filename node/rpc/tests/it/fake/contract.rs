//! Contracts, and what they answer.

use argosy_primitives::{AbiHash, Address, CodeHash, Hrp, Receipt};
use argosy_rpc::{
    Cause, ContractPort, Found, Outcome, PageRequest, QueryCall, Simulated, StoragePage,
};
use argosy_rpc_api::{
    AbiAnswer, AddressText, BlockSelector, Bytes, CallFrame, ContractAnswer, ContractsAnswer,
    Decimal, Height, ListedContract, RpcError, Status, Text,
};
use serde_json::json;

use super::{Example, FakeNode, HEAD, address, at, found, receipt};

impl ContractPort for FakeNode {
    fn contract(&self, contract: Address, _: BlockSelector) -> Result<ContractAnswer, RpcError> {
        Err(RpcError::ContractNotFound {
            contract: Some(AddressText::new(Hrp::Dev, contract)),
            gas_used: None,
            call_stack: Vec::new(),
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
            cause: Cause {
                diagnostic: Some("told to".to_owned()),
                call_stack: vec![CallFrame {
                    contract: AddressText::new(Hrp::Dev, call.contract),
                    entry: "query".to_owned(),
                    method: None,
                    args: None,
                    call: None,
                    message: Some(Bytes(call.message)),
                    status: Status(self.status),
                    gas_used: Decimal(9),
                    data: None,
                    decoded: None,
                    reason: None,
                }],
                ..Cause::default()
            },
        }))
    }

    fn simulate_call(
        &self,
        call: QueryCall,
        _: BlockSelector,
    ) -> Result<Found<Simulated>, RpcError> {
        self.queries.lock().unwrap().push(call.clone());
        Ok(found(Simulated {
            receipt: Receipt {
                status: self.status,
                data: call.message,
                ..receipt()
            },
            gas_limit: 70_000,
            deposit_max: 12,
            cause: Cause::default(),
        }))
    }

    fn storage(
        &self,
        _: Address,
        key: Vec<u8>,
        _: BlockSelector,
    ) -> Result<Found<Option<Vec<u8>>>, RpcError> {
        Ok(found((!key.is_empty()).then_some(key)))
    }

    fn storage_page(
        &self,
        request: PageRequest,
        _: BlockSelector,
    ) -> Result<Found<StoragePage>, RpcError> {
        let key = |number: u32| [request.prefix.as_slice(), &number.to_be_bytes()].concat();
        let entries = (0..request.limit.min(2)).map(|it| (key(it), vec![7]));
        Ok(found(StoragePage {
            entries: entries.collect(),
            next: request.after,
        }))
    }

    fn contracts(
        &self,
        after: Option<Address>,
        limit: u32,
        _: BlockSelector,
    ) -> Result<ContractsAnswer, RpcError> {
        let contract = |number: u32| ListedContract {
            contract: address(7),
            created_at: Height(number.into()),
            creator: address(8),
            code: Text(CodeHash::ZERO),
        };
        Ok(ContractsAnswer {
            at: at(HEAD),
            contracts: (0..limit.min(2)).map(contract).collect(),
            next: after.map(|it| AddressText::new(Hrp::Dev, it)),
        })
    }
}

/// Calls of each method of this group, as [`super::examples`] has them.
pub(super) fn examples() -> Vec<Example> {
    let address = json!(address(7));
    let call = vec![
        address.clone(),
        json!("0x0102"),
        address.clone(),
        json!("5"),
        json!("1000"),
        json!("earliest"),
    ];
    vec![
        ("contract_query", call.clone()),
        ("contract_simulate", call),
        ("contract_getInfo", vec![address.clone(), json!(1)]),
        ("contract_getAbi", vec![address.clone(), json!(1)]),
        ("contract_getCodeHash", vec![address.clone(), json!(1)]),
        (
            "contract_getStorage",
            vec![address.clone(), json!("0x01"), json!("latest")],
        ),
        (
            "contract_listStorage",
            vec![
                address.clone(),
                json!("0x01"),
                json!("0x0102"),
                json!(2),
                json!("latest"),
            ],
        ),
        ("contract_list", vec![address, json!(2), json!("latest")]),
    ]
}
