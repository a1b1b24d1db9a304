//! The node itself: what it is, what it keeps, how far it is, how much it lets a client ask.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{At, Class, Height, METHODS};

/// Which software answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct VersionAnswer {
    /// Version of the node's software.
    pub version: String,
    /// Version of this interface, as in its OpenRPC document.
    pub interface: String,
    /// Groups of methods that the software has; an operator may have switched some off.
    pub groups: Vec<String>,
}

impl VersionAnswer {
    /// Of a node whose software has this version.
    pub fn new(version: String) -> VersionAnswer {
        let mut groups: Vec<String> = Vec::new();
        for method in METHODS.iter().filter(|it| it.class != Class::Dev) {
            let group = method.name.split(['_', '.']).next().unwrap_or_default();
            if !groups.iter().any(|it| it == group) {
                groups.push(group.to_owned());
            }
        }
        VersionAnswer {
            version,
            interface: env!("CARGO_PKG_VERSION").to_owned(),
            groups,
        }
    }
}

/// How far the node is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SyncStatus {
    /// Its newest block.
    pub at: At,
    /// Whether it is behind the chain, so far that its reads are of a past that others have left.
    pub is_syncing: bool,
    /// How far validators with more than a third of the power say they are; absent = it hears of none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<Height>,
}

/// What the node keeps of the past, and how far back it can be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct NodeInfo {
    /// Its newest block.
    pub at: At,
    /// What it keeps.
    pub keeps: KeepsView,
    /// The oldest header.
    pub oldest_header: Height,
    /// The oldest block with its transactions, receipts and events.
    pub oldest_block: Height,
    /// The oldest block whose state can be read.
    pub oldest_state: Height,
    /// The oldest block whose state can be read with proof.
    pub oldest_proven: Height,
    /// The oldest block whose transactions are found by account; absent: this node keeps no index.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub oldest_indexed: Option<Height>,
    /// Whether its chain goes on over the state of another one, of which it can prove nothing; absent: no.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_fork: bool,
}

/// What a node keeps of the past, tagged by `type`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "camelCase")]
pub enum KeepsView {
    /// Every block, and the state of the last few.
    Everything,
    /// Every block, and all state there ever was.
    Archive,
    /// The last blocks.
    Blocks {
        /// How many.
        count: Height,
    },
}

/// How much this node lets a client ask. The chain's own limits are in `system_chainInfo`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ServerLimits {
    /// Bytes of a request.
    pub request_bytes_max: u32,
    /// Bytes of an answer, or of all answers to a batch.
    pub answer_bytes_max: u32,
    /// Calls in a batch, which only HTTP takes.
    pub batch_calls_max: u32,
    /// Calls in progress on one WebSocket, answers that were not read yet included.
    pub socket_calls_max: u32,
    /// Open sockets of one address.
    pub sockets_of_address_max: u32,
    /// Subscriptions of one WebSocket.
    pub socket_subscriptions_max: u32,
    /// Subscriptions of all WebSockets, and streams of events.
    pub subscriptions_max: u32,
    /// Blocks that may be made while a subscriber takes one notice; after more its subscription ends.
    pub lag_blocks_max: u32,
    /// The longest `timeoutMs`.
    pub wait_ms_max: u32,
    /// Events on a page.
    pub events_max: u32,
    /// Keys in one call of `state_getProofs`.
    pub proven_keys_max: u32,
    /// Share of one address, in weights of methods; absent = no limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub share: Option<ShareView>,
}

/// Share of one address, in weights of methods.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ShareView {
    /// What flows back per second.
    pub per_second: u32,
    /// What may be used at once.
    pub burst: u32,
}
