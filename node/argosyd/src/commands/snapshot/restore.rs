//! `argosyd snapshot verify` and `restore`: what other nodes have, checked, and begun with.
//!
//! Always: a directory that holds a chain is left as it is; a restore that does not come to its end
//! leaves nothing that opens.

use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use argosy_chain::{Cause, Engine, RestoreTerms, Retention};
use argosy_kv::Store;
use argosy_primitives::BlockHash;
use argosy_snapshot::{
    FolderSource, HttpSource, Manifest, NoStore, RestoreFailed, RestoreStep, Restored, Source,
    SourceError, Terms,
};
use argosy_store::{DataDir, OpenError, StoreConfig, Unfinished};
use clap::ArgMatches;
use serde_json::json;

use super::{describe, elapsed_ms};
use crate::commands::print;
use crate::commands::progress::Progress;
use crate::config::Config;
use crate::failure::{Exit, Failure};
use crate::node;

/// Many records come at once, in another order than the store's: it sorts them in memory.
const WRITE_BUFFER_BYTES: usize = 256 << 20;
/// A database takes this many times the bytes of the snapshot, at most.
const ROOM_FACTOR: u64 = 2;

pub(super) fn verify(config: &Config, matches: &ArgMatches) -> Result<(), Failure> {
    node::log::init(config)?;
    let terms = terms(config, matches)?;
    let sources = sources(matches, &terms)?;
    let (begin, mut bar) = (Instant::now(), Bar("bytes checked", None));
    let verified = argosy_snapshot::verify(&sources, &terms, |step| bar.at(step));
    drop(bar);
    tell(&verified.map_err(failure)?, begin);
    Ok(())
}

pub(super) fn restore(config: &Config, matches: &ArgMatches) -> Result<(), Failure> {
    node::log::init(config)?;
    let has_chain = has_chain(&config.data_dir)?;
    if has_chain && matches.get_flag("if-empty") {
        tracing::info!(
            target: "snapshot",
            code = "snapshot.restore_needless",
            directory = %config.data_dir.display(),
            "holds a chain already: nothing to do"
        );
        return Ok(());
    }
    if has_chain {
        return Err(OpenError::HasDatabase(config.data_dir.clone()).into());
    }
    let terms = terms(config, matches)?;
    let sources = sources(matches, &terms)?;
    let (begin, mut bar) = (Instant::now(), Bar("bytes restored", None));
    let mut unfinished = None;
    let restored = argosy_snapshot::restore(
        &sources,
        &terms,
        &mut |manifest| open(config, manifest, &mut unfinished),
        |step| bar.at(step),
    );
    drop(bar);
    let restored = match restored {
        Ok(restored) => restored,
        Err(error) => {
            if let Some(unfinished) = unfinished.map(Unfinished::discard)
                && let Err(error) = unfinished
            {
                tracing::warn!(
                    target: "snapshot",
                    code = "snapshot.leftovers_kept",
                    %error,
                    "cannot take away what was written"
                );
            }
            return Err(failure(error));
        }
    };
    if let Some(unfinished) = unfinished {
        unfinished.finish()?;
    }
    tell(&restored, begin);
    Ok(())
}

/// A database to write into, in place of the last one.
fn open(
    config: &Config,
    manifest: &Manifest,
    unfinished: &mut Option<Unfinished>,
) -> Result<Arc<dyn Store>, NoStore> {
    let failed = |error: OpenError| NoStore::Failed(Box::new(error));
    let store_config = StoreConfig {
        write_buffer_bytes: config.store.write_buffer_bytes.max(WRITE_BUFFER_BYTES),
        ..config.store
    };
    let fresh = match unfinished.take() {
        Some(last) => last.again(&store_config).map_err(failed)?,
        None => {
            let directory = DataDir::open(&config.data_dir).map_err(failed)?;
            Unfinished::create(directory, &store_config).map_err(failed)?
        }
    };
    let store = Arc::clone(fresh.store());
    *unfinished = Some(fresh);
    refuse_without_room(&config.data_dir, manifest)?;
    Ok(store)
}

