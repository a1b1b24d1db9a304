//! Proofs against a header, for clients that trust no node.
//!
//! Not here: checking them (`argosy-proof`).

use argosy_primitives::{Address, merkle};
use argosy_proof::{EventProof, ReceiptProof, StateKey, TxProof};
use argosy_state::{Proven, ProvenMany};

use crate::error::ChainError;
use crate::view::{ChainView, Location, index_of};

impl ChainView {
    /// Shows what the state at the head says of a key, or that it says nothing.
    /// [`ChainError::Pruned`]: a proof of that height is no longer possible.
    pub fn prove_state(&self, address: &Address, key: StateKey<'_>) -> Result<Proven, ChainError> {
        self.check_provable()?;
        Ok(argosy_state::prove(self.view.as_ref(), address, key)?)
    }

    /// As [`Self::prove_state`] about several keys at once, with one proof, unless their values have more than
    /// `bytes_max` bytes: then how many were found until that was seen. Verifiers take no more than
    /// [`argosy_proof::MULTI_KEYS_MAX`] keys.
    pub fn prove_states(
        &self,
        keys: &[(Address, StateKey<'_>)],
        bytes_max: usize,
    ) -> Result<Result<ProvenMany, usize>, ChainError> {
        self.check_provable()?;
        let view = self.view.as_ref();
        Ok(argosy_state::prove_many_within(view, keys, bytes_max)?)
    }

    /// Refuses where no proof of state would hold.
    fn check_provable(&self) -> Result<(), ChainError> {
        if self.is_fork() {
            return Err(ChainError::Fork);
        }
        match self.unproven {
            Some(oldest_height) => Err(ChainError::Pruned { oldest_height }),
            None => Ok(()),
        }
    }

    /// Shows that a block holds a transaction; `None`: there is no such place.
    pub fn prove_transaction(&self, at: Location) -> Result<Option<TxProof>, ChainError> {
        let Some(block) = self.block(at.height)? else {
            return Ok(None);
        };
        let leaves: Vec<[u8; 32]> = block.body.transactions.iter().map(|tx| tx.leaf()).collect();
        let tx = block.body.transactions.get(at.index as usize);
        let Some((merkle, tx)) = merkle::prove(&leaves, at.index).zip(tx) else {
            return Ok(None);
        };
        Ok(Some(TxProof {
            id: tx.id(),
            signature: tx.signature,
            merkle,
        }))
    }

    /// Shows what a transaction did; `None`: there is no such place.
    pub fn prove_receipt(&self, at: Location) -> Result<Option<ReceiptProof>, ChainError> {
        let receipts = self.receipts(at.height)?;
        let leaves: Vec<[u8; 32]> = receipts.iter().map(|receipt| receipt.leaf()).collect();
        let receipt = receipts.get(at.index as usize);
        let Some((merkle, receipt)) = merkle::prove(&leaves, at.index).zip(receipt) else {
            return Ok(None);
        };
        Ok(Some(ReceiptProof {
            receipt: receipt.summary(),
            merkle,
        }))
    }

    /// Shows that an event happened; `None`: there is no such place.
    pub fn prove_event(
        &self,
        at: Location,
        event: usize,
    ) -> Result<Option<EventProof>, ChainError> {
        let (proof, receipt) = (self.prove_receipt(at)?, self.receipt(at)?);
        let Some((proof, receipt)) = proof.zip(receipt) else {
            return Ok(None);
        };
        let leaves: Vec<[u8; 32]> = receipt.events.iter().map(|event| event.leaf()).collect();
        let found =
            merkle::prove(&leaves, index_of(event)?).zip(receipt.events.into_iter().nth(event));
        Ok(found.map(|(merkle, event)| EventProof {
            event,
            merkle,
            receipt: proof,
        }))
    }
}
