//! Transactions: handed in, waited for, tried, found again.

use std::sync::Arc;

use argosy_chain::{ChainError, InadmissibleOr, Location};
use argosy_mempool::Reject;
use argosy_primitives::{Height, Transaction, TxId, VerifiedTransaction};
use argosy_replica::Refusal;
use argosy_rpc::{Found, Included, Settled, Simulated, TxPort};
use argosy_rpc_api::{
    At, BlockSelector, ReceiptView, Received, ReceivedFrom, RpcError, Status, TimestampMs,
    TxProofAnswer, TxStatus,
};
use async_trait::async_trait;

use super::LocalNode;
use crate::driver::SubmitError;
use crate::error::{self, inadmissible, unread};
use crate::read::{Reader, describe};
use crate::shared::Fate;
use crate::statuses::Source;

#[async_trait]
impl TxPort for LocalNode {
    fn simulate(&self, tx: Transaction, at: BlockSelector) -> Result<Found<Simulated>, RpcError> {
        self.reader().simulate(&tx, at)
    }

    fn status(&self, id: &TxId) -> Result<Found<Option<TxStatus>>, RpcError> {
        let fate = self.fate(id)?;
        // A later view than the fate's: what was executed then still is.
        let reader = self.reader();
        let value = match fate {
            None => None,
            Some(Fate::Pooled) => Some(TxStatus::Pending),
            Some(Fate::Dropped(reason)) => Some(TxStatus::Dropped { reason }),
            Some(Fate::Refused(error)) => Some(TxStatus::Refused { error }),
            Some(Fate::Executed(at)) => {
                let Included { at, index, receipt } = reader.included(at)?;
                Some(TxStatus::Included {
                    block: at,
                    index,
                    status: Status(receipt.status),
                })
            }
        };
        Ok(Found {
            at: reader.at(),
            value,
        })
    }

    fn received(&self, id: &TxId) -> Option<Received> {
        let (source, received_ms) = self.driver.shared().received(id)?;
        Some(Received {
            time_ms: TimestampMs(received_ms),
            from: match source {
                Source::Client => ReceivedFrom::Client,
                Source::Peer => ReceivedFrom::Peer,
            },
        })
    }

    fn receipt(&self, id: &TxId) -> Result<Option<Included>, RpcError> {
        let reader = self.reader();
        let location = reader.0.locate(id).map_err(error::unread)?;
        location.map(|at| reader.included(at)).transpose()
    }

    fn tx_proof(&self, id: &TxId) -> Result<Option<TxProofAnswer>, RpcError> {
        self.reader().tx_proof(id)
    }

    async fn submit(&self, tx: VerifiedTransaction) -> Result<(), RpcError> {
        let (id, tx) = (tx.id(), Arc::new(tx));
        let taken = self.driver.submit(Arc::clone(&tx)).await;
        // One that came from another node before is this node's client's, too, from now on.
        let waits = matches!(
            taken,
            Ok(_) | Err(SubmitError::Refused(Refusal::Pool(Reject::Known { .. })))
        );
        if let (Some(relay), true) = (&self.relay, waits) {
            relay.taken(&tx);
        }
        taken
            .map(drop)
            .map_err(|refused| error::submit(refused, id))
    }

    async fn settled(&self, id: TxId) -> Result<Settled, RpcError> {
        let mut changes = self.driver.shared().watch();
        loop {
            changes.mark_unchanged();
            match self.fate(&id)? {
                Some(Fate::Executed(at)) => {
                    return Ok(Settled::Included(self.reader().included(at)?));
                }
                Some(Fate::Dropped(reason)) => return Ok(Settled::Dropped(reason)),
                Some(Fate::Refused(error)) => return Err(error),
                None => return Err(RpcError::not_found("transaction", id)),
                Some(Fate::Pooled) if self.driver.shared().has_stopped() => {
                    return Err(RpcError::Stopping {});
                }
                Some(Fate::Pooled) => {}
            }
            if changes.changed().await.is_err() {
                return Err(RpcError::Stopping {});
            }
        }
    }
}

impl Reader {
    fn simulate(&self, tx: &Transaction, at: BlockSelector) -> Result<Found<Simulated>, RpcError> {
        let then = self.state_at(at)?;
        let at = then.at();
        let done = then.0.simulate(tx).map_err(|error| match error {
            InadmissibleOr::Inadmissible(reason) => inadmissible(&reason),
            InadmissibleOr::Chain(error) => unread(error),
        })?;
        let diagnostic = describe(&done.trace);
        Ok(Found {
            at,
            value: Simulated {
                receipt: done.receipt,
                gas_limit: done.gas_limit,
                deposit_max: done.deposit_max,
                diagnostic,
                call_stack: then.call_stack(&done.trace),
            },
        })
    }

    fn included(&self, location: Location) -> Result<Included, RpcError> {
        let receipt = self.0.receipt(location).map_err(unread)?;
        let receipt = receipt.ok_or_else(|| unread(damaged("receipt", location)))?;
        Ok(Included {
            at: self.block_at(location.height)?,
            index: location.index,
            receipt,
        })
    }

    fn tx_proof(&self, id: &TxId) -> Result<Option<TxProofAnswer>, RpcError> {
        let Some(location) = self.0.locate(id).map_err(unread)? else {
            return Ok(None);
        };
        let tx = self.0.prove_transaction(location).map_err(unread)?;
        let receipt = self.0.prove_receipt(location).map_err(unread)?;
        let (tx, proof) = tx
            .zip(receipt)
            .ok_or_else(|| unread(damaged("block", location)))?;
        let header = self.header(BlockSelector::Height(location.height))?;
        let view = ReceiptView::new(&self.included(location)?.receipt, self.hrp());
        Ok(Some(TxProofAnswer::new(
            header.at,
            self.header_view(&header.value),
            view,
            &tx,
            &proof,
        )))
    }

    fn block_at(&self, height: Height) -> Result<At, RpcError> {
        Ok(self.header(BlockSelector::Height(height))?.at)
    }
}

fn damaged(what: &str, location: Location) -> ChainError {
    ChainError::Damaged {
        what: format!("{what} {}.{}", location.height, location.index),
    }
}
