//! What only development chains do.

use argosy_rpc_api::{DevApiServer, Mined, RpcError};
use jsonrpsee::core::async_trait;

use super::Api;

#[async_trait]
impl DevApiServer for Api {
    async fn mine(&self) -> Result<Mined, RpcError> {
        let at = self.workers.node().mine().await?;
        Ok(Mined { at })
    }
}
