//! Which errors a method may end with, as sets of kinds that methods share.
//!
//! Always: every kind is one of [`ERRORS`](crate::ERRORS) (tested), and the fuzz over the document
//! finds none that is not listed.
//! Not here: what the transport itself refuses, which has no kind.

use super::shapes::Shape;

/// Any call.
const CALL: &[&str] = &[
    "INVALID_PARAMS",
    "INTERNAL",
    "RATE_LIMITED",
    "METHOD_DISABLED",
    "OVERLOADED",
    "STOPPING",
    "ORIGIN_UNREAD",
];

/// What reads something that may not be there, or no longer.
pub(super) const MISSING: &[&str] = &["NOT_FOUND", "PRUNED", "SYNCING"];

/// What executes a transaction of a block once more.
pub(super) const RETRACE: &[&str] = &["NOT_TRACEABLE"];

/// What may ask for too much.
pub(super) const RANGE: &[&str] = &["RANGE_TOO_LARGE"];

/// What is about a contract.
pub(super) const CONTRACT: &[&str] = &["CONTRACT_NOT_FOUND"];

/// What runs a contract.
pub(super) const EXECUTION: &[&str] = &[
    "REVERTED",
    "CONTRACT_NOT_FOUND",
    "OUT_OF_GAS",
    "TRAPPED",
    "WASM_REJECTED",
    "ABI_MISMATCH",
    "STORAGE_LIMIT",
    "CALL_DEPTH",
    "EXECUTION_FAILED",
];

/// What reads a transaction's bytes.
pub(super) const BYTES: &[&str] = &[
    "TX_BAD_SIGNATURE",
    "TX_TOO_LARGE",
    "TX_MALFORMED",
    "TX_ACTION_COUNT",
];

/// What the chain's rules say of a transaction.
pub(super) const RULES: &[&str] = &[
    "TX_NONCE_TOO_LOW",
    "TX_NONCE_TOO_HIGH",
    "TX_INSUFFICIENT_BALANCE",
    "TX_WRONG_CHAIN",
    "TX_EXPIRED",
    "TX_FEE_TOO_LOW",
    "TX_VALID_TOO_FAR",
    "TX_ACTION_INACTIVE",
    "TX_MESSAGE_TOO_LARGE",
    "TX_GAS_LIMIT_TOO_LOW",
    "TX_GAS_LIMIT_TOO_HIGH",
    "TX_COST_OVERFLOW",
    "TX_NONCE_EXHAUSTED",
];

/// What the mempool says of a transaction.
pub(super) const POOL: &[&str] = &[
    "POOL_FULL",
    "TX_KNOWN",
    "TX_UNDERPRICED",
    "SENDER_FULL",
    "TX_QUARANTINED",
    "PAUSED",
];

/// What waits for a transaction.
pub(super) const WAIT: &[&str] = &["WAIT_TIMEOUT", "TX_DROPPED", "NOT_FOUND", "PRUNED"];

/// What opens a subscription.
pub(super) const FOLLOW: &[&str] = &["NEEDS_WEBSOCKET", "TOO_MANY_SUBSCRIPTIONS"];

/// What ends one.
pub(super) const UNFOLLOW: &[&str] = &["NEEDS_WEBSOCKET"];

/// What makes blocks.
pub(super) const BLOCKS: &[&str] = &["PAUSED"];

/// The kinds of a method's errors, each once.
pub(super) fn of(shape: &Shape) -> impl Iterator<Item = &'static str> {
    let mut kinds: Vec<&'static str> = Vec::new();
    let sets = std::iter::once(&CALL).chain(shape.fails);
    for kind in sets.copied().flatten().copied() {
        if !kinds.contains(&kind) {
            kinds.push(kind);
        }
    }
    kinds.into_iter()
}
