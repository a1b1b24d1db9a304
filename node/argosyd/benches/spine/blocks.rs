//! Does load on RPC delay blocks? Blocks every 100 ms, first quietly, then while clients ask as much
//! as they can; the intervals between the blocks, by their own times.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::Result;
use argosy_rpc_api::{BlockDetail, BlockSelector};
use argosy_sdk::{Client, Signer, Transaction, dev_accounts};

use crate::load::{Load, transfer};
use crate::process::DevChain;
use crate::table::Table;

const CLIENTS: usize = 32;

/// Adds the rows of this file.
pub(crate) fn measure(table: &mut Table, scale: usize) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()?;
    let blocks = 200 / scale as u64;
    runtime.block_on(async {
        let mut load = Load::over(DevChain::start("100ms")?).await?;
        // Something to ask for, and blocks that are not all empty.
        load.run(2_000 / scale, transfer).await?;
        let quiet = intervals(&load, blocks).await?;
        let flood = Flood::start(&load);
        let loud = intervals(&load, blocks).await?;
        let calls = flood.stop().await;
        let names = ["p50", "p99", "longest"];
        for (name, (quiet, loud)) in names.iter().zip(quiet.into_iter().zip(loud)) {
            table.baseline(
                &format!("interval of 100 ms blocks, quiet, {name}"),
                quiet,
                "ms",
            );
            table.compared(
                &format!("  the same under {CLIENTS} busy RPC clients, {name}"),
                loud,
                "ms",
                quiet,
                "quiet",
            );
        }
        table.baseline("  RPC calls answered meanwhile", calls, "/s");
        anyhow::Ok(())
    })
}

/// p50, p99 and the longest interval between so many blocks from now on.
async fn intervals(load: &Load, blocks: u64) -> Result<[f64; 3]> {
    let begin = load.height().await?;
    while load.height().await? < begin + blocks {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let (mut times, mut last) = (Vec::new(), None);
    for height in begin..=begin + blocks {
        let header = load.client.header(BlockSelector::Height(height)).await?;
        let time_ms = header.header.time_ms.0;
        times.extend(last.map(|last: u64| (time_ms - last) as f64));
        last = Some(time_ms);
    }
    times.sort_by(f64::total_cmp);
    let at = |share: usize| times[(times.len() - 1) * share / 100];
    Ok([at(50), at(99), at(100)])
}

/// Clients that ask without a pause: accounts, whole blocks, simulations.
struct Flood {
    stop: Arc<AtomicBool>,
    calls: Arc<AtomicU64>,
    begin: Instant,
    clients: Vec<tokio::task::JoinHandle<()>>,
}

impl Flood {
    fn start(load: &Load) -> Flood {
        let (stop, calls) = (
            Arc::new(AtomicBool::new(false)),
            Arc::new(AtomicU64::new(0)),
        );
        let client = |number: usize| {
            let (stop, calls) = (Arc::clone(&stop), Arc::clone(&calls));
            let client = Arc::clone(&load.client);
            let (_, signer) = dev_accounts().swap_remove(number % 10);
            tokio::spawn(async move {
                while !stop.load(Ordering::Relaxed) {
                    // A node that is overloaded says so; that is an answer too.
                    let _ = ask(&client, &signer, number).await;
                    calls.fetch_add(1, Ordering::Relaxed);
                }
            })
        };
        let clients = (0..CLIENTS).map(client).collect();
        Flood {
            stop,
            calls,
            begin: Instant::now(),
            clients,
        }
    }

    /// Calls per second.
    async fn stop(self) -> f64 {
        self.stop.store(true, Ordering::Relaxed);
        for client in self.clients {
            // A client that panicked asked less.
            let _ = client.await;
        }
        self.calls.load(Ordering::Relaxed) as f64 / self.begin.elapsed().as_secs_f64()
    }
}

async fn ask(client: &Client, signer: &Signer, number: usize) -> Result<()> {
    match number % 3 {
        0 => {
            client
                .account(signer.address(), BlockSelector::Latest)
                .await?;
        }
        1 => {
            let first = BlockSelector::Height(1);
            client.block(first, BlockDetail::Full).await?;
        }
        _ => {
            let (_, action) = transfer(signer.address());
            let transaction = Transaction {
                chain: client.chain(),
                signer: signer.public(),
                nonce: 0,
                valid_until: 1_000,
                gas_limit: 100_000,
                max_gas_price: 1_000_000,
                tip: 1,
                deposit_max: 0,
                actions: vec![action],
            };
            client.simulate(&transaction, BlockSelector::Latest).await?;
        }
    }
    Ok(())
}
