//! What transactions did, by executing them once more. Only nodes that offer their operators' methods do
//! that; others answer `METHOD_DISABLED`.

use argosy_primitives::{Address, Balance, TxId};
use argosy_rpc_api::{
    BlockSelector, Bytes, DebugApiClient, Decimal, ProfileAnswer, Text, TraceAnswer,
};

use super::Client;
use super::tx::same_tx;
use crate::SdkError;

impl Client {
    /// `debug_traceTransaction`: calls of contracts, what they asked of the chain, what is different.
    pub async fn trace_transaction(&self, tx_id: TxId) -> Result<TraceAnswer, SdkError> {
        let method = "debug_traceTransaction";
        let answer = self.http().trace_transaction(Text(tx_id)).await;
        let answer = self.told(method, answer)?;
        let found = answer.tx_id.map_or(TxId::ZERO, |it| it.0);
        same_tx(method, tx_id, found)?;
        Ok(answer)
    }

    /// `debug_traceCall`: the same of a call that is only tried.
    pub async fn trace_call(
        &self,
        (contract, message): (Address, Vec<u8>),
        caller: Option<Address>,
        funds: Balance,
        at: BlockSelector,
    ) -> Result<TraceAnswer, SdkError> {
        let (contract, caller) = (self.text(contract), caller.map(|it| self.text(it)));
        let (message, funds) = (Bytes(message), Some(Decimal(funds)));
        let http = self.http();
        let answer = http
            .trace_call(contract, message, caller, funds, None, Some(at))
            .await;
        self.told("debug_traceCall", answer)
    }

    /// `debug_profileTransaction`: where the gas went, by function.
    pub async fn profile_transaction(&self, tx_id: TxId) -> Result<ProfileAnswer, SdkError> {
        let method = "debug_profileTransaction";
        let answer = self.http().profile_transaction(Text(tx_id)).await;
        let answer = self.told(method, answer)?;
        same_tx(method, tx_id, answer.tx_id.0)?;
        Ok(answer)
    }
}
