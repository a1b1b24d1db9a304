//! Transactions through RPC: the daemon on disk, and the dev chain in memory beside it.

use anyhow::Result;

use crate::load::{Load, call, transfer};
use crate::process::DevChain;
use crate::table::Table;

/// Adds the rows of this file.
pub(crate) fn measure(table: &mut Table, scale: usize) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()?;
    runtime.block_on(async {
        for block_time in ["1s", "instant"] {
            let memory = match DevChain::in_memory(block_time)? {
                Some(chain) => Some(rates(chain, 20_000 / scale).await?),
                None => None,
            };
            let disk = rates(DevChain::start(block_time)?, 20_000 / scale).await?;
            let rows = [
                ("native", disk.0, memory.map(|it| it.0)),
                ("token", disk.1, memory.map(|it| it.1)),
            ];
            for (what, disk, memory) in rows {
                let what = format!("{what} transfers through RPC, durable, {block_time} blocks");
                match memory {
                    Some(memory) => {
                        table.compared(&what, disk, "tx/s", memory, "argosy dev, in memory")
                    }
                    None => table.baseline(&what, disk, "tx/s"),
                }
            }
        }
        anyhow::Ok(())
    })
}

/// Native and token transfers per second.
async fn rates(chain: DevChain, count: usize) -> Result<(f64, f64)> {
    let mut load = Load::over(chain).await?;
    let native = load.run(count, transfer).await?.per_second;
    let token = load.deploy().await?;
    let tokens = load.run(count, move |to| call(token, to)).await?.per_second;
    Ok((native, tokens))
}
