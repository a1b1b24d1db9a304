//! Transactions: taken, waited for, tried, found again.

use std::future::Future;
use std::time::Duration;

use argosy_primitives::{
    Action, DecodeError, Hrp, Limits, SignedTransaction, Transaction, TxError, TxId,
    VerifiedTransaction, decode_untrusted,
};
use argosy_rpc_api::{
    BlockSelector, Bytes, Decimal, DecodedTx, Height, ReceiptAnswer, ReceiptView, RpcError,
    SimulationAnswer, Submitted, Text, TransactionView, TxAnswer, TxApiServer, TxProofAnswer,
    TxStatusAnswer,
};
use jsonrpsee::core::async_trait;
use jsonrpsee::server::Extensions;
use tokio::time::timeout;

use super::{Api, follow, simulated};
use crate::config::WAIT_MS_DEFAULT;
use crate::follow::{Feed, Kind as Followed};
use crate::guard::is_stopping;
use crate::served;
use crate::workers::Kind;
use crate::{Found, Included, Node, Settled};

/// Transactions up to this size are checked where they arrive: it takes less than changing threads.
const CHECK_HERE_BYTES_MAX: usize = 8 * 1024;

#[async_trait]
impl TxApiServer for Api {
    async fn submit(&self, transaction: Bytes) -> Result<Submitted, RpcError> {
        let tx = self.checked(transaction).await?;
        let tx_id = Text(tx.id());
        self.hand_in(tx).await?;
        Ok(Submitted { tx_id })
    }

    async fn submit_and_wait(
        &self,
        transaction: Bytes,
        timeout_ms: Option<u32>,
    ) -> Result<ReceiptAnswer, RpcError> {
        let ms = timeout_ms.unwrap_or(WAIT_MS_DEFAULT.min(self.max_wait_ms));
        if ms > self.max_wait_ms {
            return Err(RpcError::RangeTooLarge {
                what: "timeoutMs".to_owned(),
                max: Decimal(self.max_wait_ms.into()),
                got: Decimal(ms.into()),
            });
        }
        if is_stopping(&self.stop) {
            return Err(RpcError::Stopping {});
        }
        let tx = self.checked(transaction).await?;
        let tx_id = tx.id();
        match self.hand_in(tx).await {
            // Asking again for the same transaction is how a client goes on waiting.
            Ok(()) | Err(RpcError::TxKnown { .. }) => {}
            Err(error) => return Err(error),
        }
        let settled = self.workers.node().settled(tx_id);
        match self.wait(tx_id, ms, settled).await? {
            Settled::Included(included) => {
                let included = self.explained(tx_id, included).await;
                Ok(receipt_answer(tx_id, included, self.hrp))
            }
            Settled::Dropped(reason) => Err(RpcError::TxDropped {
                tx_id: Text(tx_id),
                reason,
            }),
        }
    }

    async fn simulate(
        &self,
        transaction: Bytes,
        at: Option<BlockSelector>,
    ) -> Result<SimulationAnswer, RpcError> {
        let size_max = self.workers.node().spec().limits.tx_size_bytes_max as usize;
        let hrp = self.hrp;
        let work = move |node: &dyn Node| {
            let limits = Limits::for_size(size_max);
            let tx: Transaction = decode_untrusted(&transaction, limits).map_err(malformed)?;
            let gas_limit = tx.gas_limit;
            let found = node.simulate(tx, at.unwrap_or_default())?;
            simulated::answer(found, gas_limit, None, hrp)
        };
        self.workers.run(Kind::Execution, work).await
    }

    async fn decode(&self, transaction: Bytes) -> Result<DecodedTx, RpcError> {
        let size_max = self.workers.node().spec().limits.tx_size_bytes_max as usize;
        let hrp = self.hrp;
        self.read(move |node| {
            let signed = SignedTransaction::decode_untrusted(&transaction, size_max);
            let signed = signed.map_err(malformed)?;
            check_heights(&signed.transaction)?;
            Ok(DecodedTx {
                transaction: TransactionView::new(&signed, hrp),
                size_bytes: u32::try_from(transaction.len()).unwrap_or(u32::MAX),
                calls: node.asked_calls(&signed.transaction.actions)?,
                problem: signed.verify().err().map(|problem| problem.to_string()),
            })
        })
        .await
    }

    async fn transaction(&self, tx_id: Text<TxId>) -> Result<TxAnswer, RpcError> {
        let hrp = self.hrp;
        self.read(move |node| {
            let Found { at, value } = known(node.transaction(&tx_id.0)?, &tx_id.0)?;
            let (index, transaction) = value;
            Ok(TxAnswer {
                at,
                tx_id,
                index,
                transaction: TransactionView::new(&transaction, hrp),
            })
        })
        .await
    }

    async fn status(&self, tx_id: Text<TxId>) -> Result<TxStatusAnswer, RpcError> {
        self.read(move |node| {
            let (id, received) = (tx_id.0, node.received(&tx_id.0));
            let found = node.status(&id)?;
            let status = known(found.value, &id)?;
            Ok(TxStatusAnswer::new(found.at, id, status, received))
        })
        .await
    }

    async fn receipt(&self, tx_id: Text<TxId>) -> Result<ReceiptAnswer, RpcError> {
        let hrp = self.hrp;
        self.read(move |node| {
            let included = known(node.receipt(&tx_id.0)?, &tx_id.0)?;
            Ok(receipt_answer(tx_id.0, included, hrp))
        })
        .await
    }

