//! `argosy dev`, as developers run it: how soon it is ready; the round trip of an instant transaction; transfers
//! with blocks of 1 s.
//!
//! Always: a chain of its own for each figure; transactions are signed beforehand.

use std::ffi::OsString;
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow, ensure};
use argosy_primitives::{Action, SignedTransaction, Transaction};
use argosy_rpc_api::{BlockDetail, BlockSelector, RpcError};
use argosy_sdk::{Client, SdkError, require_success};
use futures::future::try_join_all;
use serde::Deserialize;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::Child;
use tokio::time::{sleep, timeout};

use super::super::{print, share_of};
use super::{RpcOptions, goal, short};
use crate::door;
use crate::load::account;
use crate::network::HEALED_WITHIN;
use crate::process::{self, READY_WITHIN};

/// Starts that are measured.
const STARTS: usize = 9;
const READY_MAX: Duration = Duration::from_millis(100);
/// Transactions whose round trip is measured.
const TRIPS: u64 = 2_000;
/// Before these, for what happens once only.
const WARM_UP: u64 = 200;
/// Accounts that send.
const SENDERS: usize = 10;
/// Transfers of each: more blocks than the first and the last.
const TRANSFERS: u64 = 8_000;
/// As many as these can be in one block; the usual ones would end every block.
const BLOCK_GAS: &str = "3000000000";
/// Transactions of one request, where there are several: as many calls as a node takes in a batch.
const BATCH: usize = 32;
/// A pool that takes nothing for now is asked again after this.
const PAUSE: Duration = Duration::from_millis(5);
const VALID_BLOCKS: u64 = 80_000;
const P50_MAX: Duration = Duration::from_millis(1);
const P99_MAX: Duration = Duration::from_millis(3);
const PER_SECOND_MIN: f64 = 10_000.0;

/// A running dev chain; it ends with its value.
pub(super) struct DevChain {
    pub(super) client: Client,
    /// From its start until it said that it is ready.
    ready_after: Duration,
    _child: Child,
}

/// What it says when it is ready.
#[derive(Deserialize)]
struct Ready {
    url: String,
}

pub(super) async fn run(options: &RpcOptions) -> Result<()> {
    starts(&options.argosy).await?;
    round_trips(&options.argosy).await?;
    transfers(&options.argosy, 1).await?;
    transfers(&options.argosy, BATCH).await
}

/// One start after the other.
async fn starts(argosy: &Path) -> Result<()> {
    let mut all = Vec::new();
    for _ in 0..STARTS {
        all.push(DevChain::start(argosy, &[]).await?.ready_after);
    }
    all.sort_unstable();
    let found = share_of(&all, 50);
    let wanted = format!("at most {} ms", READY_MAX.as_millis());
    print(
        &format!("argosy dev: ready, p50 of {STARTS} starts"),
        format!("{}{}", short(found), goal(&wanted, found <= READY_MAX)),
    );
    Ok(())
}

/// One transaction at a time, from sending to its receipt.
async fn round_trips(argosy: &Path) -> Result<()> {
    let chain = DevChain::start(argosy, &["--block-time", "instant"]).await?;
    let mut all = Vec::new();
    for (number, signed) in signed(&chain.client, 0, TRIPS + WARM_UP).iter().enumerate() {
        let begin = Instant::now();
        let answer = chain.client.submit_and_wait(signed).await?;
        let took = begin.elapsed();
        require_success(answer)?;
        if number as u64 >= WARM_UP {
            all.push(took);
        }
    }
    all.sort_unstable();
    for (percent, most) in [(50, P50_MAX), (99, P99_MAX)] {
        let found = share_of(&all, percent);
        let wanted = format!("at most {} ms", most.as_millis());
        print(
            &format!("argosy dev: an instant round trip, p{percent}"),
            format!("{}{}", short(found), goal(&wanted, found <= most)),
        );
    }
    Ok(())
}

/// As many at once as it takes, with a block each second.
async fn transfers(argosy: &Path, batch: usize) -> Result<()> {
    let mut words = vec!["--block-time", "1s"];
    let help = process::say(argosy, &["dev", "--help"].map(OsString::from)).await?;
    let has_option = help.contains("--block-gas");
    if has_option {
        words.extend(["--block-gas", BLOCK_GAS]);
    }
    let chain = DevChain::start(argosy, &words).await?;
    let client = &chain.client;
    let all: Vec<_> = (0..SENDERS)
        .map(|it| signed(client, it, TRANSFERS))
        .collect();
    let first = client.finalized_head().await?.at.height.0;
    let sending = try_join_all(all.iter().map(|it| submit(client, it, batch)));
    let expected = SENDERS * TRANSFERS as usize;
    let (blocks, _) = tokio::try_join!(follow(client, first, expected), sending)?;
    let rate = rate(&blocks).context("too few blocks with transfers")?;
    let limit = match has_option {
        true => format!("{BLOCK_GAS} gas a block"),
        false => "the usual gas a block".to_owned(),
    };
    // Of one in a request, HTTP itself is the larger part: see `system_health` of `calls`.
    let goal = match batch {
        1 => String::new(),
        _ => goal("at least 10000", rate >= PER_SECOND_MIN),
    };
    print(
        &format!("argosy dev: transfers/s, {batch} in a request, blocks of 1 s, {limit}"),
        format!(
            "{rate:.0} in {} blocks{goal}",
            blocks.len().saturating_sub(1)
        ),
    );
    Ok(())
}

