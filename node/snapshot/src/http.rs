//! Snapshots over HTTP/1.1: a server that only reads, and a source that trusts no server.
//!
//! ```text
//! GET /v1/snapshots                          [{"height": 1200, "name": "1200-1a2b3c4d"}]
//! GET /v1/snapshots/{name}/manifest          bytes of the manifest
//! GET /v1/snapshots/{name}/chunks/{index}    bytes of a chunk
//! ```
//!
//! Not here: encryption. What is served is public and checked by whoever asks for it.

mod body; // a file, piece by piece
mod client; // HttpSource
mod server; // Server

pub use client::HttpSource;
pub use server::{Server, ServerConfig};

use argosy_primitives::Height;
use serde::{Deserialize, Serialize};

/// Below which everything is.
const PATH: &str = "/v1/snapshots";

/// One line of the list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Entry {
    height: Height,
    name: String,
}
