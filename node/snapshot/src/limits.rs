//! How large anything may be. Whoever makes a snapshot keeps to the targets, whoever restores one
//! refuses what is beyond the bounds, by the manifest alone.

/// A chunk is closed before it becomes larger, unless one entry alone is.
pub const CHUNK_BYTES_TARGET: usize = 4 << 20;

/// All chunks of records, and all of modules, but the last are at least as large: many tiny ones would
/// cost more than they hold.
pub const CHUNK_BYTES_MIN: u32 = 1 << 20;

/// No chunk of records or modules is larger.
pub const CHUNK_BYTES_MAX: u32 = 16 << 20;

/// No chunk of blocks is larger: it holds at least one block, of 16 MiB at most, with its receipts.
pub const BLOCKS_CHUNK_BYTES_MAX: u32 = 32 << 20;

/// No manifest is larger: enough for some 30 000 chunks, 100 GB.
pub const MANIFEST_BYTES_MAX: usize = 64 << 20;

/// Heap of a decoded manifest, by its size: lists of proofs are less than 4 times as large.
pub(crate) const MANIFEST_MEMORY_FACTOR: usize = 4;

/// Records sorted in memory at a time, before they go to the disk.
pub(crate) const RUN_BYTES: usize = 64 << 20;

/// Buffers of all runs together while they are merged.
pub(crate) const MERGE_BYTES: usize = 32 << 20;
