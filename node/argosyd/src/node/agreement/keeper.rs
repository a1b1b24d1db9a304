//! The second copy of what was signed last, in the chain's database.

use std::sync::Arc;

use argosy_kv::{Batch, Column, Durability, Store};
use argosy_primitives::{Limits, decode_untrusted};
use argosy_signer::{KeeperFailure, Mark, MarkKeeper};
use parity_scale_codec::Encode;

const KEY: &[u8] = b"signed";
const MARK_BYTES_MAX: usize = 1_024;

/// Keeps the mark in the column of what is not consensus.
pub(super) struct StoreKeeper {
    store: Arc<dyn Store>,
}

impl StoreKeeper {
    pub(super) fn new(store: Arc<dyn Store>) -> StoreKeeper {
        StoreKeeper { store }
    }
}

impl MarkKeeper for StoreKeeper {
    fn load(&self) -> Result<Option<Mark>, KeeperFailure> {
        let Some(bytes) = self.store.view().get(Column::Meta, KEY)? else {
            return Ok(None);
        };
        Ok(Some(decode_untrusted(
            &bytes,
            Limits::for_size(MARK_BYTES_MAX),
        )?))
    }

    fn save(&self, mark: &Mark) -> Result<(), KeeperFailure> {
        let mut batch = Batch::new();
        batch.put(Column::Meta, KEY, mark.encode());
        Ok(self.store.commit(batch, Durability::Synced)?)
    }
}
