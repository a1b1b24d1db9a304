//! `argosy new`, `argosy build`, `argosy test`: contracts as folders of sources.

use std::path::PathBuf;

use clap::{Args, ValueEnum, ValueHint};

/// `argosy new`.
#[derive(Debug, Args)]
pub(crate) struct NewArgs {
    /// The folder to make; its name is the contract's: lower-case letters, digits, - and _
    #[arg(value_name = "NAME", value_hint = ValueHint::DirPath)]
    pub(crate) folder: PathBuf,
    /// What to begin with
    #[arg(long, value_enum, default_value_t = Template::Counter)]
    pub(crate) template: Template,
    /// Folder of the contract SDK, contracts/sdk in a checkout of Argosy
    /// [default: that of the checkout around the new folder; where there is none, a copy in its vendor/argosy]
    #[arg(long, value_name = "DIR", env = "ARGOSY_SDK", hide_env_values = true, value_hint = ValueHint::DirPath)]
    pub(crate) sdk: Option<PathBuf>,
}

/// What a contract begins as: a sample of the repository, with its tests.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Template {
    Counter,
    Token,
    Nft,
    Multisig,
    Escrow,
    Exchange,
    Names,
    Vesting,
    Poll,
    Upgradeable,
    Devices,
    Attestation,
    Lots,
}

/// `argosy build`.
#[derive(Debug, Args)]
pub(crate) struct BuildArgs {
    /// Folder of the contract, or of a workspace of contracts
    #[arg(value_name = "DIR", default_value = ".", value_hint = ValueHint::DirPath)]
    pub(crate) folder: PathBuf,
    /// Build only this package of a workspace
    #[arg(short, long, value_name = "NAME")]
    pub(crate) package: Option<String>,
    /// Make bytes that depend on sources, Cargo.lock and compiler only, not on where they lie; needs bash
    #[arg(long)]
    pub(crate) verifiable: bool,
}

/// `argosy test`.
#[derive(Debug, Args)]
pub(crate) struct TestArgs {
    /// Folder of the contract, or of a workspace of contracts
    #[arg(value_name = "DIR", default_value = ".", value_hint = ValueHint::DirPath)]
    pub(crate) folder: PathBuf,
    /// Tell which functions of the modules ran; every call of a test then runs twice
    #[arg(long)]
    pub(crate) coverage: bool,
    /// After `--`: what `cargo test` takes, such as part of a test's name
    #[arg(last = true, value_name = "CARGO ARGUMENT")]
    pub(crate) rest: Vec<String>,
}
