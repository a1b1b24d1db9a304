//! What only development chains do.

use argosy_rpc::DevPort;
use argosy_rpc_api::{At, BlockSelector, RpcError};
use async_trait::async_trait;

use super::LocalNode;
use crate::error;

#[async_trait]
impl DevPort for LocalNode {
    async fn mine(&self) -> Result<At, RpcError> {
        if !self.mines {
            let method = "dev_mine".to_owned();
            return Err(RpcError::MethodDisabled { method });
        }
        let height = self.driver.mine().await.map_err(error::mine)?;
        Ok(self.reader().header(BlockSelector::Height(height))?.at)
    }
}
