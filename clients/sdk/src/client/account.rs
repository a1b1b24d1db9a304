//! Accounts.

use argosy_primitives::{Address, TxCursor};
use argosy_rpc_api::{AccountAnswer, AccountApiClient, BlockSelector, HistoryAnswer, Text};

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

    /// `account_getHistory`: at most `limit` transactions that an account has to do with, the newest first,
    /// unproven. For the next page give the `next` of this one as `before`. Only nodes that keep an index
    /// answer; others say `METHOD_DISABLED`.
    pub async fn account_history(
        &self,
        address: Address,
        before: Option<TxCursor>,
        limit: u32,
    ) -> Result<HistoryAnswer, SdkError> {
        let (address, before) = (self.text(address), before.map(Text));
        let answer = self.http().history(address, before, Some(limit)).await;
        self.told("account_getHistory", answer)
    }
}
