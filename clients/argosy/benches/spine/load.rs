//! Transactions through RPC: throughput with blocks every second and with instant blocks, the
//! round trip of one instant transaction.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use argosy_primitives::{Action, Address, CodeHash, Nonce, SignedTransaction, Transaction};
use argosy_rpc_api::{BlockDetail, BlockSelector, RpcError};
use argosy_sdk::{Client, SdkError, Signer, dev_accounts};
use argosy_vm_abi::selector_of;
use parity_scale_codec::Encode;

use crate::process::DevChain;
use crate::table::Table;

const TOKEN: &[u8] = include_bytes!("../../../../contracts/artifacts/token.wasm");
/// What the issue names as the tool to beat, on a machine like this.
const TX_PER_SECOND: f64 = 3_500.0;
const ROUND_TRIP_MS: f64 = 1.25;
const TO_BEAT: &str = "3 500 tx/s, the tool to beat (reference of the issue)";
/// How long a transaction of the load stays valid: longer than any run, in blocks.
const VALID_BLOCKS: u64 = 80_000;
/// Longest time without progress before the run counts as stalled.
const STALL: Duration = Duration::from_secs(30);

/// A dev chain under load, with its senders.
pub(crate) struct Load {
    pub(crate) chain: DevChain,
    pub(crate) client: Arc<Client>,
    senders: Vec<Signer>,
    nonces: Vec<Nonce>,
}

/// Adds the rows of this file.
pub(crate) fn measure(table: &mut Table, scale: usize) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()?;
    runtime.block_on(measure_all(table, scale))
}

async fn measure_all(table: &mut Table, scale: usize) -> Result<()> {
    let count = 20_000 / scale;
    let floor = floor(count / 4).await?;
    table.baseline("RPC alone: system_health calls, 10 at once", floor, "/s");
    for (block_time, name) in [("1s", "1 s blocks"), ("instant", "instant blocks")] {
        let mut load = Load::start(block_time).await?;
        let rate = load.run(count, transfer).await?;
        table.compared(
            &format!("native transfers through RPC, {name}"),
            rate.per_second,
            "tx/s",
            TX_PER_SECOND,
            TO_BEAT,
        );
        table.compared(
            "  the same beside RPC alone",
            rate.per_second,
            "tx/s",
            floor,
            "system_health calls/s",
        );
        table.compared(
            "  cost per block at the end",
            rate.late,
            "us/tx",
            rate.early,
            "us/tx of the first quarter",
        );
        let token = load.deploy().await?;
        let rate = load.run(count, move |to| call(token, to)).await?;
        table.compared(
            &format!("token transfers through RPC, {name}"),
            rate.per_second,
            "tx/s",
            TX_PER_SECOND,
            TO_BEAT,
        );
        table.compared(
            "  cost per block at the end",
            rate.late,
            "us/tx",
            rate.early,
            "us/tx of the first quarter",
        );
        if let Some(mb) = load.chain.resident_mb() {
            table.baseline(
                &format!("  memory after {} transactions", 2 * count),
                mb,
                "MB",
            );
        }
    }
    round_trips(table, 2_000 / scale).await
}

/// Calls per second of a method that does nothing, from as many clients at once as the load has.
async fn floor(count: usize) -> Result<f64> {
    let load = Load::start("instant").await?;
    let begin = Instant::now();
    let callers = (0..load.senders.len()).map(|_| {
        let client = Arc::clone(&load.client);
        let calls = count / load.senders.len();
        tokio::spawn(async move {
            for _ in 0..calls {
                client.health().await?;
            }
            Ok::<usize, SdkError>(calls)
        })
    });
    let mut calls = 0;
    for caller in callers.collect::<Vec<_>>() {
        calls += caller.await??;
    }
    Ok(calls as f64 / begin.elapsed().as_secs_f64())
}

