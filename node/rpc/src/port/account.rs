//! Accounts.

use argosy_primitives::{Address, TxCursor};
use argosy_rpc_api::{AccountAnswer, BlockSelector, HistoryAnswer, RpcError};

/// Accounts.
pub trait AccountPort {
    /// An account; an empty one if there is none. With `next_nonce` for the latest block.
    fn account(&self, address: Address, at: BlockSelector) -> Result<AccountAnswer, RpcError>;

    /// At most `limit` transactions that an account has to do with, those before `before` if it is given,
    /// the newest first; [`RpcError::MethodDisabled`] where no index is kept.
    fn history(
        &self,
        address: Address,
        before: Option<TxCursor>,
        limit: u32,
    ) -> Result<HistoryAnswer, RpcError>;
}
