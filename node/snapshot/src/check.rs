//! One chunk against its manifest: first its bytes, then what they mean.
//!
//! Always: what passes belongs to the header, whoever sent it.

use argosy_chain::PlacedRecord;
use argosy_primitives::{Block, Limits, Receipt, StateRoot, blake3, decode_untrusted};
use argosy_proof::{Path, RangeProof, trie, verify_range};
use argosy_state::Paths;

use crate::chunk::Reader;
use crate::error::ChunkError;
use crate::manifest::{Chunk, Part};

/// Whether these are the bytes that the manifest means.
fn check_bytes(chunk: &Chunk, bytes: &[u8]) -> Result<(), ChunkError> {
    if bytes.len() != chunk.bytes as usize {
        return Err(ChunkError::Size {
            expected: chunk.bytes,
            found: bytes.len(),
        });
    }
    match blake3(bytes) == chunk.hash {
        true => Ok(()),
        false => Err(ChunkError::Hash),
    }
}

/// The range that records must be all of.
#[derive(Clone, Copy, Debug)]
struct Range<'a> {
    root: StateRoot,
    first: Path,
    last: Path,
    around: &'a RangeProof,
}

/// A chunk that belongs to the header.
pub(crate) enum Checked {
    Records(Records),
    Modules(Vec<u8>),
    Blocks(Vec<(Block, Vec<Receipt>)>),
}

/// The records of a chunk.
pub(crate) struct Records {
    bytes: Vec<u8>,
    leaves: Vec<(Path, [u8; 32])>,
}

impl Records {
    /// Those of `bytes`, which are those of the state in their range.
    fn new(bytes: Vec<u8>, chunk: &Chunk, range: &Range<'_>) -> Result<Records, ChunkError> {
        let mut reader = Reader::new(&bytes);
        // No more than fit: the manifest's number is checked against its size.
        let mut leaves = Vec::with_capacity(chunk.entries as usize);
        let mut paths = Paths::default();
        while let Some((key, value)) = reader.record()? {
            let path = paths.of(key);
            let path = path.map_err(|error| ChunkError::Content(error.into()))?;
            leaves.push((path, trie::value_hash(value)));
        }
        check_count(chunk, leaves.len())?;
        verify_range(
            &range.root,
            &range.first,
            &range.last,
            &leaves,
            range.around,
        )?;
        Ok(Records { bytes, leaves })
    }

    /// By path.
    pub(crate) fn iter(&self) -> impl Iterator<Item = PlacedRecord<'_>> {
        let mut reader = Reader::new(&self.bytes);
        let next = move || reader.record().ok().flatten();
        let records = std::iter::from_fn(next);
        let placed = self.leaves.iter().zip(records);
        placed.map(|((path, value_hash), (key, value))| PlacedRecord {
            path: *path,
            value_hash: *value_hash,
            key,
            value,
        })
    }
}

/// Checks everything about a chunk but what the chunks before it decide.
pub(crate) fn check(
    bytes: Vec<u8>,
    chunk: &Chunk,
    part: Part<'_>,
    root: StateRoot,
) -> Result<Checked, ChunkError> {
    check_bytes(chunk, &bytes)?;
    match part {
        Part::State {
            first,
            last,
            around,
        } => {
            let range = Range {
                root,
                first,
                last,
                around,
            };
            Records::new(bytes, chunk, &range).map(Checked::Records)
        }
        Part::Code => {
            modules(&bytes, chunk)?;
            Ok(Checked::Modules(bytes))
        }
        Part::Blocks => blocks(&bytes, chunk).map(Checked::Blocks),
    }
}

/// The modules of a chunk.
pub(crate) fn modules<'a>(bytes: &'a [u8], chunk: &Chunk) -> Result<Vec<&'a [u8]>, ChunkError> {
    let mut reader = Reader::new(bytes);
    let mut modules = Vec::new();
    while let Some(module) = reader.blob()? {
        modules.push(module);
    }
    check_count(chunk, modules.len())?;
    Ok(modules)
}

/// The blocks of a chunk, with their receipts.
fn blocks(bytes: &[u8], chunk: &Chunk) -> Result<Vec<(Block, Vec<Receipt>)>, ChunkError> {
    let blobs = modules(bytes, chunk)?;
    let decode = |blob: &[u8]| Ok(decode_untrusted(blob, Limits::for_size(blob.len()))?);
    blobs.into_iter().map(decode).collect()
}

fn check_count(chunk: &Chunk, found: usize) -> Result<(), ChunkError> {
    match found == chunk.entries as usize {
        true => Ok(()),
        false => Err(ChunkError::Entries {
            expected: chunk.entries,
            found,
        }),
    }
}
