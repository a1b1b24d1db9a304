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
    /// More than Rust's traits serve.
    #[error("{place} is a tuple of {found} values; bindings serve at most {max}: make it a struct")]
    Tuple {
        /// Where.
        place: String,
        /// How many it has.
        found: usize,
        /// How many it may have.
        max: usize,
    },
    /// More than fits the stack.
    #[error("{place} is an array of {found} values; bindings serve at most {max}: make it a Vec")]
    Array {
        /// Where.
        place: String,
        /// How many it has, those inside it counted.
        found: u64,
        /// How many it may have.
        max: u64,
    },
    /// An event that hides a type.
    #[error("event {name} is called like a type of every ABI: give it another name")]
    EventName {
        /// Its name.
        name: String,
    },
    /// A fault of the generator.
    #[error("the bindings are no Rust: {reason}; this is a bug, please report it with the ABI")]
    NoRust {
        /// What the parser says.
        reason: String,
    },
}
