//! Why a proof proves nothing.

use argosy_primitives::{Address, SignatureError};

/// A root in a header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Root {
    /// Over state.
    State,
    /// Over the block's transactions.
    Transactions,
    /// Over the block's receipts.
    Receipts,
    /// Over the events of a receipt.
    Events,
}

impl Root {
    /// Its name in messages.
    pub const fn as_str(self) -> &'static str {
        match self {
            Root::State => "state",
            Root::Transactions => "transactions",
            Root::Receipts => "receipts",
            Root::Events => "events",
        }
    }
}

impl core::fmt::Display for Root {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Why a proof proves nothing. Whoever made it is wrong or lies.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProofError {
    /// The proof belongs to another block or was tampered with.
    #[error("proof does not lead to the {0} root")]
    OtherRoot(Root),
    /// Index, count and length of the path do not belong together.
    #[error("position in the list does not fit the path to its root")]
    BadPosition,
    /// Branching bits must rise from the root downwards and lie inside a path.
    #[error("branching bits do not rise, at level {level}")]
    BadBranch {
        /// Levels below the root.
        level: usize,
    },
    /// The value is claimed to be there, but the proof is about another key or an empty trie.
    #[error("proof shows that the key is absent")]
    KeyAbsent,
    /// The key is claimed to be absent, but the proof shows it.
    #[error("proof shows that the key is present")]
    KeyPresent,
    /// The key holds something else.
    #[error("proof is about another value")]
    OtherValue,
    /// The leaf is not the one where the key would be.
    #[error("proof leaves the way to the key at bit {bit}")]
    Detour {
        /// The branching bit in which leaf and key differ.
        bit: u16,
    },
    /// More keys than one proof may be about.
    #[error("{found} keys in one proof, at most {keys_max} are allowed")]
    TooManyKeys {
        /// Number of keys.
        found: usize,
        /// Number allowed.
        keys_max: usize,
    },
    /// A path in a list is not above the one before it.
    #[error("paths do not rise, at index {index}")]
    NotRising {
        /// Index in the list.
        index: usize,
    },
    /// Every leaf that is shown has a way to it, and nothing else has.
    #[error("proof shows {found} ways to {expected} leaves")]
    WayCount {
        /// Number of ways.
        found: usize,
        /// Number of leaves.
        expected: usize,
    },
    /// The proof shows what the claim does not need.
    #[error("proof shows more than it must")]
    Surplus,
    /// The range ends before it begins.
    #[error("range ends before it begins")]
    BadRange,
    /// A leaf of the range is not in it.
    #[error("leaf {index} lies outside the range")]
    OutOfRange {
        /// Index in the list of leaves.
        index: usize,
    },
    /// A neighbour of the range is in it, or on the other side.
    #[error("neighbour of the range does not lie where it must")]
    BadNeighbour,
    /// A subtree beside the way to a neighbour lies where the range is.
    #[error("subtree at bit {bit} is on the side of the range")]
    WrongSide {
        /// The branching bit in which it differs from the neighbour.
        bit: u16,
    },
    /// The certificate decides another block.
    #[error("certificate is for another block")]
    OtherBlock,
    /// The header names other validators.
    #[error("validators are not those named by the header")]
    OtherValidators,
    /// A signer is not in the set.
    #[error("{validator:?} is not a validator")]
    UnknownValidator {
        /// Who.
        validator: Address,
    },
    /// A signer is counted twice.
    #[error("{validator:?} occurs twice")]
    DuplicateValidator {
        /// Who.
        validator: Address,
    },
    /// Two thirds of the power, or less, have signed.
    #[error("power {signed} of {total} is not more than two thirds")]
    NotEnoughPower {
        /// Power of the signers.
        signed: u128,
        /// Power of the set.
        total: u128,
    },
    /// A precommit is not signed by its validator.
    #[error("signature of {validator:?} does not hold")]
    BadSignature {
        /// Who.
        validator: Address,
        /// In what way.
        source: SignatureError,
    },
}