/// What a run found.
pub(crate) struct Rate {
    pub(crate) per_second: f64,
    /// Microseconds per transaction in the first and in the last quarter.
    early: f64,
    late: f64,
}

impl Load {
    async fn start(block_time: &str) -> Result<Load> {
        Load::over(DevChain::start(block_time)?).await
    }

    /// The load for a chain that runs.
    pub(crate) async fn over(chain: DevChain) -> Result<Load> {
        let client = Arc::new(Client::connect(&chain.url).await?);
        let senders: Vec<Signer> = dev_accounts()
            .into_iter()
            .map(|(_, signer)| signer)
            .collect();
        let nonces = vec![0; senders.len()];
        Ok(Load {
            chain,
            client,
            senders,
            nonces,
        })
    }

    fn sign(
        &mut self,
        sender: usize,
        gas_limit: u64,
        actions: Vec<Action>,
        valid_until: u64,
    ) -> SignedTransaction {
        let signer = &self.senders[sender];
        let nonce = self.nonces[sender];
        self.nonces[sender] += 1;
        signer.sign(Transaction {
            chain: self.client.chain(),
            signer: signer.public(),
            nonce,
            valid_until,
            gas_limit,
            max_gas_price: 1_000_000,
            tip: 1,
            // Every waiting transaction reserves its own.
            deposit_max: 1 << 40,
            actions,
        })
    }

    pub(crate) async fn height(&self) -> Result<u64> {
        Ok(self.client.finalized_head().await?.at.height.0)
    }

    /// Signs `count` transactions beforehand, sends each sender's in order, all senders at once,
    /// and waits until every one is executed.
    pub(crate) async fn run(
        &mut self,
        count: usize,
        action: impl Fn(Address) -> (u64, Action),
    ) -> Result<Rate> {
        let (from, senders) = (self.height().await?, self.senders.len());
        let valid_until = from + VALID_BLOCKS;
        let mut queues = vec![Vec::new(); senders];
        for number in 0..count {
            let sender = number % senders;
            let to = self.senders[(sender + 1 + number / 7 % (senders - 1)) % senders].address();
            let (gas, action) = action(to);
            let signed = self.sign(sender, gas, vec![action], valid_until);
            queues[sender].push(signed);
        }
        let begin = Instant::now();
        let tasks = queues.into_iter().map(|queue| {
            let client = Arc::clone(&self.client);
            tokio::spawn(async move { send(&client, queue).await })
        });
        let tasks = tasks.collect::<Vec<_>>();
        let sending = async {
            for task in tasks {
                task.await??;
            }
            anyhow::Ok(())
        };
        // A sender that fails ends the run at once.
        let (marks, ()) = tokio::try_join!(self.follow(from, count, begin), sending)?;
        let at = |share: f64| {
            marks
                .iter()
                .find(|(done, _)| *done as f64 >= share * count as f64)
                .map_or(0.0, |mark| mark.1)
        };
        let (quarter, three, whole) = (at(0.25), at(0.75), at(1.0));
        let share = count as f64 / 4.0 / 1e6;
        Ok(Rate {
            per_second: count as f64 / whole,
            early: quarter / share,
            late: (whole - three) / share,
        })
    }

    /// Counts executed transactions block by block; (how many, seconds since the begin).
    async fn follow(
        &self,
        mut height: u64,
        count: usize,
        begin: Instant,
    ) -> Result<Vec<(usize, f64)>> {
        let (mut done, mut marks, mut moved) = (0, Vec::new(), Instant::now());
        while done < count {
            ensure!(
                moved.elapsed() < STALL,
                "stalled at {done} of {count} transactions"
            );
            if self.height().await? == height {
                tokio::time::sleep(Duration::from_millis(5)).await;
                continue;
            }
            height += 1;
            let block = self
                .client
                .block(BlockSelector::Height(height), BlockDetail::Ids)
                .await?;
            let included = block.tx_ids.len();
            done += included;
            if included > 0 {
                moved = Instant::now();
                marks.push((done, begin.elapsed().as_secs_f64()));
            }
        }
        Ok(marks)
    }

