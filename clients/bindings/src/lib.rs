//! Rust for a contract, made from its ABI: a module with its types, events, errors and methods.
//!
//! ```text
//! .wasm with an ABI section, or ABI as JSON ──Source──► Abi ──module()──► tokens ──text()──► a file
//! ```
//!
//! The code calls `argosy_sdk::bindings` and nothing else. `argosy_sdk::contract!` puts it where it is
//! asked for; `argosy contract bindings` prints it. Contracts that call others have [`interface_text`].
//!
//! Always holds: any ABI that [`Abi`](argosy_vm_abi::Abi) takes gives code that compiles, or an error that
//! says what stands against it; nothing that a contract says of itself becomes code: its names are
//! identifiers, its words are comments without examples, which doc tests would run.
//! Not here: files and macros (`argosy-sdk-macros`), what the code does (`argosy-sdk`).

mod comments; // a contract's words
mod error;
mod events;
mod interface; // for other contracts: a trait
pub mod json; // an ABI as JSON, and back
mod messages; // methods
mod module; // the whole
mod names; // identifiers that Rust takes, each once
mod shape; // how types hold each other
mod source; // from a file to an ABI
mod text; // for people
mod types; // the ABI's types in Rust

pub use error::BindError;
pub use interface::interface_text;
pub use module::{Place, module};
pub use source::Source;
pub use text::text;
