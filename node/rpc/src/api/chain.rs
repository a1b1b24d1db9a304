//! Blocks and headers.

use argosy_rpc_api::{
    BlockAnswer, BlockDetail, BlockSelector, ChainApiServer, Decimal, HeaderAnswer, HeaderView,
    Height, RpcError,
};
use jsonrpsee::core::async_trait;
use jsonrpsee::server::Extensions;

use super::{Api, follow};
use crate::follow::{Feed, Kind};

#[async_trait]
impl ChainApiServer for Api {
    async fn block(
        &self,
        at: Option<BlockSelector>,
        detail: Option<BlockDetail>,
    ) -> Result<BlockAnswer, RpcError> {
        let (at, detail, hrp) = (at.unwrap_or_default(), detail.unwrap_or_default(), self.hrp);
        // Hashing the transactions is work too: it stays on that thread.
        self.read(move |node| {
            let found = node.block(at)?;
            Ok(BlockAnswer::new(found.at, &found.value, detail, hrp))
        })
        .await
    }

    async fn header(&self, at: Option<BlockSelector>) -> Result<HeaderAnswer, RpcError> {
        self.header_at(at.unwrap_or_default()).await
    }

    async fn finalized_head(&self) -> Result<HeaderAnswer, RpcError> {
        self.header_at(BlockSelector::Finalized).await
    }

    async fn subscribe_heads(
        &self,
        call: &Extensions,
        after: Option<Height>,
    ) -> Result<Decimal<u64>, RpcError> {
        let feed = Feed::heads(after.map(|it| it.0));
        self.follow(call, "chain_subscribeHeads", feed).await
    }

    async fn unsubscribe_heads(
        &self,
        call: &Extensions,
        subscription: Decimal<u64>,
    ) -> Result<bool, RpcError> {
        follow::end(call, "chain_unsubscribeHeads", (Kind::Heads, subscription))
    }
}

impl Api {
    async fn header_at(&self, at: BlockSelector) -> Result<HeaderAnswer, RpcError> {
        let found = self.read(move |node| node.header(at)).await?;
        Ok(HeaderAnswer {
            at: found.at,
            header: HeaderView::new(&found.value, self.hrp),
        })
    }
}
