//! The running node: directory, store, chain, replica, servers, put together and taken apart.
//!
//! ```text
//! starting ──► serving ──signal──► stopping ──► stopped (exit code 0)
//!     │            └──a task ends──► stopping ──► failed (exit code says why)
//!     └──refused (directory, ports, configuration): nothing was changed
//! ```
//!
//! Always: what was committed is on disk before anybody hears of it, so that stopping loses nothing;
//! it takes at most [`STOP_WITHIN`], however busy clients are.

mod admin; // the port of whoever runs the node
mod agreement; // consensus, where validators agree
mod disk; // room on the disk
mod endpoints; // endpoints.json
mod engine; // what runs contracts
mod gossip; // transactions between nodes
pub(crate) mod log; // logs on stderr
pub(crate) mod metrics; // /metrics
mod ops; // the operators' port
mod quarantine; // transactions that made this node fail
mod reload; // settings that it takes anew
mod signals; // when to stop
mod snapshots; // made of the running chain
mod spec; // the chain's rules
mod start; // from a configuration to a serving node
mod status; // how the node is
mod tasks; // how its tasks end
mod tls; // a certificate for clients
mod traces; // calls, from the RPC server to the block on disk

use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::{Builder, Runtime};
use tokio::time::{Instant, timeout_at};

use crate::config::{Config, Loaded, Sources};
use crate::failure::{Exit, Failure};
use admin::Admin;
pub(crate) use agreement::passphrase;
pub(crate) use disk::free_bytes;
pub(crate) use endpoints::Endpoints;
pub(crate) use engine::contracts;
use log::LogFilter;
use metrics::Metrics;
use ops::Ops;
use reload::{Controls, Reload};
use signals::Hangups;
pub(crate) use signals::Signals;
pub(crate) use spec::{check, load_spec};
use status::{Phase, Status};
use tasks::Tasks;

/// The node is stopped after this, come what may: service managers wait 10 s before they kill.
const STOP_WITHIN: Duration = Duration::from_secs(9);
/// Reads in progress may take so long after everything else has ended.
const READS_END_WITHIN: Duration = Duration::from_millis(500);
/// Threads of everything but the replica and the RPC server: signals, operators, guards.
const NODE_THREADS: usize = 1;
/// How much less the system favours RPC threads (nice(2)): blocks come first.
const RPC_NICENESS: i32 = 10;

/// Runs a node until a signal or a fault. What it may take anew it reads from `sources`.
pub(crate) fn run(loaded: Loaded, sources: Sources, filter: LogFilter) -> Result<(), Failure> {
    let config = &loaded.config().clone();
    check(config)?;
    let node = runtime("node", NODE_THREADS, 8, 0)?;
    let threads = config
        .rpc
        .read_threads
        .saturating_add(config.rpc.execution_threads);
    let rpc = runtime(
        "rpc",
        config.rpc.threads as usize,
        threads as usize,
        RPC_NICENESS,
    )?;
    let ended = node.block_on(serve(config, &rpc, (loaded, sources, filter)));
    // Whatever still runs has had its time.
    // The database closes with its last reader, and must have before this process ends.
    rpc.shutdown_timeout(READS_END_WITHIN);
    node.shutdown_timeout(READS_END_WITHIN);
    ended
}

/// A pool of threads: so many that drive tasks, so many for blocking work.
fn runtime(name: &str, threads: usize, blocking: usize, niceness: i32) -> Result<Runtime, Failure> {
    Builder::new_multi_thread()
        .worker_threads(threads)
        .max_blocking_threads(blocking.max(1))
        .thread_name(name)
        .on_thread_start(move || {
            if niceness != 0 && rustix::process::setpriority_process(None, niceness).is_err() {
                tracing::debug!(target: "node", "threads keep their priority");
            }
        })
        .enable_all()
        .build()
        .map_err(Failure::other)
}

async fn serve(
    config: &Config,
    rpc: &Runtime,
    (loaded, sources, filter): (Loaded, Sources, LogFilter),
) -> Result<(), Failure> {
    // Before anything else, so that no signal is lost.
    let mut signals = Signals::of_a_node().map_err(Failure::other)?;
    let hangups = Hangups::listen().map_err(Failure::other)?;
    let directory = start::take_directory(config)?;
    let (status, metrics) = (Arc::new(Status::default()), Arc::new(Metrics::new()));
    let (ops, ops_address) =
        Ops::listen(&config.ops, Arc::clone(&status), Arc::clone(&metrics)).await?;
    let admin = Admin::listen(&config.admin).await?;
    let mut tasks = Tasks::new();
    tasks.spawn("ops", |stop| ops.run(stop));

    let (serving, told) = {
        let starting = start::start(
            config,
            directory,
            (&status, &metrics),
            &mut tasks,
            rpc.handle(),
        );
        tokio::pin!(starting);
        tokio::select! {
            biased;
            name = signals.stop() => {
                tracing::info!(
                    target: "node",
                    code = "node.stopping_early",
                    signal = name,
                    "told to stop while starting"
                );
                let deadline = Instant::now() + STOP_WITHIN;
                // Opening cannot be broken off: the database is closed when it is open.
                (ending(starting, deadline, &mut signals).await?, Some(deadline))
            }
            serving = &mut starting => (serving?, None),
        }
    };
    if let Some(deadline) = told {
        return ending(serving.stop(tasks), deadline, &mut signals).await;
    }
    let admin_place = admin.as_ref().and_then(Admin::place);
    if let Some(admin) = admin {
        let methods = serving.methods(filter.clone(), &status);
        tasks.spawn("admin", |stop| admin.run(methods, stop));
    }
    let (shares, named, tls) = serving.controls();
    let reload = Reload {
        hangups,
        sources,
        loaded,
        controls: Controls {
            filter,
            shares,
            named,
            tls,
        },
    };
    tasks.spawn("reload", |stop| reload.run(stop));
    // Who reads the announcement may ask at once whether the node is ready.
    status.set_phase(Phase::Serving);
    serving.announce(ops_address, admin_place);

    let cause = tokio::select! {
        biased;
        name = signals.stop() => {
            tracing::info!(target: "node", code = "node.stopping", signal = name, "stopping");
            Ok(())
        }
        failure = tasks.failed() => Err(failure),
    };
    status.set_phase(Phase::Stopping);
    let deadline = Instant::now() + STOP_WITHIN;
    let stopped = ending(serving.stop(tasks), deadline, &mut signals).await;
    cause.and(stopped)?;
    tracing::info!(target: "node", code = "node.stopped", "stopped; everything is on disk");
    Ok(())
}

/// Something on the way to the end, which may take until the deadline, and no longer than until a
/// second signal.
async fn ending<T>(
    work: impl Future<Output = Result<T, Failure>>,
    deadline: Instant,
    signals: &mut Signals,
) -> Result<T, Failure> {
    tokio::select! {
        ended = timeout_at(deadline, work) => ended.unwrap_or_else(|_| Err(late())),
        name = signals.stop() => {
            let message = format!("second {name}: stopped at once; every committed block is on disk");
            Err(Failure::new(Exit::Other, message))
        }
    }
}

fn late() -> Failure {
    let message = format!(
        "not everything ended within {} s; every committed block is on disk",
        STOP_WITHIN.as_secs()
    );
    Failure::new(Exit::Other, message)
}
