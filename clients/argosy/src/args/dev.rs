//! `argosy dev`: the chain, and what to do with one that runs.

use std::path::PathBuf;

use argosy_fork::ForkPlace;
use argosy_primitives::GenesisHash;
use argosy_replica::BlockMode;
use argosy_rpc_api::Bytes;
use clap::{Args, Subcommand, ValueHint};
use clap_complete::ArgValueCandidates;

use crate::account::AccountRef;
use crate::completion;

/// `argosy dev`.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct DevArgs {
    #[command(subcommand)]
    pub(crate) command: Option<DevCommand>,
    #[command(flatten)]
    pub(crate) chain: DevChainArgs,
}

/// What a chain that is running does on request; `--rpc-url` says which.
#[derive(Debug, Subcommand)]
pub(crate) enum DevCommand {
    /// Give an account funds out of nothing
    Faucet {
        /// A name of yours, a dev account, or an address
        account: AccountRef,
        /// How much, in tokens [default: 1000]
        #[arg(long, value_name = "TOKENS", allow_negative_numbers = true)]
        amount: Option<String>,
    },
    /// Set what an account has
    SetBalance {
        /// A name of yours, a dev account, or an address
        account: AccountRef,
        /// How much, in tokens
        #[arg(allow_negative_numbers = true)]
        balance: String,
    },
    /// Raise the nonce of an account
    SetNonce {
        /// A name of yours, a dev account, or an address
        account: AccountRef,
        /// The nonce of its next transaction
        nonce: u64,
    },
    /// Set what a contract stores under a key
    SetStorage {
        /// The contract's address
        #[arg(add = ArgValueCandidates::new(completion::contracts))]
        contract: AccountRef,
        /// The key, 0x and hex digits
        key: Bytes,
        /// The value, 0x and hex digits [default: the key is removed]
        value: Option<Bytes>,
    },
    /// Let a contract run another module, without migration
    SetCode {
        /// The contract's address
        #[arg(add = ArgValueCandidates::new(completion::contracts))]
        contract: AccountRef,
        /// The module, a .wasm file
        #[arg(value_hint = ValueHint::FilePath)]
        file: PathBuf,
    },
    /// Do what an unsigned transaction says as any account or contract, without its key
    Impersonate {
        /// As whom
        account: AccountRef,
        /// The transaction, as --unsigned writes it; signer, nonce and prices in it do not count
        #[arg(value_hint = ValueHint::FilePath)]
        file: PathBuf,
    },
    /// Make blocks
    Mine {
        /// How many
        #[arg(default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=10_000))]
        count: u32,
        /// Milliseconds between their times
        #[arg(long, value_name = "MS", default_value_t = 0)]
        interval_ms: u32,
    },
    /// Make blocks at another pace
    Mining {
        /// instant, manual, or a period such as 1s
        mode: BlockMode,
    },
    /// Set the chain's clock and make a block; it never runs backwards
    SetTime {
        /// Milliseconds since 1970
        time_ms: u64,
    },
    /// Move the chain's clock on and make a block
    IncreaseTime {
        /// By how much: 90s, 5m, 2h, 1d
        #[arg(value_parser = span_ms)]
        by: u64,
    },
    /// Remember this moment, and print its number
    Snapshot,
    /// Go back to a moment, and forget it and later ones
    Revert {
        /// Its number
        snapshot: u32,
    },
    /// Go back to how the chain began
    Reset,
    /// Write the chain to the file that it was started with (--state)
    Dump,
    /// Go to the chain in the file that it was started with (--state)
    Load,
}

