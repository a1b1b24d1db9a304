//! `argosyd snapshot …`: made of a stopped node, looked at, checked, begun with, given to others.

mod restore; // what other nodes have

use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

use argosy_snapshot::{
    FolderSource, MakeError, MakeOptions, MakeStep, Manifest, Server, ServerConfig, Source, list,
    make,
};
use clap::ArgMatches;
use serde_json::{Value, json};

use super::open::chain_to_read;
use super::print;
use super::progress::Progress;
use crate::config::Config;
use crate::failure::{Exit, Failure};
use crate::node;

/// Open sockets of a server; one more waits.
const CONNECTIONS_MAX: usize = 32;

/// Of them, those of one address that is not this machine's.
const PER_ADDRESS_MAX: usize = 4;
/// A socket on which nothing was asked or taken for so long is closed.
const STALLED_AFTER: Duration = Duration::from_secs(30);

pub(super) fn run(config: &Config, matches: &ArgMatches) -> Result<(), Failure> {
    match matches.subcommand() {
        Some(("create", matches)) => create(config, &folder(config, matches, "to")),
        Some(("list", matches)) => show(&existing(config, matches)?),
        Some(("verify", matches)) => restore::verify(config, matches),
        Some(("restore", matches)) => restore::restore(config, matches),
        Some(("serve", matches)) => serve(config, matches),
        other => Err(Failure::new(
            Exit::Usage,
            format!("no command snapshot {}", other.map_or("", |it| it.0)),
        )),
    }
}

fn folder(config: &Config, matches: &ArgMatches, name: &str) -> PathBuf {
    let said = matches.get_one::<PathBuf>(name).cloned();
    said.unwrap_or_else(|| config.snapshot.dir.clone())
}

/// A folder that was named must be there; the node makes its own with the first snapshot.
fn existing(config: &Config, matches: &ArgMatches) -> Result<PathBuf, Failure> {
    match matches.get_one::<PathBuf>("in") {
        Some(named) if !named.is_dir() => {
            let message = format!("there is no folder {}; check the path", named.display());
            Err(Failure::new(Exit::Usage, message))
        }
        Some(_) | None => Ok(folder(config, matches, "in")),
    }
}

fn create(config: &Config, folder: &Path) -> Result<(), Failure> {
    let chain = chain_to_read(config)?;
    let (begin, stop) = (Instant::now(), AtomicBool::new(false));
    let mut progress = Progress::new("records read", None);
    let mut writes = false;
    let made = make(
        &chain.view(),
        folder,
        &MakeOptions::new(&stop),
        |step| match step {
            MakeStep::Read(records) => progress.at(records),
            MakeStep::Written(records, whole) => {
                if !writes {
                    progress = Progress::new("records written", Some(whole));
                }
                writes = true;
                progress.at(records);
            }
        },
    );
    drop(progress);
    let made = made?;
    let mut document = describe(&made.name, &made.manifest);
    document["path"] = json!(made.path);
    document["elapsedMs"] = json!(elapsed_ms(begin));
    print(&format!("{document}\n"));
    Ok(())
}

/// A line of JSON per snapshot; one whose manifest is damaged says so.
fn show(folder: &Path) -> Result<(), Failure> {
    let listed = list(folder).map_err(|error| unreadable(folder, &error))?;
    for it in listed {
        let manifest = FolderSource::of(&it.path).manifest();
        let manifest = manifest.map_err(Into::into);
        let document = match manifest.and_then(|bytes| Manifest::decode(&bytes)) {
            Ok(manifest) => describe(&it.name, &manifest),
            Err(error) => json!({ "name": it.name, "error": error.to_string() }),
        };
        print(&format!("{document}\n"));
    }
    Ok(())
}

fn describe(name: &str, manifest: &Manifest) -> Value {
    json!({
        "name": name,
        "height": manifest.header.height,
        "blockHash": manifest.header.hash().to_string(),
        "stateRoot": manifest.header.state_root.to_string(),
        "certified": manifest.certificate.is_some(),
        "records": manifest.records(),
        "blocks": manifest.block_count(),
        "chunks": manifest.chunk_count(),
        "bytes": manifest.total_bytes(),
    })
}

fn serve(config: &Config, matches: &ArgMatches) -> Result<(), Failure> {
    node::log::init(config)?;
    let folder = existing(config, matches)?;
    let Some(listen) = matches.get_one("listen").copied() else {
        return Err(Failure::new(Exit::Usage, "say where to listen: --listen"));
    };
    list(&folder).map_err(|error| unreadable(&folder, &error))?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(Failure::other)?;
    runtime.block_on(async {
        // Before anything else, so that no signal is lost.
        let mut signals = node::Signals::listen().map_err(Failure::other)?;
        let server = Server::listen(ServerConfig {
            listen,
            folder: folder.clone(),
            connections_max: CONNECTIONS_MAX,
            per_address_max: PER_ADDRESS_MAX,
            is_loopback_bound: false,
            stalled_after: STALLED_AFTER,
        });
        let (server, address) = server.await.map_err(|error| {
            let message = format!("cannot listen on {listen}: {error}; give another --listen");
            Failure::new(Exit::Listen, message)
        })?;
        let document = json!({
            "url": format!("http://{address}"),
            "folder": folder,
            "pid": std::process::id(),
        });
        print(&format!("{document}\n"));
        let stop = async {
            let name = signals.stop().await;
            tracing::info!(target: "snapshot", code = "snapshot.server_stopping", signal = name, "stopping");
        };
        server.run(stop).await;
        Ok(())
    })
}

fn unreadable(folder: &Path, error: &io::Error) -> Failure {
    let message = format!("cannot read {}: {error}; check the path", folder.display());
    Failure::new(Exit::Disk, message)
}

fn elapsed_ms(since: Instant) -> u64 {
    u64::try_from(since.elapsed().as_millis()).unwrap_or(u64::MAX)
}

impl From<MakeError> for Failure {
    fn from(error: MakeError) -> Failure {
        let exit = match &error {
            MakeError::AlreadyThere(_) => Exit::Usage,
            MakeError::Io { .. } => Exit::Disk,
            MakeError::Differs { .. }
            | MakeError::Unproven { .. }
            | MakeError::Pruned { .. }
            | MakeError::Refused(_) => Exit::Directory,
            MakeError::Stopped | MakeError::BlockTooLarge { .. } => Exit::Other,
            MakeError::Chain(_) => match error {
                MakeError::Chain(error) => return error.into(),
                other => return Failure::other(other),
            },
        };
        Failure::new(exit, error)
    }
}
