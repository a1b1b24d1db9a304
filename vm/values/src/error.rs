//! What is wrong with a value, a name or bytes, told so that it can be put right.

use argosy_vm_abi::TypeError;
use argosy_vm_abi::schema::MessageKind;

/// Why a value cannot be encoded, or bytes not decoded.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CodecError {
    /// The contract has no such method.
    #[error("the contract has no {} method {method:?}{}", kind_name(*.kind), hint(.nearest, .known))]
    UnknownMethod {
        /// The entry that was looked in.
        kind: MessageKind,
        /// The name.
        method: String,
        /// The name that may have been meant.
        nearest: Option<String>,
        /// The methods there are.
        known: Vec<String>,
    },
    /// The method has no such argument.
    #[error("{method} has no argument {argument:?}{}", hint(.nearest, .known))]
    UnknownArgument {
        /// The method.
        method: String,
        /// The name.
        argument: String,
        /// The name that may have been meant.
        nearest: Option<String>,
        /// The arguments there are.
        known: Vec<String>,
    },
    /// An event cannot be searched by this field.
    #[error("event {event} has no indexed field {field:?}{}", hint(.nearest, .known))]
    UnknownField {
        /// The event.
        event: String,
        /// The name.
        field: String,
        /// The name that may have been meant.
        nearest: Option<String>,
        /// The indexed fields there are.
        known: Vec<String>,
    },
    /// An argument was not given.
    #[error("{method} needs {argument}: {ty}, for example {example}")]
    MissingArgument {
        /// The method.
        method: String,
        /// The argument.
        argument: String,
        /// Its type.
        ty: String,
        /// A right value.
        example: String,
    },
    /// An argument was given twice.
    #[error("{method} is given {argument} twice")]
    RepeatedArgument {
        /// The method.
        method: String,
        /// The argument.
        argument: String,
    },
    /// More values than arguments.
    #[error("{signature} takes {expected} arguments, {found} are given")]
    ArgumentCount {
        /// The method with its arguments.
        signature: String,
        /// How many it takes.
        expected: usize,
        /// How many there are.
        found: usize,
    },
    /// Arguments are an object by name, or an array by position.
    #[error("arguments must be a JSON object by name or array by position, found {found}")]
    ArgumentsShape {
        /// What was given.
        found: String,
    },
    /// A value does not fit its type.
    #[error("{at}: expected {expected}, for example {example}; found {found}: {reason}")]
    BadValue {
        /// The argument, and the way inside it.
        at: String,
        /// The type.
        expected: String,
        /// The value, shortened.
        found: String,
        /// What is wrong.
        reason: String,
        /// A right value.
        example: String,
    },
    /// The value has more parts, levels or bytes than any message may have.
    #[error("{at}: the value has more than {max} {what}")]
    TooLarge {
        /// The argument, and the way inside it.
        at: String,
        /// Of what there is too much.
        what: &'static str,
        /// How much is allowed.
        max: usize,
    },
    /// The contract's bytes are not what its ABI says.
    #[error("{at}: byte {offset} of the contract's {ty}: {reason}")]
    Malformed {
        /// What was read, and the way inside it.
        at: String,
        /// The type.
        ty: String,
        /// Where in the bytes.
        offset: usize,
        /// What is wrong.
        reason: &'static str,
    },
    /// The ABI does not describe the message or event.
    #[error("the contract's ABI has no {what} for {id}")]
    Undescribed {
        /// What is missing.
        what: &'static str,
        /// Selector or topic.
        id: String,
    },
    /// The ABI names a type that does not parse. `Abi::parse` refuses such an ABI.
    #[error("the ABI uses {ty:?} as a type: {source}")]
    BadType {
        /// The name.
        ty: String,
        /// What is wrong with it.
        source: TypeError,
    },
    /// The ABI names a type that it does not describe. `Abi::parse` refuses such an ABI.
    #[error("the ABI does not describe type {ty:?}")]
    UnknownType {
        /// The name.
        ty: String,
    },
}

impl CodecError {
    /// `true`: what was given is wrong. `false`: the contract's bytes or its ABI are.
    pub fn is_input(&self) -> bool {
        match self {
            CodecError::UnknownMethod { .. }
            | CodecError::UnknownArgument { .. }
            | CodecError::UnknownField { .. }
            | CodecError::MissingArgument { .. }
            | CodecError::RepeatedArgument { .. }
            | CodecError::ArgumentCount { .. }
            | CodecError::ArgumentsShape { .. }
            | CodecError::BadValue { .. }
            | CodecError::TooLarge { .. } => true,
            CodecError::Malformed { .. }
            | CodecError::Undescribed { .. }
            | CodecError::BadType { .. }
            | CodecError::UnknownType { .. } => false,
        }
    }
}

fn kind_name(kind: MessageKind) -> &'static str {
    kind.entry().export_name()
}

fn hint(nearest: &Option<String>, known: &[String]) -> String {
    match nearest {
        Some(name) => format!("; did you mean {name:?}?"),
        None if known.is_empty() => "; it has none".to_owned(),
        None => format!("; it has {}", known.join(", ")),
    }
}
