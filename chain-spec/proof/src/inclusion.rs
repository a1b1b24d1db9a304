//! Proofs of what a block did: this transaction, this receipt, this event.
//!
//! ```text
//! header.tx_root ◄── merkle ── leaf(transaction id, signature)
//! header.receipts_root ◄── merkle ── leaf(summary) ∋ events_root ◄── merkle ── leaf(event)
//! ```
//!
//! The receipt at an index belongs to the transaction at the same index; a receipt behind the last
//! transaction tells what the chain itself did. All three trust the header: check it first with
//! [`crate::verify_header`].

use argosy_primitives::{
    Domain, Event, EventCursor, Header, MerkleProof, ReceiptSummary, Signature, TxId,
};
use parity_scale_codec::{Decode, DecodeWithMemTracking, Encode};

use crate::{ProofError, Root};

/// Shows that a block holds a transaction.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking)]
pub struct TxProof {
    /// Which transaction.
    pub id: TxId,
    /// The signature it was included with.
    pub signature: Signature,
    /// From its leaf to the header's root.
    pub merkle: MerkleProof,
}

/// Shows what a transaction did.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking)]
pub struct ReceiptProof {
    /// What it did.
    pub receipt: ReceiptSummary,
    /// From its leaf to the header's root.
    pub merkle: MerkleProof,
}

/// Shows that an event happened.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking)]
pub struct EventProof {
    /// What happened.
    pub event: Event,
    /// From its leaf to the receipt's root.
    pub merkle: MerkleProof,
    /// The receipt it is part of.
    pub receipt: ReceiptProof,
}

impl TxProof {
    /// The transaction's index in the block.
    pub fn verify(&self, header: &Header) -> Result<u32, ProofError> {
        let leaf = Domain::TxLeaf.hash(&[self.id.as_bytes(), &self.signature.encode()]);
        let root = header.tx_root.as_bytes();
        check_inclusion(&self.merkle, &leaf, root, Root::Transactions)
    }
}

impl ReceiptProof {
    /// The index of the receipt's transaction in the block.
    pub fn verify(&self, header: &Header) -> Result<u32, ProofError> {
        let root = header.receipts_root.as_bytes();
        check_inclusion(&self.merkle, &self.receipt.leaf(), root, Root::Receipts)
    }
}

impl EventProof {
    /// The event's place in the chain.
    pub fn verify(&self, header: &Header) -> Result<EventCursor, ProofError> {
        let tx = self.receipt.verify(header)?;
        let root = self.receipt.receipt.events_root.as_bytes();
        let event = check_inclusion(&self.merkle, &self.event.leaf(), root, Root::Events)?;
        Ok(EventCursor {
            height: header.height,
            tx,
            event,
        })
    }
}

fn check_inclusion(
    proof: &MerkleProof,
    leaf: &[u8; 32],
    root: &[u8; 32],
    which: Root,
) -> Result<u32, ProofError> {
    let found = proof.root(leaf).ok_or(ProofError::BadPosition)?;
    if found != *root {
        return Err(ProofError::OtherRoot(which));
    }
    Ok(proof.index)
}
