//! What transactions did, by executing them once more.

use argosy_primitives::TxId;
use argosy_rpc_api::{
    AddressText, BlockSelector, Bytes, DebugApiServer, Decimal, ProfileAnswer, RpcError, Text,
    TraceAnswer,
};
use jsonrpsee::core::async_trait;

use super::Api;
use super::tx::known;
use crate::Node;
use crate::workers::Kind;

#[async_trait]
impl DebugApiServer for Api {
    async fn trace_transaction(&self, tx_id: Text<TxId>) -> Result<TraceAnswer, RpcError> {
        let work = move |node: &dyn Node| known(node.trace(&tx_id.0)?, &tx_id.0);
        self.workers.run(Kind::Execution, work).await
    }

    async fn trace_call(
        &self,
        contract: AddressText,
        message: Bytes,
        caller: Option<AddressText>,
        funds: Option<Decimal<u128>>,
        gas_limit: Option<Decimal<u64>>,
        at: Option<BlockSelector>,
    ) -> Result<TraceAnswer, RpcError> {
        let call = self.call(contract, (message, caller), funds, gas_limit)?;
        let work = move |node: &dyn Node| node.trace_call(call, at.unwrap_or_default());
        self.workers.run(Kind::Execution, work).await
    }

    async fn profile_transaction(&self, tx_id: Text<TxId>) -> Result<ProfileAnswer, RpcError> {
        let work = move |node: &dyn Node| known(node.profile(&tx_id.0)?, &tx_id.0);
        self.workers.run(Kind::Execution, work).await
    }
}
