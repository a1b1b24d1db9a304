//! What methods of development chains answer.
//!
//! Not here: who may call them, and what they do (`argosy-driver`).

use argosy_primitives::CodeHash;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{AddressText, At, Decimal, ReceiptView, RpcError, Text, TimestampMs};

/// The head after something was done on request: a new block, or an earlier one again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Mined {
    /// The block.
    pub at: At,
}

/// At which pace blocks are made from now on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct MiningSet {
    /// The head.
    pub at: At,
    /// `instant`, `manual`, or a period such as `1s`.
    pub mode: String,
}

/// What the clock shows now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct TimeSet {
    /// The block that was made of that time.
    pub at: At,
    /// Its time.
    pub time_ms: TimestampMs,
}

/// Funds out of nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Funded {
    /// The block since which the account has them.
    pub at: At,
    /// Whose.
    pub address: AddressText,
    /// What was added.
    pub amount: Decimal<u128>,
    /// What the account has now.
    pub balance: Decimal<u128>,
}

/// A contract runs another module.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct CodeSet {
    /// The block since which it does.
    pub at: At,
    /// Hash of the module.
    pub code: Text<CodeHash>,
}

/// What was done in somebody's name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Impersonated {
    /// The block that did it; it has no transactions, and this receipt as its own.
    pub at: At,
    /// What it did.
    pub receipt: ReceiptView,
    /// Why it failed, as in [`ReceiptAnswer::error`](crate::ReceiptAnswer::error).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<Box<RpcError>>,
}

/// A moment to go back to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SnapshotTaken {
    /// The head then.
    pub at: At,
    /// What the moment is called.
    pub snapshot: u32,
}

/// A chain that was written to its file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Dumped {
    /// The head then.
    pub at: At,
    /// Which file.
    pub file: String,
    /// Its size.
    pub size_bytes: Decimal<u64>,
    /// Keys with their values in it.
    pub records: Decimal<u64>,
}
