//! Clients that send: each account one transaction after the other, transfers and token calls, each
//! to a node that the seed chooses among those that serve.
//!
//! Always: a transaction that was sent and not heard of is sent again, the very same bytes, until it
//! is known to be in a block; so each nonce is used by the transaction that the seed chose for it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anyhow::{Context, Result};
use argosy_primitives::{Action, Address, CodeHash, Nonce, SignedTransaction, Transaction};
use argosy_rpc_api::{BlockSelector, ReceiptAnswer, RpcError};
use argosy_sdk::{Client, SdkError, Signer, dev_accounts};
use argosy_vm_abi::selector_of;
use parity_scale_codec::Encode;
use tokio::sync::Mutex;

use crate::book::{Book, Finding};
use crate::dice::Dice;
use crate::door::Door;

/// Accounts that send, and have tokens.
pub(crate) const SENDERS: usize = 6;
/// Blocks of the whole run are fewer.
const VALID_BLOCKS: u64 = 80_000;
/// A full pool, or one that takes nothing for now, is asked again after this.
const PAUSE: Duration = Duration::from_millis(20);
const TOKEN: &[u8] = include_bytes!("../../contracts/artifacts/token.wasm");

/// Sends one account's transactions.
pub(crate) struct Sender {
    pub(crate) signer: Signer,
    pub(crate) nonce: Nonce,
    dice: Dice,
    /// Chooses nodes.
    places: Dice,
    /// Sent, and not heard of.
    in_flight: Option<SignedTransaction>,
    /// How often something was sent again.
    pub(crate) resent: u64,
}

/// The senders, and the token that they call.
pub(crate) struct Load {
    pub(crate) senders: Vec<Sender>,
    pub(crate) token: Address,
}

/// Why a sender stopped.
pub(crate) enum Stopped {
    /// The node does not answer; why not.
    Gone(String),
    /// The node is behind the others and cannot take the transaction yet; what it says.
    Behind(Finding),
    /// The node said what cannot be.
    Found(Finding),
}

impl Load {
    /// Creates the token, gives every sender some, and notes what the node says.
    pub(crate) async fn prepare(client: &Client, dice: &Dice, book: &mut Book) -> Result<Load> {
        let accounts = dev_accounts().into_iter().take(SENDERS).enumerate();
        let mut senders: Vec<Sender> = accounts
            .map(|(number, (_, signer))| Sender {
                signer,
                nonce: 0,
                dice: dice.fork(number as u64),
                places: dice.fork(number as u64).fork(u64::MAX),
                in_flight: None,
                resent: 0,
            })
            .collect();
        let store = Action::StoreCode {
            code: TOKEN.to_vec(),
        };
        let create = Action::Instantiate {
            code: CodeHash::of(TOKEN),
            salt: [0; 32],
            admin: None,
            funds: 0,
            message: (selector_of("init"), "Crash", "CRSH", 0u8, 1u128 << 80).encode(),
        };
        let others: Vec<Address> = senders
            .iter()
            .skip(1)
            .map(|it| it.signer.address())
            .collect();
        let first = senders.first_mut().context("there are senders")?;
        let created = first
            .include(client, 90_000_000, vec![store, create], book)
            .await?;
        let address = created.receipt.data.0.first_chunk::<32>();
        let token = Address::from_bytes(*address.context("no address in the receipt")?);
        for to in others {
            let gift = call(token, to, 1 << 60);
            first.include(client, 5_000_000, vec![gift], book).await?;
        }
        Ok(Load { senders, token })
    }

    /// Sends from every account until it is enough; what was found, if anything was. A transaction
    /// that is on its way then is waited for, as long as a node serves.
    pub(crate) async fn run(
        &mut self,
        doors: &[Arc<Door>],
        book: &Mutex<Book>,
        enough: &AtomicBool,
    ) -> Result<(), Finding> {
        let receivers: Vec<Address> = self.senders.iter().map(|it| it.signer.address()).collect();
        let (token, receivers) = (self.token, receivers.as_slice());
        let sending = self.senders.iter_mut().map(|sender| async move {
            while !enough.load(Ordering::Relaxed) {
                sender.turn(doors, token, receivers, book).await?;
            }
            Ok(())
        });
        let stopped = futures::future::join_all(sending).await;
        stopped.into_iter().collect()
    }
}

impl Sender {
    /// Sends one transaction to one of the nodes, if one serves.
    async fn turn(
        &mut self,
        doors: &[Arc<Door>],
        token: Address,
        receivers: &[Address],
        book: &Mutex<Book>,
    ) -> Result<(), Finding> {
        let door = &doors[self.places.below(doors.len() as u64) as usize];
        let Some(visit) = door.visit() else {
            tokio::time::sleep(PAUSE).await;
            return Ok(());
        };
        match self.send(&visit.client, token, receivers, book).await {
            Ok(()) => Ok(()),
            Err(Stopped::Gone(why)) => door.judge(&visit, why),
            Err(Stopped::Behind(_)) if doors.len() > 1 => {
                tokio::time::sleep(PAUSE).await;
                Ok(())
            }
            Err(Stopped::Behind(finding) | Stopped::Found(finding)) => Err(finding),
        }
    }