/// The first transactions of an account.
fn signed(client: &Client, number: usize, count: u64) -> Vec<SignedTransaction> {
    let (signer, to) = (account(number), account((number + 1) % SENDERS).address());
    let signed = (0..count).map(|nonce| {
        signer.sign(Transaction {
            chain: client.chain(),
            signer: signer.public(),
            nonce,
            valid_until: VALID_BLOCKS,
            gas_limit: 100_000,
            max_gas_price: 1_000_000,
            tip: 1,
            deposit_max: 0,
            actions: vec![Action::Transfer { to, amount: 1 }],
        })
    });
    signed.collect()
}

/// Sends in order, so many in a request; a full pool is waited out.
async fn submit(client: &Client, all: &[SignedTransaction], batch: usize) -> Result<()> {
    let mut left = all;
    while !left.is_empty() {
        let some = left.get(..batch).unwrap_or(left);
        let sent = match some {
            [one] => vec![client.submit(one).await],
            some => client.submit_batch(some).await,
        };
        // Behind one that is not taken there may be some that are: they are known the next time.
        let mut taken = 0;
        for answer in sent {
            match answer {
                Ok(_) => taken += 1,
                Err(error) if is_known(&error) => taken += 1,
                Err(error) if is_busy(&error) => break,
                Err(error) => return Err(error).context("a good transfer is not taken"),
            }
        }
        if taken < some.len() {
            sleep(PAUSE).await;
        }
        left = left.get(taken..).unwrap_or_default();
    }
    Ok(())
}

fn is_known(error: &SdkError) -> bool {
    matches!(error.rpc(), Some(RpcError::TxKnown { .. }))
}

fn is_busy(error: &SdkError) -> bool {
    let SdkError::Rpc { error } = error else {
        return false;
    };
    matches!(
        **error,
        RpcError::PoolFull { .. }
            | RpcError::SenderFull { .. }
            | RpcError::TxNonceTooHigh { .. }
            | RpcError::Overloaded { .. }
    )
}

/// A block that has transactions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Filled {
    time_ms: u64,
    transactions: usize,
}

/// Blocks after a height, until so many transactions are in them.
async fn follow(client: &Client, mut height: u64, expected: usize) -> Result<Vec<Filled>> {
    let (mut blocks, mut done, mut moved) = (Vec::new(), 0, Instant::now());
    while done < expected {
        ensure!(
            moved.elapsed() < HEALED_WITHIN,
            "{done} of {expected} transfers are in blocks, and nothing goes on"
        );
        if client.finalized_head().await?.at.height.0 == height {
            sleep(PAUSE).await;
            continue;
        }
        height += 1;
        let selector = BlockSelector::Height(height);
        let block = client.block(selector, BlockDetail::Ids).await?;
        let transactions = block.tx_ids.len();
        if transactions > 0 {
            (done, moved) = (done + transactions, Instant::now());
            blocks.push(Filled {
                time_ms: block.header.time_ms.0,
                transactions,
            });
        }
    }
    Ok(blocks)
}

/// Transactions per second of the blocks between the first and the last, which may be filled in part.
fn rate(blocks: &[Filled]) -> Option<f64> {
    let (first, rest) = blocks.split_first()?;
    let (_, middle) = rest.split_last()?;
    let last = middle.last()?;
    let transactions: usize = middle.iter().map(|it| it.transactions).sum();
    let ms = last.time_ms.checked_sub(first.time_ms)?;
    (ms > 0).then(|| transactions as f64 * 1000.0 / ms as f64)
}

impl DevChain {
    pub(super) async fn start(argosy: &Path, words: &[&str]) -> Result<DevChain> {
        let begin = Instant::now();
        let mut child = process::clean(argosy)
            .args(["dev", "--port", "0", "--output", "json"])
            .args(words)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .with_context(|| format!("cannot start {}", argosy.display()))?;
        let stdout = child.stdout.take().context("it has no stdout")?;
        let mut line = String::new();
        let mut stdout = BufReader::new(stdout);
        let read = timeout(READY_WITHIN, stdout.read_line(&mut line)).await;
        read.map_err(|_| anyhow!("it is not ready after {} s", READY_WITHIN.as_secs()))??;
        let ready_after = begin.elapsed();
        let ready: Ready =
            serde_json::from_str(&line).with_context(|| format!("argosy dev said {line:?}"))?;
        Ok(DevChain {
            client: door::connect(&ready.url).await?,
            ready_after,
            _child: child,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn blocks(all: &[(u64, usize)]) -> Vec<Filled> {
        let filled = all.iter().map(|&(time_ms, transactions)| Filled {
            time_ms,
            transactions,
        });
        filled.collect()
    }

    #[test]
    fn the_first_and_the_last_block_do_not_count() {
        let all = blocks(&[(1_000, 7), (2_000, 900), (3_500, 600), (4_500, 3)]);
        assert_eq!(rate(&all), Some(600.0));
    }

    #[test]
    fn of_too_few_blocks_nobody_can_say() {
        assert_eq!(rate(&[]), None);
        assert_eq!(rate(&blocks(&[(1, 5)])), None);
        assert_eq!(rate(&blocks(&[(1, 5), (2, 5)])), None);
        assert_eq!(rate(&blocks(&[(1, 5), (1, 5), (2, 5)])), None);
    }
}
