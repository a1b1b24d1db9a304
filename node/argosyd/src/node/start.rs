//! From a configuration to a serving node.
//!
//! Always: what the node finds and what it makes of it is logged before it acts; a node that cannot
//! serve says why, and leaves the directory as it was or with whole blocks only.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use argosy_chain::Chain;
use argosy_driver::{Driver, DriverConfig, DriverStopped, LocalNode};
use argosy_kv::{Cached, Store};
use argosy_replica::{BlockMode, Config as ReplicaConfig, Replica};
use argosy_rpc::{Extras, RpcServer, Secure, Shares};
use argosy_spec::ChainSpec;
use argosy_store::{DataDir, RocksStore};
use argosy_tiers::Tiers;
use tokio::runtime::Handle;
use tokio::sync::{oneshot, watch};

use super::admin::Methods;
use super::agreement::{self, Agreement};
use super::disk::{Guard, free_bytes};
use super::endpoints::{Endpoints, url};
use super::engine::{Contracts, contracts};
use super::gossip::Gossip;
use super::log::LogFilter;
use super::metrics::Metrics;
use super::quarantine;
use super::reload::Named;
use super::snapshots::{Orders, Snapshots};
use super::spec::{block_mode, load_spec, proposer};
use super::status::Status;
use super::tasks::{Stop, Tasks};
use super::tls::ClientTls;
use super::traces::Traces;
use crate::config::Config;
use crate::failure::{Exit, Failure};
use crate::security;

/// A clock that is so much behind the head was set back, or is wrong.
const BEHIND_MS_MAX: u64 = 5_000;

/// A node that serves.
pub(super) struct Serving {
    store: Arc<RocksStore>,
    driver: Driver,
    endpoints: Endpoints,
    shares: Shares,
    named: watch::Sender<Named>,
    tls: Option<ClientTls>,
    /// What whoever runs the node may ask of it.
    asks: Asks,
}

/// What methods of the admin port need, and nobody else.
struct Asks {
    snapshots: Orders,
    snapshots_dir: PathBuf,
    consensus: Option<argosy_consensus::Metrics>,
    gossip: Option<argosy_network::Metrics>,
}

/// A chain on disk, and what was there before.
struct Opened {
    store: Arc<RocksStore>,
    cache: Arc<Cached>,
    chain: Chain,
    tiers: Option<Arc<Tiers>>,
}

/// Takes the data directory for this process.
pub(super) fn take_directory(config: &Config) -> Result<DataDir, Failure> {
    tracing::info!(
        target: "node",
        code = "node.starting",
        version = env!("CARGO_PKG_VERSION"),
        pid = std::process::id(),
        data_dir = %config.data_dir.display(),
        "starting"
    );
    if rustix::process::geteuid().is_root() {
        tracing::warn!(
            target: "node",
            code = "node.runs_as_root",
            "runs as root: a fault in it would be one in the whole machine; give it a user of its own, and in a container a read-only root file system"
        );
    }
    let directory = DataDir::open(&config.data_dir)?;
    security::keep_at(&config.data_dir);
    Ok(directory)
}

