//! The chain's rules, and whether this node can run a chain by them.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use argosy_chain::validator_set;
use argosy_primitives::Address;
use argosy_replica::BlockMode;
use argosy_spec::ChainSpec;

use crate::config::{ChainSource, Config};
use crate::failure::{Exit, Failure};

/// More than this is no chain spec.
const SPEC_BYTES_MAX: u64 = 4 * 1024 * 1024;

/// Refuses a configuration that no node can run with.
pub(crate) fn check(config: &Config) -> Result<(), Failure> {
    super::log::filter(config)?;
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

/// When blocks are made; refused where nobody, or more than one, could make them.
pub(super) fn block_mode(config: &Config, spec: &ChainSpec) -> Result<BlockMode, Failure> {
    let usage = |message: String| Failure::new(Exit::Usage, message);
    let mode = config.dev.ok_or_else(|| {
        usage("nobody would make blocks: this release makes them alone; say when with --dev, --dev=1s or --dev=manual".into())
    })?;
    match validator_set(spec).0.len() {
        1 => Ok(mode),
        count => Err(usage(format!(
            "chain {} has {count} validators, but with --dev one node makes blocks alone, without the others' agreement; use a chain spec with one validator",
            spec.network.name
        ))),
    }
}

/// Who makes the blocks: the one validator.
pub(super) fn proposer(spec: &ChainSpec) -> Result<Address, Failure> {
    let first = validator_set(spec).0.first().map(|it| it.address);
    first.ok_or_else(|| Failure::new(Exit::Usage, "the chain spec names no validator"))
}
