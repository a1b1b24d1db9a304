//! Accounts, with what waits of theirs.

use argosy_chain::{AccountEntry, Location};
use argosy_primitives::{Address, TxCursor};
use argosy_rpc::AccountPort;
use argosy_rpc_api::{
    AccountAnswer, BlockSelector, Decimal, Height, HistoryAnswer, HistoryEntry, RpcError, Text,
};

use super::LocalNode;
use crate::error::{no_index, unread};
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

    fn history(
        &self,
        address: Address,
        before: Option<TxCursor>,
        limit: u32,
    ) -> Result<HistoryAnswer, RpcError> {
        self.reader().history(address, before, limit)
    }
}

impl Reader {
    fn history(
        &self,
        address: Address,
        before: Option<TxCursor>,
        limit: u32,
    ) -> Result<HistoryAnswer, RpcError> {
        let before = before.map(|it| Location {
            height: it.height,
            index: it.tx,
        });
        let page = self.0.account_history(&address, before, limit as usize);
        let page = page.map_err(unread)?;
        let page = page.ok_or_else(|| no_index("account_getHistory"))?;
        let last = page.entries.last().map(|it| it.at);
        let next = last.filter(|_| page.more).map(|it| TxCursor {
            height: it.height,
            tx: it.index,
        });
        let entry = |it: AccountEntry| HistoryEntry {
            height: Height(it.at.height),
            index: it.at.index,
            tx_id: it.transaction.map(Text),
        };
        Ok(HistoryAnswer {
            at: self.at(),
            address: self.text(address),
            entries: page.entries.into_iter().map(entry).collect(),
            from: Height(page.from),
            next: next.map(Text),
            truncated: page.truncated,
        })
    }

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
