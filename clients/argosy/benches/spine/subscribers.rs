//! A thousand subscribers of events at ten blocks a second: does each hear of everything, and when.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use argosy_rpc_api::{EventsNotice, Notice};
use argosy_sdk::{Action, Client, TxOptions, dev_account};
use jsonrpsee::core::client::SubscriptionClientT;
use jsonrpsee::rpc_params;
use jsonrpsee::ws_client::{WsClient, WsClientBuilder};
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::process::DevChain;
use crate::table::Table;

const SOCKETS: usize = 20;
const OF_EACH: usize = 50;
/// Longest time without news before the run counts as stalled.
const STALL: Duration = Duration::from_secs(30);

/// Adds the rows of this file.
pub(crate) fn measure(table: &mut Table, scale: usize) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()?;
    runtime.block_on(listen(table, 200 / scale))
}

async fn listen(table: &mut Table, blocks: usize) -> Result<()> {
    let chain = DevChain::start("100ms")?;
    let client = Client::connect(&chain.url).await?;
    let url = chain.url.replacen("http", "ws", 1);
    let (mut sockets, mut listening) = (Vec::new(), JoinSet::new());
    for _ in 0..SOCKETS {
        let socket = WsClientBuilder::default().build(&url).await?;
        for _ in 0..OF_EACH {
            listening.spawn(heard(subscribe(&socket).await?, blocks));
        }
        sockets.push(socket);
    }
    let before = chain.resident_mb();
    let (alice, bob) = dev_account("alice")
        .zip(dev_account("bob"))
        .context("dev accounts")?;
    let to = bob.address();
    let (begin, mut made) = (Instant::now(), Vec::new());
    for _ in 0..blocks {
        let pay = vec![Action::Transfer { to, amount: 1 }];
        client.send(&alice, pay, &TxOptions::default()).await?;
        made.push(Instant::now());
    }
    let per_second = blocks as f64 / begin.elapsed().as_secs_f64();
    let mut delays = Vec::new();
    while let Some(heard) = listening.join_next().await {
        let heard = heard??;
        let late = heard.iter().zip(&made);
        delays.extend(late.map(|(heard, made)| heard.saturating_duration_since(*made)));
    }
    ensure!(
        delays.len() == SOCKETS * OF_EACH * blocks,
        "somebody missed something"
    );
    delays.sort_unstable();
    let at = |part: usize| delays[(delays.len() - 1) * part / 100].as_secs_f64() * 1_000.0;
    table.baseline("1 000 subscribers: blocks with an event", per_second, "/s");
    table.baseline(
        "  heard after its sender had the receipt, p50",
        at(50),
        "ms",
    );
    table.compared(
        "  the same, p99",
        at(99),
        "ms",
        100.0,
        "ms from block to block",
    );
    if let (Some(now), Some(before)) = (chain.resident_mb(), before) {
        table.compared(
            "  memory then",
            now,
            "MB",
            before,
            "MB before the first block",
        );
    }
    drop(sockets);
    Ok(())
}

type Notices = jsonrpsee::core::client::Subscription<EventsNotice>;

async fn subscribe(socket: &WsClient) -> Result<Notices> {
    let (subscribe, unsubscribe) = ("events_subscribe", "events_unsubscribe");
    Ok(socket
        .subscribe(subscribe, rpc_params![], unsubscribe)
        .await?)
}

/// When each of so many events was heard of.
async fn heard(mut notices: Notices, events: usize) -> Result<Vec<Instant>> {
    let (mut heard, mut last) = (Vec::new(), None);
    while heard.len() < events {
        let notice = timeout(STALL, notices.next()).await?;
        let Notice::News { entries, .. } = notice.context("the subscription ended")?? else {
            anyhow::bail!("a subscriber was told that it lags");
        };
        for entry in entries {
            ensure!(last < Some(entry.cursor), "twice, or out of order");
            last = Some(entry.cursor);
            heard.push(Instant::now());
        }
    }
    Ok(heard)
}
