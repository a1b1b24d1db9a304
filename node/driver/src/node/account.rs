//! Accounts, with what waits of theirs.

use argosy_primitives::Address;
use argosy_rpc::AccountPort;
use argosy_rpc_api::{AccountAnswer, BlockSelector, Decimal, RpcError};

use super::LocalNode;
use crate::error::unread;
use crate::read::Reader;

impl AccountPort for LocalNode {
    fn account(&self, address: Address, at: BlockSelector) -> Result<AccountAnswer, RpcError> {
        let reader = self.reader();
        let mut answer = reader.account(address, at)?;
        if answer.at == reader.at() {
            let waiting = self.driver.shared().pending_nonce(&address);
            answer.next_nonce = Some(Decimal(waiting.unwrap_or(0).max(answer.nonce.0)));
        }
        Ok(answer)
    }
}

impl Reader {
    fn account(&self, address: Address, at: BlockSelector) -> Result<AccountAnswer, RpcError> {
        let then = self.state_at(at)?;
        let at = then.at();
        let account = then
            .0
            .account(&address)
            .map_err(unread)?
            .unwrap_or_default();
        let is_contract = then.0.contract(&address).map_err(unread)?.is_some();
        Ok(AccountAnswer::new(
            at,
            then.text(address),
            &account,
            is_contract,
        ))
    }
}
