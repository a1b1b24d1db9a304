//! Contracts, and what they answer.

use argosy_primitives::{Address, StatusCode};
use argosy_rpc_api::{
    AbiAnswer, AddressText, BlockSelector, Bytes, ContractAnswer, ContractApiServer, Decimal,
    QueryAnswer, RpcError,
};
use jsonrpsee::core::async_trait;

use super::Api;
use crate::failure::Failure;
use crate::workers::Kind;
use crate::{Found, Node, QueryCall};

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
        let call = QueryCall {
            contract: callee,
            caller,
            funds: funds.map_or(0, |it| it.0),
            message: message.0,
            gas_limit,
        };
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
