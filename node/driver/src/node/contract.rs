//! Contracts, and what they answer.

use argosy_chain::{ChainError, ContractRecord, QueryRequest};
use argosy_primitives::{AbiHash, Address, CodeHash};
use argosy_rpc::{ContractPort, Found, Outcome, QueryCall};
use argosy_rpc_api::{AbiAnswer, BlockSelector, Bytes, ContractAnswer, RpcError, Text};
use argosy_vm_abi::{ABI_SECTION, custom_sections};

use super::LocalNode;
use crate::error::unread;
use crate::read::{Reader, describe};

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
            message: &call.message,
            gas_max: call.gas_limit,
        };
        let done = then.0.query(&request).map_err(unread)?;
        let diagnostic = describe(&done.trace);
        let value = Outcome {
            status: done.status,
            data: done.data,
            gas_used: done.gas_used,
            diagnostic,
            call_stack: then.call_stack(&done.trace),
        };
        Ok(Found { at, value })
    }

    fn contract_record(&self, contract: Address) -> Result<ContractRecord, RpcError> {
        let record = self.0.contract(&contract).map_err(unread)?;
        record.ok_or_else(|| RpcError::ContractNotFound {
            contract: Some(self.text(contract)),
            gas_used: None,
        })
    }
}
