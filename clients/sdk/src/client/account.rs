//! Accounts.

use argosy_primitives::Address;
use argosy_rpc_api::{AccountAnswer, AccountApiClient, BlockSelector};

use super::Client;
use crate::SdkError;

impl Client {
    /// `account_get`.
    pub async fn account(
        &self,
        address: Address,
        at: BlockSelector,
    ) -> Result<AccountAnswer, SdkError> {
        let answer = self.http().account(self.text(address), Some(at)).await;
        self.told("account_get", answer)
    }
}
