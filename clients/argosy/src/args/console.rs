//! `argosy console`.

use clap::Args;

/// `argosy console`.
#[derive(Debug, Args)]
pub(crate) struct ConsoleArgs {
    /// Go on after a command that fails; the exit code is that of the first one. At a terminal it always goes on
    #[arg(long)]
    pub(crate) keep_going: bool,
}
