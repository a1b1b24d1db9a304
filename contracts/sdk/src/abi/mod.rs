//! The ABI, built while the contract compiles.
//!
//! The macros know a type only by its tokens, which may be an alias. So names come from the type
//! itself, as constants of [`AbiType`], and the bytes of the `argosy.abi` section are put together
//! by constant functions.
//!
//! Invariant: nothing of this is left in the code of a contract; only the section's bytes are.
//! Not here: what the bytes mean, and reading them (`argosy-vm-abi`, `schema`).

mod frames; // the bytes of the section
mod type_name; // text as a constant
mod types; // which types may appear in an interface

pub use frames::{EventFieldDef, FieldDef, Frames, MessageDef, StorageDef, VariantDef};
pub use type_name::TypeName;
pub use types::AbiType;

/// Something that has frames in the `argosy.abi` section.
pub trait Described {
    /// Its frames.
    const FRAMES: Frames;
}
