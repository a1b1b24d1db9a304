//! `argosy keys …`.

use clap::Subcommand;

use super::common::{NetworkArgs, PassphraseArgs};

/// `argosy keys …`.
#[derive(Debug, Subcommand)]
pub(crate) enum KeysCommand {
    /// Make a key and keep it in an encrypted file
    New {
        /// What you call it: lower-case letters, digits, - and _
        name: String,
        #[command(flatten)]
        passphrase: PassphraseArgs,
        #[command(flatten)]
        network: NetworkArgs,
    },
    /// List your keys and the built-in dev accounts
    List {
        #[command(flatten)]
        network: NetworkArgs,
    },
    /// Show a key's address and public key
    Show {
        /// Which key
        name: String,
        #[command(flatten)]
        network: NetworkArgs,
    },
}