    async fn tx_proof(&self, tx_id: Text<TxId>) -> Result<TxProofAnswer, RpcError> {
        self.read(move |node| known(node.tx_proof(&tx_id.0)?, &tx_id.0))
            .await
    }

    async fn watch_tx(
        &self,
        call: &Extensions,
        tx_id: Text<TxId>,
    ) -> Result<Decimal<u64>, RpcError> {
        self.follow(call, "tx_watch", Feed::tx(tx_id.0)).await
    }

    async fn unwatch_tx(
        &self,
        call: &Extensions,
        subscription: Decimal<u64>,
    ) -> Result<bool, RpcError> {
        follow::end(call, "tx_unwatch", (Followed::Tx, subscription))
    }
}

impl Api {
    /// Decodes a transaction and checks everything that needs no chain.
    async fn checked(&self, bytes: Bytes) -> Result<VerifiedTransaction, RpcError> {
        let size_max = self.workers.node().spec().limits.tx_size_bytes_max as usize;
        if bytes.len() <= CHECK_HERE_BYTES_MAX {
            return check(&bytes, size_max);
        }
        self.read(move |_| check(&bytes, size_max)).await
    }

    /// A transaction that failed with why it did, if the node has the time to look; what it waited
    /// for is known already.
    async fn explained(&self, tx_id: TxId, included: Included) -> Included {
        if included.receipt.status.is_success() {
            return included;
        }
        let found = self.read(move |node| node.receipt(&tx_id)).await;
        match found {
            Ok(Some(explained)) if explained.receipt == included.receipt => explained,
            _ => included,
        }
    }

    /// Hands a transaction to the node, and tells whoever follows the call.
    async fn hand_in(&self, tx: VerifiedTransaction) -> Result<(), RpcError> {
        let (id, trace) = (tx.id(), served::follower());
        if let Some(trace) = &trace {
            trace.submits(&id);
        }
        let taken = self.workers.node().submit(tx).await;
        if let Some(trace) = &trace {
            trace.submitted(&id, taken.as_ref().err());
        }
        taken
    }

    /// Waits for `settled`, for the time to be over, or for the server to stop.
    async fn wait<F>(&self, tx_id: TxId, ms: u32, settled: F) -> Result<Settled, RpcError>
    where
        F: Future<Output = Result<Settled, RpcError>>,
    {
        let waited = timeout(Duration::from_millis(ms.into()), settled);
        tokio::select! {
            biased;
            waited = waited => waited.unwrap_or(Err(RpcError::WaitTimeout {
                tx_id: Text(tx_id),
                waited_ms: ms,
            })),
            () = self.stop.clone().shutdown() => Err(RpcError::Stopping {}),
        }
    }
}

fn check(bytes: &[u8], size_max: usize) -> Result<VerifiedTransaction, RpcError> {
    let signed = SignedTransaction::decode_untrusted(bytes, size_max).map_err(malformed)?;
    signed.verify().map_err(|error| match error {
        TxError::NoActions => RpcError::TxActionCount {
            got: 0,
            max: argosy_primitives::ACTIONS_MAX as u32,
        },
        TxError::TooManyActions { found } => RpcError::TxActionCount {
            got: u32::try_from(found).unwrap_or(u32::MAX),
            max: argosy_primitives::ACTIONS_MAX as u32,
        },
        TxError::Signature(error) => RpcError::TxBadSignature {
            reason: error.to_string(),
        },
    })
}

/// Heights are numbers in JSON, which a transaction's may be too large for. No chain takes such a one.
fn check_heights(transaction: &Transaction) -> Result<(), RpcError> {
    let mut heights = vec![transaction.valid_until];
    heights.extend(transaction.actions.iter().filter_map(|it| match it {
        Action::Govern { activate_at, .. } => Some(*activate_at),
        _ => None,
    }));
    match heights.into_iter().find(|it| *it > Height::MAX.0) {
        None => Ok(()),
        Some(height) => Err(RpcError::TxMalformed {
            reason: format!("{height} is no height: those are at most {}", Height::MAX),
            offset: None,
        }),
    }
}

pub(super) fn malformed(error: DecodeError) -> RpcError {
    match error {
        DecodeError::TooLarge { found, size_max } => RpcError::TxTooLarge {
            max: Decimal(size_max as u64),
            got: Decimal(found as u64),
        },
        DecodeError::TooDeep { .. }
        | DecodeError::TooMuchMemory { .. }
        | DecodeError::EmptyElements { .. }
        | DecodeError::Malformed { .. }
        | DecodeError::Trailing { .. }
        | DecodeError::NotCanonical => RpcError::TxMalformed {
            reason: error.to_string(),
            offset: error.offset().and_then(|it| u32::try_from(it).ok()),
        },
    }
}

fn receipt_answer(tx_id: TxId, included: Included, hrp: Hrp) -> ReceiptAnswer {
    ReceiptAnswer {
        at: included.at,
        tx_id: Text(tx_id),
        index: included.index,
        receipt: ReceiptView::new(&included.receipt, hrp),
        error: included.error,
    }
}

/// Asks the node about a transaction and names it in the error if there is none.
pub(super) fn known<T>(found: Option<T>, tx_id: &TxId) -> Result<T, RpcError> {
    found.ok_or_else(|| RpcError::not_found("transaction", tx_id))
}
