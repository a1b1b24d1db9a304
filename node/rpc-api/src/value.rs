//! Single values that are read without proof.

use argosy_primitives::{AbiHash, CodeHash, GenesisHash, TxId};
use argosy_spec::ChainSpec;
use parity_scale_codec::Encode;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    AddressText, At, Bytes, Decimal, StateChange, StateKeyView, StatePlace, Text, TransactionView,
};

/// All that there is of the chain's token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SupplyAnswer {
    /// The block that this was read at.
    pub at: At,
    /// Every balance and every deposit together, after what the block burned.
    pub supply: Decimal<u128>,
}

/// The nonces of an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct NonceAnswer {
    /// The block that this was read at.
    pub at: At,
    /// Whose.
    pub address: AddressText,
    /// Transactions it has sent.
    pub nonce: Decimal<u64>,
    /// Nonce of its next transaction, counting those that wait; only for the latest block.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_nonce: Option<Decimal<u64>>,
}

/// What a contract runs, by its hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct CodeHashAnswer {
    /// The block that this was read at.
    pub at: At,
    /// The contract.
    pub contract: AddressText,
    /// Its code.
    pub code: Text<CodeHash>,
    /// The code's ABI, if it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub abi_hash: Option<Text<AbiHash>>,
}

/// What a contract keeps under a key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct StorageAnswer {
    /// The block that this was read at.
    pub at: At,
    /// The contract.
    pub contract: AddressText,
    /// The contract's own key.
    pub key: Bytes,
    /// The value; absent = there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<Bytes>,
}

/// A page of what a contract keeps, in the order of its keys.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct StoragePageAnswer {
    /// The block that this was read at; name it for the next page, so that nothing changes between them.
    pub at: At,
    /// The contract.
    pub contract: AddressText,
    /// Keys and values.
    pub entries: Vec<StorageEntry>,
    /// There is more: `after` of the next page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<Bytes>,
}

/// A key of a contract and what is kept under it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct StorageEntry {
    /// The contract's own key.
    pub key: Bytes,
    /// The value.
    pub value: Bytes,
}

/// A value in state.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct StateAnswer {
    /// The block that this was read at.
    pub at: At,
    /// Under which address.
    pub address: AddressText,
    /// Which value.
    pub key: StateKeyView,
    /// SCALE bytes of the value, a contract's own bytes for its storage; absent = there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<Bytes>,
}

/// A page of what a block changed in state, in the order of the keys.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct StateDiffAnswer {
    /// The block; name it for the next page.
    pub at: At,
    /// What is different after it, fees and what the block did at its end included.
    pub changes: Vec<StateChange>,
    /// There is more: `after` of the next page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<StatePlace>,
}

/// What is kept under an address, or a part of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct StateRangeAnswer {
    /// The block that this was read at.
    pub at: At,
    /// Under which address.
    pub address: AddressText,
    /// In the order of the keys: the account, the contract's record, storage, records of the chain itself.
    pub entries: Vec<StateEntry>,
    /// Whether there are more behind the last one.
    pub more: bool,
}

/// A key with its value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct StateEntry {
    /// The key.
    pub key: StateKeyView,
    /// SCALE bytes of the value, a contract's own bytes for its storage.
    pub value: Bytes,
}

/// The chain's rules.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SpecAnswer {
    /// The newest block.
    pub at: At,
    /// The hash of the bytes: who knows the chain by it need not trust the node for its rules.
    pub genesis_hash: Text<GenesisHash>,
    /// SCALE bytes of the chain's spec.
    pub spec: Bytes,
}

impl SpecAnswer {
    /// The rules of a chain with this genesis hash.
    pub fn new(at: At, spec: &ChainSpec, genesis: GenesisHash) -> SpecAnswer {
        SpecAnswer {
            at,
            genesis_hash: Text(genesis),
            spec: Bytes(spec.encode()),
        }
    }
}

/// A transaction and the block that holds it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct TxAnswer {
    /// The block.
    pub at: At,
    /// The transaction.
    pub tx_id: Text<TxId>,
    /// Its index in the block.
    pub index: u32,
    /// All of it.
    pub transaction: TransactionView,
}

/// What the bytes of a signed transaction say.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct DecodedTx {
    /// All of it.
    pub transaction: TransactionView,
    /// Bytes that were read.
    pub size_bytes: u32,
    /// Why the transaction cannot be valid on any chain, such as a signature that does not hold; absent
    /// = it may be valid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub problem: Option<String>,
    /// What its actions ask contracts for, as far as the ABIs of their code at the latest block tell.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub calls: Vec<AskedCall>,
}

/// What an action asks a contract for, by the ABI in its code.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AskedCall {
    /// Index of the action.
    pub action: u8,
    /// Which entry: `init`, `call` or `upgrade`.
    pub entry: String,
    /// Which method.
    pub method: String,
    /// Its arguments by name; absent = the ABI does not explain them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub args: Option<Value>,
    /// The same in words: `transfer(to: dargo1…, amount: 5)`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub call: Option<String>,
}
