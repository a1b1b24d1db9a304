//! Blocks and their headers.

use super::spec::{MethodSpec, methods};

/// The methods of this group.
pub(super) const METHODS: &[MethodSpec] = methods! {
    "chain_getBlock" (; at, detail) Public weight 10: "A block; with its transactions if `detail` is \"full\".";
    "chain_getHeader" (; at) Public weight 1: "A header.";
    "chain_getFinalizedHead" (;) Public weight 1: "The newest header that cannot be undone.";
    "chain_getBlockHash" (; at) Public weight 1: "Number and hash of a block.";
    "chain_getValidators" (; at) Public weight 5: "Who decided a block, and who decides the next one.";
    "chain_getCertificate" (; at) Public weight 5: "What shows that a block was decided.";
    "chain_getSupply" (; at) Public weight 1: "All that there is of the token, in balances and deposits.";
    "chain_subscribeHeads" (; after) Public weight 5: "Headers as they come, behind a height; else from the newest on. WebSocket only.";
    "chain_unsubscribeHeads" (subscription;) Public weight 1: "Ends a subscription.";
};

#[cfg(any(feature = "client", feature = "server"))]
pub(super) mod traits {
    use jsonrpsee::proc_macros::rpc;

    #[cfg(feature = "server")] // A client's trait has the transport's errors instead.
    use crate::RpcError;
    use crate::{
        BlockAnswer, BlockDetail, BlockIdAnswer, BlockSelector, CertificateAnswer, Decimal,
        HeaderAnswer, Height, SupplyAnswer, ValidatorsAnswer,
    };

    /// About blocks.
    #[cfg_attr(
        all(feature = "client", feature = "server"),
        rpc(client, server, namespace = "chain")
    )]
    #[cfg_attr(
        all(feature = "client", not(feature = "server")),
        rpc(client, namespace = "chain")
    )]
    #[cfg_attr(
        all(feature = "server", not(feature = "client")),
        rpc(server, namespace = "chain")
    )]
    pub trait ChainApi {
        /// A block.
        #[method(name = "getBlock")]
        async fn block(
            &self,
            at: Option<BlockSelector>,
            detail: Option<BlockDetail>,
        ) -> Result<BlockAnswer, RpcError>;

        /// A header.
        #[method(name = "getHeader")]
        async fn header(&self, at: Option<BlockSelector>) -> Result<HeaderAnswer, RpcError>;

        /// The newest header that cannot be undone.
        #[method(name = "getFinalizedHead")]
        async fn finalized_head(&self) -> Result<HeaderAnswer, RpcError>;

        /// Number and hash of a block.
        #[method(name = "getBlockHash")]
        async fn block_hash(&self, at: Option<BlockSelector>) -> Result<BlockIdAnswer, RpcError>;

        /// Who decided a block, and who decides the next one.
        #[method(name = "getValidators")]
        async fn validators(&self, at: Option<BlockSelector>)
        -> Result<ValidatorsAnswer, RpcError>;

        /// What shows that a block was decided.
        #[method(name = "getCertificate")]
        async fn certificate(
            &self,
            at: Option<BlockSelector>,
        ) -> Result<CertificateAnswer, RpcError>;

        /// All that there is of the token, in balances and deposits.
        #[method(name = "getSupply")]
        async fn supply(&self, at: Option<BlockSelector>) -> Result<SupplyAnswer, RpcError>;

        /// Headers as they come. Answers with the number of the subscription; notices are called
        /// `chain_subscription`, and are each a [`HeadsNotice`](crate::HeadsNotice).
        #[method(name = "subscribeHeads", with_extensions)]
        async fn subscribe_heads(&self, after: Option<Height>) -> Result<Decimal<u64>, RpcError>;

        /// Ends a subscription; whether there was one.
        #[method(name = "unsubscribeHeads", with_extensions)]
        async fn unsubscribe_heads(&self, subscription: Decimal<u64>) -> Result<bool, RpcError>;
    }
}
