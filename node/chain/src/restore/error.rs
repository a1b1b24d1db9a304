//! Why parts do not make a chain.

use argosy_kv::{Cause, KvError};
use argosy_primitives::{CodeHash, GenesisHash, Height, StateRoot, ValidatorSetHash};
use argosy_state::StateError;

use crate::error::ChainError;

/// Why parts do not make a chain. Nothing of them opens.
#[derive(Debug, thiserror::Error)]
pub enum RestoreError {
    /// Old values are in no snapshot.
    #[error(
        "an archive cannot be made from a snapshot, which holds no old values; give state.mode \"pruned\", or make an archive by `argosyd replay` from a directory with every block"
    )]
    Archive,
    /// It comes from another chain.
    #[error("it is of another chain: genesis {found}, the chain spec's is {expected}")]
    OtherChain {
        /// The spec's.
        expected: GenesisHash,
        /// The header's.
        found: GenesisHash,
    },
    /// It was made under rules that this program does not have.
    #[error("its protocol version is {found}, this chain spec knows {known}")]
    Version {
        /// The spec's.
        known: u32,
        /// The header's.
        found: u32,
    },
    /// Others decide than those that the rules name.
    #[error("its validators are {found}, those of the chain spec {expected}")]
    Validators {
        /// The spec's.
        expected: ValidatorSetHash,
        /// The header's.
        found: ValidatorSetHash,
    },
    /// Records lead to another root.
    #[error("its records have root {found}, its header says {expected}")]
    Root {
        /// The header's.
        expected: StateRoot,
        /// Over the records.
        found: StateRoot,
    },
    /// Blocks change a supply that is not there.
    #[error(
        "its state keeps no supply of the token: an older release made that chain, and no block of this one follows it; take a snapshot of a chain of this release"
    )]
    NoSupply,
    /// A record of a module is none.
    #[error("the record of module {code} is malformed")]
    CodeRecord {
        /// Which.
        code: CodeHash,
    },
    /// A module that no record names, or one that came before.
    #[error("module {code} is in no record, or is there twice")]
    UnknownModule {
        /// Its hash.
        code: CodeHash,
    },
    /// A module that this release would not run as the chain does.
    #[error("module {code} is not what the chain runs: {what}")]
    Module {
        /// Its hash.
        code: CodeHash,
        /// What is wrong.
        what: String,
    },
    /// Modules that records name are not there.
    #[error("{count} modules are missing, among them {code}")]
    MissingModule {
        /// One of them.
        code: CodeHash,
        /// How many.
        count: usize,
    },
    /// A block is not what its header, or the next block, says.
    #[error("block {height}: {what}")]
    Block {
        /// Which.
        height: Height,
        /// What is wrong.
        what: &'static str,
    },
    /// The head itself is not there.
    #[error("block {head} of its header is missing")]
    NoHead {
        /// The header's height.
        head: Height,
    },
    /// Records do not follow each other.
    #[error(transparent)]
    State(#[from] StateError),
    /// The store failed.
    #[error("store failed: {0}")]
    Store(#[from] KvError),
    /// A part is beyond what a chain can have.
    #[error(transparent)]
    Chain(#[from] ChainError),
}

impl RestoreError {
    /// What the operator has to do with, if our own store is to blame; `None`: the parts are.
    pub fn cause(&self) -> Option<Cause> {
        match self {
            RestoreError::Store(error) => Some(error.cause()),
            RestoreError::Archive
            | RestoreError::OtherChain { .. }
            | RestoreError::Version { .. }
            | RestoreError::Validators { .. }
            | RestoreError::Root { .. }
            | RestoreError::NoSupply
            | RestoreError::CodeRecord { .. }
            | RestoreError::UnknownModule { .. }
            | RestoreError::Module { .. }
            | RestoreError::MissingModule { .. }
            | RestoreError::Block { .. }
            | RestoreError::NoHead { .. }
            | RestoreError::State(_)
            | RestoreError::Chain(_) => None,
        }
    }
}
