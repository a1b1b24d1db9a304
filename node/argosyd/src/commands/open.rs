//! What commands open: the data directory of the configuration, whose node must be stopped.

use std::path::Path;
use std::sync::Arc;

use argosy_chain::Chain;
use argosy_kv::{Cached, Column, Direction, KeyRange, Store};
use argosy_spec::ChainSpec;
use argosy_store::{DataDir, RocksStore};
use argosy_tiers::TierMode;

use crate::config::Config;
use crate::failure::{Exit, Failure};
use crate::node::{contracts, load_spec};

/// A store that is only read.
pub(super) fn store_to_read(config: &Config) -> Result<RocksStore, Failure> {
    store_to_read_at(&config.data_dir, config)
}

/// The store of another directory, which is only read.
pub(super) fn store_to_read_at(path: &Path, config: &Config) -> Result<RocksStore, Failure> {
    let directory = with_database(DataDir::open_to_read(path)?)?;
    let store = RocksStore::open_to_read(directory, &config.store)?;
    let view = store.view();
    let mut records = view.range(Column::Meta, KeyRange::all(), Direction::Ascending);
    match records.next() {
        // Whatever it is, opening the chain says it.
        Some(_) => {}
        None => return Err(no_chain(path)),
    }
    drop(records);
    Ok(store)
}

/// A store of a node that ran before.
pub(super) fn store(config: &Config) -> Result<RocksStore, Failure> {
    // Nothing is made where there was nothing.
    drop(DataDir::open_to_read(&config.data_dir)?);
    let directory = with_database(DataDir::open(&config.data_dir)?)?;
    Ok(RocksStore::open(directory, &config.store)?)
}

/// The chain in a store.
pub(super) fn chain(
    store: RocksStore,
    tier: TierMode,
    spec: &Arc<ChainSpec>,
) -> Result<Chain, Failure> {
    let engine = contracts(spec, tier, store.directory().path())?.engine;
    Ok(Chain::open_with(Arc::new(store), Arc::clone(spec), engine)?)
}

/// The chain in the directory at `path`, which is made if it is not there, to write blocks into.
pub(super) fn chain_to_write(
    config: &Config,
    path: &Path,
    spec: &Arc<ChainSpec>,
) -> Result<Chain, Failure> {
    let directory = DataDir::open(path)?;
    let chain_config = config.state.of_chain(!directory.has_database());
    let store = RocksStore::open(directory, &config.store)?;
    let engine = contracts(spec, config.tier, store.directory().path())?.engine;
    let cached = Arc::new(Cached::new(Arc::new(store), config.value_cache_bytes));
    let spec = Arc::clone(spec);
    Ok(Chain::open_as(cached, spec, engine, chain_config)?)
}

/// The chain of the configuration, to read.
pub(super) fn chain_to_read(config: &Config) -> Result<Chain, Failure> {
    let spec = Arc::new(load_spec(config)?);
    chain(store_to_read(config)?, TierMode::Interpreter, &spec)
}

/// The directory, if a node has run in it.
fn with_database(directory: DataDir) -> Result<DataDir, Failure> {
    match directory.has_database() {
        true => Ok(directory),
        false => {
            directory.refuse_restoring()?;
            Err(no_chain(directory.path()))
        }
    }
}

fn no_chain(path: &Path) -> Failure {
    let message = format!(
        "{} holds no chain: nothing ran in it yet, or a first start or a restore was broken off; run the node, or bring a chain back with argosyd backup restore or argosyd snapshot restore",
        path.display()
    );
    Failure::new(Exit::Directory, message)
}
