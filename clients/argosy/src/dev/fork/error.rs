//! Why something of a fork's origin was not read.

use argosy_kv::{Cause, Column, KvError};
use argosy_sdk::api::RpcError;
use argosy_sdk::{Category, SdkError, without_secret};

use crate::failure::{Exit, Failure};

/// Why something was not read. Nothing here is a value, and nothing is this node's fault.
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
    /// All of an address is read before it is iterated over, and this is more than that.
    #[error(
        "what iterates over {address} needs all that is kept there, which is more than {what}: a fork does not read that much"
    )]
    TooMuch { address: String, what: String },
    /// The thread that asks is gone, or waited for too long.
    #[error("the origin {} was not asked: {what}", without_secret(.url))]
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
    fn a_password_in_the_origins_address_is_not_shown() {
        let url = "http://me:secret@node:1".to_owned();
        let errors = [
            OriginError::of(&url, RpcError::Stopping {}.into()),
            OriginError::False {
                url: url.clone(),
                what: String::new(),
            },
            OriginError::Window {
                url: url.clone(),
                height: 1,
                oldest: 2,
            },
            OriginError::NotAsked { url, what: "" },
        ];
        for error in errors {
            let shown = error.to_string();
            assert!(
                !shown.contains("secret") && shown.contains("node:1"),
                "{shown}"
            );
        }
    }
}
