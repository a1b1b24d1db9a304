//! `argosy demo`.

use std::path::PathBuf;

use clap::Args;

/// `argosy demo`.
#[derive(Debug, Args)]
pub(crate) struct DemoArgs {
    /// On this argosyd and a directory of its own, which is killed, restarted and replayed
    #[arg(long, value_name = "PATH")]
    pub(crate) daemon: Option<PathBuf>,
}
