//! Accounts and contracts: what they own, what they run, what they answer.

use argosy_primitives::{AbiHash, AbiKind, Address, Balance, CodeHash, Hash32, Hrp};
use argosy_proof::{Account, CodeRecord, ContractRecord};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{AddressText, At, Bytes, Decimal, Height, Text};

/// An account. One that does not exist reads as empty.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AccountAnswer {
    /// The block that this was read at.
    pub at: At,
    /// Whose.
    pub address: AddressText,
    /// Tokens it may spend.
    pub balance: Decimal<u128>,
    /// Transactions it has sent.
    pub nonce: Decimal<u64>,
    /// Nonce of its next transaction, counting those that wait; only for the latest block.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_nonce: Option<Decimal<u64>>,
    /// Tokens locked for its own place in state.
    pub deposit: Decimal<u128>,
    /// Whether a contract has this address.
    pub is_contract: bool,
}

impl AccountAnswer {
    /// The account record found in state; the default record if there is none.
    pub fn new(
        at: At,
        address: AddressText,
        account: &Account,
        is_contract: bool,
    ) -> AccountAnswer {
        AccountAnswer {
            at,
            address,
            balance: Decimal(account.balance),
            nonce: Decimal(account.nonce),
            next_nonce: None,
            deposit: Decimal(account.deposit),
            is_contract,
        }
    }
}

/// A contract.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ContractAnswer {
    /// The block that this was read at.
    pub at: At,
    /// Which contract.
    pub contract: AddressText,
    /// Tokens it may spend.
    pub balance: Decimal<u128>,
    /// Who may upgrade it; absent = nobody.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub admin: Option<AddressText>,
    /// Who created it.
    pub creator: AddressText,
    /// Block in which it was created.
    pub created_at: Height,
    /// Tokens locked for its place in state.
    pub deposit: Decimal<u128>,
    /// Bytes of its keys and values.
    pub storage_bytes: Decimal<u64>,
    /// Number of its keys.
    pub storage_items: u32,
    /// What it runs.
    pub code: CodeView,
}

/// An uploaded module.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct CodeView {
    /// blake3 of the module: its name.
    pub hash: Text<CodeHash>,
    /// SHA-256 of the module.
    pub sha256: Text<Hash32>,
    /// Its number, counted over all uploads.
    pub code_id: Decimal<u64>,
    /// Which host interface it speaks.
    pub abi: Text<AbiKind>,
    /// Hash of its ABI description, if it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub abi_hash: Option<Text<AbiHash>>,
    /// Capabilities that its manifest declares, as bits.
    pub capabilities: u32,
    /// Size as uploaded.
    pub size_bytes: u32,
    /// Size as instrumented.
    pub instrumented_bytes: u32,
    /// Who uploaded it.
    pub uploader: AddressText,
    /// Tokens locked for its place in state.
    pub deposit: Decimal<u128>,
    /// Contracts that run it.
    pub users: Decimal<u64>,
    /// Version of its contracts' storage that it expects, if it says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub storage_version: Option<Decimal<u64>>,
}

impl CodeView {
    /// A code record for people of network `hrp`.
    pub fn new(hash: CodeHash, record: &CodeRecord, hrp: Hrp) -> CodeView {
        CodeView {
            hash: Text(hash),
            sha256: Text(Hash32::from_bytes(record.sha256)),
            code_id: Decimal(record.code_id),
            abi: Text(record.abi),
            abi_hash: record.abi_hash.map(Text),
            capabilities: record.capabilities,
            size_bytes: record.size_bytes,
            instrumented_bytes: record.instrumented_bytes,
            uploader: AddressText::new(hrp, record.uploader),
            deposit: Decimal(record.deposit),
            users: Decimal(record.users),
            storage_version: record.storage_version.map(Decimal),
        }
    }
}

impl ContractAnswer {
    /// The records found in state.
    pub fn new(
        at: At,
        contract: AddressText,
        balance: Balance,
        record: &ContractRecord,
        code: &CodeRecord,
    ) -> ContractAnswer {
        let text = |address: Address| AddressText::new(contract.hrp, address);
        ContractAnswer {
            at,
            contract,
            balance: Decimal(balance),
            admin: record.admin.map(text),
            creator: text(record.creator),
            created_at: Height(record.created_at),
            deposit: Decimal(record.deposit),
            storage_bytes: Decimal(record.storage_bytes),
            storage_items: record.storage_items,
            code: CodeView::new(record.code, code, contract.hrp),
        }
    }
}

/// The ABI description that a contract carries inside its module.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AbiAnswer {
    /// The block that this was read at.
    pub at: At,
    /// The code that carries it.
    pub code: Text<CodeHash>,
    /// Its hash, as a transaction may commit to it.
    pub abi_hash: Text<AbiHash>,
    /// The module's `argosy.abi` sections, end to end.
    pub section: Bytes,
}

/// What a contract answered to a query.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct QueryAnswer {
    /// The block that this was read at.
    pub at: At,
    /// The answer.
    pub data: Bytes,
    /// Gas that the query used; queries are free.
    pub gas_used: Decimal<u64>,
}
