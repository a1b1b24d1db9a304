//! Why a chain spec is refused.
//!
//! Invariant: a message names the key and what to do about it; a spec is never half accepted.

use argosy_primitives::Hrp;

/// A chain spec that cannot be used. It answers one question: what must its author change?
#[derive(Debug, thiserror::Error)]
pub enum SpecError {
    /// The text is not TOML.
    #[error("the chain spec is not valid TOML: {0}")]
    Syntax(toml::de::Error),
    /// A key is unknown, missing or of the wrong type; the message shows line and key.
    #[error("the chain spec has a key that is unknown, missing or of the wrong type: {0}")]
    Shape(toml::de::Error),
    /// A number is outside the range this software supports.
    #[error("`{key}` is {found}; choose a value from {min} to {max}")]
    OutOfRange {
        /// Dotted key.
        key: String,
        /// Value in the file.
        found: u64,
        /// Smallest value allowed.
        min: u64,
        /// Largest value allowed.
        max: u64,
    },
    /// One value may not exceed another.
    #[error(
        "`{key}` is {found}, above `{other}` which is {limit}; lower the first or raise the second"
    )]
    Above {
        /// Dotted key of the value that is too large.
        key: String,
        /// Its value.
        found: u64,
        /// Dotted key of the value that bounds it.
        other: String,
        /// The bound.
        limit: u64,
    },
    /// A text value does not have the form its key asks for.
    #[error("`{key}` is \"{found}\"; write {expected}")]
    Text {
        /// Dotted key.
        key: String,
        /// Text in the file.
        found: String,
        /// The form asked for, with an example where that helps.
        expected: String,
    },
    /// An address belongs to another kind of network.
    #[error(
        "`{key}` is an address of `{found}` networks but `network.hrp` is `{expected}`; use addresses that begin with `{expected}1`"
    )]
    WrongNetwork {
        /// Dotted key.
        key: String,
        /// Prefix of the address.
        found: Hrp,
        /// Prefix of the network.
        expected: Hrp,
    },
    /// Something that must be unique is listed twice.
    #[error("`{key}` repeats \"{found}\"; keep one entry")]
    Duplicate {
        /// Dotted key of the second entry.
        key: String,
        /// What is repeated.
        found: String,
    },
    /// A list that needs entries has none.
    #[error("`{key}` is empty; add at least one entry")]
    Empty {
        /// Dotted key.
        key: String,
    },
    /// A sum over a list is too large.
    #[error("the sum of `{key}` is above {max}; lower the entries")]
    SumTooLarge {
        /// Dotted key, `[]` standing for the list's entries.
        key: String,
        /// Largest sum allowed.
        max: u128,
    },
    /// The genesis version is not in the list of versions.
    #[error(
        "`protocol.genesis_version` is {found}, which `protocol.versions` does not list; add it there or choose a listed one"
    )]
    UnknownVersion {
        /// Version asked for.
        found: u32,
    },
    /// A chain that one validator decides alone lists another number of them.
    #[error(
        "`protocol.agreement` is \"solo\" with {found} validators in `genesis.validators`; list one, or set \"bft\""
    )]
    NotSolo {
        /// How many are listed.
        found: usize,
    },
    /// No limits are given for the ABI that every chain has.
    #[error("`vm.native` is missing; add the table of limits for native contracts")]
    NoNativeAbi,
}
