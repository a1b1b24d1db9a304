//! The last blocks of a chain that is being restored, from the head downwards: each is known by its
//! hash before it comes, so that a wrong one is refused alone.
//!
//! Always: a block is written with all that a commit writes of it but this node's own notes.

use argosy_kv::{Batch, Column};
use argosy_primitives::{Block, BlockHash, Header, Height, Receipt, receipts_root};
use parity_scale_codec::Encode;

use super::RestoreError;
use crate::commit::{put_block, put_receipt};
use crate::view::index_of;

/// How far down it is.
#[derive(Debug)]
pub(super) struct Blocks {
    head: Height,
    /// The lowest block so far.
    first: Option<Height>,
    /// Height and hash of the next one; none behind genesis.
    next: Option<(Height, BlockHash)>,
}

impl Blocks {
    /// Before the head.
    pub(super) fn new(head: &Header) -> Blocks {
        Blocks {
            head: head.height,
            first: None,
            next: Some((head.height, head.hash())),
        }
    }

    /// Adds what a block writes to a batch.
    pub(super) fn add(
        &mut self,
        block: &Block,
        receipts: &[Receipt],
        batch: &mut Batch,
    ) -> Result<(), RestoreError> {
        let Block { header, body } = block;
        let height = header.height;
        let wrong = |what| Err(RestoreError::Block { height, what });
        if self.next != Some((height, header.hash())) {
            return wrong("it is not the parent of the one before it");
        }
        if body.tx_root() != header.tx_root {
            return wrong("its transactions are not those of its header");
        }
        if body.evidence_root() != header.evidence_root {
            return wrong("its evidence is not that of its header");
        }
        if body.certificate_hash() != header.last_certificate {
            return wrong("its certificate is not that of its header");
        }
        if receipts_root(receipts) != header.receipts_root {
            return wrong("its receipts are not those of its header");
        }
        put_block(batch, block);
        for (position, tx) in body.transactions.iter().enumerate() {
            let at = (height, index_of(position)?);
            batch.put(Column::TxIndex, *tx.id().as_bytes(), at.encode());
        }
        for (position, receipt) in receipts.iter().enumerate() {
            put_receipt(batch, height, index_of(position)?, receipt)?;
        }
        self.first = Some(height);
        self.next = height.checked_sub(1).map(|below| (below, header.parent));
        Ok(())
    }

    /// The lowest block, if there is any.
    pub(super) fn end(&self) -> Result<Height, RestoreError> {
        let head = self.head;
        self.first.ok_or(RestoreError::NoHead { head })
    }
}
