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
mod chain; // the chain, headers, blocks
mod error; // every error, its code and its facts
mod events; // pages of events
mod methods; // the method traits and their table
mod notice; // what subscriptions tell
mod proof; // what a client checks against a header alone
mod receipt; // what a transaction did, and where it is in its life
mod scalar; // bytes, hashes, numbers, addresses, block selectors
mod transaction; // transactions and their actions

pub use account::{AbiAnswer, AccountAnswer, CodeView, ContractAnswer, QueryAnswer};
pub use chain::{
    BlockAnswer, BlockDetail, CertificateView, ChainInfo, CommitSignatureView, HeaderAnswer,
    HeaderView, Health, HealthStatus, LimitsView, Mined, PoolView,
};
pub use error::{CallFrame, ERRORS, ErrorEntry, RpcError};
pub use events::{EventEntry, EventFilter, EventsPage};
#[cfg(any(feature = "client", feature = "server"))]
pub use methods::*;
pub use methods::{Class, METHODS, MethodSpec, ParamSpec};
pub use notice::{EventsNotice, HeadsNotice, LagReason, Notice, TxNotice};
pub use proof::{
    PROVEN_KEYS_MAX, StateKeyView, StatePlace, StateProofAnswer, StateProofsAnswer, StateValue,
    TxProofAnswer,
};
pub use receipt::{
    DropReasonView, EventView, ReceiptAnswer, ReceiptView, Received, ReceivedFrom,
    SimulationAnswer, Status, Submitted, TxStatus, TxStatusAnswer,
};
pub use scalar::{
    AddressText, At, BlockSelector, Bytes, Decimal, Height, Index, Text, TimestampMs,
};
pub use transaction::{ActionView, TransactionView};
