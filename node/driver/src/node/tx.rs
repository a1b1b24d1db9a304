//! Transactions: handed in, waited for, tried, found again.

use std::sync::Arc;

use argosy_chain::{ChainError, InadmissibleOr, Location};
use argosy_mempool::Reject;
use argosy_primitives::{
    Action, Gas, Height, SignedTransaction, StatusCode, Transaction, TxId, VerifiedTransaction,
};
use argosy_replica::Refusal;
use argosy_rpc::{Cause, Found, Included, Settled, Simulated, TxPort};
use argosy_rpc_api::{
    AskedCall, At, BlockSelector, ReceiptView, Received, ReceivedFrom, RpcError, Status,
    TimestampMs, TxProofAnswer, TxStatus,
};
use async_trait::async_trait;

use super::LocalNode;
use crate::driver::SubmitError;
use crate::error::{self, inadmissible, unread};
use crate::explain::Uploads;
use crate::read::Reader;
use crate::shared::Fate;
use crate::statuses::Source;

#[async_trait]
impl TxPort for LocalNode {
    fn simulate(&self, tx: Transaction, at: BlockSelector) -> Result<Found<Simulated>, RpcError> {
        self.reader().simulate(&tx, at)
    }

    fn asked_calls(&self, actions: &[Action]) -> Result<Vec<AskedCall>, RpcError> {
        Ok(self.reader().asked_calls(actions))
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
                let included = reader.explained(at)?;
                Some(TxStatus::Included {
                    block: included.at,
                    index: included.index,
                    status: Status(included.receipt.status),
                    error: included.error,
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
        location.map(|at| reader.explained(at)).transpose()
    }

    fn transaction(&self, id: &TxId) -> Result<Option<Found<(u32, SignedTransaction)>>, RpcError> {
        self.reader().transaction(id)
    }

    fn tx_proof(&self, id: &TxId) -> Result<Option<TxProofAnswer>, RpcError> {
        self.reader().tx_proof(id)
    }

    async fn submit(&self, tx: VerifiedTransaction) -> Result<(), RpcError> {
        let (id, tx) = (tx.id(), Arc::new(tx));
        self.read_ahead(&tx).await?;
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
        let mut waiter = self.driver.shared().wait_for(id);
        loop {
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
            waiter.news().await;
        }
    }
}

impl LocalNode {
    /// On a fork: tries a transaction before it is handed in, so that what it reads of the origin is here,
    /// or whoever sent it is told that it did not come. What else is wrong with it, the driver says.
    async fn read_ahead(&self, tx: &VerifiedTransaction) -> Result<(), RpcError> {
        let reader = self.reader();
        if !reader.0.is_fork() {
            return Ok(());
        }
        let tried = tx.transaction().clone();
        let task = tokio::task::spawn_blocking(move || reader.0.simulate(&tried));
        match task.await {
            Ok(Err(InadmissibleOr::Chain(error)))
                if error.cause() == Some(argosy_chain::Cause::Beneath) =>
            {
                Err(unread(error))
            }
            Ok(_) | Err(_) => Ok(()),
        }
    }
}

impl Reader {
    fn simulate(&self, tx: &Transaction, at: BlockSelector) -> Result<Found<Simulated>, RpcError> {
        let then = self.state_at(at)?;
        let attempt = |gas_limit| {
            then.0.simulate(&Transaction {
                gas_limit,
                ..tx.clone()
            })
        };
        then.simulated(&tx.actions, tx.gas_limit, attempt)
    }

    /// What a trial on this state did, and why it failed if it did. `attempt` makes it with a gas limit.
    pub(super) fn simulated(
        &self,
        actions: &[Action],
        gas_limit: Gas,
        attempt: impl Fn(Gas) -> Result<argosy_chain::Simulated, InadmissibleOr>,
    ) -> Result<Found<Simulated>, RpcError> {
        let done = attempt(gas_limit).map_err(untried)?;
        let mut cause = Cause::default();
        let status = done.receipt.status;
        if !status.is_success() {
            let ended = (status, done.receipt.data.as_slice());
            cause = self.cause(ended, &done.trace, Uploads::Of(actions));
            cause.target = self.target(actions, done.receipt.action);
            let gas_max = self.0.spec().limits.tx_gas_max;
            if status == StatusCode::OutOfGas && gas_limit < gas_max {
                // More may be enough.
                let done = attempt(gas_max).map_err(untried)?;
                let enough = done.receipt.status.is_success();
                cause.gas_estimate = enough.then_some(done.gas_limit);
            }
        }
        Ok(Found {
            at: self.at(),
            value: Simulated {
                receipt: done.receipt,
                gas_limit: done.gas_limit,
                deposit_max: done.deposit_max,
                cause,
            },
        })
    }

    /// What a transaction did, and why it failed if it did.
    fn explained(&self, location: Location) -> Result<Included, RpcError> {
        let included = self.included(location)?;
        let failed = !included.receipt.status.is_success();
        let error = failed.then(|| Box::new(self.failure(location, &included.receipt)));
        Ok(Included { error, ..included })
    }

    fn included(&self, location: Location) -> Result<Included, RpcError> {
        let receipt = self.0.receipt(location).map_err(unread)?;
        let receipt = receipt.ok_or_else(|| unread(damaged("receipt", location)))?;
        Ok(Included {
            at: self.block_at(location.height)?,
            index: location.index,
            receipt,
            error: None,
        })
    }

    fn transaction(&self, id: &TxId) -> Result<Option<Found<(u32, SignedTransaction)>>, RpcError> {
        let Some(location) = self.0.locate(id).map_err(unread)? else {
            return Ok(None);
        };
        let Found { at, value } = self.block(BlockSelector::Height(location.height))?;
        let mut transactions = value.body.transactions.into_iter();
        let transaction = transactions.nth(location.index as usize);
        let transaction = transaction.ok_or_else(|| unread(damaged("block", location)))?;
        Ok(Some(Found {
            at,
            value: (location.index, transaction),
        }))
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

    pub(super) fn block_at(&self, height: Height) -> Result<At, RpcError> {
        Ok(self.header(BlockSelector::Height(height))?.at)
    }
}

pub(super) fn untried(error: InadmissibleOr) -> RpcError {
    match error {
        InadmissibleOr::Inadmissible(reason) => inadmissible(&reason),
        InadmissibleOr::Chain(error) => unread(error),
    }
}

fn damaged(what: &str, location: Location) -> ChainError {
    ChainError::Damaged {
        what: format!("{what} {}.{}", location.height, location.index),
    }
}
