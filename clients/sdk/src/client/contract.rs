//! Contracts, by bytes.
//!
//! Not here: contracts by their ABI ([`crate::Contract`]).

use argosy_primitives::Address;
use argosy_rpc_api::{
    AbiAnswer, BlockSelector, Bytes, ContractAnswer, ContractApiClient, ContractsAnswer,
    QueryAnswer, StorageAnswer, StoragePageAnswer,
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

    /// `contract_getStorage`: what a contract keeps under a key of its own, unproven.
    pub async fn storage(
        &self,
        contract: Address,
        key: Vec<u8>,
        at: BlockSelector,
    ) -> Result<StorageAnswer, SdkError> {
        let (contract, key) = (self.text(contract), Bytes(key));
        let answer = self.http().storage(contract, key, Some(at)).await;
        self.told("contract_getStorage", answer)
    }

    /// `contract_listStorage`: at most `limit` of the values that a contract keeps under keys that begin
    /// with `prefix`, in the order of the keys, unproven. For the next page give the `next` of this one as
    /// `after`, and the height of its `at`, so that nothing changes between them.
    pub async fn storage_page(
        &self,
        contract: Address,
        prefix: Vec<u8>,
        after: Option<Bytes>,
        limit: u32,
        at: BlockSelector,
    ) -> Result<StoragePageAnswer, SdkError> {
        let (contract, prefix) = (self.text(contract), Bytes(prefix));
        let http = self.http();
        let answer = http
            .storage_page(contract, Some(prefix), after, Some(limit), Some(at))
            .await;
        self.told("contract_listStorage", answer)
    }

    /// `contract_list`: at most `limit` contracts, the oldest first, unproven. For the next page give the
    /// `next` of this one as `after`, and the height of its `at`. Only nodes that keep an index answer;
    /// others say `METHOD_DISABLED`.
    pub async fn contracts(
        &self,
        after: Option<Address>,
        limit: u32,
        at: BlockSelector,
    ) -> Result<ContractsAnswer, SdkError> {
        let after = after.map(|it| self.text(it));
        let http = self.http();
        let answer = http.contracts(after, Some(limit), Some(at)).await;
        self.told("contract_list", answer)
    }
}
