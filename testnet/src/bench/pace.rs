//! Empty blocks: how many, how soon they are final, what a node takes in memory.

use std::path::Path;
use std::time::Duration;

use anyhow::Result;
use argosy_primitives::Action;
use argosy_rpc_api::BlockSelector;
use argosy_sdk::Client;

use super::{BenchOptions, VALIDATORS, blocks_per_second, network, print, resident_mib, spread};
use crate::commits;
use crate::load::account;
use crate::network::Network;

/// Payments whose way is measured.
const PAYMENTS: usize = 40;

pub(super) async fn run(options: &BenchOptions, folder: &Path) -> Result<()> {
    for (name, target_time) in [("1 s", "1s"), ("0", "0ms")] {
        let folder = folder.join(name.replace(' ', ""));
        let mut network = network(&options.daemon, &folder, target_time).await?;
        let label = |what: &str| format!("{what}, target_time {name}");
        let during = match name {
            "0" => options.each,
            _ => options.each.max(Duration::from_secs(10)),
        };
        let first = network.nodes[0].head().await?;
        let pace = blocks_per_second(&network, 0, during).await?;
        print(&label("empty blocks/s"), format!("{pace:.1}"));
        let last = network.nodes[0].head().await?;
        let decided = decided(&network, first, last).await?;
        print(&label("from proposal to commit"), spread(decided));
        let client = network.nodes[0].client()?;
        print(
            &label("from submission to commit"),
            spread(paid(&client).await?),
        );
        let mut memory = Vec::new();
        for number in 0..VALIDATORS {
            memory.push(resident_mib(network.nodes[number].pid()?)?.to_string());
        }
        print(&label("resident MiB of each node"), memory.join(", "));
        network.stop().await?;
    }
    Ok(())
}

/// From the time in a block, which its proposer took when it began to build, to its commit on node 0.
async fn decided(network: &Network, first: u64, last: u64) -> Result<Vec<Duration>> {
    let node = &network.nodes[0];
    let client = node.client()?;
    let commits = commits::read(&node.log)?;
    let mut all = Vec::new();
    for height in first.saturating_add(1)..=last {
        let header = client.header(BlockSelector::Height(height)).await?.header;
        if let Some(at_ms) = commits.get(&height) {
            all.push(Duration::from_millis(
                at_ms.saturating_sub(header.time_ms.0),
            ));
        }
    }
    Ok(all)
}

/// From a client's call until it is told the receipt.
async fn paid(client: &Client) -> Result<Vec<Duration>> {
    let (from, to) = (account(0), account(1).address());
    let mut all = Vec::new();
    for number in 0..PAYMENTS {
        // Not in step with the blocks.
        tokio::time::sleep(Duration::from_millis(37 * (number as u64 % 7))).await;
        let begin = std::time::Instant::now();
        let pay = Action::Transfer { to, amount: 1 };
        client.send(&from, vec![pay], &Default::default()).await?;
        all.push(begin.elapsed());
    }
    Ok(all)
}