fn refuse_without_room(path: &Path, manifest: &Manifest) -> Result<(), NoStore> {
    let needed = manifest.total_bytes().saturating_mul(ROOM_FACTOR);
    // What cannot be told is found out by writing.
    let Ok(system) = rustix::fs::statvfs(path) else {
        return Ok(());
    };
    let free = system.f_bavail.saturating_mul(system.f_frsize);
    match free < needed {
        true => Err(NoStore::Room { needed, free }),
        false => Ok(()),
    }
}

/// Looks before anything is fetched or made.
fn has_chain(path: &Path) -> Result<bool, Failure> {
    match DataDir::open_to_read(path) {
        Ok(directory) => Ok(directory.has_database()),
        Err(OpenError::Missing(_)) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

fn terms(config: &Config, matches: &ArgMatches) -> Result<Terms, Failure> {
    let spec = Arc::new(node::load_spec(config)?);
    let block_hash = matches.get_one::<String>("block-hash");
    let parse = |text: &String| {
        text.parse::<BlockHash>()
            .map_err(|error| Failure::new(Exit::Usage, format!("--block-hash {text}: {error}")))
    };
    let retention = config.state.of_chain(true).retention;
    Ok(Terms {
        engine: Arc::new(Engine::new(&spec)),
        chain: RestoreTerms {
            spec,
            retention: retention.unwrap_or(Retention::Everything),
        },
        block_hash: block_hash.map(parse).transpose()?,
    })
}

/// Those that were named, as far as they can be asked.
fn sources(matches: &ArgMatches, terms: &Terms) -> Result<Vec<Box<dyn Source>>, Failure> {
    let named = matches.get_many::<String>("from").unwrap_or_default();
    let (mut sources, mut refused): (Vec<Box<dyn Source>>, Vec<String>) = Default::default();
    for name in named {
        let hash = terms.block_hash.as_ref();
        let found = match name.contains("://") {
            true => HttpSource::find(name, hash).map(|it| Box::new(it) as Box<dyn Source>),
            false => {
                FolderSource::find(Path::new(name), hash).map(|it| Box::new(it) as Box<dyn Source>)
            }
        };
        match found {
            Ok(source) => sources.push(source),
            Err(error @ SourceError::BadUrl { .. }) => {
                return Err(Failure::new(Exit::Usage, error));
            }
            Err(error) => {
                tracing::warn!(
                    target: "snapshot",
                    code = "snapshot.source_unusable",
                    source = name,
                    %error,
                    "has no snapshot for us"
                );
                refused.push(format!("{name}: {error}"));
            }
        }
    }
    match sources.is_empty() {
        false => Ok(sources),
        true => {
            let all = refused.join("; ");
            let message = format!("no source has a snapshot that was asked for: {all}");
            Err(Failure::new(Exit::Usage, message))
        }
    }
}

/// How far it is, once that is known.
struct Bar(&'static str, Option<Progress>);

impl Bar {
    fn at(&mut self, step: RestoreStep) {
        let Bar(what, progress) = self;
        let progress = progress.get_or_insert_with(|| Progress::new(what, Some(step.whole)));
        progress.at(step.done);
    }
}

fn tell(restored: &Restored, begin: Instant) {
    let header = &restored.head.header;
    let name = argosy_snapshot::name_of(header.height, &restored.head.hash);
    let mut document = describe(&name, &restored.manifest);
    document["refused"] = json!(restored.refused.len());
    document["elapsedMs"] = json!(elapsed_ms(begin));
    print(&format!("{document}\n"));
}

fn failure(error: RestoreFailed) -> Failure {
    let exit = match &error {
        RestoreFailed::Sources(_) => Exit::Usage,
        RestoreFailed::NoRoom(_) => Exit::Disk,
        RestoreFailed::Store { cause, .. } => match cause {
            Cause::NoSpace | Cause::Denied => Exit::Disk,
            Cause::Damaged => Exit::Directory,
            Cause::TooMuch | Cause::Beneath | Cause::Other => Exit::Other,
        },
        RestoreFailed::Open(_) => match error {
            RestoreFailed::Open(error) => match error.downcast::<OpenError>() {
                Ok(error) => return (*error).into(),
                Err(error) => return Failure::new(Exit::Other, error),
            },
            other => return Failure::other(other),
        },
    };
    Failure::new(exit, error)
}
