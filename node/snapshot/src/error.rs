//! Why a snapshot is refused: never this node's fault, and nothing is left of it that opens.

use argosy_chain::RestoreError;
use argosy_kv::Cause;
use argosy_primitives::{BlockHash, DecodeError, Height};
use argosy_proof::ProofError;

use crate::limits::MANIFEST_BYTES_MAX;
use crate::source::SourceError;

/// Why bytes are no manifest, or none that this node takes.
#[derive(Debug, thiserror::Error)]
pub enum ManifestError {
    /// It could not be had.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// More than any snapshot needs.
    #[error("the manifest has {found} bytes, at most {MANIFEST_BYTES_MAX} are allowed")]
    TooLarge {
        /// Its size.
        found: usize,
    },
    /// Something else.
    #[error("this is no manifest of a snapshot; argosyd snapshot create makes one")]
    Foreign,
    /// Of a release that writes others.
    #[error(
        "the snapshot has a format that this release does not read; use the release that made it"
    )]
    OtherVersion,
    /// Not the bytes of one.
    #[error("the manifest is damaged: {0}")]
    Malformed(#[from] DecodeError),
    /// Others than those that decide the block.
    #[error("the manifest's validators are not those that its header names")]
    OtherValidators,
    /// Others than those that decide the next block.
    #[error("the manifest's next validators are not those that its header names")]
    OtherNextValidators,
    /// The certificate proves nothing.
    #[error("the manifest's certificate does not hold: {0}")]
    Certificate(ProofError),
    /// Paths are in no range, or in two.
    #[error("the ranges of the manifest's chunks do not cover the state once")]
    Ranges,
    /// The head at least must be there.
    #[error("the manifest names no blocks")]
    NoBlocks,
    /// A restored node must have what it takes to go on, and is not filled with more.
    #[error("the manifest names {found} blocks, a snapshot of its height has {expected}")]
    BlockCount {
        /// As many as there are.
        expected: u64,
        /// By the manifest.
        found: u64,
    },
    /// Too small, too large, or with more entries than it has room for.
    #[error("chunk {index} ({part}) would have {bytes} bytes, which no snapshot has there")]
    ChunkSize {
        /// Which.
        index: u32,
        /// Of what.
        part: &'static str,
        /// Its size.
        bytes: u32,
    },
    /// Files beside those that the manifest names.
    #[error("there is a chunk {index} that the manifest does not name")]
    ExtraChunk {
        /// Its number.
        index: u32,
    },
    /// The operator trusts another block.
    #[error("it is of block {height} with hash {found}, not of {expected}")]
    OtherBlock {
        /// The operator's.
        expected: BlockHash,
        /// The manifest's.
        found: BlockHash,
        /// Its height.
        height: Height,
    },
    /// Nobody says that this block was decided.
    #[error(
        "nothing shows that block {height} with hash {found} is of this chain: compare the hash with what a node that you trust answers (RPC chain_getBlock, or `argosyd db check`), then say it with --block-hash"
    )]
    Untrusted {
        /// The manifest's.
        found: BlockHash,
        /// Its height.
        height: Height,
    },
    /// No chain of these rules goes on from there.
    #[error(transparent)]
    Terms(RestoreError),
}

/// Why a chunk is refused.
#[derive(Debug, thiserror::Error)]
pub enum ChunkError {
    /// It could not be had.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// Not the size that the manifest says.
    #[error("it has {found} bytes, the manifest says {expected}")]
    Size {
        /// By the manifest.
        expected: u32,
        /// In fact.
        found: usize,
    },
    /// Not the bytes that the manifest says.
    #[error("it has another hash than the manifest says")]
    Hash,
    /// Entries do not fill it.
    #[error("it is malformed at byte {offset}")]
    Malformed {
        /// Where.
        offset: usize,
    },
    /// Not as many as the manifest says.
    #[error("it has {found} entries, the manifest says {expected}")]
    Entries {
        /// By the manifest.
        expected: u32,
        /// In fact.
        found: usize,
    },
    /// Its records are not all of their range, and no others.
    #[error("its records are not those of the header's state: {0}")]
    Range(#[from] ProofError),
    /// A block in it is none.
    #[error("a block in it is damaged: {0}")]
    Block(#[from] DecodeError),
    /// What is in it does not belong to the header.
    #[error(transparent)]
    Content(RestoreError),
}

/// What one source gave, and why that was refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// The source's name.
    pub source: String,
    /// `None`: the manifest.
    pub chunk: Option<u32>,
    /// Why.
    pub reason: String,
}

impl std::fmt::Display for Refused {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Refused { source, reason, .. } = self;
        match self.chunk {
            Some(index) => write!(f, "{source}: chunk {index}: {reason}"),
            None => write!(f, "{source}: {reason}"),
        }
    }
}

/// Why nothing was restored.
#[derive(Debug, thiserror::Error)]
pub enum RestoreFailed {
    /// No source has a snapshot that holds.
    #[error("no source has a whole snapshot that this node takes: {}", joined(.0))]
    Sources(Vec<Refused>),
    /// What there is would need more room than the disk has.
    #[error("too little room for what sources offer; free some, or give other sources: {}", joined(.0))]
    NoRoom(Vec<Refused>),
    /// This node's own store failed.
    #[error("cannot write: {error}")]
    Store {
        /// What failed.
        error: RestoreError,
        /// What the operator has to do with.
        cause: Cause,
    },
    /// The caller's store could not be opened.
    #[error(transparent)]
    Open(Box<dyn std::error::Error + Send + Sync>),
}

fn joined(refused: &[Refused]) -> String {
    let all: Vec<String> = refused.iter().map(ToString::to_string).collect();
    match all.is_empty() {
        true => "there is no source".into(),
        false => all.join("; "),
    }
}
