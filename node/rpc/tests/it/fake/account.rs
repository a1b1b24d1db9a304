//! Accounts.

use argosy_primitives::{Address, Hrp};
use argosy_proof::Account;
use argosy_rpc::AccountPort;
use argosy_rpc_api::{AccountAnswer, AddressText, BlockSelector, Decimal, RpcError};
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
}

/// Calls of each method of this group, as [`super::examples`] has them.
pub(super) fn examples() -> Vec<Example> {
    vec![
        ("account_get", vec![json!(address(7)), json!("finalized")]),
        ("account_getNonce", vec![json!(address(7)), json!(5)]),
    ]
}
