//! What a snapshot consists of: small, read first, and enough to refuse most of what is wrong.
//!
//! ```text
//! "argosy snapshot 1\n" ‖ SCALE(Manifest)
//!
//! chunks, numbered through   0 … s-1  records      s … c-1  modules      c … n-1  blocks
//! paths of the records       0x00… ├─ 0 ─┤├─ 1 ─┤ … ├─ s-1 ─┤ 0xff…      without gap or overlap
//! ```
//!
//! A range begins behind the one before it and is given by its last path, so that a gap cannot be
//! written down. Bytes are canonical and frozen by a golden file.
//!
//! Always: what [`Manifest::decode`] returns has the right shape, so that its chunks can be fetched.
//! Not here: whether its header is to be trusted (`offer`), and what is in its chunks (`check`).

use argosy_chain::SNAPSHOT_BLOCKS;
use argosy_primitives::{
    CommitCertificate, Header, Height, Limits, ValidatorSet, blake3, decode_untrusted,
};
use argosy_proof::{Path, RangeProof, verify_header};
use parity_scale_codec::{Decode, DecodeWithMemTracking, Encode};

use crate::error::ManifestError;
use crate::limits::{
    BLOCKS_CHUNK_BYTES_MAX, CHUNK_BYTES_MAX, CHUNK_BYTES_MIN, MANIFEST_BYTES_MAX,
    MANIFEST_MEMORY_FACTOR,
};

/// The first line: format and its version.
pub const MAGIC: &[u8] = b"argosy snapshot 1\n";
/// What every version begins with.
const MAGIC_STEM: &[u8] = b"argosy snapshot ";

/// What a snapshot consists of.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking)]
pub struct Manifest {
    /// The block after which the state is shown.
    pub header: Header,
    /// Who decided it, if that is known.
    pub certificate: Option<CommitCertificate>,
    /// Who decides it.
    pub validators: ValidatorSet,
    /// Who decides the next one.
    pub next_validators: ValidatorSet,
    /// Records, by trie path.
    pub state: Vec<StateChunk>,
    /// Modules as they were uploaded, by hash.
    pub code: Vec<Chunk>,
    /// The last blocks with their receipts, the head first.
    pub blocks: Vec<Chunk>,
}

/// A file of entries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking)]
pub struct Chunk {
    /// Its size.
    pub bytes: u32,
    /// blake3 over it.
    pub hash: [u8; 32],
    /// Entries in it.
    pub entries: u32,
}

/// The records of a range of paths, and the proof that they are all of it.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking)]
pub struct StateChunk {
    /// The file.
    pub chunk: Chunk,
    /// Where the range ends, this path included.
    pub last: Path,
    /// What lies around it.
    pub around: RangeProof,
}

/// What a chunk holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part<'a> {
    /// The records from `first` to `last`, both included.
    State {
        /// Where the range begins.
        first: Path,
        /// Where it ends.
        last: Path,
        /// What lies around it.
        around: &'a RangeProof,
    },
    /// Modules.
    Code,
    /// Blocks.
    Blocks,
}

impl Chunk {
    /// The file of these bytes.
    pub(crate) fn of(bytes: &[u8], entries: usize) -> Option<Chunk> {
        Some(Chunk {
            bytes: u32::try_from(bytes.len()).ok()?,
            hash: blake3(bytes),
            entries: u32::try_from(entries).ok()?,
        })
    }
}

impl Part<'_> {
    /// For messages.
    pub const fn as_str(self) -> &'static str {
        match self {
            Part::State { .. } => "records",
            Part::Code => "modules",
            Part::Blocks => "blocks",
        }
    }
}

impl Manifest {
    /// The bytes of the file.
    pub fn to_bytes(&self) -> Vec<u8> {
        [MAGIC, &self.encode()].concat()
    }

    /// Reads what a stranger calls a manifest. Each rule has its error.
    pub fn decode(bytes: &[u8]) -> Result<Manifest, ManifestError> {
        let manifest = Manifest::parse(bytes)?;
        manifest.check()?;
        Ok(manifest)
    }

    /// Reads one of which nothing is checked yet but that it is one.
    pub(crate) fn parse(bytes: &[u8]) -> Result<Manifest, ManifestError> {
        if bytes.len() > MANIFEST_BYTES_MAX {
            let found = bytes.len();
            return Err(ManifestError::TooLarge { found });
        }
        let Some(rest) = bytes.strip_prefix(MAGIC) else {
            return Err(match bytes.starts_with(MAGIC_STEM) {
                true => ManifestError::OtherVersion,
                false => ManifestError::Foreign,
            });
        };
        let memory = rest.len().saturating_mul(MANIFEST_MEMORY_FACTOR);
        let limits = Limits {
            memory_max: memory.saturating_add(64 << 10),
            ..Limits::for_size(rest.len())
        };
        Ok(decode_untrusted(rest, limits)?)
    }

