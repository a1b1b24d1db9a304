//! What subscriptions tell.
//!
//! ```text
//! replay ──► news … news ──► news, live ──► news …
//!                │ too slow, or no longer kept      │ the node failed
//!                ▼                                  ▼
//!              lagged {resume}                   failed {resume}
//! ```
//!
//! Always: subscribing again behind the last `resume` misses nothing and repeats nothing, whatever ended
//! the subscription or the connection; where a development chain went back, `resume` is behind the last block
//! that is still what it was. `lagged` and `failed` are the last that a subscription tells.

use argosy_primitives::EventCursor;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{At, EventEntry, HeaderAnswer, Height, RpcError, Text, TxStatusAnswer};

/// What `events_subscribe` tells.
pub type EventsNotice = Notice<EventEntry, Text<EventCursor>>;

/// What `chain_subscribeHeads` tells; its cursor is the height of the last head that was told.
pub type HeadsNotice = Notice<HeaderAnswer, Height>;

/// What a subscription by cursor tells, tagged by `type`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "{T}Notice")]
#[serde(
    tag = "type",
    rename_all = "camelCase",
    rename_all_fields = "camelCase",
    bound(deserialize = "T: Deserialize<'de>, C: Deserialize<'de>")
)]
pub enum Notice<T, C> {
    /// What came next, in order; at most 64 entries, and none where only the cursor moved on.
    News {
        /// The newest block when this was read.
        at: At,
        /// What came.
        entries: Vec<T>,
        /// Everything up to here was told: subscribe behind it to go on. Absent: behind the beginning.
        #[serde(skip_serializing_if = "Option::is_none")]
        resume: Option<C>,
        /// Whether that is all there was: from here on entries come as blocks are made.
        live: bool,
    },
    /// The subscription ends, and nothing is lost: subscribe again behind `resume`.
    Lagged {
        /// Everything up to here was told.
        #[serde(skip_serializing_if = "Option::is_none")]
        resume: Option<C>,
        /// Why it ends.
        reason: LagReason,
    },
    /// The subscription ends, since the node could not read on.
    Failed {
        /// Everything up to here was told.
        #[serde(skip_serializing_if = "Option::is_none")]
        resume: Option<C>,
        /// What went wrong.
        error: RpcError,
    },
}

/// Why a subscription is told that it lags, tagged by `type`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(
    tag = "type",
    rename_all = "camelCase",
    rename_all_fields = "camelCase"
)]
pub enum LagReason {
    /// The client took one notice for so long that more blocks were made than the node waits for.
    Slow {
        /// So many were made.
        blocks: u32,
        /// So many are waited for.
        max: u32,
    },
    /// The node no longer keeps what comes next. From a node that does, `resume` goes on; this one can go
    /// on from `oldestHeight` only.
    Pruned {
        /// The oldest height that this node can answer for.
        oldest_height: Height,
    },
    /// The development chain went back to an earlier block, or became another one. What was told of blocks
    /// above `height` is no longer so; `resume` goes on there, with what is in their place.
    Reverted {
        /// The highest block that is still what it was.
        height: Height,
    },
}

/// What `tx_watch` tells, tagged by `type`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(
    tag = "type",
    rename_all = "camelCase",
    rename_all_fields = "camelCase"
)]
pub enum TxNotice {
    /// Where the transaction is now. The last one if it is in a block, or was let go.
    Status(TxStatusAnswer),
    /// The subscription ends, since the node could not read on.
    Failed {
        /// What went wrong.
        error: RpcError,
    },
}
