//! One batch: a block's state, trie, receipts, indices and head together.
//!
//! Always: after [`Chain::commit`] returns, the block is in the store with everything that
//! follows from it; if it fails, nothing of it is.

use std::collections::BTreeSet;
use std::sync::Arc;

use argosy_kv::{Batch, Column, Durability, Store, crash_point};
use argosy_primitives::{
    Address, CommitCertificate, EventCursor, Height, Receipt, TxId, VerifiedTransaction,
};
use argosy_state::{Account, UndoRecord};
use parity_scale_codec::Encode;

use crate::agreement::Deciders;
use crate::chain::{Chain, head_of};
use crate::error::ChainError;
use crate::history;
use crate::index;
use crate::keys;
use crate::prune::prune;
use crate::retention::Kept;
use crate::undecided::forget_undecided;
use crate::verify::Candidate;
use crate::view::{ChainView, index_of};

/// Undo records are kept for this many heights: proofs and views of recent heads need them.
pub(crate) const UNDO_HEIGHTS: Height = 32;

/// What a commit tells those who follow the chain.
#[derive(Clone)]
pub struct Committed {
    /// Reads at the new head.
    pub view: ChainView,
    /// The block's transactions in order.
    pub transactions: Vec<Arc<VerifiedTransaction>>,
    /// Their receipts, and the block's own as the last if it has one.
    pub receipts: Arc<[Receipt]>,
}

impl Committed {
    /// The ids of the block's transactions.
    pub fn ids(&self) -> BTreeSet<TxId> {
        self.transactions.iter().map(|tx| tx.id()).collect()
    }

    /// The accounts of the block's senders, as they are now.
    pub fn senders(&self) -> Result<Vec<(Address, Account)>, ChainError> {
        let senders: BTreeSet<Address> = self.transactions.iter().map(|tx| tx.sender()).collect();
        let read = |sender: Address| Ok((sender, self.view.account(&sender)?.unwrap_or_default()));
        senders.into_iter().map(read).collect()
    }
}

impl Chain {
    /// Makes everything that was committed durable: what [`Durability::Buffered`] left open.
    pub fn sync(&self) -> Result<(), ChainError> {
        let mut batch = Batch::new();
        put_head(&mut batch, self.head().header.height);
        Ok(self.store.commit(batch, Durability::Synced)?)
    }

    /// Writes the candidate, durably, and moves the head to it.
    pub fn commit(&mut self, candidate: Candidate) -> Result<Committed, ChainError> {
        self.commit_with(candidate, Durability::Synced)
    }

    /// As [`Chain::commit`]; with [`Durability::Buffered`] a loss of power may take this block and
    /// those after it back, as a whole. For blocks that can be had again.
    pub fn commit_with(
        &mut self,
        candidate: Candidate,
        durability: Durability,
    ) -> Result<Committed, ChainError> {
        self.write(candidate, None, durability)
    }

    /// Writes a candidate that validators decided, with their certificate, and moves the head to it.
    pub fn decide(
        &mut self,
        candidate: Candidate,
        certificate: CommitCertificate,
        durability: Durability,
    ) -> Result<Committed, ChainError> {
        self.deciders
            .check_decided(candidate.hash, &candidate.block.header, &certificate)?;
        self.write(candidate, Some(certificate), durability)
    }

