//! Why there are no bindings, and what to do.

use argosy_vm_abi::AbiError;

/// Why there are no bindings.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BindError {
    /// The module has no ABI.
    #[error(
        "the module carries no ABI (section argosy.abi): build it with the contract SDK, and do not strip custom sections"
    )]
    NoAbi,
    /// The ABI breaks its rules.
    #[error("the ABI cannot be read: {0}")]
    Abi(#[from] AbiError),
    /// It is neither Wasm nor JSON.
    #[error(
        "this is neither a Wasm module nor JSON: give a .wasm file, or what `argosy contract abi ID` prints"
    )]
    Unknown,
    /// It is JSON, but describes no contract.
    #[error("this JSON is no ABI: {reason}; `argosy contract abi ID` prints one")]
    Json {
        /// What is wrong, and where.
        reason: String,
    },
    /// More than Rust's traits, or the codec's code, serve.
    #[error(
        "{place} is a tuple of {found} values; bindings serve at most {max}: make it a struct, or give its fields names"
    )]
    Tuple {
        /// Where.
        place: String,
        /// How many it has.
        found: usize,
        /// How many it may have.
        max: usize,
    },
    /// More than fits the stack.
    #[error(
        "{place} has {found} values in place; bindings serve at most {max}: make arrays in it a Vec"
    )]
    Wide {
        /// Where.
        place: String,
        /// How many it has, those inside it counted.
        found: u64,
        /// How many it may have.
        max: u64,
    },
    /// Deeper than the compiler goes.
    #[error(
        "{place} has types inside each other, {found} deep; bindings serve at most {max}: use fewer types"
    )]
    Deep {
        /// Where.
        place: String,
        /// How deep it goes; among types that hold each other each counts.
        found: u64,
        /// How deep it may go.
        max: u64,
    },
    /// A value that contracts have no type for.
    #[error(
        "{place} has a Result inside, which messages of the contract SDK cannot carry: call the method by `Call::raw`, and leave it out of the ABI that the interface is made from"
    )]
    ResultInside {
        /// Where.
        place: String,
    },
    /// A fault of the generator.
    #[error("the bindings are no Rust: {reason}; this is a bug, please report it with the ABI")]
    NoRust {
        /// What the parser says.
        reason: String,
    },
}