    /// Sends the next transaction, or the last one again, until it is in a block.
    async fn send(
        &mut self,
        client: &Client,
        token: Address,
        receivers: &[Address],
        book: &Mutex<Book>,
    ) -> Result<(), Stopped> {
        let signed = match &self.in_flight {
            Some(signed) => {
                self.resent += 1;
                signed.clone()
            }
            None => self.next(client, token, receivers),
        };
        self.in_flight = Some(signed.clone());
        let answer = settle(client, &signed).await?;
        let mut book = book.lock().await;
        book.receipt(answer).map_err(Stopped::Found)?;
        self.in_flight = None;
        self.nonce += 1;
        Ok(())
    }

    /// What the seed chose for this nonce.
    fn next(&self, client: &Client, token: Address, receivers: &[Address]) -> SignedTransaction {
        let mut dice = self.dice.fork(self.nonce);
        let to = receivers[dice.below(receivers.len() as u64) as usize];
        let amount = 1 + u128::from(dice.below(1_000));
        match dice.below(3) {
            0 => self.sign(client, 400_000, vec![call(token, to, amount)]),
            _ => self.sign(client, 200_000, vec![Action::Transfer { to, amount }]),
        }
    }

    fn sign(&self, client: &Client, gas_limit: u64, actions: Vec<Action>) -> SignedTransaction {
        self.signer.sign(Transaction {
            chain: client.chain(),
            signer: self.signer.public(),
            nonce: self.nonce,
            valid_until: VALID_BLOCKS,
            gas_limit,
            max_gas_price: 1_000_000,
            tip: 1,
            deposit_max: 10_000_000_000_000,
            actions,
        })
    }

    async fn include(
        &mut self,
        client: &Client,
        gas_limit: u64,
        actions: Vec<Action>,
        book: &mut Book,
    ) -> Result<ReceiptAnswer> {
        let answer = client
            .submit_and_wait(&self.sign(client, gas_limit, actions))
            .await?;
        let answer = argosy_sdk::require_success(answer)?;
        book.receipt(answer.clone())?;
        self.nonce += 1;
        Ok(answer)
    }
}

/// Until the transaction is in a block, or the node is gone.
pub(crate) async fn settle(
    client: &Client,
    signed: &SignedTransaction,
) -> Result<ReceiptAnswer, Stopped> {
    loop {
        let error = match client.submit_and_wait(signed).await {
            Ok(answer) => return Ok(answer),
            Err(SdkError::Unsettled { source, .. }) => *source,
            Err(error) => error,
        };
        let SdkError::Rpc { error } = &error else {
            return Err(Stopped::Gone(format!("{error:#}")));
        };
        match &**error {
            RpcError::Stopping {} => return Err(Stopped::Gone("it stops by itself".into())),
            RpcError::PoolFull { .. }
            | RpcError::SenderFull { .. }
            | RpcError::Overloaded { .. }
            | RpcError::RateLimited { .. }
            | RpcError::WaitTimeout { .. } => tokio::time::sleep(PAUSE).await,
            // Sent before, heard of by now: where is it?
            RpcError::TxKnown { .. } | RpcError::TxNonceTooLow { .. } => {
                match receipt(client, signed).await? {
                    Some(answer) => return Ok(answer),
                    None if matches!(**error, RpcError::TxKnown { .. }) => {
                        tokio::time::sleep(PAUSE).await
                    }
                    None => return Err(stolen(signed)),
                }
            }
            RpcError::TxNonceTooHigh { .. } | RpcError::Syncing { .. } => {
                return Err(Stopped::Behind(refused(signed, error)));
            }
            _ => return Err(Stopped::Found(refused(signed, error))),
        }
    }
}

async fn receipt(
    client: &Client,
    signed: &SignedTransaction,
) -> Result<Option<ReceiptAnswer>, Stopped> {
    match client.receipt(signed.id()).await {
        Ok(answer) => Ok(Some(answer)),
        Err(SdkError::Rpc { error }) if matches!(*error, RpcError::NotFound { .. }) => Ok(None),
        Err(error) => Err(Stopped::Gone(format!("{error:#}"))),
    }
}

fn refused(signed: &SignedTransaction, error: &RpcError) -> Finding {
    Finding {
        rule: "a good transaction is taken",
        what: format!("{} was refused: {error}", signed.id()),
    }
}

fn stolen(signed: &SignedTransaction) -> Stopped {
    Stopped::Found(Finding {
        rule: "a nonce is used by the transaction that was sent with it",
        what: format!("{} is in no block, and its nonce is used", signed.id()),
    })
}

/// An account of development chains, by its number.
pub(crate) fn account(number: usize) -> Signer {
    let mut accounts = dev_accounts();
    accounts.swap_remove(number).1
}

/// The node's number of an account's transactions.
pub(crate) async fn nonce_of(client: &Client, signer: &Signer) -> Result<Nonce, SdkError> {
    let answer = client
        .account(signer.address(), BlockSelector::Latest)
        .await?;
    Ok(answer.nonce.0)
}

pub(crate) fn call(token: Address, to: Address, amount: u128) -> Action {
    Action::Call {
        contract: token,
        funds: 0,
        message: (selector_of("transfer"), to, amount).encode(),
        abi_hash: None,
    }
}
