//! What a transaction did, and where it is in its life.
//!
//! Invariant: a [`ReceiptView`] turns back into the very receipt it was made of, so that a client
//! computes its leaf under the receipts root itself.

use std::fmt;
use std::str::FromStr;

use argosy_primitives::{Event, Hash32, Hrp, Receipt, StatusCode, TxId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{AddressText, At, Bytes, Decimal, Height, RpcError, Text, TimestampMs};

/// How a transaction ended, as the word of [`StatusCode::as_str`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Status(pub StatusCode);

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.as_str())
    }
}

impl FromStr for Status {
    type Err = String;

    fn from_str(text: &str) -> Result<Status, String> {
        let known = StatusCode::ALL.iter().find(|it| it.as_str() == text);
        known
            .map(|code| Status(*code))
            .ok_or_else(|| format!("unknown status {text:?}"))
    }
}

impl Serialize for Status {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.0.as_str())
    }
}

impl<'de> Deserialize<'de> for Status {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Status, D::Error> {
        Text::deserialize(deserializer).map(|Text(status)| status)
    }
}

/// A receipt in JSON.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ReceiptView {
    /// How it ended.
    pub status: Status,
    /// Index of the last action that ran.
    pub action: u8,
    /// What that action returned, or why it reverted.
    pub data: Bytes,
    /// Gas paid for.
    pub gas_used: Decimal<u64>,
    /// Tokens paid, burned part and tip together.
    pub fee: Decimal<u128>,
    /// Change of the sender's deposits: locked is positive, refunded negative.
    pub deposit: Decimal<i128>,
    /// In the order they were announced.
    pub events: Vec<EventView>,
}

/// An event in JSON.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct EventView {
    /// Who announced it.
    pub contract: AddressText,
    /// Words to search by.
    pub topics: Vec<Text<Hash32>>,
    /// The rest.
    pub data: Bytes,
}

impl ReceiptView {
    /// A receipt for people of network `hrp`.
    pub fn new(receipt: &Receipt, hrp: Hrp) -> ReceiptView {
        let events = receipt.events.iter();
        ReceiptView {
            status: Status(receipt.status),
            action: receipt.action,
            data: Bytes(receipt.data.clone()),
            gas_used: Decimal(receipt.gas_used),
            fee: Decimal(receipt.fee),
            deposit: Decimal(receipt.deposit),
            events: events.map(|it| EventView::new(it, hrp)).collect(),
        }
    }
}

impl From<&ReceiptView> for Receipt {
    fn from(view: &ReceiptView) -> Receipt {
        Receipt {
            status: view.status.0,
            action: view.action,
            data: view.data.0.clone(),
            gas_used: view.gas_used.0,
            fee: view.fee.0,
            deposit: view.deposit.0,
            events: view.events.iter().map(Event::from).collect(),
        }
    }
}

impl EventView {
    /// An event for people of network `hrp`.
    pub fn new(event: &Event, hrp: Hrp) -> EventView {
        let topics = event.topics.iter();
        EventView {
            contract: AddressText::new(hrp, event.contract),
            topics: topics.map(|it| Text(Hash32::from_bytes(*it))).collect(),
            data: Bytes(event.data.clone()),
        }
    }
}

impl From<&EventView> for Event {
    fn from(view: &EventView) -> Event {
        Event {
            contract: view.contract.address,
            topics: view.topics.iter().map(|it| *it.0.as_bytes()).collect(),
            data: view.data.0.clone(),
        }
    }
}

/// The receipt of a transaction and the block that holds both.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ReceiptAnswer {
    /// The block.
    pub at: At,
    /// The transaction.
    pub tx_id: Text<TxId>,
    /// Its index in the block.
    pub index: u32,
    /// What it did.
    pub receipt: ReceiptView,
    /// Why it failed, as its trial would have been answered, as far as this node knows; none if it
    /// succeeded. Never part of the chain's state.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<Box<RpcError>>,
}