/// Opens everything and starts every task.
pub(super) async fn start(
    config: &Config,
    directory: DataDir,
    (status, metrics): (&Arc<Status>, &Arc<Metrics>),
    tasks: &mut Tasks,
    rpc: &Handle,
) -> Result<Serving, Failure> {
    let spec = Arc::new(load_spec(config)?);
    let traces = Traces::open(&config.traces, &spec)?;
    let tls = ClientTls::of(&config.rpc)?;
    let quarantined = quarantine::read(&config.data_dir)?;
    if !quarantined.is_empty() {
        tracing::warn!(
            target: "node",
            code = "node.quarantine_read",
            count = quarantined.len(),
            "leaves out transactions during which it failed before"
        );
    }
    let Opened {
        store,
        cache,
        chain,
        tiers,
    } = open(config, directory, &spec).await?;
    let blocks = block_mode(config, &spec)?;
    let agreement = match blocks {
        BlockMode::Agreed => {
            let store = Arc::clone(&store) as Arc<dyn Store>;
            Some(Agreement::open(config, &spec, &chain, &store)?)
        }
        BlockMode::Instant | BlockMode::Manual | BlockMode::Interval { .. } => None,
    };
    let replica_config = ReplicaConfig {
        blocks,
        pool: config.mempool,
        proposer: match &agreement {
            Some(agreement) => agreement.proposer(),
            None => proposer(&spec)?,
        },
        txs_per_block_max: u32::MAX,
        verify_own: true,
        quarantined,
    };
    let replica = Replica::new(chain, replica_config);
    let kept = Arc::clone(&store) as Arc<dyn Store>;
    let started = Driver::start_keeping(replica, DriverConfig::default(), kept);
    let (driver, end) = started.map_err(Failure::other)?;
    status.set_driver(driver.clone());
    metrics.attach((&store, &cache), &driver, status);
    drop(cache); // The chain has it, and is gone before the database is closed.
    if let Some(tiers) = tiers {
        metrics.attach_tiers(tiers.metrics());
    }
    let (orders, ordered) = Orders::channel();
    let every = config.snapshot.every_blocks;
    let are_made = every.is_some() || config.admin.is_wanted();
    let snapshots = are_made.then(|| Snapshots {
        config: config.snapshot.clone(),
        every,
        driver: driver.clone(),
        store: Arc::downgrade(&store),
        min_free_bytes: config.min_free_bytes,
        figures: metrics.attach_snapshots(),
    });
    let guard = Guard {
        disk: free_bytes,
        data_dir: config.data_dir.clone(),
        min_bytes: config.min_free_bytes,
        driver: driver.clone(),
        status: Arc::clone(status),
    };
    // Before the first block, not after it.
    guard.look().await;

    let node = LocalNode::new(driver.clone(), env!("CARGO_PKG_VERSION"));
    let node = match config.dev {
        Some(BlockMode::Manual) => node.mining(),
        // Blocks come by themselves: nobody but the node decides when.
        Some(BlockMode::Instant | BlockMode::Interval { .. } | BlockMode::Agreed) | None => node,
    };
    let extras = Extras {
        traces: traces.as_ref().map(Traces::calls),
        secure: tls.clone().map(|it| Arc::new(it) as Arc<dyn Secure>),
    };
    let joined = join(config, (agreement, extras), node, &driver, rpc).await;
    let (server, among) = match joined {
        Ok(joined) => joined,
        Err(failure) => {
            driver.stop();
            // It ends well or not; that the node cannot start is what counts.
            let _ = end.await;
            return Err(failure);
        }
    };
    metrics.attach_rpc(server.metrics());
    let named = watch::Sender::new(Named::of(config));
    let mut asks = Asks {
        snapshots: orders,
        snapshots_dir: config.snapshot.dir.clone(),
        consensus: None,
        gossip: None,
    };
    if let Some(Among { gossip, running }) = among {
        metrics.attach_gossip(gossip.metrics());
        metrics.attach_consensus(running.metrics());
        status.set_consensus_runs(gossip.peers(), running.metrics().clone());
        asks.consensus = Some(running.metrics().clone());
        asks.gossip = Some(gossip.metrics().clone());
        let status = Arc::clone(status);
        let (of_gossip, of_consensus) = (named.subscribe(), named.subscribe());
        tasks.spawn("gossip", |stop| gossip.run(of_gossip, stop));
        tasks.spawn("consensus", |stop| running.run(status, of_consensus, stop));
    }
    let shares = server.shares();
    let data_dir = store.directory().path();
    let endpoints = endpoints(data_dir, &driver, &spec, (server.address(), tls.is_some()));
    tasks.spawn("rpc", |stop| serve(server, stop));
    tasks.spawn("disk", |stop| guard.run(stop));
    if let Some(traces) = traces {
        metrics.attach_traces(traces.metrics());
        traces.spawn(&driver, tasks);
    }
    if let Some(snapshots) = snapshots {
        tasks.spawn("snapshots", |stop| snapshots.run(ordered, stop));
    }
    let data_dir = store.directory().path().to_path_buf();
    let followed = driver.clone();
    tasks.spawn("replica", |stop| run_replica(followed, end, data_dir, stop));
    Ok(Serving {
        store,
        driver,
        endpoints,
        shares,
        named,
        tls,
        asks,
    })
}

/// A node's ways to others.
struct Among {
    gossip: Gossip,
    running: agreement::Running,
}

