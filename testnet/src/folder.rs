//! A folder for one run: gone with it, kept if something was found.

use std::path::Path;

use anyhow::{Context, Result};

/// Runs something in a new folder. An error says where everything is kept.
pub(crate) fn in_folder<T>(
    prefix: &str,
    seed: u64,
    run: impl AsyncFnOnce(&Path) -> Result<T>,
) -> Result<T> {
    let folder = tempfile::Builder::new().prefix(prefix).tempdir()?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()?;
    let ended = runtime.block_on(run(folder.path()));
    ended.with_context(|| {
        let path = folder.keep();
        format!(
            "seed {seed}; data directories and logs are kept in {}",
            path.display()
        )
    })
}
