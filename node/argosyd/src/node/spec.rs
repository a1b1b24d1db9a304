//! The chain's rules, and whether this node can run a chain by them.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use argosy_chain::validator_set;
use argosy_primitives::Address;
use argosy_replica::BlockMode;
use argosy_spec::{Agreement, ChainSpec};

use crate::config::{ChainSource, Config};
use crate::failure::{Exit, Failure};

/// More than this is no chain spec.
const SPEC_BYTES_MAX: u64 = 4 * 1024 * 1024;

/// Refuses a configuration that no node can run with.
pub(crate) fn check(config: &Config) -> Result<(), Failure> {
    super::log::filter(&config.log.filter)?;
    let spec = load_spec(config)?;
    block_mode(config, &spec).map(|_| ())
}

/// The chain's rules, from the file or the program.
pub(crate) fn load_spec(config: &Config) -> Result<ChainSpec, Failure> {
    let usage = |message: String| Failure::new(Exit::Usage, message);
    let path = match &config.chain {
        None => {
            return Err(usage(
                "no chain: give a chain spec with --chain FILE, or --chain dev for the built-in development chain".into(),
            ));
        }
        Some(ChainSource::Dev) => return Ok(ChainSpec::dev()),
        Some(ChainSource::File(path)) => path,
    };
    let text = read_spec(path).map_err(|error| {
        usage(format!(
            "cannot read the chain spec {}: {error}",
            path.display()
        ))
    })?;
    ChainSpec::from_toml(&text)
        .map_err(|error| usage(format!("chain spec {}: {error}", path.display())))
}

fn read_spec(path: &Path) -> io::Result<String> {
    let mut text = String::new();
    File::open(path)?
        .take(SPEC_BYTES_MAX + 1)
        .read_to_string(&mut text)?;
    match text.len() as u64 > SPEC_BYTES_MAX {
        true => Err(io::Error::other("it is larger than 4 MiB")),
        false => Ok(text),
    }
}

/// How blocks come; refused where settings and chain contradict each other.
pub(super) fn block_mode(config: &Config, spec: &ChainSpec) -> Result<BlockMode, Failure> {
    let usage = |message: String| Err(Failure::new(Exit::Usage, message));
    let name = &spec.network.name;
    match (spec.protocol.agreement, config.dev) {
        (Agreement::Solo, Some(mode)) if config.agreement.validator.is_none() => Ok(mode),
        (Agreement::Solo, Some(_)) => usage(format!(
            "chain {name} has one validator, which makes blocks alone: leave --validator away"
        )),
        (Agreement::Solo, None) => usage(format!(
            "nobody would make blocks: on chain {name} one node makes them alone; say when with --dev, --dev=1s or --dev=manual"
        )),
        (Agreement::Bft, None) => Ok(BlockMode::Agreed),
        (Agreement::Bft, Some(_)) => usage(format!(
            "the validators of chain {name} agree on its blocks, and no node makes them alone: leave --dev away"
        )),
    }
}

/// Who makes the blocks of a chain without agreement: the one validator.
pub(super) fn proposer(spec: &ChainSpec) -> Result<Address, Failure> {
    let first = validator_set(spec).0.first().map(|it| it.address);
    first.ok_or_else(|| Failure::new(Exit::Usage, "the chain spec names no validator"))
}
