//! What only development chains do.

use argosy_primitives::{Address, Balance, Nonce, Receipt, TimestampMs, Transaction};
use argosy_rpc_api::{At, RpcError};
use async_trait::async_trait;

/// What only development chains do. Everything is [`RpcError::MethodDisabled`] elsewhere, and all but
/// [`DevPort::mine`] also on a development chain that is on disk.
#[async_trait]
pub trait DevPort {
    /// Makes so many blocks, empty or not, each so many milliseconds later; answers the last.
    async fn mine(&self, count: u32, interval_ms: u32) -> Result<At, RpcError>;
    /// Makes blocks at another pace; answers the head and the pace.
    async fn set_mining(&self, mode: &str) -> Result<(At, String), RpcError>;
    /// Sets the clock, and makes a block of that time.
    async fn set_time(&self, time: DevTime) -> Result<(At, TimestampMs), RpcError>;
    /// Makes a block that changes state.
    async fn edit(&self, edit: DevEdit) -> Result<Edited, RpcError>;
    /// Remembers this moment, and names it.
    async fn snapshot(&self) -> Result<(At, u32), RpcError>;
    /// Goes back to a moment.
    async fn revert(&self, snapshot: u32) -> Result<At, RpcError>;
    /// Goes back to the beginning.
    async fn reset(&self) -> Result<At, RpcError>;
    /// Writes the chain to its file.
    async fn dump_state(&self) -> Result<DumpedState, RpcError>;
    /// Goes to the chain in its file.
    async fn load_state(&self) -> Result<At, RpcError>;
}

/// What the clock shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DevTime {
    /// This.
    Set(TimestampMs),
    /// So many milliseconds more.
    Increase(u64),
}

/// A change of state without a transaction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DevEdit {
    /// An account has so much.
    Balance(Address, Balance),
    /// An account has so much more, or as much as the chain's faucet gives.
    Fund(Address, Option<Balance>),
    /// The nonce of an account's next transaction.
    Nonce(Address, Nonce),
    /// What a contract stores under a key; `None`: nothing.
    Storage(Address, Vec<u8>, Option<Vec<u8>>),
    /// What a contract runs.
    Code(Address, Vec<u8>),
    /// What a transaction does in the name of an account or contract.
    Act(Address, Transaction),
}

impl DevEdit {
    /// The method that asks for it.
    pub const fn method(&self) -> &'static str {
        match self {
            DevEdit::Balance(..) => "dev_setBalance",
            DevEdit::Fund(..) => "dev_faucet",
            DevEdit::Nonce(..) => "dev_setNonce",
            DevEdit::Storage(..) => "dev_setStorage",
            DevEdit::Code(..) => "dev_setCode",
            DevEdit::Act(..) => "dev_impersonate",
        }
    }
}

/// A block that changed state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edited {
    /// The block.
    pub at: At,
    /// What it added to the account, for [`DevEdit::Fund`].
    pub amount: Balance,
    /// What the account has, for edits of one.
    pub balance: Balance,
    /// What was done, for [`DevEdit::Act`].
    pub receipt: Option<Receipt>,
    /// Why that failed, if it did.
    pub error: Option<Box<RpcError>>,
}

/// A chain in a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DumpedState {
    /// The head then.
    pub at: At,
    /// Which file.
    pub file: String,
    /// Its size.
    pub size_bytes: u64,
    /// Keys with their values in it.
    pub records: u64,
}
