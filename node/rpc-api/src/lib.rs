//! What travels between an Argosy node and its clients: method names, JSON types, errors.
//!
//! Start reading at [`METHODS`], then the traits (`TxApi` and its siblings), then [`RpcError`].
//! Rules: bytes and hashes are `0x` hex; integers of 64 bits and more are decimal strings, except
//! heights, times and indexes (numbers below 2^53); names are camelCase; enums are tagged by
//! `type`; what is absent is left out. Inputs refuse unknown fields; outputs may gain fields.
//! Not here: the server and its limits (`argosy-rpc`), the client (`argosy-sdk`).
//!
//! Feature `server` adds what a server implements, `client` what a client calls.

mod account; // accounts, contracts, their ABI, queries
mod agreement; // validators, certificates
mod chain; // the chain, headers, blocks
mod debug; // what transactions did, and where their gas went
mod dev; // what development chains answer
mod error; // every error, its code and its facts
mod events; // pages of events
mod failure; // what an execution failed of, contract by contract
mod index; // transactions by account, contracts by age
mod methods; // the method traits and their table
mod node; // the node's version, limits, age
mod notice; // what subscriptions tell
mod openrpc; // all of it as one document for machines
mod proof; // what a client checks against a header alone
mod receipt; // what a transaction did, and where it is in its life
mod scalar; // bytes, hashes, numbers, addresses, block selectors
mod schema; // their JSON schemas
mod transaction; // transactions and their actions
mod value; // single values, without proof

pub use account::{AbiAnswer, AccountAnswer, CodeView, ContractAnswer, QueryAnswer};
pub use agreement::{
    BlockIdAnswer, CertificateAnswer, ValidatorSetView, ValidatorView, ValidatorsAnswer,
};
pub use chain::{
    BlockAnswer, BlockDetail, CertificateView, ChainInfo, CommitSignatureView, HeaderAnswer,
    HeaderView, Health, HealthStatus, LimitsView, ModuleLimitsView, PoolView,
};
pub use debug::{
    AccountState, ContractState, ImportUse, ProfileAnswer, ProfileNode, ProfilePlace,
    ProfiledModule, StateChange, StepAction, TraceAnswer, TraceFrame, TraceStep,
};
pub use dev::{CodeSet, Dumped, Funded, Impersonated, Mined, MiningSet, SnapshotTaken, TimeSet};
pub use error::{ERRORS, ErrorEntry, RpcError};
pub use events::{EventEntry, EventFilter, EventsPage};
pub use failure::{CallFrame, DecodedRevert, RevertReason};
pub use index::{ContractsAnswer, HistoryAnswer, HistoryEntry, ListedContract};
#[cfg(any(feature = "client", feature = "server"))]
pub use methods::*;
pub use methods::{ADMIN_METHODS, Class, METHODS, MethodSpec, ParamSpec};
pub use node::{KeepsView, NodeInfo, ServerLimits, ShareView, SyncStatus, VersionAnswer};
pub use notice::{EventsNotice, HeadsNotice, LagReason, Notice, TxNotice};
pub use openrpc::{Discovery, MethodNames, openrpc};
pub use proof::{
    PROVEN_KEYS_MAX, RANGE_ENTRIES_MAX, StateKeyView, StatePlace, StateProofAnswer,
    StateProofsAnswer, StateValue, TxProofAnswer,
};
pub use receipt::{
    DropReasonView, EventView, ReceiptAnswer, ReceiptView, Received, ReceivedFrom,
    SimulationAnswer, Status, Submitted, TxStatus, TxStatusAnswer,
};
pub use scalar::{
    AddressText, At, BlockSelector, Bytes, Decimal, DurationMs, Height, Index, Text, TimestampMs,
};
pub use transaction::{ActionView, TransactionView};
pub use value::{
    AskedCall, CodeHashAnswer, DecodedTx, NonceAnswer, SpecAnswer, StateAnswer, StateDiffAnswer,
    StateEntry, StateRangeAnswer, StorageAnswer, StorageEntry, StoragePageAnswer, SupplyAnswer,
    TxAnswer,
};
