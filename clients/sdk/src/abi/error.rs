//! What can be wrong with a value, said so that the person who typed it can fix it.

/// Why a value is not what a contract's ABI asks for, or bytes are not what it promises.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ValueError {
    /// The contract has no such method.
    #[error("the contract has no {kind} method {name:?}; it has: {known}")]
    UnknownMethod {
        /// `init`, `call`, `query` or `upgrade`.
        kind: &'static str,
        /// The name that was asked for.
        name: String,
        /// The names there are.
        known: String,
    },
    /// The method has no such argument.
    #[error("{method} has no argument {name:?}; it takes: {known}")]
    UnknownArgument {
        /// The method.
        method: String,
        /// The name that was given.
        name: String,
        /// The names there are.
        known: String,
    },
    /// An argument was not given.
    #[error("{method} needs argument {name}: {expected}, such as {example}")]
    MissingArgument {
        /// The method.
        method: String,
        /// The missing argument.
        name: String,
        /// Its type.
        expected: String,
        /// A value of that type.
        example: String,
    },
    /// A value is of another type.
    #[error("{place}: expected {expected}, such as {example}, got {got}")]
    Mismatch {
        /// Where, from the argument inwards.
        place: String,
        /// The type there.
        expected: String,
        /// A value of that type.
        example: String,
        /// What is there instead.
        got: String,
    },
    /// Bytes are not an encoding of the type.
    #[error("{place}: no {expected} at byte {offset}: {reason}")]
    Malformed {
        /// Where in the value.
        place: String,
        /// The type there.
        expected: String,
        /// Where in the bytes.
        offset: usize,
        /// What is wrong.
        reason: &'static str,
    },
    /// Bytes are left over behind the value.
    #[error("{extra} bytes are left over behind {expected}")]
    Trailing {
        /// The type that was read.
        expected: String,
        /// How many.
        extra: usize,
    },
    /// The value nests too deeply.
    #[error("{place}: nested deeper than {max} levels")]
    TooDeep {
        /// Where.
        place: String,
        /// The limit.
        max: usize,
    },
    /// The value has too many parts.
    #[error("{place}: the value has more than {max} parts")]
    TooLarge {
        /// Where.
        place: String,
        /// The limit.
        max: usize,
    },
    /// The ABI names a type that it does not define, or that is no type name.
    #[error("the contract's ABI is broken: it has no type {name:?}")]
    BrokenAbi {
        /// The type's name.
        name: String,
    },
}
