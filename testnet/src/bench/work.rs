//! Transactions end to end: signed, sent to all nodes, included, executed, final.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow, ensure};
use argosy_primitives::{Action, Address, Nonce, Transaction};
use argosy_rpc_api::{BlockDetail, BlockSelector, RpcError};
use argosy_sdk::{Client, SdkError, Signer, require_success};

use super::{BenchOptions, VALIDATORS, network, print, resident_mib};
use crate::book::Book;
use crate::dice::Dice;
use crate::load::{self, Load, Stopped, account, call, nonce_of, settle};
use crate::network::Network;

/// Accounts that send; each may have 64 transactions waiting.
const SENDERS: usize = 10;
/// Twice as many are below that: no node refuses them, also if it is a block behind.
const SHARE: u64 = 30;
const REFUSED: &str = "the node does not take a good transaction";
/// A sender that has its share waiting looks again after this.
const PAUSE: Duration = Duration::from_millis(5);

pub(super) async fn run(options: &BenchOptions, folder: &Path) -> Result<()> {
    let mut network = network(&options.daemon, folder, "0ms").await?;
    let first = network.nodes[0].client()?;
    let token = Load::prepare(&first, &Dice::new(0), &mut Book::default())
        .await?
        .token;
    for (name, token) in [("transfers/s", None), ("token calls/s", Some(token))] {
        let rate = rate(&network, options.each, token).await?;
        print(&format!("{name}, end to end, target_time 0"), rate);
    }
    let mut memory = Vec::new();
    for number in 0..VALIDATORS {
        memory.push(resident_mib(network.nodes[number].pid()?)?.to_string());
    }
    print("resident MiB of each node after that", memory.join(", "));
    network.stop().await
}

/// Transactions of blocks in the middle of a time of full load, per second.
async fn rate(network: &Network, during: Duration, token: Option<Address>) -> Result<String> {
    let enough = Arc::new(AtomicBool::new(false));
    let mut sending = Vec::new();
    // Who has no tokens would only be refused them.
    let senders = token.map_or(SENDERS, |_| load::SENDERS);
    for number in 0..senders {
        let to = (number + 1) % senders;
        let sender = Sender::new(network, (number, to), token).await?;
        sending.push(tokio::spawn(sender.send(Arc::clone(&enough))));
    }
    tokio::time::sleep(during / 4).await;
    let client = network.nodes[0].client()?;
    let first = network.nodes[0].head().await?;
    let begin = Instant::now();
    tokio::time::sleep(during).await;
    let last = network.nodes[0].head().await?;
    let took = begin.elapsed();
    enough.store(true, Ordering::Relaxed);
    for sender in sending {
        sender.await??;
    }
    let mut included = 0;
    for height in first.saturating_add(1)..=last {
        let block = client
            .block(BlockSelector::Height(height), BlockDetail::Ids)
            .await?;
        included += block.tx_ids.len();
    }
    ensure!(included > 0, "nothing was included");
    let blocks = last.saturating_sub(first);
    Ok(format!(
        "{:.0} ({} in {} blocks, {:.1} blocks/s)",
        included as f64 / took.as_secs_f64(),
        included,
        blocks,
        blocks as f64 / took.as_secs_f64()
    ))
}

/// One account at one node.
pub(super) struct Sender {
    client: Client,
    signer: Signer,
    nonce: Nonce,
    to: Address,
    /// What it calls; without one it pays.
    token: Option<Address>,
}

impl Sender {
    /// An account by its number, and the number of the one that gets something.
    pub(super) async fn new(
        network: &Network,
        (from, to): (usize, usize),
        token: Option<Address>,
    ) -> Result<Sender> {
        let signer = account(from);
        let client = network.nodes[from % VALIDATORS].client()?;
        Ok(Sender {
            nonce: nonce_of(&client, &signer).await?,
            client,
            signer,
            to: account(to).address(),
            token,
        })
    }

    /// Sends so many, a share at a time, and returns when all of them are in blocks. The node is not asked
    /// in vain meanwhile.
    pub(super) async fn send_all(mut self, count: u64) -> Result<()> {
        let mut left = count;
        while left > 0 {
            let share = left.min(SHARE);
            for _ in 1..share {
                self.submit().await?;
            }
            self.settle().await?;
            left -= share;
        }
        Ok(())
    }

    /// Hands the next one over, as soon as the node takes it.
    async fn submit(&mut self) -> Result<()> {
        let signed = self.next();
        loop {
            match self.client.submit(&signed).await {
                Ok(_) => break,
                Err(error) if is_full(&error) => tokio::time::sleep(PAUSE).await,
                Err(error) => return Err(error).context(REFUSED),
            }
        }
        self.nonce += 1;
        Ok(())
    }

    /// The same, and waits for its receipt: with its nonce those before it are used.
    async fn settle(&mut self) -> Result<()> {
        let answer = loop {
            match settle(&self.client, &self.next()).await {
                Ok(answer) => break answer,
                Err(Stopped::Behind(_)) => tokio::time::sleep(PAUSE).await,
                Err(Stopped::Gone(why)) => return Err(anyhow!(why)),
                Err(Stopped::Found(finding)) => return Err(anyhow!(finding)),
            }
        };
        require_success(answer)?;
        self.nonce += 1;
        Ok(())
    }

    /// Keeps as much waiting as the node takes, until it is enough; nothing waits when this returns.
    async fn send(mut self, enough: Arc<AtomicBool>) -> Result<()> {
        while !enough.load(Ordering::Relaxed) {
            match self.client.submit(&self.next()).await {
                Ok(_) => self.nonce += 1,
                Err(error) if is_full(&error) => tokio::time::sleep(PAUSE).await,
                Err(error) => return Err(error).context(REFUSED),
            }
        }
        self.settle().await
    }

    fn next(&self) -> argosy_primitives::SignedTransaction {
        let (gas_limit, action) = match self.token {
            Some(token) => (400_000, call(token, self.to, 1)),
            None => (
                200_000,
                Action::Transfer {
                    to: self.to,
                    amount: 1,
                },
            ),
        };
        self.signer.sign(Transaction {
            chain: self.client.chain(),
            signer: self.signer.public(),
            nonce: self.nonce,
            valid_until: 80_000,
            gas_limit,
            max_gas_price: 1_000_000,
            tip: 1,
            deposit_max: 10_000_000_000_000,
            actions: vec![action],
        })
    }
}

/// It has its share waiting already.
fn is_full(error: &SdkError) -> bool {
    let SdkError::Rpc { error } = error else {
        return false;
    };
    matches!(
        **error,
        RpcError::PoolFull { .. }
            | RpcError::SenderFull { .. }
            | RpcError::TxNonceTooHigh { .. }
            | RpcError::Overloaded { .. }
            | RpcError::RateLimited { .. }
    )
}