/// How the chain is started.
#[derive(Debug, Args)]
pub(crate) struct DevChainArgs {
    /// Address to listen on; anyone who reaches it can spend the public dev accounts
    #[arg(long, default_value = "127.0.0.1")]
    pub(crate) host: std::net::IpAddr,
    /// Port to listen on; 0 = any that is free
    #[arg(long, default_value_t = 9533)]
    pub(crate) port: u16,
    /// When blocks are made: instant, manual (one per line on stdin), or a period such as 1s, 500ms
    #[arg(long, default_value = "instant")]
    pub(crate) block_time: BlockMode,
    /// How many accounts have funds
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1_000))]
    pub(crate) accounts: Option<u32>,
    /// What each of them has, in tokens
    #[arg(long, value_name = "TOKENS")]
    pub(crate) balance: Option<String>,
    /// BIP-39 phrase that their keys come from; never one that guards anything of value
    #[arg(
        long,
        value_name = "PHRASE",
        env = "ARGOSY_DEV_MNEMONIC",
        hide_env_values = true
    )]
    pub(crate) mnemonic: Option<String>,
    /// Gas of a block; more than the usual 300000000 lets more transactions into each
    #[arg(long, value_name = "GAS", value_parser = clap::value_parser!(u64).range(300_000_000..=10_000_000_000))]
    pub(crate) block_gas: Option<u64>,
    /// File that keeps the chain: read at the start if it is there, replaced at the end
    #[arg(long, value_name = "FILE")]
    pub(crate) state: Option<PathBuf>,
    /// Keep an index: transactions by account, and a list of contracts
    #[arg(long, conflicts_with = "fork")]
    pub(crate) index: bool,
    /// Go on from a block of another chain, whose state is read as it is touched: a node's URL, and
    /// @HEIGHT for another block than its newest
    #[arg(long, value_name = "URL[@HEIGHT]", conflicts_with_all = ["state", "balance", "block_gas"])]
    pub(crate) fork: Option<ForkPlace>,
    /// Genesis hash of the chain that --fork names; a node of another one is refused
    #[arg(long, value_name = "HASH", requires = "fork")]
    pub(crate) fork_chain: Option<GenesisHash>,
    /// Take the word of --fork's node for state that it cannot prove any more, and say so
    #[arg(long, requires = "fork")]
    pub(crate) trust: bool,
    /// Host name by which clients may call it, besides localhost and IP addresses; * for any
    #[arg(long, value_name = "NAME")]
    pub(crate) allow_host: Vec<String>,
    /// Web origin that may call it, besides those on this machine; * for any
    #[arg(long, value_name = "ORIGIN")]
    pub(crate) allow_origin: Vec<String>,
    /// Folder of a contract: build it when a file changes, and bring what was built into its contracts
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub(crate) watch: Option<PathBuf>,
    /// How it is built: a line for the shell, run in the watched folder
    #[arg(
        long,
        value_name = "CMD",
        requires = "watch",
        default_value = "cargo build --release --target wasm32-unknown-unknown"
    )]
    pub(crate) build: String,
    /// A module that the build writes [default: all that cargo writes]
    #[arg(long, value_name = "FILE", requires = "watch", value_hint = ValueHint::FilePath)]
    pub(crate) module: Vec<PathBuf>,
    /// Log a line per block
    #[arg(short, long)]
    pub(crate) verbose: bool,
    /// What to log, for example info,rpc=debug [default: warn, with -v info]
    #[arg(long, value_name = "FILTER", env = "ARGOSY_LOG")]
    pub(crate) log_filter: Option<String>,
}

/// Reads a span of time such as `90s`, in milliseconds.
fn span_ms(text: &str) -> Result<u64, String> {
    let units = [
        ("ms", 1),
        ("s", 1_000),
        ("m", 60_000),
        ("h", 3_600_000),
        ("d", 86_400_000),
    ];
    let read = units.into_iter().find_map(|(unit, ms)| {
        let number = text.strip_suffix(unit)?;
        let is_number = number.bytes().all(|it| it.is_ascii_digit());
        number
            .parse::<u64>()
            .ok()
            .filter(|_| is_number)?
            .checked_mul(ms)
    });
    read.ok_or_else(|| "expected a span such as 500ms, 90s, 5m, 2h or 1d".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_have_units() {
        let cases = [
            ("500ms", 500),
            ("90s", 90_000),
            ("5m", 300_000),
            ("1d", 86_400_000),
        ];
        for (text, expected) in cases {
            assert_eq!(span_ms(text), Ok(expected), "{text}");
        }
        for text in [
            "",
            "s",
            "5",
            "-1s",
            "+1s",
            "1.5h",
            "1 h",
            "99999999999999999999d",
        ] {
            assert!(span_ms(text).is_err(), "{text}");
        }
    }
}