    fn write(
        &mut self,
        candidate: Candidate,
        certificate: Option<CommitCertificate>,
        durability: Durability,
    ) -> Result<Committed, ChainError> {
        if candidate.block.header.parent != self.head().hash {
            return Err(ChainError::StaleCandidate);
        }
        let Candidate {
            block,
            transactions,
            outcome,
            ..
        } = candidate;
        let height = block.header.height;
        crash_point!("commit::begin");
        let mut batch = Batch::new();
        outcome.delta.write_to(height, &mut batch);
        forget_undo(&mut batch, height);
        crash_point!("commit::state_batched");
        put_block(&mut batch, &block);
        for (position, tx) in transactions.iter().enumerate() {
            let at = (height, index_of(position)?);
            batch.put(Column::TxIndex, tx.id().as_bytes().to_vec(), at.encode());
        }
        for (position, receipt) in outcome.receipts.iter().enumerate() {
            put_receipt(&mut batch, height, index_of(position)?, receipt)?;
        }
        for (index, trace) in &outcome.traces {
            batch.put(
                Column::Receipts,
                keys::trace(height, *index),
                trace.to_stored(),
            );
        }
        crash_point!("commit::block_batched");
        let mut kept = Kept::clone(&self.view.kept);
        if kept.retention.has_history() {
            history::write(&outcome.delta, height, &mut batch);
            crash_point!("commit::history_batched");
        }
        if self.view.indexed_from.is_some() {
            let parts = (transactions.as_slice(), outcome.receipts.as_slice());
            index::write(&outcome.delta, height, parts, &mut batch)?;
        }
        put_head(&mut batch, height);
        put_certificate(&mut batch, height, certificate.as_ref());
        // Not the head's view: proposals were kept since it was taken.
        forget_undecided(self.store.view().as_ref(), height, &mut batch)?;
        let (view, indexed_from) = (self.view.view.as_ref(), self.view.indexed_from);
        prune((view, indexed_from), &mut kept, height, &mut batch)?;
        crash_point!("commit::batched");
        self.store.commit(batch, durability)?;
        crash_point!("commit::written");
        self.view.view = self.store.view();
        self.view.head = Arc::new(head_of(block.header));
        self.view.past.move_to(self.view.head.hash);
        self.view.kept = Arc::new(kept);
        self.deciders = Deciders::read(&self.view.state(), &self.view.spec, certificate)?;
        crash_point!("commit::head_moved");
        Ok(Committed {
            view: self.view(),
            transactions,
            receipts: outcome.receipts.into(),
        })
    }
}

pub(crate) fn put_block(batch: &mut Batch, block: &argosy_primitives::Block) {
    let height = block.header.height;
    batch.put(Column::Headers, keys::header(height), block.header.encode());
    batch.put(
        Column::Headers,
        keys::block_hash(&block.header.hash()),
        height.encode(),
    );
    batch.put(Column::Blocks, keys::height(height), block.body.encode());
}

/// The head's certificate; that of the block before is in the head's body.
fn put_certificate(batch: &mut Batch, height: Height, certificate: Option<&CommitCertificate>) {
    if let Some(certificate) = certificate {
        batch.put(Column::Certs, keys::height(height), certificate.encode());
        batch.delete(Column::Certs, keys::height(height.saturating_sub(1)));
    }
}

pub(crate) fn put_head(batch: &mut Batch, height: Height) {
    batch.put(Column::Meta, keys::META_HEAD.to_vec(), height.encode());
}

/// Undo records older than the window go with the block that makes them so.
fn forget_undo(batch: &mut Batch, height: Height) {
    if let Some(old) = height.checked_sub(UNDO_HEIGHTS) {
        batch.delete(Column::Undo, UndoRecord::key(old));
    }
}

pub(crate) fn put_receipt(
    batch: &mut Batch,
    height: Height,
    index: u32,
    receipt: &Receipt,
) -> Result<(), ChainError> {
    batch.put(
        Column::Receipts,
        keys::receipt(height, index),
        receipt.encode(),
    );
    for (position, event) in receipt.events.iter().enumerate() {
        let cursor = EventCursor {
            height,
            tx: index,
            event: index_of(position)?,
        };
        batch.put(
            Column::Events,
            keys::event(&event.contract, cursor),
            Vec::new(),
        );
    }
    Ok(())
}

/// Writes a first block into an empty store.
pub(crate) fn write_first(
    store: &dyn Store,
    mut batch: Batch,
    block: &argosy_primitives::Block,
) -> Result<(), ChainError> {
    put_block(&mut batch, block);
    put_head(&mut batch, block.header.height);
    Ok(store.commit(batch, Durability::Synced)?)
}
