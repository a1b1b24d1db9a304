//! Proofs: what a client needs to check an answer against a header alone.
//!
//! Proofs travel as SCALE bytes of the types of `argosy-proof`, which is what a client links to
//! check them; headers and receipts travel as JSON, which turns back into the hashed values.

use argosy_primitives::TxId;
use argosy_proof::{ReceiptProof, StateKey, StateMultiproof, StateProof, TxProof};
use parity_scale_codec::Encode;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{AddressText, At, Bytes, HeaderView, ReceiptView, Text};

/// Keys that one call of `state_getProofs` may name.
pub const PROVEN_KEYS_MAX: usize = 256;

/// Entries that one call of `state_getRange` may ask for.
pub const RANGE_ENTRIES_MAX: u32 = 1_000;

/// What is kept under an address, tagged by `type`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "camelCase", deny_unknown_fields)]
pub enum StateKeyView {
    /// Nonce, balance, deposit. (Braces: serde checks no fields of a variant without them.)
    Account {},
    /// A contract's record.
    Contract {},
    /// A value in a contract's storage.
    Storage {
        /// The contract's own key.
        key: Bytes,
    },
    /// A record of the chain itself.
    System {
        /// Its key.
        key: Bytes,
    },
}

impl StateKeyView {
    /// The key as proofs know it.
    pub fn as_key(&self) -> StateKey<'_> {
        match self {
            StateKeyView::Account {} => StateKey::Account,
            StateKeyView::Contract {} => StateKey::Contract,
            StateKeyView::Storage { key } => StateKey::Storage(key),
            StateKeyView::System { key } => StateKey::System(key),
        }
    }
}

impl From<StateKey<'_>> for StateKeyView {
    fn from(key: StateKey<'_>) -> StateKeyView {
        match key {
            StateKey::Account => StateKeyView::Account {},
            StateKey::Contract => StateKeyView::Contract {},
            StateKey::Storage(key) => StateKeyView::Storage {
                key: Bytes(key.to_vec()),
            },
            StateKey::System(key) => StateKeyView::System {
                key: Bytes(key.to_vec()),
            },
        }
    }
}

/// A value in state, or its absence, with its proof.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct StateProofAnswer {
    /// The block whose state this is.
    pub at: At,
    /// Its header; the proof leads to its state root.
    pub header: HeaderView,
    /// Under which address.
    pub address: AddressText,
    /// Which value.
    pub key: StateKeyView,
    /// SCALE bytes of the value; absent = proven absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<Bytes>,
    /// SCALE bytes of a `StateProof`.
    pub proof: Bytes,
}

impl StateProofAnswer {
    /// The value found under a key, with its proof.
    pub fn new(
        at: At,
        header: HeaderView,
        (address, key): (AddressText, StateKey<'_>),
        value: Option<Vec<u8>>,
        proof: &StateProof,
    ) -> StateProofAnswer {
        StateProofAnswer {
            at,
            header,
            address,
            key: key.into(),
            value: value.map(Bytes),
            proof: Bytes(proof.encode()),
        }
    }
}

/// Where a value is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct StatePlace {
    /// Under which address.
    pub address: AddressText,
    /// Which value.
    pub key: StateKeyView,
}

/// A value, or that there is none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct StateValue {
    /// Under which address.
    pub address: AddressText,
    /// Which value.
    pub key: StateKeyView,
    /// SCALE bytes of the value; absent = proven absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<Bytes>,
}

/// Values in state, or their absence, with one proof for all of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct StateProofsAnswer {
    /// The block whose state this is.
    pub at: At,
    /// Its header; the proof leads to its state root.
    pub header: HeaderView,
    /// One for each key, in the order in which they were asked for.
    pub values: Vec<StateValue>,
    /// SCALE bytes of a `StateMultiproof`.
    pub proof: Bytes,
}

impl StateProofsAnswer {
    /// The values found under keys, with their proof.
    pub fn new(
        at: At,
        header: HeaderView,
        values: Vec<StateValue>,
        proof: &StateMultiproof,
    ) -> StateProofsAnswer {
        StateProofsAnswer {
            at,
            header,
            values,
            proof: Bytes(proof.encode()),
        }
    }
}

/// Shows that a block holds a transaction, and what it did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct TxProofAnswer {
    /// The block.
    pub at: At,
    /// Its header; the proofs lead to its transaction and receipts roots.
    pub header: HeaderView,
    /// The transaction.
    pub tx_id: Text<TxId>,
    /// Its index in the block.
    pub index: u32,
    /// What it did; the client compares its summary with the one that is proven.
    pub receipt: ReceiptView,
    /// SCALE bytes of a `TxProof`.
    pub tx_proof: Bytes,
    /// SCALE bytes of a `ReceiptProof`.
    pub receipt_proof: Bytes,
}

impl TxProofAnswer {
    /// A transaction's place and effect, with their proofs.
    pub fn new(
        at: At,
        header: HeaderView,
        receipt: ReceiptView,
        tx_proof: &TxProof,
        receipt_proof: &ReceiptProof,
    ) -> TxProofAnswer {
        TxProofAnswer {
            at,
            header,
            tx_id: Text(tx_proof.id),
            index: tx_proof.merkle.index,
            receipt,
            tx_proof: Bytes(tx_proof.encode()),
            receipt_proof: Bytes(receipt_proof.encode()),
        }
    }
}