/// Opens the ways in: to other nodes, where there are some, and to clients, whose calls may be followed.
async fn join(
    config: &Config,
    (agreement, extras): (Option<Agreement>, Extras),
    node: LocalNode,
    driver: &Driver,
    rpc: &Handle,
) -> Result<(RpcServer, Option<Among>), Failure> {
    let Some(agreement) = agreement else {
        let node = Arc::new(node);
        let server = RpcServer::start_with(config.rpc.clone(), node, extras, rpc).await?;
        return Ok((server, None));
    };
    let gossip = Gossip::start(&config.gossip, agreement.node_seed(), driver).await?;
    // Consensus starts last: it must not run on a node that cannot be asked.
    let figures = Arc::new(OnceLock::<argosy_consensus::Metrics>::new());
    let heard = Arc::clone(&figures);
    let known_height = move || {
        heard
            .get()
            .map_or(0, argosy_consensus::Metrics::known_height)
    };
    let node = node
        .relaying(gossip.relay())
        .following(Arc::new(known_height));
    let node = Arc::new(node);
    let server = RpcServer::start_with(config.rpc.clone(), node, extras, rpc).await?;
    let running = agreement::Running::start(agreement, driver).await?;
    figures.get_or_init(|| running.metrics().clone());
    Ok((server, Some(Among { gossip, running })))
}

/// Opens store and chain on a thread that may block, and says what was found.
async fn open(
    config: &Config,
    directory: DataDir,
    spec: &Arc<ChainSpec>,
) -> Result<Opened, Failure> {
    let (store_config, tier, spec) = (config.store, config.tier, Arc::clone(spec));
    let was_there = directory.has_database();
    let chain_config = config.state.of_chain(!was_there);
    let cache_bytes = config.value_cache_bytes;
    let name = spec.network.name.clone();
    match was_there {
        true => tracing::info!(target: "node", code = "store.opening", "opening the database"),
        false => {
            tracing::info!(
                target: "node",
                code = "store.creating",
                network = name,
                genesis = %spec.genesis_hash(),
                "new directory: making a database with the genesis block"
            )
        }
    }
    let begin = Instant::now();
    let opened = tokio::task::spawn_blocking(move || {
        let store = Arc::new(RocksStore::open(directory, &store_config)?);
        let cache = Arc::new(Cached::new(Arc::clone(&store) as _, cache_bytes));
        let Contracts { engine, tiers } = contracts(&spec, tier, store.directory().path())?;
        let chain = Chain::open_as(Arc::clone(&cache) as _, spec, engine, chain_config)?;
        Ok::<_, Failure>(Opened {
            store,
            cache,
            chain,
            tiers,
        })
    });
    let opened = opened.await.map_err(Failure::other)??;
    let head = opened.chain.head();
    tracing::info!(
        target: "node",
        code = "store.opened",
        network = name,
        genesis = %opened.chain.view().genesis_hash(),
        height = head.header.height,
        hash = %head.hash,
        state_root = %head.header.state_root,
        took_ms = u64::try_from(begin.elapsed().as_millis()).unwrap_or(u64::MAX),
        "the database holds what its head says: going on from there"
    );
    warn_of_clock(head.header.time_ms);
    Ok(opened)
}

/// Block times never run backwards, whatever the clock does.
fn warn_of_clock(head_ms: u64) {
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    let now_ms = u64::try_from(now.as_millis()).unwrap_or(u64::MAX);
    let behind_ms = head_ms.saturating_sub(now_ms);
    if behind_ms > BEHIND_MS_MAX {
        tracing::warn!(
            target: "node",
            code = "node.clock_behind",
            behind_ms,
            "the clock is behind the head: blocks carry the head's time until it has caught up"
        );
    }
}

fn endpoints(
    data_dir: &Path,
    driver: &Driver,
    spec: &ChainSpec,
    (rpc, is_secure): (SocketAddr, bool),
) -> Endpoints {
    let view = driver.view();
    Endpoints {
        rpc: match is_secure {
            true => url(rpc).replacen("http:", "https:", 1),
            false => url(rpc),
        },
        ops: String::new(),
        admin: None,
        pid: std::process::id(),
        network: spec.network.name.clone(),
        genesis_hash: view.genesis_hash().to_string(),
        data_dir: data_dir.to_path_buf(),
        height: view.head().header.height,
    }
}

