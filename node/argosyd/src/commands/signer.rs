//! `argosyd signer …`: the record of what a validator signed, and signing in a process of its own.
//!
//! Always: a record is made only when told plainly, never over one that is there.
//! Not here: the rules of signing (`argosy-signer`).

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use argosy_primitives::{GenesisHash, PublicKey};
use argosy_signer::{
    KeyFile, Listen, LocalSigner, ServeLimits, SignerSocket, export_record, import_record,
    init_record, init_record_at, serve, stop_pair,
};
use argosy_signer_tls::{Identity, TlsDoor};
use clap::ArgMatches;
use serde_json::json;

use super::files::{argument, failed};
use super::{keys, print};
use crate::config::Config;
use crate::failure::{Exit, Failure};
use crate::node::{self, load_spec};
use crate::security;

/// More than this is no exported record.
const DOCUMENT_BYTES_MAX: u64 = 1024 * 1024;

/// Whose record it is, and where.
struct Place {
    chain: GenesisHash,
    file: KeyFile,
    key: PublicKey,
    folder: PathBuf,
}

pub(super) fn run(config: &Config, matches: &ArgMatches) -> Result<(), Failure> {
    let place = Place::of(config)?;
    match matches.subcommand() {
        Some(("init", matches)) => init(&place, matches.get_one::<u64>("at-height").copied()),
        Some(("export", _)) => {
            let document = export_record(&place.folder, place.chain, &place.key);
            print(&(document.map_err(usage)? + "\n"));
            Ok(())
        }
        Some(("import", matches)) => import(&place, &argument(matches, "from")),
        Some(("serve", matches)) => serve_by(config, &place, matches),
        other => Err(Failure::new(
            Exit::Usage,
            format!("no command signer {}", other.map_or("", |it| it.0)),
        )),
    }
}

impl Place {
    fn of(config: &Config) -> Result<Place, Failure> {
        let spec = load_spec(config)?;
        let Some(path) = &config.agreement.validator else {
            return Err(Failure::new(
                Exit::Usage,
                "no validator: give its key file with --validator=FILE",
            ));
        };
        let file = KeyFile::at(path);
        Ok(Place {
            chain: spec.genesis_hash(),
            key: file.public_key().map_err(keys::failure)?,
            file,
            folder: config.agreement.record_dir.clone(),
        })
    }
}

fn init(place: &Place, height: Option<u64>) -> Result<(), Failure> {
    let Place {
        chain, key, folder, ..
    } = place;
    let made = match height {
        None => init_record(folder, *chain, key),
        Some(height) => init_record_at(folder, *chain, key, height),
    };
    made.map_err(usage)?;
    note(place, height.unwrap_or(0))?;
    tell(place, json!({ "signsAbove": height.unwrap_or(0) }))
}

/// In the log of the record's folder.
fn note(place: &Place, above: u64) -> Result<(), Failure> {
    node::log::init_quietly()?;
    security::keep_at(&place.folder);
    tracing::warn!(target: "signer", code = "signer.record_made", key = %place.key, above, "the key signs above this height from now on");
    Ok(())
}

fn import(place: &Place, path: &Path) -> Result<(), Failure> {
    let size = fs::metadata(path).map_err(|error| failed("read", path, &error))?;
    if size.len() > DOCUMENT_BYTES_MAX {
        let message = format!("{} is larger than 1 MiB, as no record is", path.display());
        return Err(Failure::new(Exit::Usage, message));
    }
    let text = fs::read_to_string(path).map_err(|error| failed("read", path, &error))?;
    let imported = import_record(&place.folder, &text, place.chain, &place.key).map_err(usage)?;
    note(place, imported.sits_out_until)?;
    tell(
        place,
        json!({ "isNew": imported.is_new, "signsAbove": imported.sits_out_until }),
    )
}

/// `argosyd signer certificates`: needs no chain and no key.
pub(super) fn certificates(matches: &ArgMatches) -> Result<(), Failure> {
    let folder: PathBuf = argument(matches, "dir");
    let names = matches.get_many::<String>("name").unwrap_or_default();
    let names: Vec<String> = names.cloned().collect();
    let days = matches.get_one::<u32>("days").copied().unwrap_or(1);
    argosy_signer_tls::issue(&folder, &names, days).map_err(usage)?;
    let sides = ["node", "signer"].map(|it| folder.join(it).display().to_string());
    let document = json!({ "node": sides[0], "signer": sides[1], "names": names, "days": days });
    print(&format!("{document}\n"));
    Ok(())
}

/// Signs for a node in another process until a signal comes.
fn serve_by(config: &Config, place: &Place, matches: &ArgMatches) -> Result<(), Failure> {
    if let Some(socket) = matches.get_one::<PathBuf>("socket") {
        let open = || SignerSocket::bind(socket).map_err(usage);
        return serve_at(
            config,
            place,
            open,
            |_| json!({ "socket": socket.display().to_string() }),
        );
    }
    let listen = matches.get_one::<SocketAddr>("listen");
    let folder = matches.get_one::<PathBuf>("tls-dir");
    let (Some(listen), Some(folder)) = (listen, folder) else {
        let message = "nowhere to listen: give --socket FILE, or --listen ADDRESS --tls-dir DIR";
        return Err(Failure::new(Exit::Usage, message));
    };
    let open = || {
        let identity = Identity::read(folder).map_err(usage)?;
        TlsDoor::bind(*listen, identity).map_err(usage)
    };
    serve_at(
        config,
        place,
        open,
        |door| json!({ "listen": door.address().to_string() }),
    )
}

/// The same, once it is clear where. What is wrong with key and record is said first.
fn serve_at<L: Listen>(
    config: &Config,
    place: &Place,
    open: impl FnOnce() -> Result<L, Failure>,
    where_to: impl FnOnce(&L) -> serde_json::Value,
) -> Result<(), Failure> {
    let passphrase = node::passphrase(&config.agreement, &place.file)?;
    let key = place.file.open(&passphrase).map_err(keys::failure)?;
    node::log::init(config)?;
    let path = place.file.path().display();
    tracing::info!(target: "signer", code = "node.key_unlocked", %path, "unlocked the validator's key");
    let signer = LocalSigner::open(key, place.chain, &place.folder, None).map_err(usage)?;
    security::keep_at(&place.folder);
    let door = open()?;
    let (stop, signal) = stop_pair().map_err(Failure::other)?;
    tell(place, where_to(&door))?;
    std::thread::scope(|scope| {
        scope.spawn(|| {
            wait_for_signal();
            stop.stop();
        });
        let served = serve(&door, &signer, ServeLimits::default(), &signal, &|event| {
            tracing::info!(target: "signer", code = "signer.connection", ?event);
        });
        served.map_err(Failure::other)
    })
}

/// Until SIGTERM or Ctrl-C.
fn wait_for_signal() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let Ok(runtime) = runtime else { return };
    runtime.block_on(async {
        if let Ok(mut signals) = crate::node::Signals::listen() {
            signals.stop().await;
        }
    });
}

/// One line of JSON.
fn tell(place: &Place, mut document: serde_json::Value) -> Result<(), Failure> {
    if let Some(fields) = document.as_object_mut() {
        fields.insert("publicKey".into(), json!(place.key.to_string()));
        fields.insert("genesisHash".into(), json!(place.chain.to_string()));
        fields.insert("dir".into(), json!(place.folder.display().to_string()));
    }
    print(&format!("{document}\n"));
    Ok(())
}

fn usage(error: impl std::error::Error + Send + Sync + 'static) -> Failure {
    Failure::new(Exit::Usage, format!("{:#}", anyhow::Error::new(error)))
}
