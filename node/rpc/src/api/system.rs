//! What is told of the node and its network.

use argosy_rpc_api::{BlockSelector, ChainInfo, Health, RpcError, SystemApiServer};
use jsonrpsee::core::async_trait;

use super::Api;

#[async_trait]
impl SystemApiServer for Api {
    async fn chain_info(&self) -> Result<ChainInfo, RpcError> {
        self.read(|node| {
            let head = node.header(BlockSelector::Latest)?;
            let (spec, genesis) = (node.spec(), node.genesis_hash());
            Ok(ChainInfo::new(head.at, spec, genesis, head.value.version))
        })
        .await
    }

    async fn health(&self) -> Result<Health, RpcError> {
        Ok(self.workers.node().health())
    }
}
