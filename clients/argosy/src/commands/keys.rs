//! `argosy keys new|list|show`.

use argosy_primitives::{Address, Hrp, PublicKey};
use argosy_sdk::wallet::{self, DEV_NAMES};
use serde::Serialize;
use serde_json::json;

use crate::account::closest;
use crate::args::KeysCommand;
use crate::failure::Failure;
use crate::keys::KeyRing;
use crate::output::{Output, Report};

/// A key as programs see it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct KeyView {
    name: String,
    address: String,
    public_key: String,
    /// `file` or `dev`
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    path: Option<String>,
}

/// Does what is asked.
pub(super) fn run(command: KeysCommand, keys: &KeyRing, output: Output) -> Result<(), Failure> {
    let report = match command {
        KeysCommand::New {
            name,
            passphrase,
            network,
        } => {
            keys.create(&name, &passphrase)?;
            shown(&find(keys, &name, network.hrp)?)
        }
        KeysCommand::List { network } => listed(keys, network.hrp)?,
        KeysCommand::Show { name, network } => shown(&find(keys, &name, network.hrp)?),
    };
    output.report(&report);
    Ok(())
}

fn shown(key: &KeyView) -> Report {
    let note = (key.kind == "dev").then_some("public, for dev chains only");
    Report::new(key)
        .row("name", &key.name)
        .row("address", &key.address)
        .row("public key", &key.public_key)
        .row_if("file", key.path.as_ref())
        .row_if("secret", note)
}

fn listed(keys: &KeyRing, hrp: Hrp) -> Result<Report, Failure> {
    let mut found = Vec::new();
    let mut rows = Vec::new();
    for name in keys.names()? {
        match find(keys, &name, hrp) {
            Ok(key) => {
                rows.push([name, key.address.clone(), String::new()]);
                found.push(json!(key));
            }
            // One bad file must not hide the others.
            Err(failure) => {
                let path = keys.path(&name).display().to_string();
                found.push(json!({"name": name, "path": path, "error": failure.message()}));
                rows.push([name, "unreadable".to_owned(), failure.message().to_owned()]);
            }
        }
    }
    if hrp == Hrp::Dev {
        for key in DEV_NAMES.into_iter().filter_map(dev_key) {
            rows.push([
                key.name.clone(),
                key.address.clone(),
                "dev account, its key is public".to_owned(),
            ]);
            found.push(json!(key));
        }
    }
    let report = Report::new(json!({"keys": found}));
    if rows.is_empty() {
        return Ok(report.line("no keys yet; make one with: argosy keys new NAME"));
    }
    Ok(rows.into_iter().fold(report, Report::columns))
}

fn find(keys: &KeyRing, name: &str, hrp: Hrp) -> Result<KeyView, Failure> {
    if keys.has(name) {
        let path = Some(keys.path(name).display().to_string());
        return Ok(view(name, hrp, &keys.public_key(name)?, "file", path));
    }
    if let Some(key) = dev_key(name) {
        return match hrp {
            Hrp::Dev => Ok(key),
            Hrp::Main | Hrp::Test => Err(Failure::usage(format!(
                "{name} is a dev account and has no address on {hrp}"
            ))),
        };
    }
    let (mut known, failure) = (
        keys.names()?,
        Failure::usage(format!("there is no key {name}")),
    );
    known.extend(DEV_NAMES.map(str::to_owned));
    Err(match closest(name, known.iter().map(String::as_str)) {
        Some(near) => failure.hint(format!("did you mean {near}?")),
        None => failure.hint(format!("make one with: argosy keys new {name}")),
    })
}

fn dev_key(name: &str) -> Option<KeyView> {
    let key = wallet::dev_account(name)?.public();
    Some(view(name, Hrp::Dev, &key, "dev", None))
}

fn view(
    name: &str,
    hrp: Hrp,
    key: &PublicKey,
    kind: &'static str,
    path: Option<String>,
) -> KeyView {
    KeyView {
        name: name.to_owned(),
        address: Address::of_key(key).to_text(hrp),
        public_key: key.to_string(),
        kind,
        path,
    }
}
