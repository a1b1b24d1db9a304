//! Chain, replica, driver and server put together, over a store in memory.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::sync::Arc;

use anyhow::Context;
use argosy_chain::{Chain, ChainConfig, validator_set};
use argosy_driver::{Driver, DriverConfig, DriverStopped, LocalNode, StateFile, StateFileError};
use argosy_fork::{Fork, ForkError, ForkPlace, ForkTerms};
use argosy_kv::MemoryStore;
use argosy_primitives::GenesisHash;
use argosy_replica::{Config, Replica};
use argosy_rpc::{Offer, RpcConfig, RpcServer, StartError};
use argosy_sdk::wallet::Signer;
use argosy_spec::ChainSpec;
use tokio::sync::oneshot;

use super::options::{self, Chosen};
use crate::args::DevChainArgs;
use crate::failure::Failure;
use crate::output::Output;

/// How long open calls may take when the chain stops; a developer waits for the prompt.
const STOP_MS_MAX: u32 = 1_000;

/// A running chain.
pub(super) struct DevNode {
    pub(super) spec: Arc<ChainSpec>,
    pub(super) genesis: GenesisHash,
    pub(super) driver: Driver,
    /// Resolves when the replica has stopped.
    pub(super) end: oneshot::Receiver<DriverStopped>,
    pub(super) server: RpcServer,
    /// Who has funds.
    pub(super) accounts: Vec<(String, Signer)>,
    /// Where its state is kept when it stops.
    pub(super) file: Option<Arc<StateFile>>,
    /// What it goes on from, if that is another chain.
    pub(super) fork: Option<Fork>,
}

/// A chain before it runs.
struct Opened {
    chain: Chain,
    spec: Arc<ChainSpec>,
    accounts: Vec<(String, Signer)>,
    file: Option<Arc<StateFile>>,
    fork: Option<Fork>,
}

impl DevNode {
    /// Starts everything; when this returns, the port answers.
    pub(super) async fn start(args: &DevChainArgs, output: Output) -> Result<DevNode, Failure> {
        let Opened {
            chain,
            spec,
            accounts,
            file,
            fork,
        } = match &args.fork {
            Some(place) => open_fork(args, place, output).await?,
            None => open_own(args)?,
        };
        let genesis = chain.view().genesis_hash();
        let proposer = validator_set(&spec).0.first().map(|it| it.address);
        let config = Config {
            blocks: args.block_time,
            pool: pool(),
            proposer: proposer.context("the dev chain has no validator")?,
            txs_per_block_max: u32::MAX,
            verify_own: true,
            quarantined: BTreeSet::new(),
        };
        let (driver, end) = Driver::start(Replica::new(chain, config), DriverConfig::default())
            .context("cannot start the replica's thread")?;
        let node = Arc::new(
            LocalNode::new(driver.clone(), env!("CARGO_PKG_VERSION")).developing(file.clone()),
        );
        let listen = SocketAddr::new(args.host, args.port);
        let rpc = RpcConfig {
            listen,
            hosts: args.allow_host.clone(),
            origins: args.allow_origin.clone(),
            // Who runs it is who calls it.
            methods: Offer::Operator,
            dev_methods: true,
            max_stop_ms: STOP_MS_MAX,
            ..RpcConfig::default()
        };
        let started = RpcServer::start(rpc, node, &tokio::runtime::Handle::current()).await;
        let server = started.map_err(|error| not_started(error, listen))?;
        Ok(DevNode {
            spec,
            genesis,
            driver,
            end,
            server,
            accounts,
            file,
            fork,
        })
    }

    /// Where clients find it.
    pub(super) fn url(&self) -> String {
        let address = self.server.address();
        match address.ip().is_unspecified() {
            true => format!("http://127.0.0.1:{}", address.port()),
            false => format!("http://{address}"),
        }
    }
}

/// A chain from its own genesis, or from a file.
fn open_own(args: &DevChainArgs) -> Result<Opened, Failure> {
    let Chosen {
        spec,
        accounts,
        file,
    } = options::choose(args)?;
    let file = file.map(Arc::new);
    let config = ChainConfig {
        // A file that has one keeps it.
        index: args.index.then_some(true),
        ..ChainConfig::default()
    };
    let store = Arc::new(MemoryStore::new());
    let chain = Chain::open_dev_as(store, Arc::clone(&spec), config);
    let mut chain = chain.map_err(Failure::failed)?;
    if let Some(file) = &file
        && let Some(loaded) = file.read(&spec).map_err(not_loaded)?
    {
        chain.restore(&loaded.moment).map_err(Failure::failed)?;
    }
    Ok(Opened {
        chain,
        spec,
        accounts,
        file,
        fork: None,
    })
}

/// A chain from a block of another one. The dev accounts are there, with what they have on that one.
async fn open_fork(
    args: &DevChainArgs,
    place: &ForkPlace,
    output: Output,
) -> Result<Opened, Failure> {
    let accounts = options::accounts(args)?;
    let terms = ForkTerms {
        place,
        trust: args.trust,
        chain: args.fork_chain,
        keep: true,
    };
    let fork = Fork::open(terms)
        .await
        .map_err(|error| not_forked(&error))?;
    for warning in fork.warnings() {
        output.warning(warning);
    }
    Ok(Opened {
        chain: fork.chain().map_err(|error| not_forked(&error))?,
        spec: Arc::clone(&fork.spec),
        accounts,
        file: None,
        fork: Some(fork),
    })
}

fn not_forked(error: &ForkError) -> Failure {
    match error {
        ForkError::Origin(origin) => Failure::new(origin.trouble().into(), origin.kind(), error),
        ForkError::Address { .. } => Failure::usage(error),
        ForkError::Rules(_) | ForkError::Thread(_) | ForkError::Chain(_) => Failure::failed(error),
    }
}

/// A developer's chain is loaded by its developer alone: one sender may fill the pool.
fn pool() -> argosy_mempool::Limits {
    let limits = argosy_mempool::Limits::default();
    let nonce_gap_max = u64::try_from(limits.txs_max).unwrap_or(u64::MAX);
    argosy_mempool::Limits {
        per_sender_max: limits.txs_max,
        nonce_gap_max,
        ..limits
    }
}

fn not_started(error: StartError, listen: SocketAddr) -> Failure {
    match error {
        StartError::Listen { source, .. } => {
            Failure::failed(format!("cannot listen on {listen}: {source}"))
                .hint("is another chain running? take any free port with --port 0")
        }
        error @ (StartError::Config(_) | StartError::Tls) => Failure::failed(error),
    }
}

fn not_loaded(error: StateFileError) -> Failure {
    Failure::failed(error)
        .hint("give the options with which it was made (--accounts, --balance, --mnemonic, --block-gas), or another file")
}
