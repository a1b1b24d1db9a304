//! Why there is no fork, and why something of its origin was not read.

use argosy_chain::ChainError;
use argosy_kv::{Cause, Column, KvError};
use argosy_primitives::CodeHash;
use argosy_sdk::api::RpcError;
use argosy_sdk::{Category, SdkError, without_secret};

use crate::codes::AddressError;

/// As many letters are told of what a node says in its own words.
const TOLD_LETTERS_MAX: usize = 1_000;

/// What kind of trouble it is, for whoever makes an exit code of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trouble {
    /// Something else.
    Failed,
    /// What was asked for cannot be.
    Usage,
    /// The node cannot be reached.
    Network,
    /// It takes longer than anybody waits.
    Timeout,
}

/// Why there is no fork.
#[derive(Debug, thiserror::Error)]
pub enum ForkError {
    /// The address is none.
    #[error("{shown}: {source}")]
    Address {
        /// Without name and password.
        shown: String,
        /// What is wrong.
        source: AddressError,
    },
    /// The origin was not read.
    #[error(transparent)]
    Origin(#[from] OriginError),
    /// Its rules make no chain of one who decides alone.
    #[error("the origin's rules make no fork: {0}")]
    Rules(String),
    /// There is no thread that asks.
    #[error("cannot start the thread that asks the origin: {0}")]
    Thread(std::io::Error),
    /// The chain cannot be opened.
    #[error(transparent)]
    Chain(#[from] ChainError),
}

/// Why something was not read. Nothing here is a value, and nothing is this node's fault. Everybody who
/// calls the fork may be told, so that addresses are shown without names and passwords.
#[derive(Debug, Clone, thiserror::Error)]
pub enum OriginError {
    /// It did not answer, or with a refusal.
    #[error("the origin {} did not answer: {source_text}", without_secret(.url))]
    Unanswered {
        /// Where it is.
        url: String,
        /// What it said, or why nothing came.
        source_text: String,
        /// What kind of trouble that is.
        trouble: Trouble,
    },
    /// What it says cannot be true.
    #[error("the origin {} says what does not hold, so it is wrong or lies: {what}", without_secret(.url))]
    False {
        /// Where it is.
        url: String,
        /// What does not hold.
        what: String,
    },
    /// It no longer proves the state there.
    #[error(
        "the origin {} proves its state from height {oldest} on, not that of {height}: fork a later block, or take its word with --trust",
        without_secret(.url)
    )]
    Window {
        /// Where it is.
        url: String,
        /// The block of the fork.
        height: u64,
        /// The oldest whose state it proves.
        oldest: u64,
    },
    /// It no longer has the state there, so that its word cannot be had, either.
    #[error(
        "the origin {} keeps its state from height {oldest} on, not that of {height}: fork a later block, or ask a node that keeps more",
        without_secret(.url)
    )]
    Forgotten {
        /// Where it is.
        url: String,
        /// The block of the fork.
        height: u64,
        /// The oldest whose state it keeps.
        oldest: u64,
    },
    /// It proves nothing, being a fork itself.
    #[error(
        "the origin {} is itself a fork, whose state nobody can prove: fork the chain that it is a fork of, or take its word with --trust",
        without_secret(.url)
    )]
    Fork {
        /// Where it is.
        url: String,
    },
    /// Its state does not tell the supply of the token, which blocks change.
    #[error(
        "the origin {} is a chain of an older release, whose state keeps no supply of the token: use `argosy` of that release to fork it",
        without_secret(.url)
    )]
    NoSupply {
        /// Where it is.
        url: String,
    },
    /// A module that its state names is gone.
    #[error(
        "the origin {} has the module {code} no more: it was removed there behind the block that this is a fork of; fork a later block, or give the contracts that run it other code with `argosy dev set-code`",
        without_secret(.url)
    )]
    Removed {
        /// Where it is.
        url: String,
        /// The hash of the module.
        code: CodeHash,
    },
    /// All of an address is read before it is iterated over, and this is more than that.
    #[error(
        "what iterates over {address} needs all that is kept there, which is more than {what}: a fork does not read that much"
    )]
    TooMuch {
        /// What is iterated over.
        address: String,
        /// How much is read at most.
        what: String,
    },
    /// The thread that asks is gone, or waited for too long.
    #[error("the origin {} was not read: {what}", without_secret(.url))]
    NotAsked {
        /// Where it is.
        url: String,
        /// What happened.
        what: &'static str,
    },
}

