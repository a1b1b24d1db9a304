//! `argosy keys …`. No secret is an argument: other processes can read the command line.

use std::path::PathBuf;

use argosy_primitives::Signature;
use clap::{ArgGroup, Args, Subcommand, ValueHint};
use clap_complete::ArgValueCandidates;

use super::common::{NetworkArgs, PassphraseArgs};
use crate::completion;

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
        /// Derive it from a new phrase of 24 words (BIP-39) and write that to this file, which only
        /// you can read; whoever has the words has the key
        #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
        phrase_out: Option<PathBuf>,
    },
    /// Keep a key of elsewhere in an encrypted file: from a phrase, a PEM file or a secret key
    Import(ImportArgs),
    /// Write a key to a file for elsewhere
    Export {
        /// Which key
        #[arg(add = ArgValueCandidates::new(completion::keys))]
        name: String,
        #[command(flatten)]
        passphrase: PassphraseArgs,
        /// Where to write it; a file that is there is not overwritten
        #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
        out: PathBuf,
        /// Read the passphrase of the new file from this file [default: it is asked for]
        #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, conflicts_with = "plain")]
        new_passphrase_file: Option<PathBuf>,
        /// Write the bare secret key, 0x and 64 hex digits, instead of an encrypted PKCS#8 file
        #[arg(long)]
        plain: bool,
    },
    /// List your keys and the built-in dev accounts
    List {
        #[command(flatten)]
        network: NetworkArgs,
    },
    /// Show a key's address and public key
    Show {
        /// Which key
        #[arg(add = ArgValueCandidates::new(completion::signers))]
        name: String,
        #[command(flatten)]
        network: NetworkArgs,
    },
    /// Give a key another name
    Rename {
        /// Which key
        #[arg(add = ArgValueCandidates::new(completion::keys))]
        name: String,
        /// What to call it
        new_name: String,
        #[command(flatten)]
        network: NetworkArgs,
    },
    /// Sign a message, which is never a transaction
    Sign {
        /// Which key
        #[arg(add = ArgValueCandidates::new(completion::signers))]
        name: String,
        #[command(flatten)]
        message: SignedMessage,
        #[command(flatten)]
        passphrase: PassphraseArgs,
        #[command(flatten)]
        network: NetworkArgs,
    },
    /// Check a message's signature
    Verify {
        /// Whose it is to be: a public key, ed25519:0x…, or the name of one of yours or of a dev account
        #[arg(value_name = "KEY", add = ArgValueCandidates::new(completion::signers))]
        key: String,
        #[command(flatten)]
        message: SignedMessage,
        /// The signature, ed25519:0x…
        #[arg(long)]
        signature: Signature,
        #[command(flatten)]
        network: NetworkArgs,
    },
    /// Delete a key's file, for ever
    Remove {
        /// Which key
        #[arg(add = ArgValueCandidates::new(completion::keys))]
        name: String,
    },
}

/// What is signed.
#[derive(Debug, Args)]
#[command(group = ArgGroup::new("message_source").args(["message", "file"]).required(true))]
pub(crate) struct SignedMessage {
    /// The message
    pub(crate) message: Option<String>,
    /// Read it from this file, byte by byte, instead
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) file: Option<PathBuf>,
}

/// `argosy keys import`.
#[derive(Debug, Args)]
#[command(group = ArgGroup::new("source").args(["pem", "secret_file", "phrase_file"]))]
pub(crate) struct ImportArgs {
    /// What you call it
    pub(crate) name: String,
    /// Read the phrase from this file, - for stdin [default: it is asked for, without echo]
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) phrase_file: Option<PathBuf>,
    /// Number of the account that is derived from the phrase, at m/44'/9533'/NUMBER'/0'/0'
    #[arg(long, value_name = "NUMBER", default_value_t = 0, conflicts_with_all = ["pem", "secret_file"])]
    pub(crate) account: u32,
    /// Read the phrase's own passphrase, the 25th word of BIP-39, from this file
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, conflicts_with_all = ["pem", "secret_file"])]
    pub(crate) phrase_passphrase_file: Option<PathBuf>,
    /// Take the key of this encrypted PKCS#8 file
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) pem: Option<PathBuf>,
    /// Read that file's passphrase from this file [default: it is asked for]
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, requires = "pem")]
    pub(crate) pem_passphrase_file: Option<PathBuf>,
    /// Take the secret key in this file, 0x and 64 hex digits
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) secret_file: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) passphrase: PassphraseArgs,
    #[command(flatten)]
    pub(crate) network: NetworkArgs,
}
