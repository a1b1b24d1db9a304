//! Argosy for programs: a client of a node, accounts, transactions, values of contracts, proofs.
//!
//! Start reading at [`Client`]; then [`Client::plan`] and [`Client::send`] for transactions,
//! [`abi::Codec`] for the values of contracts, [`check`] for what an answer proves.
//! Not here: key files (`argosy-signer`), the command line (`argosy`).

pub mod abi; // values of contracts
pub mod check; // what an answer proves
mod client; // one node
mod error;
mod send; // transactions: what is left open is found out
pub mod units; // amounts as people write them
mod wallet; // accounts from a phrase, the accounts of development chains

pub use client::{Client, DEFAULT_URL, EventsRequest};
pub use error::{CheckError, ClientError};
pub use send::{Deployment, Plan, SendOptions};
pub use wallet::{
    COIN, DEV_NAMES, DEV_PHRASE, DevAccount, Wallet, WalletError, dev_account, dev_accounts,
};
