//! Accounts.

use argosy_primitives::TxCursor;
use argosy_rpc_api::{
    AccountAnswer, AccountApiServer, AddressText, BlockSelector, HistoryAnswer, NonceAnswer,
    RpcError, Text,
};
use jsonrpsee::core::async_trait;

use super::Api;

#[async_trait]
impl AccountApiServer for Api {
    async fn account(
        &self,
        address: AddressText,
        at: Option<BlockSelector>,
    ) -> Result<AccountAnswer, RpcError> {
        let address = self.address("address", address)?;
        self.read(move |node| node.account(address, at.unwrap_or_default()))
            .await
    }

    async fn nonce(
        &self,
        address: AddressText,
        at: Option<BlockSelector>,
    ) -> Result<NonceAnswer, RpcError> {
        let found = self.account(address, at).await?;
        Ok(NonceAnswer {
            at: found.at,
            address: found.address,
            nonce: found.nonce,
            next_nonce: found.next_nonce,
        })
    }

    async fn history(
        &self,
        address: AddressText,
        before: Option<Text<TxCursor>>,
        limit: Option<u32>,
    ) -> Result<HistoryAnswer, RpcError> {
        let address = self.address("address", address)?;
        let limit = Api::page_limit(limit)?;
        let before = before.map(|it| it.0);
        self.read(move |node| node.history(address, before, limit))
            .await
    }
}
