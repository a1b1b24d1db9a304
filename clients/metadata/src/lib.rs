//! A contract's ABI as scale-info: what tools of the Polkadot world read, made from what the module carries.
//!
//! ```text
//! Abi ──of_abi()──► Metadata { messages, events, storage: types by number, registry: PortableRegistry }
//! ```
//!
//! Start reading at [`of_abi`]. How each type of the ABI's grammar looks in the registry is at the head of
//! `registry.rs`, and in docs/reference/abi.md.
//!
//! Always holds: the bytes of a value by the registry are those by the ABI; the same ABI gives the same document;
//! each type is in it once. Nothing is lost but how a list of bytes was spelled.
//! Not here: the section (`argosy-vm-abi`), values (`argosy-values`), the ABI as JSON of our own (`argosy-bindings`).

mod convert; // from an ABI to the document
mod document; // what is in it
mod registry; // types of the grammar as types of scale-info

pub use convert::of_abi;
pub use document::{
    Argument, Contract, Event, EventField, FORMAT, Message, Metadata, StorageField,
};
pub use scale_info::PortableRegistry;
