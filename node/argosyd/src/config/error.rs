//! What is wrong with a configuration, and where it stands.

use std::fmt;
use std::io;
use std::path::PathBuf;

/// In the place of a value that may be a secret.
pub(super) const NOT_SHOWN: &str = "(not shown)";

/// Where a value comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    /// Built in.
    Default,
    /// A file, and the line.
    File(PathBuf, usize),
    /// A variable.
    Environment(String),
    /// A flag.
    Flag(String),
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Origin::Default => f.write_str("default"),
            Origin::File(path, line) => write!(f, "file {}:{line}", path.display()),
            Origin::Environment(name) => write!(f, "environment {name}"),
            Origin::Flag(name) => write!(f, "flag --{name}"),
        }
    }
}

/// Why a configuration is refused.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ConfigError {
    /// The file cannot be read.
    #[error("cannot read the configuration {}: {source}", .path.display())]
    Unreadable {
        /// Which file.
        path: PathBuf,
        /// The system's answer.
        source: io::Error,
    },
    /// The file is no TOML.
    #[error("configuration {}, line {line}, column {column}: {reason}", .path.display())]
    Syntax {
        path: PathBuf,
        line: usize,
        column: usize,
        reason: String,
    },
    /// Nothing is called so.
    #[error("unknown setting {key} ({origin}){}", did_you_mean(.suggestion))]
    Unknown {
        /// As it was written.
        key: String,
        origin: Origin,
        /// The nearest that there is, spelled for the same place.
        suggestion: Option<String>,
    },
    /// A value of another type, or out of its range.
    #[error("{key} = {found} ({origin}): expected {expected}")]
    Value {
        key: String,
        found: String,
        origin: Origin,
        expected: String,
    },
    /// Values that do not go together.
    #[error("{0}")]
    Contradiction(String),
}

fn did_you_mean(suggestion: &Option<String>) -> String {
    match suggestion {
        Some(suggestion) => format!("; did you mean {suggestion}?"),
        None => "; `argosyd config docs` lists all".into(),
    }
}
