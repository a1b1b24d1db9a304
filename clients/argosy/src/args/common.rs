//! What several commands take: whose key, which network, which block.

use std::path::PathBuf;

use argosy_primitives::Hrp;
use argosy_rpc_api::BlockSelector;
use clap::{Args, ValueHint};
use clap_complete::ArgValueCandidates;

use crate::completion;

/// Where a passphrase comes from; never from the command line, which other processes can read.
#[derive(Debug, Clone, Args)]
pub(crate) struct PassphraseArgs {
    /// Read the passphrase from this file instead of the terminal
    #[arg(long, value_name = "FILE", env = "ARGOSY_PASSPHRASE_FILE", value_hint = ValueHint::FilePath)]
    pub(crate) passphrase_file: Option<PathBuf>,
}

/// For which network addresses are written.
#[derive(Debug, Clone, Copy, Args)]
pub(crate) struct NetworkArgs {
    /// Network to write addresses for: argo (main), targo (test), dargo (dev) [default: that of --network, else dargo]
    #[arg(long, value_name = "HRP")]
    pub(crate) hrp: Option<Hrp>,
}

/// Which block a read is about.
#[derive(Debug, Clone, Copy, Args)]
pub(crate) struct AtArgs {
    /// Read at this block: a height, a 0x hash, latest or earliest
    #[arg(long, value_name = "BLOCK")]
    pub(crate) at: Option<BlockSelector>,
}

/// Who signs and pays.
#[derive(Debug, Clone, Args)]
pub(crate) struct SenderArgs {
    /// Who signs and pays: one of your keys, or a dev account; with --unsigned or --dry-run also a
    /// public key, ed25519:0x…
    #[arg(long, value_name = "NAME", env = "ARGOSY_FROM", add = ArgValueCandidates::new(completion::signers))]
    pub(crate) from: Option<String>,
    #[command(flatten)]
    pub(crate) passphrase: PassphraseArgs,
    /// Gas limit [default: what a simulation used, and a quarter more]
    #[arg(long, value_name = "GAS")]
    pub(crate) gas: Option<u64>,
    /// Most tokens to lock as deposit [default: what a simulation locked, and some more];
    /// with --gas too, nothing is simulated, and what fails is sent all the same
    #[arg(long, value_name = "AMOUNT")]
    pub(crate) deposit_max: Option<String>,
    /// Units per gas for the proposer, on top of the base price
    #[arg(long, value_name = "UNITS", default_value_t = 0)]
    pub(crate) tip: u64,
    /// Try it and show what it would do; nothing is signed or sent
    #[arg(long, conflicts_with = "unsigned")]
    pub(crate) dry_run: bool,
    /// Write the transaction to this file (- = stdout) instead of signing and sending it; then
    /// `argosy tx sign` where the key is, and `argosy tx send`
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) unsigned: Option<PathBuf>,
}
