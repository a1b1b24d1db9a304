//! Rust client of an Argosy chain: typed calls, wallet, transactions, contracts, proofs.
//!
//! ```no_run
//! # async fn demo() -> Result<(), argosy_sdk::SdkError> {
//! use argosy_sdk::{Action, Client, DEFAULT_URL, TxOptions, dev_account};
//!
//! let client = Client::connect(DEFAULT_URL).await?;
//! let alice = dev_account("alice").expect("a dev account");
//! let bob = dev_account("bob").expect("a dev account");
//! let amount = client.token().parse("1.5 ARGO")?;
//! let pay = Action::Transfer { to: bob.address(), amount };
//! let answer = client.send(&alice, vec![pay], &TxOptions::default()).await?;
//! println!("fee {}", client.token().format(answer.receipt.fee.0));
//! # Ok(())
//! # }
//! ```
//!
//! Start reading at [`Client`]; then [`Client::send`] for transactions, [`contract!`] for contracts that
//! are known when the program is compiled, [`Contract`] and [`Codec`] for others, [`Client::follow_events`]
//! for what comes, [`Retry`] for nodes that are busy or away, [`proof`] for what an answer proves.
//!
//! Always holds: amounts are exact; an answer about another chain than the one found on connecting
//! is an error.
//! Not here: key files (`argosy-signer`), the JSON types themselves (`argosy-rpc-api`), contract
//! values as text and JSON (`argosy-values`, here [`codec`]), and checking who decided a header
//! (`argosy_proof::verify_header`).

pub mod amount; // tokens as people write them
pub mod bindings; // what the code of `contract!` calls
mod client; // one node, asked and answered: start here
pub mod contract; // deploy, call, query
mod error;
pub mod follow; // what comes, as it comes
pub mod module; // what a Wasm file says about itself
pub mod proof; // answers checked against a header
pub mod raw; // any method, by its name
pub mod retry; // what passes is tried again, nothing is sent twice
mod send; // from actions to a receipt
mod transport; // HTTP, WebSockets and their failures
pub mod wallet; // keys from a phrase, the dev accounts

pub use amount::{AmountError, Token, TokenError};
pub use argosy_primitives as primitives;
pub use argosy_primitives::{
    Action, Address, Balance, CodeHash, Gas, GenesisHash, Height, Hrp, Nonce, PublicKey, SecretKey,
    StatusCode, Transaction, TxId,
};
pub use argosy_rpc_api as api;
pub use argosy_sdk_macros::contract;
pub use argosy_values as codec;
pub use argosy_values::{AbiValue, Args, Codec, CodecError, Revert};
pub use argosy_vm_abi::{Abi, schema::MessageKind};
pub use client::{Client, DEFAULT_URL};
pub use contract::{Admin, Called, Contract, DeployOptions, Deployed};
pub use error::{Category, FailedTx, SdkError};
pub use follow::{EventStream, HeadStream, News, TxWatch};
pub use module::{Module, ModuleError};
pub use retry::{Retry, RetryPolicy};
pub use send::{TxOptions, TxPlan, cost_max, require_success};
pub use transport::{ClientOptions, without_secret};
pub use wallet::{Signer, WalletError, dev_account, dev_accounts};
