//! Transactions: handed over, waited for, tried, found again.
//!
//! Not here: building them (`send`).

use argosy_primitives::{SignedTransaction, Transaction, TxId};
use argosy_rpc_api::{
    BlockSelector, Bytes, ReceiptAnswer, RpcError, SimulationAnswer, Submitted, Text, TxApiClient,
    TxProofAnswer, TxStatusAnswer,
};
use jsonrpsee::core::ClientError;
use jsonrpsee::core::client::ClientT;
use jsonrpsee::core::params::BatchRequestBuilder;
use jsonrpsee::rpc_params;
use parity_scale_codec::Encode;

use super::Client;
use crate::SdkError;
use crate::transport::{failure, patience};

const SUBMIT: &str = "tx_submit";

impl Client {
    /// `tx_submit`: hands a transaction over and does not wait.
    pub async fn submit(&self, transaction: &SignedTransaction) -> Result<TxId, SdkError> {
        let method = SUBMIT;
        let answer = self.http().submit(Bytes(transaction.encode())).await;
        let tx_id = transaction.id();
        let answer = self.told(method, answer);
        let submitted = answer.map_err(|error| perhaps_sent(tx_id, error))?;
        same_tx(method, tx_id, submitted.tx_id.0)?;
        Ok(tx_id)
    }

    /// `tx_submit` of several at once, in one request: what became of each, in order.
    ///
    /// The node takes them one after the other, so that those of one account may stand in the order of their
    /// nonces; one that it refuses does not keep the next from being tried. It answers so many in one
    /// request as `system_limits` says, and refuses all of more.
    pub async fn submit_batch(
        &self,
        transactions: &[SignedTransaction],
    ) -> Vec<Result<TxId, SdkError>> {
        let ids = transactions.iter().map(SignedTransaction::id);
        match self.submitted(transactions).await {
            Ok(answers) => ids
                .zip(answers)
                .map(|(tx_id, answer)| {
                    let submitted = answer.map_err(|error| perhaps_sent(tx_id, error))?;
                    same_tx(SUBMIT, tx_id, submitted.tx_id.0)?;
                    Ok(tx_id)
                })
                .collect(),
            Err(error) => ids.map(|it| Err(perhaps_sent(it, error.clone()))).collect(),
        }
    }

    /// As many answers as transactions.
    async fn submitted(
        &self,
        transactions: &[SignedTransaction],
    ) -> Result<Vec<Result<Submitted, SdkError>>, SdkError> {
        if transactions.is_empty() {
            return Ok(Vec::new());
        }
        let mut batch = BatchRequestBuilder::new();
        for transaction in transactions {
            let bytes = Bytes(transaction.encode());
            let added = batch.insert(SUBMIT, rpc_params![bytes]);
            self.told(SUBMIT, added.map_err(ClientError::ParseError))?;
        }
        let answers = self.told(SUBMIT, self.http().batch_request(batch).await)?;
        if answers.len() != transactions.len() {
            return Err(SdkError::BadAnswer {
                method: SUBMIT,
                reason: format!("{} answers to {} calls", answers.len(), transactions.len()),
            });
        }
        let each = answers.into_iter().map(|it: Result<Submitted, _>| {
            self.told(SUBMIT, it.map_err(|it| ClientError::Call(it.into_owned())))
        });
        Ok(each.collect())
    }

    /// `tx_submitAndWait`: hands a transaction over and waits for its receipt, which may tell of a
    /// failure. If the outcome is not learnt the error names the transaction.
    pub async fn submit_and_wait(
        &self,
        transaction: &SignedTransaction,
    ) -> Result<ReceiptAnswer, SdkError> {
        let method = "tx_submitAndWait";
        let options = &self.inner.options;
        let wait_ms = u32::try_from(options.wait_timeout.as_millis()).unwrap_or(u32::MAX);
        let bytes = Bytes(transaction.encode());
        let waiting = &self.inner.waiting;
        let answer = waiting.submit_and_wait(bytes, Some(wait_ms)).await;
        let tx_id = transaction.id();
        let answer = answer.map_err(|it| failure(self.url(), method, patience(options), it));
        let answer = answer.map_err(|error| perhaps_sent(tx_id, error))?;
        same_tx(method, tx_id, answer.tx_id.0)?;
        Ok(answer)
    }

    /// `tx_simulate`: tries a transaction without sending it.
    pub async fn simulate(
        &self,
        transaction: &Transaction,
        at: BlockSelector,
    ) -> Result<SimulationAnswer, SdkError> {
        let bytes = Bytes(transaction.encode());
        let answer = self.http().simulate(bytes, Some(at)).await;
        self.told("tx_simulate", answer)
    }

    /// `tx_getStatus`.
    pub async fn tx_status(&self, tx_id: TxId) -> Result<TxStatusAnswer, SdkError> {
        let answer = self.told("tx_getStatus", self.http().status(Text(tx_id)).await)?;
        same_tx("tx_getStatus", tx_id, answer.tx_id.0)?;
        Ok(answer)
    }

    /// `tx_getReceipt`.
    pub async fn receipt(&self, tx_id: TxId) -> Result<ReceiptAnswer, SdkError> {
        let answer = self.told("tx_getReceipt", self.http().receipt(Text(tx_id)).await)?;
        same_tx("tx_getReceipt", tx_id, answer.tx_id.0)?;
        Ok(answer)
    }

    /// `tx_getProof`, as the node says it; [`proof::tx`](crate::proof::tx) checks it.
    pub async fn tx_proof(&self, tx_id: TxId) -> Result<TxProofAnswer, SdkError> {
        self.told("tx_getProof", self.http().tx_proof(Text(tx_id)).await)
    }
}

pub(super) fn same_tx(method: &'static str, expected: TxId, found: TxId) -> Result<(), SdkError> {
    if found == expected {
        return Ok(());
    }
    Err(SdkError::BadAnswer {
        method,
        reason: format!("it is about transaction {found}, not {expected}"),
    })
}

/// After some errors nobody knows whether the node has the transaction: the error names it.
fn perhaps_sent(tx_id: TxId, error: SdkError) -> SdkError {
    let is_open = match &error {
        SdkError::Timeout { .. } | SdkError::Unreachable { .. } | SdkError::BadAnswer { .. } => {
            true
        }
        // Of a gateway, mostly: the node behind it may have it.
        SdkError::HttpStatus { status, .. } => *status >= 500,
        // The node took it, perhaps, before it failed or was stopped.
        SdkError::Rpc { error } => {
            matches!(**error, RpcError::Internal { .. } | RpcError::Stopping {})
        }
        _ => false,
    };
    match is_open {
        true => SdkError::Unsettled {
            tx_id,
            source: Box::new(error),
        },
        false => error,
    }
}
