//! The bytes of manifest, schema and revert payloads, and what a parser does with hostile ones.

mod golden; // frozen bytes
mod hostile; // any bytes
mod sample; // one item of each kind