    /// Stores and creates the token and gives every sender some.
    pub(crate) async fn deploy(&mut self) -> Result<Address> {
        let code = CodeHash::of(TOKEN);
        let message = (selector_of("init"), "Bench", "BNCH", 0u8, 1u128 << 80).encode();
        let create = Action::Instantiate {
            code,
            salt: [0; 32],
            admin: None,
            funds: 0,
            message,
        };
        let valid_until = self.height().await? + VALID_BLOCKS;
        let signed = self.sign(
            0,
            90_000_000,
            vec![
                Action::StoreCode {
                    code: TOKEN.to_vec(),
                },
                create,
            ],
            valid_until,
        );
        let receipt = self.client.submit_and_wait(&signed).await?.receipt;
        let created = receipt
            .data
            .0
            .first_chunk::<32>()
            .context("no address in the receipt")?;
        let token = Address::from_bytes(*created);
        let others: Vec<Address> = self.senders.iter().skip(1).map(Signer::address).collect();
        for to in others {
            let message = (selector_of("transfer"), to, 1u128 << 60).encode();
            let action = Action::Call {
                contract: token,
                funds: 0,
                message,
                abi_hash: None,
            };
            let signed = self.sign(0, 5_000_000, vec![action], valid_until);
            self.client.submit_and_wait(&signed).await?;
        }
        Ok(token)
    }
}

pub(crate) fn transfer(to: Address) -> (u64, Action) {
    (100_000, Action::Transfer { to, amount: 1 })
}

pub(crate) fn call(token: Address, to: Address) -> (u64, Action) {
    let message = (selector_of("transfer"), to, 1u128).encode();
    (
        400_000,
        Action::Call {
            contract: token,
            funds: 0,
            message,
            abi_hash: None,
        },
    )
}

/// Sends in order; a full mempool is waited out, anything else is a failure.
async fn send(client: &Client, queue: Vec<SignedTransaction>) -> Result<()> {
    for signed in queue {
        loop {
            match client.submit(&signed).await {
                Ok(_) => break,
                Err(error) if is_busy(&error) => {
                    tokio::time::sleep(Duration::from_millis(20)).await
                }
                Err(error) => return Err(error.into()),
            }
        }
    }
    Ok(())
}

/// Whether the same transaction may be let in a moment later.
fn is_busy(error: &SdkError) -> bool {
    let SdkError::Rpc { error, .. } = error else {
        return false;
    };
    matches!(
        **error,
        RpcError::Overloaded { .. }
            | RpcError::RateLimited { .. }
            | RpcError::PoolFull { .. }
            | RpcError::SenderFull { .. }
    )
}

/// One transaction at a time, from sending to its receipt.
async fn round_trips(table: &mut Table, count: usize) -> Result<()> {
    let mut load = Load::start("instant").await?;
    let to = load.senders[1].address();
    let (_, action) = transfer(to);
    let mut times = Vec::with_capacity(count);
    for _ in 0..count {
        let signed = load.sign(0, 100_000, vec![action.clone()], VALID_BLOCKS);
        let begin = Instant::now();
        load.client.submit_and_wait(&signed).await?;
        times.push(begin.elapsed().as_secs_f64() * 1e3);
    }
    times.sort_by(f64::total_cmp);
    let at = |share: usize| {
        times
            .get(times.len() * share / 100)
            .copied()
            .unwrap_or_default()
    };
    let reference = "1.0-1.5 ms, the tool to beat (reference of the issue)";
    table.compared(
        "one instant transaction, send to receipt, p50",
        at(50),
        "ms",
        ROUND_TRIP_MS,
        reference,
    );
    table.compared(
        "one instant transaction, send to receipt, p99",
        at(99),
        "ms",
        at(50),
        "its p50",
    );
    Ok(())
}
