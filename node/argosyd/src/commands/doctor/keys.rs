//! The node's key; the validator's key, and who signs with it.
//!
//! Always: nothing is signed, and no secret is told.

use std::time::Duration;

use argosy_signer::{KeyFile, Passphrase, PlainKeyFile, RemoteSigner, Sign as _, export_record};
use argosy_signer_tls::{Identity, TlsWay};
use argosy_spec::{Agreement, ChainSpec};

use super::Report;
use crate::config::{Config, RemoteSignerConfig};

const ANSWERS_WITHIN: Duration = Duration::from_secs(3);

/// All that went wrong, from the outside in.
fn told(error: impl std::error::Error + Send + Sync + 'static) -> String {
    format!("{:#}", anyhow::Error::new(error))
}

pub(super) fn look(config: &Config, spec: &ChainSpec, is_running: bool, report: &mut Report) {
    if spec.protocol.agreement != Agreement::Bft {
        return;
    }
    let path = &config.agreement.node_key;
    match path.exists() {
        false => report.well("keys.node", "none yet: the node makes one"),
        true => {
            let key = PlainKeyFile::at(path).public_key();
            let found = key.map(|_| path.display().to_string());
            report.note("keys.node", found.map_err(told));
        }
    }
    let Some(path) = &config.agreement.validator else {
        return report.well("keys.validator", "none: this node follows");
    };
    let file = KeyFile::at(path);
    let key = match file.public_key() {
        Ok(key) => key,
        Err(error) => return report.wrong("keys.validator", told(error)),
    };
    report.well("keys.validator", key.to_string());
    match &config.agreement.remote_signer {
        Some(place) => remote(place, spec, key, report),
        None => {
            passphrase(config, &file, report);
            if is_running {
                return report.well("keys.record", "in use by the running node");
            }
            let folder = &config.agreement.record_dir;
            let record = export_record(folder, spec.genesis_hash(), &key);
            let found = record.map(|_| folder.display().to_string());
            report.note("keys.record", found.map_err(told));
        }
    }
}

fn passphrase(config: &Config, file: &KeyFile, report: &mut Report) {
    let Some(path) = &config.agreement.passphrase_file else {
        return report.doubt(
            "keys.passphrase",
            "asked for at each start, on a terminal: without one give its file with --signer.passphrase-file",
        );
    };
    let opened = Passphrase::read(path).and_then(|it| file.open(&it));
    let found = opened.map(|_| "it unlocks the key".to_owned());
    report.note("keys.passphrase", found.map_err(told));
}

/// Asks the signer what it signed last, which changes nothing.
fn remote(
    place: &RemoteSignerConfig,
    spec: &ChainSpec,
    key: argosy_primitives::PublicKey,
    report: &mut Report,
) {
    let chain = spec.genesis_hash();
    let connected = match place {
        RemoteSignerConfig::Socket(path) => {
            RemoteSigner::connect(path, key, chain, ANSWERS_WITHIN).map_err(told)
        }
        RemoteSignerConfig::Tls { address, folder } => Identity::read(folder)
            .and_then(|identity| TlsWay::new(address, identity))
            .map_err(told)
            .and_then(|way| {
                let way = Box::new(way);
                RemoteSigner::connect_by(way, key, chain, ANSWERS_WITHIN).map_err(told)
            }),
    };
    let answered = connected.and_then(|signer| signer.mark().map_err(told));
    let found = answered.map(|mark| match mark {
        Some(_) => "it answers, and has signed".to_owned(),
        None => "it answers, and has signed nothing yet".to_owned(),
    });
    report.note("keys.signer", found);
}
