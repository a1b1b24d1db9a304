//! Pages of events.
//!
//! Reading on from `resume` misses nothing and repeats nothing, whatever page was empty or cut.

use argosy_primitives::{EventCursor, Hash32, TxId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{AddressText, At, EventView, Text};

/// Which events are wanted; what is left out matches everything.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct EventFilter {
    /// Those of one contract.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contract: Option<AddressText>,
    /// Those whose topics match by position; `null` matches any topic, even none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub topics: Vec<Option<Text<Hash32>>>,
}

/// An event and its place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct EventEntry {
    /// Its place.
    pub cursor: Text<EventCursor>,
    /// The transaction that caused it; absent = the chain itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tx_id: Option<Text<TxId>>,
    /// The event.
    #[serde(flatten)]
    pub event: EventView,
}

/// A page of events in the order they happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct EventsPage {
    /// The newest block when this was read.
    pub at: At,
    /// The matching events; may be fewer than asked for, or none, even if `more` is true.
    pub events: Vec<EventEntry>,
    /// Everything up to here was looked at: pass it as `after` to read on. Absent = there was
    /// nothing to look at; ask again as before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resume: Option<Text<EventCursor>>,
    /// Whether the range goes on behind `resume`.
    pub more: bool,
}