/// Until the server is told to stop and has, or dies.
async fn serve(mut server: RpcServer, mut stop: Stop) -> Result<(), Failure> {
    tokio::select! {
        biased;
        () = stop.asked() => {}
        () = server.ended() => return Err(Failure::new(Exit::Fault, "the RPC server died")),
    }
    // Some calls may have been cut; their callers see that.
    let _ = server.stop().await;
    Ok(())
}

/// Until the replica has ended. What it failed on is noted before anybody is told.
async fn run_replica(
    driver: Driver,
    end: oneshot::Receiver<DriverStopped>,
    data_dir: PathBuf,
    stop: Stop,
) -> Result<(), Failure> {
    let DriverStopped::Fault(fault) = follow(driver, end, stop).await else {
        return Ok(());
    };
    if let Some(id) = &fault.transaction {
        match quarantine::add(&data_dir, id) {
            Ok(()) => {
                tracing::warn!(
                    target: "node",
                    code = "node.transaction_quarantined",
                    %id,
                    "this node leaves the transaction out from now on"
                );
            }
            Err(error) => {
                tracing::error!(
                    target: "node",
                    code = "node.quarantine_unwritten",
                    %id,
                    %error,
                    "cannot note the transaction"
                );
            }
        }
    }
    Err((&fault).into())
}

/// Until the replica has ended, telling it to when asked.
async fn follow(
    driver: Driver,
    mut end: oneshot::Receiver<DriverStopped>,
    mut stop: Stop,
) -> DriverStopped {
    let ended = tokio::select! {
        biased;
        ended = &mut end => ended,
        () = stop.asked() => {
            driver.stop();
            end.await
        }
    };
    // Nobody but the thread's watcher has the other half, and it always sends.
    ended.unwrap_or(DriverStopped::Asked)
}

impl Serving {
    /// By which callers get other shares, other nodes are named, and the certificate is read again.
    pub(super) fn controls(&self) -> (Shares, watch::Sender<Named>, Option<ClientTls>) {
        (self.shares.clone(), self.named.clone(), self.tls.clone())
    }

    /// What whoever runs the node may ask of it.
    pub(super) fn methods(&self, filter: LogFilter, status: &Arc<Status>) -> Methods {
        Methods {
            filter,
            driver: self.driver.clone(),
            status: Arc::clone(status),
            store: Arc::downgrade(&self.store),
            snapshots: self.asks.snapshots.clone(),
            snapshots_dir: self.asks.snapshots_dir.clone(),
            consensus: self.asks.consensus.clone(),
            gossip: self.asks.gossip.clone(),
            named: self.named.clone(),
        }
    }

    /// Tells the world where the node is.
    pub(super) fn announce(&self, ops: SocketAddr, admin: Option<String>) -> Endpoints {
        let endpoints = Endpoints {
            ops: url(ops),
            admin,
            ..self.endpoints.clone()
        };
        if let Err(error) = endpoints.write() {
            tracing::warn!(target: "node", code = "node.endpoints_unwritten", %error, "cannot write endpoints.json");
        }
        crate::commands::print(&endpoints.line());
        tracing::info!(
            target: "node",
            code = "node.serving",
            rpc = endpoints.rpc,
            ops = endpoints.ops,
            height = endpoints.height,
            "serving"
        );
        endpoints
    }

    /// Stops every task, then closes the database.
    pub(super) async fn stop(self, tasks: Tasks) -> Result<(), Failure> {
        self.endpoints.remove();
        let ended = tasks.stop().await;
        let (waiting, _) = self.driver.pooled();
        if waiting > 0 {
            tracing::warn!(
                target: "node",
                code = "node.transactions_left",
                waiting,
                "transactions waited and are in no block; their senders may send them again"
            );
        }
        // It shows the last view, which would keep the database open.
        drop(self.driver);
        let store = self.store;
        let flushed = tokio::task::spawn_blocking(move || {
            let flushed = store.flush();
            drop(store);
            flushed
        });
        match flushed.await.map_err(Failure::other)? {
            Ok(()) => {}
            // Everything is in the log all the same.
            Err(error) => {
                tracing::warn!(
                    target: "node",
                    code = "store.flush_failed",
                    error = %anyhow::Error::new(error),
                    "cannot flush"
                )
            }
        }
        ended
    }
}
