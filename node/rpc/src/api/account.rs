//! Accounts.

use argosy_rpc_api::{AccountAnswer, AccountApiServer, AddressText, BlockSelector, RpcError};
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
}
