//! Blocks and headers.

use argosy_rpc_api::{
    BlockAnswer, BlockDetail, BlockIdAnswer, BlockSelector, CertificateAnswer, ChainApiServer,
    Decimal, HeaderAnswer, HeaderView, Height, RpcError, SupplyAnswer, ValidatorsAnswer,
};
use jsonrpsee::core::async_trait;
use jsonrpsee::server::Extensions;

use super::{Api, follow};
use crate::Found;
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

    async fn block_hash(&self, at: Option<BlockSelector>) -> Result<BlockIdAnswer, RpcError> {
        let found = self.header_at(at.unwrap_or_default()).await?;
        Ok(BlockIdAnswer { at: found.at })
    }

    async fn validators(&self, at: Option<BlockSelector>) -> Result<ValidatorsAnswer, RpcError> {
        self.read(move |node| node.validators(at.unwrap_or_default()))
            .await
    }

    async fn certificate(&self, at: Option<BlockSelector>) -> Result<CertificateAnswer, RpcError> {
        let hrp = self.hrp;
        self.read(move |node| {
            let Found { at, value } = node.certificate(at.unwrap_or_default())?;
            let (header, certificate) = value;
            let certificate = certificate
                .ok_or_else(|| RpcError::not_found("certificate of block", at.height))?;
            let header = HeaderView::new(&header, hrp);
            Ok(CertificateAnswer::new(at, header, &certificate, hrp))
        })
        .await
    }

    async fn supply(&self, at: Option<BlockSelector>) -> Result<SupplyAnswer, RpcError> {
        self.read(move |node| node.supply(at.unwrap_or_default()))
            .await
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
