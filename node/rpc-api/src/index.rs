//! What a node finds that keeps an index: transactions by account, contracts by age.
//!
//! Always: pages are bounded; what is older than the index is said, not left out in silence.

use argosy_primitives::{CodeHash, TxCursor, TxId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{AddressText, At, Height, Text};

/// A page of transactions that an account has to do with, the newest first: those that it signed; whose
/// actions name it; that moved funds to or from it, or created, upgraded or handed over it, or a contract
/// of its; and, if it is a contract, those in which it announced something.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct HistoryAnswer {
    /// The newest block that was looked at.
    pub at: At,
    /// Whose.
    pub address: AddressText,
    /// They.
    pub entries: Vec<HistoryEntry>,
    /// The oldest block that this node has in its index: what is older is not told.
    pub from: Height,
    /// There are older ones: `before` of the next page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<Text<TxCursor>>,
    /// Whether this page looked past transactions that have to do with more accounts than a node notes of one: the
    /// account may be among those that were left out. Nodes of before this field do not tell.
    #[serde(default)]
    pub truncated: bool,
}

/// A transaction that an account has to do with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct HistoryEntry {
    /// The block that holds it.
    pub height: Height,
    /// Its index in the block.
    pub index: u32,
    /// Which; absent for what the chain did by itself at the end of the block.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tx_id: Option<Text<TxId>>,
}

/// A page of contracts, the oldest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ContractsAnswer {
    /// The block that this was read at; name it for the next page, so that nothing changes between them.
    pub at: At,
    /// They.
    pub contracts: Vec<ListedContract>,
    /// There are more: `after` of the next page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<AddressText>,
}

/// A contract of a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ListedContract {
    /// Its address.
    pub contract: AddressText,
    /// The block that created it.
    pub created_at: Height,
    /// Who created it.
    pub creator: AddressText,
    /// What it runs.
    pub code: Text<CodeHash>,
}
