//! What a contract and the chain agree on: imports, entries, flags, manifest, revert payloads, schema.
//!
//! The one crate that host and guest both link, so it is `no_std`, hashes nothing unless the `std`
//! feature is on, and every decoder in it is total and bounded on hostile bytes.
//!
//! Always holds: names, signatures, bit values and SCALE indices here are frozen; a change is a new
//! ABI version, not an edit.
//! Not here: what an import does (`argosy-vm-host`), its price (`argosy-spec`), macros for contracts
//! (`contracts/sdk`), values as JSON (`vm/values`).

#![cfg_attr(not(feature = "std"), no_std)]
extern crate alloc;

mod entry; // exports that the chain calls, and the shape of a message
mod exports; // what an ABI asks of a module's exports
pub mod imports; // the import table and its constants
mod manifest; // what a contract asks permission for
mod revert; // why a contract gave up
pub mod schema; // the contract described for people and tools
mod section; // custom sections and exports of a module
#[cfg(feature = "std")]
mod source; // where a module comes from, as its builder says
mod types; // the small grammar of type names

pub use entry::{ENTRY_MEMORY, Entry, SELECTOR_BYTES, Selector, split_message};
#[cfg(feature = "std")]
pub use entry::{event_topic, selector_of};
pub use exports::{EXPORTS, ExportRules, ExportSpec, Marker, MarkerSpec, Signs};
pub use imports::{IMPORTS, Import, ImportSpec, MODULE, ValType};
pub use manifest::{Capabilities, MANIFEST_BYTES, MANIFEST_SECTION, Manifest, ManifestError};
pub use revert::{RevertData, SdkError};

pub use schema::{ABI_SECTION, ABI_SECTION_BYTES_MAX, Abi, AbiError, AbiItem};
pub use section::{custom_sections, has_export, has_export_prefix};
#[cfg(feature = "std")]
pub use source::{SOURCE_SECTION, SOURCE_SECTION_BYTES_MAX, Source, SourceError};
pub use types::{DECIMALS_MAX, TypeError, TypeExpr};
