//! What a transaction did, contract by contract, what it changed, and where its gas went.
//!
//! Always: what an answer holds is bounded; what was left out for that is said by `truncated`. What is
//! in words was read by the ABI in the code that ran.
//! Not here: how it is found out (`argosy-executor`), and the errors of failed calls (`failure`).

use argosy_primitives::{CodeHash, Hash32, TxId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{AddressText, At, Bytes, CallFrame, Decimal, Status, Text};

/// What a transaction did, or a call that is only tried would do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct TraceAnswer {
    /// The block that holds it; of a call that is tried, the block on top of which it was.
    pub at: At,
    /// The transaction; none for a call that is tried.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tx_id: Option<Text<TxId>>,
    /// Its index in the block.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub index: Option<u32>,
    /// How it ended.
    pub status: Status,
    /// Index of the last action that ran.
    pub action: u8,
    /// What that action returned, or why it reverted.
    pub data: Bytes,
    /// Why it failed, if that was outside any contract.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Gas paid for.
    pub gas_used: Decimal<u64>,
    /// The part of it that no contract used: bytes, actions, results.
    pub outside_gas: Decimal<u64>,
    /// Tokens paid for the gas; what they would be, for a call that is tried.
    pub fee: Decimal<u128>,
    /// Change of the sender's deposits: locked is positive, refunded negative.
    pub deposit: Decimal<i128>,
    /// Calls of contracts, in the order in which they began; each names its caller.
    pub frames: Vec<TraceFrame>,
    /// What is different in state, by key; what a block does at its end is not among it.
    pub changes: Vec<StateChange>,
    /// Something was left out, since an answer holds only so much.
    pub truncated: bool,
}

/// A call of a contract.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct TraceFrame {
    /// Position in `frames` of the call that made this one; none for one that an action made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<u32>,
    /// 1 for one that an action made.
    pub depth: u32,
    /// Who called.
    pub caller: AddressText,
    /// What was sent along.
    pub funds: Decimal<u128>,
    /// The code that ran, if it was looked up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<Text<CodeHash>>,
    /// Whom, for what, and how that ended.
    #[serde(flatten)]
    pub call: CallFrame,
    /// What it might use.
    pub gas_limit: Decimal<u64>,
    /// What it used without the calls that it made.
    pub own_gas: Decimal<u64>,
    /// What it asked of the chain, summed up by import.
    pub imports: Vec<ImportUse>,
    /// What it asked of the chain about state, funds, contracts and events, in order.
    pub steps: Vec<TraceStep>,
}

/// How often an import was called.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ImportUse {
    /// Its name.
    pub import: String,
    /// How often.
    pub calls: Decimal<u64>,
    /// What that used, without the calls of contracts that it made.
    pub gas: Decimal<u64>,
}

/// One thing that a contract asked of the chain.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct TraceStep {
    /// The import's name.
    pub import: String,
    /// What it used, without a call of a contract that it made.
    pub gas: Decimal<u64>,
    /// What it was.
    #[serde(flatten)]
    pub action: StepAction,
}

/// What was asked, tagged by `type`. Bytes that were too long to keep are left out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(
    tag = "type",
    rename_all = "camelCase",
    rename_all_fields = "camelCase"
)]
pub enum StepAction {
    /// Reads a value.
    Read {
        /// Its key.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        key: Option<Bytes>,
        /// Whether there is one.
        found: bool,
        /// The value.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        value: Option<Bytes>,
    },
    /// Writes a value.
    Write {
        /// Its key.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        key: Option<Bytes>,
        /// The value.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        value: Option<Bytes>,
    },
    /// Removes a value.
    Remove {
        /// Its key.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        key: Option<Bytes>,
    },
    /// Reads values in the order of their keys.
    Range {
        /// The least key.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        start: Option<Bytes>,
        /// The key behind the greatest, if there is an end.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        end: Option<Bytes>,
    },
    /// Sends funds.
    Transfer {
        /// To whom.
        to: AddressText,
        /// How much.
        amount: Decimal<u128>,
        /// How that ended.
        status: Status,
    },
    /// Calls, creates or upgrades a contract.
    Call {
        /// Position of that call in `frames`, if it is there.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        frame: Option<u32>,
        /// How that ended.
        status: Status,
    },
    /// Announces an event.
    Event {
        /// Number of its topics.
        topics: u32,
        /// Its data.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        data: Option<Bytes>,
    },
    /// Logs a line.
    Log {
        /// The line.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        text: Option<String>,
    },
}