    /// All chunks in their order, with their numbers.
    pub fn chunks(&self) -> impl Iterator<Item = (u32, Part<'_>, Chunk)> {
        let mut first = Path::from_bytes([0; 64]);
        let state = self.state.iter().map(move |it| {
            let (from, last) = (first, it.last);
            first = behind(&last).unwrap_or(last);
            let around = &it.around;
            let part = Part::State {
                first: from,
                last,
                around,
            };
            (part, it.chunk)
        });
        let code = self.code.iter().map(|it| (Part::Code, *it));
        let blocks = self.blocks.iter().map(|it| (Part::Blocks, *it));
        let all = state.chain(code).chain(blocks);
        (0..)
            .zip(all)
            .map(|(index, (part, chunk))| (index, part, chunk))
    }

    /// Number of chunks.
    pub fn chunk_count(&self) -> usize {
        self.state.len() + self.code.len() + self.blocks.len()
    }

    /// Size of all chunks.
    pub fn total_bytes(&self) -> u64 {
        self.chunks().map(|(_, _, it)| u64::from(it.bytes)).sum()
    }

    /// Blocks, the head included.
    pub fn block_count(&self) -> u64 {
        self.blocks.iter().map(|it| u64::from(it.entries)).sum()
    }

    /// Records of the state.
    pub fn records(&self) -> u64 {
        let entries = self.state.iter().map(|it| u64::from(it.chunk.entries));
        entries.sum()
    }

    /// That it has the right shape, and that its certificate holds for its own validators.
    pub(crate) fn check(&self) -> Result<(), ManifestError> {
        if self.validators.hash() != self.header.validators {
            return Err(ManifestError::OtherValidators);
        }
        if self.next_validators.hash() != self.header.next_validators {
            return Err(ManifestError::OtherNextValidators);
        }
        if let Some(certificate) = &self.certificate {
            verify_header(&self.header, certificate, &self.validators)
                .map_err(ManifestError::Certificate)?;
        }
        self.check_ranges()?;
        if self.blocks.is_empty() {
            return Err(ManifestError::NoBlocks);
        }
        self.check_sizes()?;
        self.check_blocks()
    }

    /// As many blocks as a snapshot of this height has: neither fewer, nor more than are needed.
    fn check_blocks(&self) -> Result<(), ManifestError> {
        let (expected, found) = (blocks_at(self.header.height), self.block_count());
        match found == expected && self.blocks.iter().all(|it| it.entries > 0) {
            true => Ok(()),
            false => Err(ManifestError::BlockCount { expected, found }),
        }
    }

    /// Every path is in one range.
    fn check_ranges(&self) -> Result<(), ManifestError> {
        let rises = self.state.windows(2).all(|it| it[0].last < it[1].last);
        let last = self.state.last().map(|it| it.last);
        match rises && last == Some(Path::from_bytes([0xff; 64])) {
            true => Ok(()),
            false => Err(ManifestError::Ranges),
        }
    }

    fn check_sizes(&self) -> Result<(), ManifestError> {
        let last_of_kind = [self.state.len(), self.state.len() + self.code.len()];
        for (index, part, chunk) in self.chunks() {
            let (bytes, is_last) = (chunk.bytes, last_of_kind.contains(&(index as usize + 1)));
            let bounds = match part {
                Part::State { .. } | Part::Code if is_last => 0..=CHUNK_BYTES_MAX,
                Part::State { .. } | Part::Code => CHUNK_BYTES_MIN..=CHUNK_BYTES_MAX,
                Part::Blocks => 1..=BLOCKS_CHUNK_BYTES_MAX,
            };
            // An entry has a length of four bytes at least.
            if !bounds.contains(&bytes) || chunk.entries > bytes / 4 {
                let part = part.as_str();
                return Err(ManifestError::ChunkSize { index, part, bytes });
            }
        }
        Ok(())
    }
}

/// How many blocks a snapshot of this height holds: chains begin at 0.
pub(crate) fn blocks_at(height: Height) -> u64 {
    height.saturating_add(1).min(SNAPSHOT_BLOCKS)
}

/// The next path in order; none behind the last.
pub(crate) fn behind(path: &Path) -> Option<Path> {
    let mut bytes = *path.as_bytes();
    for byte in bytes.iter_mut().rev() {
        let (next, wrapped) = byte.overflowing_add(1);
        *byte = next;
        if !wrapped {
            return Some(Path::from_bytes(bytes));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::behind;
    use argosy_proof::Path;

    #[track_caller]
    fn check(tail: &[u8], expected: Option<&[u8]>) {
        let path = |tail: &[u8]| {
            let mut bytes = [0xff; 64];
            bytes[64 - tail.len()..].copy_from_slice(tail);
            Path::from_bytes(bytes)
        };
        assert_eq!(behind(&path(tail)), expected.map(path));
    }

    #[test]
    fn a_range_begins_right_behind_the_one_before() {
        check(&[1, 2], Some(&[1, 3]));
        check(&[1, 0xff], Some(&[2, 0]));
        check(&[0, 0xff, 0xff], Some(&[1, 0, 0]));
        check(&[0xff], None);
    }
}
