//! Contracts, by bytes.
//!
//! Not here: contracts by their ABI ([`crate::Contract`]).

use argosy_primitives::Address;
use argosy_rpc_api::{
    AbiAnswer, BlockSelector, Bytes, ContractAnswer, ContractApiClient, QueryAnswer,
};

use super::Client;
use crate::SdkError;

impl Client {
    /// `contract_query` with bytes; by the ABI: [`crate::Contract::query`].
    pub async fn query(
        &self,
        contract: Address,
        message: Vec<u8>,
        caller: Option<Address>,
        at: BlockSelector,
    ) -> Result<QueryAnswer, SdkError> {
        let (contract, caller) = (self.text(contract), caller.map(|it| self.text(it)));
        let message = Bytes(message);
        let http = self.http();
        let answer = http
            .query(contract, message, caller, None, None, Some(at))
            .await;
        self.told("contract_query", answer)
    }

    /// `contract_getInfo`.
    pub async fn contract(
        &self,
        contract: Address,
        at: BlockSelector,
    ) -> Result<ContractAnswer, SdkError> {
        let answer = self.http().contract(self.text(contract), Some(at)).await;
        self.told("contract_getInfo", answer)
    }

    /// `contract_getAbi`.
    pub async fn abi(&self, contract: Address, at: BlockSelector) -> Result<AbiAnswer, SdkError> {
        let answer = self.http().abi(self.text(contract), Some(at)).await;
        self.told("contract_getAbi", answer)
    }
}