/// What a transaction would do if it were in the next block.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SimulationAnswer {
    /// The block on top of which it was tried.
    pub at: At,
    /// What it did there: always a success, a failure is an error of the call.
    pub receipt: ReceiptView,
    /// A gas limit with which it did this there, also if it is more than it used.
    pub gas_limit: Decimal<u64>,
    /// The least deposit allowance with which it did this there, also if some was given back.
    pub deposit_max: Decimal<u128>,
}

/// The node has the transaction and will include it or say why not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Submitted {
    /// Its id.
    pub tx_id: Text<TxId>,
}

/// Where a transaction is in its life.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct TxStatusAnswer {
    /// The newest block when this was said.
    pub at: At,
    /// The transaction.
    pub tx_id: Text<TxId>,
    /// Where it is.
    pub status: TxStatus,
    /// How it came here; absent once it is in a block, or where the node does not know any more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub received: Option<Received>,
    /// Whether this is how it stays: it is in a block. What was let go may be handed in again.
    pub is_final: bool,
}

impl TxStatusAnswer {
    /// Where a transaction is, as of the block `at`.
    pub fn new(
        at: At,
        tx_id: TxId,
        status: TxStatus,
        received: Option<Received>,
    ) -> TxStatusAnswer {
        TxStatusAnswer {
            at,
            tx_id: Text(tx_id),
            is_final: matches!(status, TxStatus::Included { .. }),
            status,
            received,
        }
    }
}

/// How a transaction came to a node.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Received {
    /// When it came first, by the node's clock.
    pub time_ms: TimestampMs,
    /// From whom.
    pub from: ReceivedFrom,
}

/// Who gave a transaction to a node.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum ReceivedFrom {
    /// A client, by RPC; whoever else gave it, too.
    Client,
    /// Another node.
    Peer,
}

/// Where a transaction is in its life, tagged by `type`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(
    tag = "type",
    rename_all = "camelCase",
    rename_all_fields = "camelCase"
)]
pub enum TxStatus {
    /// It waits in the mempool.
    Pending,
    /// It is in a block for ever.
    Included {
        /// The block.
        block: At,
        /// Its index in the block.
        index: u32,
        /// How it ended.
        status: Status,
        /// Why it failed, as in [`ReceiptAnswer::error`].
        #[serde(default, skip_serializing_if = "Option::is_none")]
        error: Option<Box<RpcError>>,
    },
    /// It waited and was let go.
    Dropped {
        /// Why.
        reason: DropReasonView,
    },
    /// It was never let in.
    Refused {
        /// Why, as its submission was answered.
        error: RpcError,
    },
}

/// Why a transaction was let go, tagged by `type`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(
    tag = "type",
    rename_all = "camelCase",
    rename_all_fields = "camelCase"
)]
pub enum DropReasonView {
    /// A better bid for the same nonce.
    Replaced {
        /// The transaction that took its place.
        by: Text<TxId>,
    },
    /// Pushed out of a full pool.
    Evicted,
    /// Its last block has passed.
    Expired {
        /// That block.
        valid_until: Height,
    },
    /// Another transaction with its nonce was executed.
    NonceUsed,
    /// The sender can no longer pay for it.
    CannotPay,
    /// The chain's rules no longer allow it.
    Inadmissible,
    /// The node was restarted while it waited. Others may still have it; hand it in again.
    Restarted,
}

impl fmt::Display for DropReasonView {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            DropReasonView::Replaced { by } => write!(f, "replaced by {by}"),
            DropReasonView::Evicted => f.write_str("evicted by better paying transactions"),
            DropReasonView::Expired { valid_until } => {
                write!(f, "expired after height {valid_until}")
            }
            DropReasonView::NonceUsed => f.write_str("another transaction used its nonce"),
            DropReasonView::CannotPay => f.write_str("the sender can no longer pay for it"),
            DropReasonView::Inadmissible => f.write_str("the chain's rules no longer allow it"),
            DropReasonView::Restarted => f.write_str("the node was restarted while it waited"),
        }
    }
}
