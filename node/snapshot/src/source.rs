//! Where parts come from. Sources are not trusted: what they give is checked by whoever asks.

use std::fmt;

/// Why a source gave nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SourceError {
    /// It has no such thing.
    #[error("it has no {what}")]
    Missing {
        /// What.
        what: String,
    },
    /// It gave more than was announced, and was not read further.
    #[error("{what} is larger than the {bytes_max} bytes that it may have")]
    TooLarge {
        /// What.
        what: String,
        /// How many bytes it may have.
        bytes_max: u64,
    },
    /// It gave less than it announced itself.
    #[error("{what} broke off")]
    BrokeOff {
        /// What.
        what: String,
    },
    /// It took too long.
    #[error("{what} did not come within {seconds} s")]
    Late {
        /// What.
        what: String,
        /// How long it had.
        seconds: u64,
    },
    /// It is not where it could be asked.
    #[error("{url}: {reason}")]
    BadUrl {
        /// As it was given.
        url: String,
        /// What is wrong with it.
        reason: String,
    },
    /// It could not be asked.
    #[error("cannot read {what}: {reason}")]
    Failed {
        /// What.
        what: String,
        /// What the system or the source said.
        reason: String,
    },
}

/// Something that has a snapshot, or says so.
pub trait Source: fmt::Debug + Sync {
    /// For messages: where it is.
    fn name(&self) -> String;

    /// The manifest's bytes: never more than [`crate::MANIFEST_BYTES_MAX`].
    fn manifest(&self) -> Result<Vec<u8>, SourceError>;

    /// A chunk's bytes: never more than `bytes`.
    fn chunk(&self, index: u32, bytes: u32) -> Result<Vec<u8>, SourceError>;

    /// A chunk at or behind `count` that it has all the same, as far as it can tell.
    fn chunk_beyond(&self, count: usize) -> Result<Option<u32>, SourceError>;
}
