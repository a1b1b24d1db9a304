//! Accounts.

use argosy_primitives::Address;
use argosy_rpc_api::{AccountAnswer, BlockSelector, RpcError};

/// Accounts.
pub trait AccountPort {
    /// An account; an empty one if there is none. With `next_nonce` for the latest block.
    fn account(&self, address: Address, at: BlockSelector) -> Result<AccountAnswer, RpcError>;
}
