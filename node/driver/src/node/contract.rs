//! Contracts, and what they answer.

use argosy_chain::{ChainError, ContractRecord, QueryRequest, StorageQuery};
use argosy_primitives::{AbiHash, Action, Address, CodeHash, Gas, StatusCode};
use argosy_rpc::{
    Cause, ContractPort, Found, Outcome, PageRequest, QueryCall, Simulated, StoragePage,
};
use argosy_rpc_api::{
    AbiAnswer, BlockSelector, Bytes, ContractAnswer, ContractsAnswer, Height, ListedContract,
    RpcError, Text,
};
use argosy_vm_abi::{ABI_SECTION, custom_sections};

use super::LocalNode;
use crate::error::{no_index, unread};
use crate::explain::Uploads;
use crate::read::Reader;

impl ContractPort for LocalNode {
    fn contract(&self, contract: Address, at: BlockSelector) -> Result<ContractAnswer, RpcError> {
        self.reader().contract(contract, at)
    }

    fn abi(&self, contract: Address, at: BlockSelector) -> Result<AbiAnswer, RpcError> {
        self.reader().abi(contract, at)
    }

    fn code_bytes(&self, hash: &CodeHash) -> Result<Vec<u8>, RpcError> {
        let bytes = self.reader().0.code_bytes(hash).map_err(unread)?;
        let bytes = bytes.ok_or_else(|| RpcError::not_found("code", hash))?;
        Ok(bytes.to_vec())
    }

    fn query(&self, call: QueryCall, at: BlockSelector) -> Result<Found<Outcome>, RpcError> {
        self.reader().query(&call, at)
    }

    fn simulate_call(
        &self,
        call: QueryCall,
        at: BlockSelector,
    ) -> Result<Found<Simulated>, RpcError> {
        self.reader().simulate_call(call, at)
    }

    fn storage(
        &self,
        contract: Address,
        key: Vec<u8>,
        at: BlockSelector,
    ) -> Result<Found<Option<Vec<u8>>>, RpcError> {
        self.reader().storage(contract, &key, at)
    }

    fn storage_page(
        &self,
        request: PageRequest,
        at: BlockSelector,
    ) -> Result<Found<StoragePage>, RpcError> {
        self.reader().storage_page(&request, at)
    }

    fn contracts(
        &self,
        after: Option<Address>,
        limit: u32,
        at: BlockSelector,
    ) -> Result<ContractsAnswer, RpcError> {
        self.reader().contracts(after, limit, at)
    }
}

impl Reader {
    fn contract(&self, contract: Address, at: BlockSelector) -> Result<ContractAnswer, RpcError> {
        let then = self.state_at(at)?;
        let at = then.at();
        let record = then.contract_record(contract)?;
        let code = then.0.code(&record.code).map_err(unread)?;
        let code = code.ok_or_else(|| {
            unread(ChainError::Damaged {
                what: format!("code {}", record.code),
            })
        })?;
        let balance = then
            .0
            .account(&contract)
            .map_err(unread)?
            .unwrap_or_default()
            .balance;
        Ok(ContractAnswer::new(
            at,
            then.text(contract),
            balance,
            &record,
            &code,
        ))
    }

    fn abi(&self, contract: Address, at: BlockSelector) -> Result<AbiAnswer, RpcError> {
        let then = self.state_at(at)?;
        let at = then.at();
        let code = then.contract_record(contract)?.code;
        let module = then.0.code_bytes(&code).map_err(unread)?;
        let section = module.and_then(|module| custom_sections(&module, ABI_SECTION));
        let section = section.ok_or_else(|| RpcError::not_found("ABI of code", code))?;
        let abi_hash = Text(AbiHash::of(&section));
        Ok(AbiAnswer {
            at,
            code: Text(code),
            abi_hash,
            section: Bytes(section),
        })
    }

