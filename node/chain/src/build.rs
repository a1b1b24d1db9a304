//! A candidate block from waiting transactions: the proposer's side.
//!
//! Always: the candidate passes [`Chain::verify`]; a transaction that may not be included is left
//! out and reported, never included and failed.

use std::sync::Arc;

use argosy_executor::{ApplyError, BlockExecutor, Inadmissible};
use argosy_kv::crash_point;
use argosy_primitives::{Address, Body, Evidence, Round, TimestampMs, TxId, VerifiedTransaction};
use parity_scale_codec::Encode;

use crate::chain::Chain;
use crate::error::ChainError;
use crate::verify::{Candidate, seal};

/// Waiting transactions in the order in which they should be included.
pub trait Candidates {
    /// The next one.
    fn peek(&mut self) -> Option<Arc<VerifiedTransaction>>;
    /// It was included.
    fn take(&mut self);
    /// It stays out of this block, and with it whatever depends on it.
    fn leave(&mut self);
}

/// What the proposer decides of a block.
#[derive(Clone, Debug)]
pub struct BuildRequest {
    /// The proposer's clock; the block's time is this or the parent's, whichever is later.
    pub now_ms: TimestampMs,
    /// The proposer.
    pub proposer: Address,
    /// The round in which the block is first proposed.
    pub round: Round,
    /// At most this many transactions.
    pub txs_max: u32,
    /// What this node knows of misbehaviour; what does not count, or not any more, is left out.
    pub evidence: Vec<Evidence>,
}

/// A transaction that cannot be included at this head.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// Its id.
    pub id: TxId,
    /// The rule that it breaks.
    pub reason: Inadmissible,
}

/// A candidate, and what was left out for good.
pub struct Built {
    /// The executed block.
    pub candidate: Candidate,
    /// Transactions that the pool should drop.
    pub refused: Vec<Refused>,
}

impl Chain {
    /// Executes waiting transactions into a block on the present head. Nothing is written.
    pub fn build(
        &self,
        request: BuildRequest,
        source: &mut dyn Candidates,
    ) -> Result<Built, ChainError> {
        let context = self.context(request.now_ms, request.proposer, request.round);
        let limits = &self.view.spec.limits;
        let mut body = self.agreed_part(&request.evidence)?;
        let mut executor = self.executor(&context, &body)?;
        let (mut included, mut refused) = (Vec::new(), Vec::new());
        let mut size = body_size(&body).saturating_add(COUNT_BYTES_MAX);
        while let Some(tx) = source.peek() {
            if included.len() >= request.txs_max as usize {
                break;
            }
            let grown = size.saturating_add(tx.size_bytes());
            let fits_bytes = grown <= limits.block_size_bytes_max as usize;
            if !fits_bytes || !executor.fits(&tx) {
                source.leave();
                continue;
            }
            match self.running.apply(&mut executor, &tx) {
                Ok(()) => {
                    size = grown;
                    included.push(tx);
                    source.take();
                }
                Err(ApplyError::Inadmissible(reason)) => {
                    source.leave();
                    if !may_wait(&reason) {
                        refused.push(Refused {
                            id: tx.id(),
                            reason,
                        });
                    }
                }
                Err(fault) => return Err(ChainError::from_apply(included.len(), tx.id(), fault)),
            }
        }
        crash_point!("build::executed");
        body.transactions = included.iter().map(|tx| tx.signed().clone()).collect();
        let candidate = seal(self, context, (body, included), executor)?;
        Ok(Built { candidate, refused })
    }

    pub(crate) fn executor(
        &self,
        context: &crate::verify::Context,
        body: &Body,
    ) -> Result<BlockExecutor<'_>, ChainError> {
        let (spec, engine) = (&self.view.spec, &self.view.engine);
        let state = self.view.state();
        let mut executor = BlockExecutor::begin(state, context.block, spec, engine)?;
        executor.carry(body.last_certificate.as_ref(), &body.evidence)?;
        Ok(executor)
    }
}

/// What merely waits for an earlier nonce, a lower base price or room stays in the pool.
fn may_wait(reason: &Inadmissible) -> bool {
    matches!(
        reason,
        Inadmissible::NonceTooHigh { .. }
            | Inadmissible::PriceTooLow { .. }
            | Inadmissible::BlockFull { .. }
    )
}

/// What the count of transactions takes more than that of none.
const COUNT_BYTES_MAX: usize = 4;

/// The encoded size of a body, as the limit counts it.
pub(crate) fn body_size(body: &argosy_primitives::Body) -> usize {
    body.encoded_size()
}
