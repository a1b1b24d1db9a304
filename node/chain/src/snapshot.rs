//! What a snapshot takes from a view: records, modules, the last blocks, a certificate.
//!
//! Always: all of it is of the view's head, whatever is committed meanwhile.
//! Not here: the order of records and files (`argosy-snapshot`), and the way back (`restore`).

use argosy_kv::{Column, Direction, Entries, KeyRange};
use argosy_primitives::{Block, CodeHash, CommitCertificate, Height, Receipt};
use argosy_proof::{Path, RangeProof};
use argosy_state::Bytes;

use crate::error::ChainError;
use crate::keys;
use crate::view::ChainView;

/// A snapshot carries as many blocks in full, the head's included: as many as the shortest retention
/// keeps.
pub const SNAPSHOT_BLOCKS: Height = crate::KEEP_BLOCKS_MIN;

impl ChainView {
    /// Every record of the state, in the order of its key: address, kind, rest.
    pub fn records(&self) -> Entries<'_> {
        self.view
            .range(Column::State, KeyRange::all(), Direction::Ascending)
    }

    /// The proof of a range of paths, out of the nearest leaves around it.
    pub fn prove_between(
        &self,
        before: Option<(Path, [u8; 32])>,
        after: Option<(Path, [u8; 32])>,
    ) -> Result<RangeProof, ChainError> {
        Ok(argosy_state::prove_between(
            self.view.as_ref(),
            before,
            after,
        )?)
    }

    /// Every module as it was uploaded, in the order of its hash.
    pub fn modules(&self) -> impl Iterator<Item = Result<(CodeHash, Bytes), ChainError>> {
        argosy_state::modules(self.view.as_ref()).map(|it| Ok(it?))
    }

    /// A block with its receipts; [`ChainError::Pruned`]: it is no longer kept.
    pub fn full_block(&self, height: Height) -> Result<Option<(Block, Vec<Receipt>)>, ChainError> {
        match self.block(height)? {
            Some(block) => Ok(Some((block, self.receipts(height)?))),
            None => Ok(None),
        }
    }

    /// Who decided a block, if that is known here: a chain that one node makes has no certificates.
    /// Of blocks below the head it is the certificate that the next block carries.
    pub fn certificate(&self, height: Height) -> Result<Option<CommitCertificate>, ChainError> {
        if height < self.head().header.height {
            let next = self.block(height.saturating_add(1))?;
            return Ok(next.and_then(|it| it.body.last_certificate));
        }
        self.decode(Column::Certs, &keys::height(height))
    }
}
