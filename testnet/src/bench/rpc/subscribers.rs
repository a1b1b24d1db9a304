//! A thousand subscribers of events at ten blocks a second: when each hears of a block.
//!
//! Always: whoever misses an event, hears of one twice, or is told that it lags, is an error of the run.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use argosy_primitives::Action;
use argosy_rpc_api::{EventsNotice, Notice};
use argosy_sdk::TxOptions;
use jsonrpsee::core::client::{Subscription, SubscriptionClientT};
use jsonrpsee::rpc_params;
use jsonrpsee::ws_client::{WsClient, WsClientBuilder};
use tokio::task::JoinSet;
use tokio::time::timeout;

use super::super::{print, share_of};
use super::dev::DevChain;
use super::{goal, short};
use crate::load::account;

const SOCKETS: usize = 20;
const OF_EACH: usize = 50;
/// Blocks with an event each.
const BLOCKS: usize = 200;
/// From block to block. Who hears later than this hears of a block when there is another one.
const BLOCK_TIME: Duration = Duration::from_millis(100);
/// Longest time without news before the run counts as stalled.
const STALL: Duration = Duration::from_secs(30);

type Notices = Subscription<EventsNotice>;

pub(super) async fn run(argosy: &Path) -> Result<()> {
    let block_time = format!("{}ms", BLOCK_TIME.as_millis());
    let chain = DevChain::start(argosy, &["--block-time", block_time.as_str()]).await?;
    let client = &chain.client;
    let url = client.url().replacen("http", "ws", 1);
    let (mut sockets, mut listening) = (Vec::new(), JoinSet::new());
    for _ in 0..SOCKETS {
        let socket = WsClientBuilder::default().build(&url).await?;
        for _ in 0..OF_EACH {
            listening.spawn(heard(subscribe(&socket).await?, BLOCKS));
        }
        sockets.push(socket);
    }
    let (from, to) = (account(0), account(1).address());
    let (begin, mut made) = (Instant::now(), Vec::with_capacity(BLOCKS));
    for _ in 0..BLOCKS {
        let pay = vec![Action::Transfer { to, amount: 1 }];
        client.send(&from, pay, &TxOptions::default()).await?;
        made.push(Instant::now());
    }
    let per_second = BLOCKS as f64 / begin.elapsed().as_secs_f64();
    let mut late = Vec::new();
    while let Some(heard) = listening.join_next().await {
        late.extend(delays(&heard??, &made));
    }
    // They are open until everybody has heard of everything.
    drop(sockets);
    ensure!(
        late.len() == SOCKETS * OF_EACH * BLOCKS,
        "somebody missed something"
    );
    late.sort_unstable();
    let name = format!("{} subscribers", SOCKETS * OF_EACH);
    print(
        &format!("{name}: blocks with an event"),
        format!("{per_second:.1}/s"),
    );
    print(
        &format!("{name}: heard after the receipt, p50"),
        short(share_of(&late, 50)),
    );
    let p99 = share_of(&late, 99);
    print(
        &format!("{name}: the same, p99"),
        format!(
            "{}{}",
            short(p99),
            goal("before the next block", p99 <= BLOCK_TIME)
        ),
    );
    Ok(())
}

async fn subscribe(socket: &WsClient) -> Result<Notices> {
    let (subscribe, unsubscribe) = ("events_subscribe", "events_unsubscribe");
    Ok(socket
        .subscribe(subscribe, rpc_params![], unsubscribe)
        .await?)
}

/// When each of so many events was heard of.
async fn heard(mut notices: Notices, events: usize) -> Result<Vec<Instant>> {
    let (mut heard, mut last) = (Vec::with_capacity(events), None);
    while heard.len() < events {
        let notice = timeout(STALL, notices.next()).await;
        let notice = notice.context("a subscriber hears of nothing more")?;
        let Notice::News { entries, .. } = notice.context("the subscription ended")?? else {
            bail!("a subscriber was told that it lags");
        };
        for entry in entries {
            ensure!(last < Some(entry.cursor), "twice, or out of order");
            last = Some(entry.cursor);
            heard.push(Instant::now());
        }
    }
    Ok(heard)
}

/// How long after it was made each was heard of; nothing where that was before its sender knew.
fn delays(heard: &[Instant], made: &[Instant]) -> Vec<Duration> {
    let pairs = heard.iter().zip(made);
    pairs
        .map(|(heard, made)| heard.saturating_duration_since(*made))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_hears_before_the_sender_hears_at_once() {
        let begin = Instant::now();
        let at = |ms| begin + Duration::from_millis(ms);
        let found = delays(&[at(5), at(40)], &[at(10), at(30)]);
        assert_eq!(found, [Duration::ZERO, Duration::from_millis(10)]);
    }
}
