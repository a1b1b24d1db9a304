//! What failures cost: one validator dead, all of them killed, one that is late.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::Result;

use super::{BenchOptions, VALIDATORS, blocks_per_second, network, print, spread};
use crate::network::{LOOK_EVERY, Network};

/// How often all are killed.
const KILLS: usize = 10;

pub(super) async fn run(options: &BenchOptions, folder: &Path) -> Result<()> {
    let mut network = network(&options.daemon, folder, "0ms").await?;
    one_dead(options, &mut network).await?;
    late(options, &mut network).await?;
    all_killed(&mut network).await?;
    network.stop().await
}

/// The last one is killed, and stays away.
async fn one_dead(options: &BenchOptions, network: &mut Network) -> Result<()> {
    let healthy = blocks_per_second(network, 0, options.each).await?;
    network.kill(&[VALIDATORS - 1]).await?;
    let at_first = blocks_per_second(network, 0, options.each).await?;
    // Passed over as a proposer by then.
    network
        .reach(&[0, 1, 2], network.nodes[0].head().await? + ABSENT_BLOCKS)
        .await?;
    let later = blocks_per_second(network, 0, options.each).await?;
    let share = |it: f64| format!("{it:.1}, {:.2} of the healthy rate", it / healthy.max(0.1));
    print("blocks/s of four validators", format!("{healthy:.1}"));
    print("blocks/s with one of them dead, at first", share(at_first));
    print(
        "blocks/s with one of them dead, once it is passed over",
        share(later),
    );
    Ok(())
}

/// More than it takes to be passed over.
const ABSENT_BLOCKS: u64 = 80;

/// The dead one comes back, many blocks late.
async fn late(options: &BenchOptions, network: &mut Network) -> Result<()> {
    let (late, others) = (VALIDATORS - 1, [0, 1, 2]);
    let target = network.nodes[0].head().await? + options.missed;
    network
        .reach_within(&others, target, Duration::from_secs(600))
        .await?;
    let begin = Instant::now();
    network.start(&[late]).await?;
    let started = begin.elapsed();
    let first = network.nodes[late].head().await?;
    loop {
        let (own, head) = (
            network.nodes[late].head().await?,
            network.nodes[0].head().await?,
        );
        if own + 1 >= head {
            let missed = own.saturating_sub(first);
            let took = begin.elapsed().saturating_sub(started);
            print(
                "a late validator catches up",
                format!(
                    "{missed} blocks in {:.1} s, {:.0} blocks/s",
                    took.as_secs_f64(),
                    missed as f64 / took.as_secs_f64()
                ),
            );
            return Ok(());
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

/// All of them at once, again and again.
async fn all_killed(network: &mut Network) -> Result<()> {
    let all: Vec<usize> = (0..VALIDATORS).collect();
    let mut healed = Vec::new();
    for _ in 0..KILLS {
        let before = network.highest(&all).await?;
        network.kill(&all).await?;
        let begin = Instant::now();
        network.start(&all).await?;
        network.reach(&all[..1], before + 1).await?;
        healed.push(begin.elapsed());
    }
    print(
        "from the start of four killed ones to a new block",
        spread(healed),
    );
    Ok(())
}
