//! Records that cannot be.

use argosy_state::StateError;

/// The chain's own records could not be read, or are not what this program wrote.
#[derive(Debug, thiserror::Error)]
pub enum SystemError {
    /// State failed.
    #[error(transparent)]
    State(#[from] StateError),
    /// A record is missing or does not decode.
    #[error("the chain's record `{name}` is missing or damaged")]
    Record {
        /// Which one.
        name: &'static str,
    },
}
