//! `argosy rpc`, `completions`, `man`, `reference`: what serves other tools.

use std::path::PathBuf;

use clap::{Args, ValueEnum, ValueHint};
use clap_complete::ArgValueCandidates;

use crate::completion;

/// `argosy rpc`.
#[derive(Debug, Args)]
pub(crate) struct RpcArgs {
    /// The method, for example account_get
    #[arg(required_unless_present = "list", add = ArgValueCandidates::new(completion::rpc_methods))]
    pub(crate) method: Option<String>,
    /// Its parameters: a JSON object by name or a JSON array by position, - to read it from stdin
    #[arg(value_name = "JSON")]
    pub(crate) params: Option<String>,
    /// List the methods that this version knows; needs no node
    #[arg(long, conflicts_with = "method")]
    pub(crate) list: bool,
}

/// `argosy completions`.
#[derive(Debug, Args)]
pub(crate) struct CompletionsArgs {
    /// For which shell
    pub(crate) shell: Shell,
}

/// Shells that complete.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Shell {
    Bash,
    Elvish,
    Fish,
    Powershell,
    Zsh,
}

/// `argosy man`.
#[derive(Debug, Args)]
pub(crate) struct ManArgs {
    /// Write the pages of all commands into this folder [default: the first page, to stdout]
    #[arg(long, value_name = "FOLDER", value_hint = ValueHint::DirPath)]
    pub(crate) dir: Option<PathBuf>,
}