impl OriginError {
    /// What a failed call means.
    pub(super) fn of(url: &str, error: SdkError) -> OriginError {
        let url = url.to_owned();
        let trouble = match error.category() {
            Category::BadAnswer => {
                let what = told(&error);
                return OriginError::False { url, what };
            }
            Category::Network => Trouble::Network,
            Category::Timeout => Trouble::Timeout,
            Category::Input => Trouble::Usage,
            Category::Reverted | Category::Refused => Trouble::Failed,
        };
        OriginError::Unanswered {
            url,
            source_text: told(&error),
            trouble,
        }
    }

    /// Whether a call failed since the state there is no longer kept, and from where on it is.
    pub(super) fn pruned(error: &SdkError) -> Option<u64> {
        match error.rpc() {
            Some(RpcError::Pruned { oldest_height }) => Some(oldest_height.0),
            _ => None,
        }
    }

    /// What kind of trouble it is.
    pub fn trouble(&self) -> Trouble {
        match self {
            OriginError::Unanswered { trouble, .. } => *trouble,
            OriginError::False { .. }
            | OriginError::Window { .. }
            | OriginError::Forgotten { .. }
            | OriginError::Fork { .. }
            | OriginError::NoSupply { .. }
            | OriginError::Removed { .. }
            | OriginError::TooMuch { .. }
            | OriginError::NotAsked { .. } => Trouble::Failed,
        }
    }

    /// A stable word for programs.
    pub fn kind(&self) -> &'static str {
        match self {
            OriginError::False { .. } => "ORIGIN_FALSE",
            OriginError::Window { .. } | OriginError::Forgotten { .. } => "ORIGIN_WINDOW",
            OriginError::Fork { .. } => "ORIGIN_FORK",
            OriginError::Removed { .. } => "ORIGIN_REMOVED",
            OriginError::Unanswered { .. }
            | OriginError::NoSupply { .. }
            | OriginError::TooMuch { .. }
            | OriginError::NotAsked { .. } => "ORIGIN_UNREAD",
        }
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

/// A failed call in words that anybody may be shown, whatever the node has put into them: no longer than can be
/// read, and nothing that a terminal obeys.
fn told(error: &SdkError) -> String {
    let text = error.to_string();
    let mut letters = text.chars();
    let plain = |letter: char| match is_obeyed(letter) {
        true => ' ',
        false => letter,
    };
    let mut told: String = letters.by_ref().take(TOLD_LETTERS_MAX).map(plain).collect();
    if letters.next().is_some() {
        told.push('…');
    }
    told
}

/// Whether a terminal does something for it but show it: control characters, and those that turn the direction in
/// which others are written.
fn is_obeyed(letter: char) -> bool {
    let is_direction = matches!(letter, '\u{61c}' | '\u{200e}' | '\u{200f}')
        || matches!(letter, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    letter.is_control() || is_direction
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_nodes_own_words_are_short_and_move_no_cursor() {
        let words = "\u{1b}[2J\u{7}\u{202e}\u{2066}lies\n".repeat(1_000_000);
        let errors = [
            SdkError::UnknownRpc {
                method: "state_getProof",
                code: -1,
                message: words.clone(),
                data: None,
            },
            SdkError::BadAnswer {
                method: "state_getProof",
                reason: words,
            },
        ];
        for error in errors {
            let text = OriginError::of("http://node.example", error).to_string();
            assert!(text.len() < 2 * TOLD_LETTERS_MAX, "{}", text.len());
            assert!(text.contains("state_getProof") && text.contains("lies"));
            assert!(text.ends_with('…') && !text.contains(is_obeyed));
        }
    }

    #[test]
    fn no_error_tells_the_password_of_the_origin() {
        let url = || "https://me:secret@node.example/rpc".to_owned();
        let errors = [
            OriginError::Unanswered {
                url: url(),
                source_text: "it is away".to_owned(),
                trouble: Trouble::Network,
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
            OriginError::Forgotten {
                url: url(),
                height: 1,
                oldest: 2,
            },
            OriginError::NotAsked {
                url: url(),
                what: "too late",
            },
            OriginError::Fork { url: url() },
            OriginError::NoSupply { url: url() },
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
