//! `argosy network …`.

use clap::Subcommand;
use clap_complete::ArgValueCandidates;

use crate::completion;

/// `argosy network …`.
#[derive(Debug, Subcommand)]
pub(crate) enum NetworkCommand {
    /// Remember a node and the chain that it is on
    Add {
        /// What you call it: lower-case letters, digits, - and _
        name: String,
        /// Where its node is, for example `https://rpc.example.org`
        url: String,
    },
    /// Talk to this network from now on; `local` is a node on this machine
    Use {
        /// Which
        #[arg(add = ArgValueCandidates::new(completion::networks))]
        name: String,
    },
    /// List what is remembered
    List,
    /// Forget a network
    Remove {
        /// Which
        #[arg(add = ArgValueCandidates::new(completion::networks))]
        name: String,
    },
}
