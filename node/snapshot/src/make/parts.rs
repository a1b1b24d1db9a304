//! The chunks of a snapshot: records in ranges, modules, blocks.
//!
//! Always: a chunk is closed before it becomes larger than its target, unless one entry alone is.

use argosy_chain::{ChainError, ChainView};
use argosy_primitives::{Height, StateRoot};
use argosy_proof::{Path, trie, verify_range};
use parity_scale_codec::Encode;

use super::files::Files;
use super::{MakeError, io_error, lowest_block};
use crate::chunk::{put_blob, put_record, record_size};
use crate::limits::BLOCKS_CHUNK_BYTES_MAX;
use crate::manifest::{Chunk, StateChunk, behind};
use crate::sort::Merge;

/// A range of records that is being filled.
struct Open {
    first: Path,
    /// The nearest leaf before it.
    before: Option<(Path, [u8; 32])>,
    bytes: Vec<u8>,
    leaves: Vec<(Path, [u8; 32])>,
}

pub(super) fn write_records(
    view: &ChainView,
    sorted: &mut Merge,
    files: &mut Files<'_>,
    mut each: impl FnMut(u64),
) -> Result<Vec<StateChunk>, MakeError> {
    let root = view.head().header.state_root;
    let (mut chunks, mut written) = (Vec::new(), 0_u64);
    let mut open = Open {
        first: Path::from_bytes([0; 64]),
        before: None,
        bytes: Vec::new(),
        leaves: Vec::new(),
    };
    let sort = files.folder.join("sort");
    let sort_failed = |source| io_error(&sort, source);
    while let Some(entry) = sorted.next().map_err(sort_failed)? {
        let leaf = (entry.path, trie::value_hash(entry.value));
        let size = open.bytes.len() + record_size(entry.key, entry.value);
        if size > files.options.chunk_bytes && !open.leaves.is_empty() {
            written += open.leaves.len() as u64;
            chunks.push(open.close(view, &root, Some(leaf), files)?);
            each(written);
        }
        put_record(&mut open.bytes, entry.key, entry.value)
            .ok_or_else(|| ChainError::from(too_long()))?;
        open.leaves.push(leaf);
    }
    written += open.leaves.len() as u64;
    chunks.push(open.close(view, &root, None, files)?);
    each(written);
    Ok(chunks)
}

pub(super) fn too_long() -> argosy_state::StateError {
    let what = "a record is longer than 4 GiB";
    argosy_state::StateError::Inconsistent { what }
}

impl Open {
    /// Writes the range, which ends where `next` lies behind it, and begins the next one.
    fn close(
        &mut self,
        view: &ChainView,
        root: &StateRoot,
        next: Option<(Path, [u8; 32])>,
        files: &mut Files<'_>,
    ) -> Result<StateChunk, MakeError> {
        let newest = self.leaves.last().copied();
        let last = match (next, newest) {
            (Some(_), Some((last, _))) => last,
            (None, _) | (_, None) => Path::from_bytes([0xff; 64]),
        };
        let around = view.prove_between(self.before, next)?;
        let index = files.next;
        verify_range(root, &self.first, &last, &self.leaves, &around)
            .map_err(|source| MakeError::Differs { index, source })?;
        let chunk = files.chunk(&self.bytes, self.leaves.len())?;
        self.bytes.clear();
        self.leaves.clear();
        self.before = newest.or(self.before);
        self.first = behind(&last).unwrap_or(last);
        Ok(StateChunk {
            chunk,
            last,
            around,
        })
    }
}

pub(super) fn write_modules(
    view: &ChainView,
    files: &mut Files<'_>,
) -> Result<Vec<Chunk>, MakeError> {
    let (mut chunks, mut bytes, mut count) = (Vec::new(), Vec::new(), 0);
    for module in view.modules() {
        let (_, module) = module?;
        if bytes.len() + module.len() + 4 > files.options.chunk_bytes && count > 0 {
            chunks.push(files.chunk(&bytes, count)?);
            (bytes, count) = (Vec::new(), 0);
        }
        put_blob(&mut bytes, &module).ok_or_else(|| ChainError::from(too_long()))?;
        count += 1;
    }
    if count > 0 {
        chunks.push(files.chunk(&bytes, count)?);
    }
    Ok(chunks)
}

/// The last blocks, the head first.
pub(super) fn write_blocks(
    view: &ChainView,
    files: &mut Files<'_>,
) -> Result<Vec<Chunk>, MakeError> {
    let head = view.head().header.height;
    let (mut chunks, mut bytes, mut count) = (Vec::new(), Vec::new(), 0);
    for height in (lowest_block(head)..=head).rev() {
        let block = view.full_block(height)?;
        let block = block.ok_or_else(|| missing(height))?.encode();
        let size = block.len().saturating_add(4);
        if size > BLOCKS_CHUNK_BYTES_MAX as usize {
            return Err(MakeError::BlockTooLarge { height });
        }
        if bytes.len() + size > files.options.chunk_bytes && count > 0 {
            chunks.push(files.chunk(&bytes, count)?);
            (bytes, count) = (Vec::new(), 0);
        }
        put_blob(&mut bytes, &block).ok_or(MakeError::BlockTooLarge { height })?;
        count += 1;
    }
    chunks.push(files.chunk(&bytes, count)?);
    Ok(chunks)
}

fn missing(height: Height) -> ChainError {
    ChainError::Damaged {
        what: format!("block {height} is missing"),
    }
}
