//! Transactions: handed in, waited for, tried, found again.

use std::sync::atomic::Ordering;
use std::time::Duration;

use argosy_primitives::{
    Action, PublicKey, Receipt, SignedTransaction, Transaction, TxId, VerifiedTransaction,
};
use argosy_rpc::{Cause, Found, Included, Settled, Simulated, TxPort};
use argosy_rpc_api::{
    AskedCall, BlockSelector, Bytes, Received, RpcError, Text, TxProofAnswer, TxStatus,
};
use async_trait::async_trait;
use parity_scale_codec::Encode;
use serde_json::json;

use super::{Example, FakeNode, found, included, receipt, signed, transaction};

#[async_trait]
impl TxPort for FakeNode {
    fn simulate(&self, _: Transaction, _: BlockSelector) -> Result<Found<Simulated>, RpcError> {
        let status = self.status;
        Ok(found(Simulated {
            receipt: Receipt {
                status,
                ..receipt()
            },
            gas_limit: 70_000,
            deposit_max: 12,
            cause: Cause::default(),
        }))
    }

    fn asked_calls(&self, actions: &[Action]) -> Result<Vec<AskedCall>, RpcError> {
        let asked = |(index, _): (usize, &Action)| AskedCall {
            action: u8::try_from(index).unwrap(),
            entry: "call".to_owned(),
            method: "add".to_owned(),
            args: Some(json!({"add": "2"})),
            call: Some("add(add: 2)".to_owned()),
        };
        Ok(actions.iter().enumerate().map(asked).collect())
    }

    fn status(&self, id: &TxId) -> Result<Found<Option<TxStatus>>, RpcError> {
        self.status_reads.fetch_add(1, Ordering::Relaxed);
        if let Some(status) = self.statuses.lock().unwrap().get(id) {
            return Ok(found(Some(status.clone())));
        }
        let is_known = self.submitted.lock().unwrap().contains(id);
        Ok(found(is_known.then_some(TxStatus::Pending)))
    }

    fn received(&self, _: &TxId) -> Option<Received> {
        None
    }

    fn receipt(&self, id: &TxId) -> Result<Option<Included>, RpcError> {
        Ok((*id == signed(0).id()).then(included))
    }

    fn transaction(&self, id: &TxId) -> Result<Option<Found<(u32, SignedTransaction)>>, RpcError> {
        Ok((*id == signed(0).id()).then(|| found((0, signed(0)))))
    }

    fn tx_proof(&self, _: &TxId) -> Result<Option<TxProofAnswer>, RpcError> {
        Ok(None)
    }

    async fn submit(&self, tx: VerifiedTransaction) -> Result<(), RpcError> {
        self.note_call();
        self.verdict.clone()?;
        let PublicKey::Ed25519(_) = tx.transaction().signer;
        let mut submitted = self.submitted.lock().unwrap();
        if submitted.contains(&tx.id()) {
            let tx_id = Text(tx.id());
            return Err(RpcError::TxKnown { tx_id });
        }
        submitted.push(tx.id());
        Ok(())
    }

    async fn settled(&self, id: TxId) -> Result<Settled, RpcError> {
        loop {
            if let Some(settled) = self.settled.lock().unwrap().get(&id) {
                return Ok(settled.clone());
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
}

/// Calls of each method of this group, as [`super::examples`] has them.
pub(super) fn examples() -> Vec<Example> {
    let tx = json!(Bytes(signed(0).encode()));
    let unsigned = json!(Bytes(transaction(0).encode()));
    let id = json!(signed(0).id().to_string());
    vec![
        ("tx_submit", vec![tx.clone()]),
        ("tx_submitAndWait", vec![tx.clone(), json!(1000)]),
        ("tx_simulate", vec![unsigned, json!("latest")]),
        ("tx_decode", vec![tx]),
        ("tx_get", vec![id.clone()]),
        ("tx_getStatus", vec![id.clone()]),
        ("tx_getReceipt", vec![id.clone()]),
        ("tx_getProof", vec![id.clone()]),
        ("tx_watch", vec![id]),
        ("tx_unwatch", vec![json!("1")]),
    ]
}
