//! `argosy dev`.

use argosy_replica::BlockMode;
use clap::Args;

/// `argosy dev`.
#[derive(Debug, Args)]
pub(crate) struct DevArgs {
    /// Address to listen on; anyone who reaches it can spend the public dev accounts
    #[arg(long, default_value = "127.0.0.1")]
    pub(crate) host: std::net::IpAddr,
    /// Port to listen on; 0 = any that is free
    #[arg(long, default_value_t = 9533)]
    pub(crate) port: u16,
    /// When blocks are made: instant, manual (one per line on stdin), or a period such as 1s, 500ms
    #[arg(long, default_value = "instant")]
    pub(crate) block_time: BlockMode,
    /// Host name by which clients may call it, besides localhost and IP addresses; * for any
    #[arg(long, value_name = "NAME")]
    pub(crate) allow_host: Vec<String>,
    /// Web origin that may call it, besides those on this machine; * for any
    #[arg(long, value_name = "ORIGIN")]
    pub(crate) allow_origin: Vec<String>,
    /// Log a line per block
    #[arg(short, long)]
    pub(crate) verbose: bool,
    /// What to log, for example info,rpc=debug [default: warn, with -v info]
    #[arg(long, value_name = "FILTER", env = "ARGOSY_LOG")]
    pub(crate) log_filter: Option<String>,
}