/// Something in state that is different, tagged by `type`: what was there before, and what is there after.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(
    tag = "type",
    rename_all = "camelCase",
    rename_all_fields = "camelCase"
)]
pub enum StateChange {
    /// An account.
    Account {
        /// Whose.
        address: AddressText,
        /// None: there was none.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        before: Option<AccountState>,
        /// None: there is none any more.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        after: Option<AccountState>,
    },
    /// What the chain keeps of a contract.
    Contract {
        /// Whose.
        address: AddressText,
        /// None: there was none.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        before: Option<ContractState>,
        /// None: there is none any more.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        after: Option<ContractState>,
    },
    /// What a contract keeps under a key.
    Storage {
        /// Whose.
        address: AddressText,
        /// The key.
        key: Bytes,
        /// None: there was nothing.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        before: Option<Bytes>,
        /// None: there is nothing any more.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        after: Option<Bytes>,
    },
    /// A record of the chain's own.
    System {
        /// Under which address.
        address: AddressText,
        /// The key.
        key: Bytes,
        /// None: there was nothing.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        before: Option<Bytes>,
        /// None: there is nothing any more.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        after: Option<Bytes>,
    },
}

/// An account at a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AccountState {
    /// What it may spend.
    pub balance: Decimal<u128>,
    /// The nonce of its next transaction.
    pub nonce: Decimal<u64>,
    /// Locked for its own place in state.
    pub deposit: Decimal<u128>,
}

/// What the chain keeps of a contract at a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ContractState {
    /// What it runs.
    pub code: Text<CodeHash>,
    /// Who may upgrade it; none: nobody.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub admin: Option<AddressText>,
    /// Locked for its place in state.
    pub deposit: Decimal<u128>,
    /// Bytes of its keys and values.
    pub storage_bytes: Decimal<u64>,
    /// Number of its keys.
    pub storage_items: u32,
}

/// Where the gas of a transaction went.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ProfileAnswer {
    /// The block that holds it.
    pub at: At,
    /// The transaction.
    pub tx_id: Text<TxId>,
    /// Its index in the block.
    pub index: u32,
    /// How it ended.
    pub status: Status,
    /// Gas paid for: that of all nodes together.
    pub gas_used: Decimal<u64>,
    /// Who called whom, callers before whom they call. The first is the transaction itself.
    pub nodes: Vec<ProfileNode>,
    /// The modules of the functions, where they are still on the chain.
    pub modules: Vec<ProfiledModule>,
    /// Calls were counted as their callers', since an answer holds only so much.
    pub truncated: bool,
}

/// A module whose functions ran.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ProfiledModule {
    /// The module.
    pub code: Text<CodeHash>,
    /// Hash over its functions in their order. A build with debug names that has the same one has the same
    /// functions, and can name them.
    pub functions: Text<Hash32>,
}

/// A place in the tree of calls.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ProfileNode {
    /// Position in `nodes` of who called it; none for the transaction itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<u32>,
    /// What it is called.
    pub name: String,
    /// What ran.
    #[serde(flatten)]
    pub place: ProfilePlace,
    /// Gas that was used there, and in nothing that it called.
    pub gas: Decimal<u64>,
    /// How often it was called from there.
    pub calls: Decimal<u64>,
}

/// What ran, tagged by `type`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(
    tag = "type",
    rename_all = "camelCase",
    rename_all_fields = "camelCase"
)]
pub enum ProfilePlace {
    /// The transaction: its bytes, actions and results.
    Transaction,
    /// A call of a contract: loading its code, its memory.
    Frame {
        /// Which contract.
        contract: AddressText,
        /// The code that ran, if it was looked up.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        code: Option<Text<CodeHash>>,
    },
    /// A function of a module.
    Function {
        /// The module.
        code: Text<CodeHash>,
        /// The function's index in it, imports included.
        function: u32,
    },
    /// An import: what a contract asked of the chain.
    Import,
}
