//! Accounts.

use argosy_primitives::{Address, Hrp, TxCursor};
use argosy_proof::Account;
use argosy_rpc::AccountPort;
use argosy_rpc_api::{
    AccountAnswer, AddressText, BlockSelector, Decimal, Height, HistoryAnswer, HistoryEntry,
    RpcError, Text,
};
use serde_json::json;

use super::{Example, FakeNode, HEAD, address, at};

impl AccountPort for FakeNode {
    fn account(&self, address: Address, _: BlockSelector) -> Result<AccountAnswer, RpcError> {
        let account = Account {
            nonce: 3,
            balance: u128::MAX,
            deposit: 0,
        };
        let text = AddressText::new(Hrp::Dev, address);
        let mut answer = AccountAnswer::new(at(HEAD), text, &account, false);
        answer.next_nonce = Some(Decimal(4));
        Ok(answer)
    }

    fn history(
        &self,
        address: Address,
        before: Option<TxCursor>,
        limit: u32,
    ) -> Result<HistoryAnswer, RpcError> {
        let last = before.map_or(HEAD, |it| it.height.saturating_sub(1));
        let heights = (0..=last).rev().take(limit.min(2) as usize);
        let entry = |height| HistoryEntry {
            height: Height(height),
            index: 0,
            tx_id: None,
        };
        Ok(HistoryAnswer {
            at: at(HEAD),
            address: AddressText::new(Hrp::Dev, address),
            entries: heights.map(entry).collect(),
            from: Height(0),
            next: before.map(Text),
            truncated: false,
        })
    }
}

/// Calls of each method of this group, as [`super::examples`] has them.
pub(super) fn examples() -> Vec<Example> {
    vec![
        ("account_get", vec![json!(address(7)), json!("finalized")]),
        ("account_getNonce", vec![json!(address(7)), json!(5)]),
        (
            "account_getHistory",
            vec![json!(address(7)), json!("5.1"), json!(2)],
        ),
    ]
}
