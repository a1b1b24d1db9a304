//! Why something of a fork's origin was not read.

use argosy_kv::{Cause, Column, KvError};
use argosy_primitives::CodeHash;
use argosy_sdk::api::RpcError;
use argosy_sdk::{Category, SdkError, without_secret};

use crate::failure::{Exit, Failure};

/// Why something was not read. Nothing here is a value, and nothing is this node's fault. Everybody who
/// calls the fork may be told, so that addresses are shown without names and passwords.
#[derive(Debug, Clone, thiserror::Error)]
pub(super) enum OriginError {
    /// It did not answer, or with a refusal.
    #[error("the origin {} did not answer: {source_text}", without_secret(.url))]
    Unanswered {
        url: String,
        source_text: String,
        exit: Exit,
    },
    /// What it says cannot be true.
    #[error("the origin {} says what does not hold, so it is wrong or lies: {what}", without_secret(.url))]
    False { url: String, what: String },
    /// It no longer proves the state there.
    #[error(
        "the origin {} proves its state from height {oldest} on, not that of {height}: fork a later block, or take its word with --trust",
        without_secret(.url)
    )]
    Window {
        url: String,
        height: u64,
        oldest: u64,
    },
    /// It proves nothing, being a fork itself.
    #[error(
        "the origin {} is itself a fork, whose state nobody can prove: fork the chain that it is a fork of, or take its word with --trust",
        without_secret(.url)
    )]
    Fork { url: String },
    /// A module that its state names is gone.
    #[error(
        "the origin {} has the module {code} no more: it was removed there behind the block that this is a fork of; fork a later block, or give the contracts that run it other code with `argosy dev set-code`",
        without_secret(.url)
    )]
    Removed { url: String, code: CodeHash },
    /// All of an address is read before it is iterated over, and this is more than that.
    #[error(
        "what iterates over {address} needs all that is kept there, which is more than {what}: a fork does not read that much"
    )]
    TooMuch { address: String, what: String },
    /// The thread that asks is gone, or waited for too long.
    #[error("the origin {} was not read: {what}", without_secret(.url))]
    NotAsked { url: String, what: &'static str },
}

impl OriginError {
    /// What a failed call means.
    pub(super) fn of(url: &str, error: SdkError) -> OriginError {
        let url = url.to_owned();
        let exit = match error.category() {
            Category::BadAnswer => {
                let what = error.to_string();
                return OriginError::False { url, what };
            }
            Category::Network => Exit::Network,
            Category::Timeout => Exit::Timeout,
            Category::Input => Exit::Usage,
            Category::Reverted | Category::Refused => Exit::Failed,
        };
        OriginError::Unanswered {
            url,
            source_text: error.to_string(),
            exit,
        }
    }

    /// Whether a call failed since the state there is no longer kept, and from where on it is.
    pub(super) fn pruned(error: &SdkError) -> Option<u64> {
        match error.rpc() {
            Some(RpcError::Pruned { oldest_height }) => Some(oldest_height.0),
            _ => None,
        }
    }

    /// As whoever starts the fork sees it.
    pub(super) fn failure(&self) -> Failure {
        let (exit, kind) = match self {
            OriginError::Unanswered { exit, .. } => (*exit, "ORIGIN_UNREAD"),
            OriginError::False { .. } => (Exit::Failed, "ORIGIN_FALSE"),
            OriginError::Window { .. } => (Exit::Failed, "ORIGIN_WINDOW"),
            OriginError::Fork { .. } => (Exit::Failed, "ORIGIN_FORK"),
            OriginError::Removed { .. } => (Exit::Failed, "ORIGIN_REMOVED"),
            OriginError::TooMuch { .. } | OriginError::NotAsked { .. } => {
                (Exit::Failed, "ORIGIN_UNREAD")
            }
        };
        Failure::new(exit, kind, self)
    }

    /// As the chain sees it.
    pub(super) fn in_column(self, column: Column) -> KvError {
        KvError::Read {
            column,
            cause: Cause::Beneath,
            source: Box::new(self),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_error_tells_the_password_of_the_origin() {
        let url = || "https://me:secret@node.example/rpc".to_owned();
        let errors = [
            OriginError::Unanswered {
                url: url(),
                source_text: "it is away".to_owned(),
                exit: Exit::Network,
            },
            OriginError::False {
                url: url(),
                what: "another root".to_owned(),
            },
            OriginError::Window {
                url: url(),
                height: 1,
                oldest: 2,
            },
            OriginError::NotAsked {
                url: url(),
                what: "too late",
            },
            OriginError::Fork { url: url() },
            OriginError::Removed {
                url: url(),
                code: CodeHash::ZERO,
            },
        ];
        for error in errors {
            let text = error.to_string();
            assert!(text.contains("https://***@node.example/rpc"), "{text}");
            assert!(!text.contains("secret"), "{text}");
        }
    }
}
