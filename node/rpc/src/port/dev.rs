//! What only development chains do.

use argosy_rpc_api::{At, RpcError};
use async_trait::async_trait;

/// What only development chains do.
#[async_trait]
pub trait DevPort {
    /// Makes a block, empty or not; [`RpcError::MethodDisabled`] unless this is a development chain.
    async fn mine(&self) -> Result<At, RpcError>;
}
