//! Contracts, and what they answer.

use argosy_primitives::{Address, StatusCode};
use argosy_rpc_api::{
    AbiAnswer, AddressText, BlockSelector, Bytes, CodeHashAnswer, ContractAnswer,
    ContractApiServer, ContractsAnswer, Decimal, QueryAnswer, RpcError, SimulationAnswer,
    StorageAnswer, StorageEntry, StoragePageAnswer,
};
use jsonrpsee::core::async_trait;

use super::{Api, simulated};
use crate::failure::Failure;
use crate::workers::Kind;
use crate::{Found, Node, PageRequest, QueryCall};

#[async_trait]
impl ContractApiServer for Api {
    async fn query(
        &self,
        contract: AddressText,
        message: Bytes,
        caller: Option<AddressText>,
        funds: Option<Decimal<u128>>,
        gas_limit: Option<Decimal<u64>>,
        at: Option<BlockSelector>,
    ) -> Result<QueryAnswer, RpcError> {
        let call = self.call(contract, (message, caller), funds, gas_limit)?;
        let gas_limit = call.gas_limit;
        let work = move |node: &dyn Node| node.query(call, at.unwrap_or_default());
        let Found { at, value } = self.workers.run(Kind::Execution, work).await?;
        if value.status != StatusCode::Success {
            return Err(RpcError::from(Failure {
                status: value.status,
                data: value.data,
                gas_used: value.gas_used,
                gas_limit,
                contract: Some(contract),
                action: None,
                cause: value.cause,
            }));
        }
        Ok(QueryAnswer {
            at,
            data: Bytes(value.data),
            gas_used: Decimal(value.gas_used),
        })
    }

    async fn simulate_call(
        &self,
        contract: AddressText,
        message: Bytes,
        caller: Option<AddressText>,
        funds: Option<Decimal<u128>>,
        gas_limit: Option<Decimal<u64>>,
        at: Option<BlockSelector>,
    ) -> Result<SimulationAnswer, RpcError> {
        let call = self.call(contract, (message, caller), funds, gas_limit)?;
        let (gas_limit, hrp) = (call.gas_limit, self.hrp);
        let work = move |node: &dyn Node| {
            let found = node.simulate_call(call, at.unwrap_or_default())?;
            simulated::answer(found, gas_limit, Some(contract), hrp)
        };
        self.workers.run(Kind::Execution, work).await
    }

    async fn code_hash(
        &self,
        contract: AddressText,
        at: Option<BlockSelector>,
    ) -> Result<CodeHashAnswer, RpcError> {
        let found = self.contract(contract, at).await?;
        Ok(CodeHashAnswer {
            at: found.at,
            contract: found.contract,
            code: found.code.hash,
            abi_hash: found.code.abi_hash,
        })
    }

    async fn storage(
        &self,
        contract: AddressText,
        key: Bytes,
        at: Option<BlockSelector>,
    ) -> Result<StorageAnswer, RpcError> {
        let callee = self.address("contract", contract)?;
        self.read(move |node| {
            let found = node.storage(callee, key.0.clone(), at.unwrap_or_default())?;
            Ok(StorageAnswer {
                at: found.at,
                contract,
                key,
                value: found.value.map(Bytes),
            })
        })
        .await
    }

    async fn storage_page(
        &self,
        contract: AddressText,
        prefix: Option<Bytes>,
        after: Option<Bytes>,
        limit: Option<u32>,
        at: Option<BlockSelector>,
    ) -> Result<StoragePageAnswer, RpcError> {
        let callee = self.address("contract", contract)?;
        let limit = Api::page_limit(limit)?;
        let request = PageRequest {
            contract: callee,
            prefix: prefix.map(|it| it.0).unwrap_or_default(),
            after: after.map(|it| it.0),
            limit,
            // Two digits a byte, and room for braces.
            bytes_max: self.limits.answer_bytes_max as usize / 4,
        };
        self.read(move |node| {
            let found = node.storage_page(request, at.unwrap_or_default())?;
            let entry = |(key, value)| StorageEntry {
                key: Bytes(key),
                value: Bytes(value),
            };
            Ok(StoragePageAnswer {
                at: found.at,
                contract,
                entries: found.value.entries.into_iter().map(entry).collect(),
                next: found.value.next.map(Bytes),
            })
        })
        .await
    }

    async fn contracts(
        &self,
        after: Option<AddressText>,
        limit: Option<u32>,
        at: Option<BlockSelector>,
    ) -> Result<ContractsAnswer, RpcError> {
        let after = after.map(|it| self.address("after", it)).transpose()?;
        let limit = Api::page_limit(limit)?;
        self.read(move |node| node.contracts(after, limit, at.unwrap_or_default()))
            .await
    }

    async fn contract(
        &self,
        contract: AddressText,
        at: Option<BlockSelector>,
    ) -> Result<ContractAnswer, RpcError> {
        let contract = self.address("contract", contract)?;
        self.read(move |node| node.contract(contract, at.unwrap_or_default()))
            .await
    }

    async fn abi(
        &self,
        contract: AddressText,
        at: Option<BlockSelector>,
    ) -> Result<AbiAnswer, RpcError> {
        let contract = self.address("contract", contract)?;
        self.read(move |node| node.abi(contract, at.unwrap_or_default()))
            .await
    }
}

impl Api {
    /// A question or a trial within the chain's limits.
    pub(super) fn call(
        &self,
        contract: AddressText,
        (message, caller): (Bytes, Option<AddressText>),
        funds: Option<Decimal<u128>>,
        gas_limit: Option<Decimal<u64>>,
    ) -> Result<QueryCall, RpcError> {
        let limits = &self.workers.node().spec().limits;
        let gas_max = limits.tx_gas_max;
        let gas_limit = gas_limit.map_or(gas_max, |it| it.0);
        let too_large = |what: &str, max: u64, got: u64| {
            Err(RpcError::RangeTooLarge {
                what: what.to_owned(),
                max: Decimal(max),
                got: Decimal(got),
            })
        };
        if gas_limit > gas_max {
            return too_large("gasLimit", gas_max, gas_limit);
        }
        if message.len() > limits.data_bytes_max as usize {
            let (max, got) = (limits.data_bytes_max.into(), message.len() as u64);
            return too_large("message", max, got);
        }
        let callee = self.address("contract", contract)?;
        let caller = match caller {
            Some(text) => self.address("caller", text)?,
            None => Address::SYSTEM,
        };
        Ok(QueryCall {
            contract: callee,
            caller,
            funds: funds.map_or(0, |it| it.0),
            message: message.0,
            gas_limit,
        })
    }
}
