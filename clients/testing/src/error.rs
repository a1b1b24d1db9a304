//! Why a test could not do what it wanted; a contract that refuses is no error.

use argosy_chain::{ChainError, EditFailure, Inadmissible, RetraceError};
use argosy_values::CodecError;
use argosy_vm_abi::AbiError;

/// What a test did wrong, or that the chain is broken.
#[derive(Debug, thiserror::Error)]
pub enum WorldError {
    /// The chain has nobody to propose blocks.
    #[error("the chain spec has no validator: take ChainSpec::dev()")]
    NoValidator,
    /// The module says nothing about itself.
    #[error(
        "the module carries no ABI: build it with the contract SDK, and read the .wasm file as it is"
    )]
    NoAbi,
    /// The module's ABI cannot be read.
    #[error("the module's ABI cannot be read: {0}")]
    Abi(#[from] AbiError),
    /// The contract has no such method, or these are not its arguments.
    #[error("{contract}.{method}: {source}")]
    Message {
        /// The contract.
        contract: String,
        /// The method.
        method: String,
        /// What is wrong.
        source: Box<CodecError>,
    },
    /// What a contract answered does not follow its ABI.
    #[error("{contract}.{method} answers something that its ABI does not tell: {source}")]
    Answer {
        /// The contract.
        contract: String,
        /// The method.
        method: String,
        /// What is wrong.
        source: Box<CodecError>,
    },
    /// The contract was not created, or answered a question by an error.
    #[error("{0}")]
    Refused(String),
    /// The transaction may not be in a block.
    #[error("a transaction of {person} cannot be in a block: {reason}")]
    Inadmissible {
        /// Who sent it.
        person: String,
        /// The rule that it breaks.
        reason: Inadmissible,
    },
    /// The transaction does not fit into a block.
    #[error("a transaction of {person} does not fit into a block; is its module too large?")]
    TooLarge {
        /// Who sent it.
        person: String,
    },
    /// A transaction could not be executed once more, to see which functions run.
    #[error("what ran cannot be told: {0}")]
    Coverage(#[from] RetraceError),
    /// State could not be set.
    #[error(transparent)]
    Edit(#[from] EditFailure),
    /// The chain is broken.
    #[error(transparent)]
    Chain(#[from] ChainError),
}
