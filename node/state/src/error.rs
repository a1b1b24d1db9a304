//! What can go wrong with state: only the node itself.

use argosy_kv::KvError;
use argosy_proof::RecordError;

/// The store fails or holds nonsense. No transaction causes this and no receipt tells of it: the
/// node stops.
#[derive(Debug, thiserror::Error)]
pub enum StateError {
    /// The store does not answer.
    #[error("store failed")]
    Store(#[from] KvError),
    /// A record does not decode.
    #[error("record {} is corrupt", const_hex::encode(key))]
    CorruptRecord {
        /// Its whole key.
        key: Vec<u8>,
        /// What is wrong with its bytes.
        source: RecordError,
    },
    /// A node of the trie does not decode.
    #[error("trie node {} is corrupt: {reason}", const_hex::encode(key))]
    CorruptNode {
        /// Its key in the trie's column.
        key: Vec<u8>,
        /// What is wrong with its bytes.
        reason: &'static str,
    },
    /// The trie refers to a node that is not there.
    #[error("trie node {} is missing", const_hex::encode(key))]
    MissingNode {
        /// Its key in the trie's column.
        key: Vec<u8>,
    },
    /// Records contradict each other.
    #[error("state contradicts itself: {what}")]
    Inconsistent {
        /// What does not fit.
        what: &'static str,
    },
}