    fn query(&self, call: &QueryCall, at: BlockSelector) -> Result<Found<Outcome>, RpcError> {
        let then = self.state_at(at)?;
        let at = then.at();
        let request = QueryRequest {
            contract: call.contract,
            caller: call.caller,
            funds: call.funds,
            message: &call.message,
            gas_max: call.gas_limit,
        };
        let done = then.0.query(&request).map_err(unread)?;
        let mut cause = Cause::default();
        if !done.status.is_success() {
            cause = then.cause((done.status, &done.data), &done.trace, Uploads::None);
            if done.status == StatusCode::OutOfGas {
                cause.gas_estimate = then.query_estimate(&request)?;
            }
        }
        let value = Outcome {
            status: done.status,
            data: done.data,
            gas_used: done.gas_used,
            cause,
        };
        Ok(Found { at, value })
    }

    fn simulate_call(
        &self,
        call: QueryCall,
        at: BlockSelector,
    ) -> Result<Found<Simulated>, RpcError> {
        let then = self.state_at(at)?;
        let actions = [Action::Call {
            contract: call.contract,
            funds: call.funds,
            message: call.message,
            abi_hash: None,
        }];
        let attempt = |gas_limit| {
            let [action] = actions.clone();
            then.0.simulate_action(call.caller, action, gas_limit)
        };
        then.simulated(&actions, call.gas_limit, attempt)
    }

    fn storage(
        &self,
        contract: Address,
        key: &[u8],
        at: BlockSelector,
    ) -> Result<Found<Option<Vec<u8>>>, RpcError> {
        let then = self.state_at(at)?;
        then.contract_record(contract)?;
        let value = then.0.storage(&contract, key).map_err(unread)?;
        Ok(Found {
            at: then.at(),
            value: value.map(|it| it.to_vec()),
        })
    }

    fn storage_page(
        &self,
        request: &PageRequest,
        at: BlockSelector,
    ) -> Result<Found<StoragePage>, RpcError> {
        let then = self.state_at(at)?;
        then.contract_record(request.contract)?;
        let query = StorageQuery {
            contract: &request.contract,
            prefix: &request.prefix,
            after: request.after.as_deref(),
            entries_max: request.limit as usize,
            bytes_max: request.bytes_max,
        };
        let page = then.0.storage_page(&query).map_err(unread)?;
        let entries = page.entries.into_iter();
        Ok(Found {
            at: then.at(),
            value: StoragePage {
                entries: entries.map(|(key, value)| (key, value.to_vec())).collect(),
                next: page.next,
            },
        })
    }

    fn contracts(
        &self,
        after: Option<Address>,
        limit: u32,
        at: BlockSelector,
    ) -> Result<ContractsAnswer, RpcError> {
        let then = self.state_at(at)?;
        let after = match after {
            Some(after) => Some((then.contract_record(after)?.created_at, after)),
            None => None,
        };
        let page = then.0.contracts(after, limit as usize).map_err(unread)?;
        let page = page.ok_or_else(|| no_index("contract_list"))?;
        let last = page.contracts.last().filter(|_| page.more);
        Ok(ContractsAnswer {
            at: then.at(),
            next: last.map(|(contract, _)| then.text(*contract)),
            contracts: (page.contracts.iter())
                .map(|(contract, record)| ListedContract {
                    contract: then.text(*contract),
                    created_at: Height(record.created_at),
                    creator: then.text(record.creator),
                    code: Text(record.code),
                })
                .collect(),
        })
    }

    /// A gas limit that is enough for a question, if more than it was given is and may be.
    fn query_estimate(&self, request: &QueryRequest<'_>) -> Result<Option<Gas>, RpcError> {
        let gas_max = self.0.spec().limits.tx_gas_max;
        if request.gas_max >= gas_max {
            return Ok(None);
        }
        let request = QueryRequest {
            gas_max,
            ..*request
        };
        let done = self.0.query(&request).map_err(unread)?;
        // A sixteenth more: what is called gets a part of what is left only.
        let enough = done
            .gas_used
            .saturating_add(done.gas_used / 16)
            .min(gas_max);
        Ok(done.status.is_success().then_some(enough))
    }

    fn contract_record(&self, contract: Address) -> Result<ContractRecord, RpcError> {
        let record = self.0.contract(&contract).map_err(unread)?;
        record.ok_or_else(|| RpcError::ContractNotFound {
            contract: Some(self.text(contract)),
            gas_used: None,
            call_stack: Vec::new(),
        })
    }
}
