//! Snapshots: the state at one height as files that anybody may hand on, and a chain out of them that
//! trusts nobody but the hash of one header.
//!
//! ```text
//! FOLDER/1200-1a2b3c4d/manifest          what there is, with hashes and proofs (`manifest`)
//!                      chunk-000000      records, by trie path; then modules; then blocks (`chunk`)
//!                      …
//!        1400-….unfinished/              being made; counts under its final name only
//!
//! make     view ─scan─► sort by path ─► chunks, each with a proof ─► manifest ─► name
//! restore  manifest ─check─► chunk after chunk, from whoever has it right ─► chain
//! ```
//!
//! Start reading at [`make`] and [`restore`]. Always: a snapshot is made from a view, so that the node
//! goes on meanwhile; nothing is read beyond what a checked manifest announces; a chunk is checked
//! before anything of it is written.
//! Not here: what records and blocks are in a store (`argosy-chain`), where a database lies (`argosyd`).

mod check; // one chunk against its manifest
mod chunk; // bytes of chunks
mod error; // why a snapshot is refused
mod folder; // names, lists, files
mod http; // over a network
mod limits; // how large anything may be
mod make; // from a view to a folder
mod manifest; // what there is
mod offer; // who has what
mod restore; // from sources to a chain
mod seek; // one chunk, from whoever has it
mod sort; // more records than memory holds
mod source;
mod standing; // whom to ask first // where parts come from

pub use error::{ChunkError, ManifestError, Refused, RestoreFailed};
pub use folder::{FolderSource, Listed, is_name, list, name_of, prune, remove_unfinished};
pub use http::{HttpSource, Server, ServerConfig};
pub use limits::{
    BLOCKS_CHUNK_BYTES_MAX, CHUNK_BYTES_MAX, CHUNK_BYTES_MIN, CHUNK_BYTES_TARGET,
    MANIFEST_BYTES_MAX,
};
pub use make::{Made, MakeError, MakeOptions, MakeStep, make, refuse_partial};
pub use manifest::{Chunk, MAGIC, Manifest, Part, StateChunk};
pub use offer::{Offer, Terms, look};
pub use restore::{NoStore, OpenStore, RestoreStep, Restored, restore, verify};
pub use source::{Source, SourceError};
