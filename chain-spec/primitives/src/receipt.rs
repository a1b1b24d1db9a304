//! What a transaction did: status, data, cost, events.
//!
//! ```text
//! events root    = merkle over H(EventLeaf, SCALE(event))
//! receipt leaf   = H(ReceiptLeaf, SCALE(summary))    summary = receipt with events root for events
//! receipts root  = merkle over receipt leaves        in the block's header
//! ```
//!
//! Invariant: only codes, bytes and numbers are hashed, never text made for people.
//! Not here: decoding of data and events (`clients/sdk`).

use alloc::vec::Vec;

use parity_scale_codec::{Decode, DecodeWithMemTracking, Encode};

use crate::{Address, Balance, EventsRoot, Gas, StatusCode};
#[cfg(feature = "hashing")]
use crate::{Domain, ReceiptsRoot, merkle};

/// Something that a contract, or the chain itself, announced.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking)]
pub struct Event {
    /// Who announced it.
    pub contract: Address,
    /// Up to four words to search by.
    pub topics: Vec<[u8; 32]>,
    /// The rest.
    pub data: Vec<u8>,
}

/// What a transaction did.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking)]
pub struct Receipt {
    /// How it ended.
    pub status: StatusCode,
    /// Index of the last action that ran.
    pub action: u8,
    /// What that action returned, or why it reverted.
    pub data: Vec<u8>,
    /// Gas paid for.
    pub gas_used: Gas,
    /// Tokens paid, burned part and tip together.
    pub fee: Balance,
    /// Change of the signer's deposits: locked is positive, refunded negative.
    pub deposit: i128,
    /// In the order they were announced; none if it failed.
    pub events: Vec<Event>,
}

/// A receipt with its events replaced by their root: what is hashed and proven.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking)]
pub struct ReceiptSummary {
    /// How it ended.
    pub status: StatusCode,
    /// Index of the last action that ran.
    pub action: u8,
    /// What that action returned, or why it reverted.
    pub data: Vec<u8>,
    /// Gas paid for.
    pub gas_used: Gas,
    /// Tokens paid.
    pub fee: Balance,
    /// Change of the signer's deposits.
    pub deposit: i128,
    /// Over the events.
    pub events_root: EventsRoot,
}

#[cfg(feature = "hashing")]
impl Event {
    /// Its leaf under the receipt's events root.
    pub fn leaf(&self) -> [u8; 32] {
        Domain::EventLeaf.hash_encoded(self)
    }
}

#[cfg(feature = "hashing")]
impl Receipt {
    /// Merkle root of its events.
    pub fn events_root(&self) -> EventsRoot {
        let leaves: Vec<_> = self.events.iter().map(Event::leaf).collect();
        EventsRoot::from_bytes(merkle::root(&leaves))
    }

    /// What is hashed and proven.
    pub fn summary(&self) -> ReceiptSummary {
        ReceiptSummary {
            status: self.status,
            action: self.action,
            data: self.data.clone(),
            gas_used: self.gas_used,
            fee: self.fee,
            deposit: self.deposit,
            events_root: self.events_root(),
        }
    }

    /// Its leaf under the block's receipts root.
    pub fn leaf(&self) -> [u8; 32] {
        self.summary().leaf()
    }
}

#[cfg(feature = "hashing")]
impl ReceiptSummary {
    /// Its leaf under the block's receipts root.
    pub fn leaf(&self) -> [u8; 32] {
        Domain::ReceiptLeaf.hash_encoded(self)
    }
}

/// Merkle root of a block's receipts.
#[cfg(feature = "hashing")]
pub fn receipts_root(receipts: &[Receipt]) -> ReceiptsRoot {
    let leaves: Vec<_> = receipts.iter().map(Receipt::leaf).collect();
    ReceiptsRoot::from_bytes(merkle::root(&leaves))
}
