//! What is told of the node and its network.

use argosy_rpc_api::{
    BlockSelector, ChainInfo, Health, NodeInfo, RpcError, ServerLimits, ShareView, SpecAnswer,
    SyncStatus, SystemApiServer, VersionAnswer,
};
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

    async fn version(&self) -> Result<VersionAnswer, RpcError> {
        Ok(VersionAnswer::new(self.workers.node().health().version))
    }

    async fn sync_status(&self) -> Result<SyncStatus, RpcError> {
        Ok(self.workers.node().sync_status())
    }

    async fn limits(&self) -> Result<ServerLimits, RpcError> {
        let share = self.shares.share().map(|it| ShareView {
            per_second: it.per_second,
            burst: it.burst,
        });
        Ok(ServerLimits {
            share,
            ..self.limits
        })
    }

    async fn node_info(&self) -> Result<NodeInfo, RpcError> {
        self.read(|node| node.node_info()).await
    }

    async fn chain_spec(&self) -> Result<SpecAnswer, RpcError> {
        self.read(|node| {
            let head = node.header(BlockSelector::Latest)?;
            Ok(SpecAnswer::new(head.at, node.spec(), node.genesis_hash()))
        })
        .await
    }
}
